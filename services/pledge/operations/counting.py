"""Counting each message once, and what is shown of the counts.

`counted` holds one row a message, its id the message's: that is the guard and the source of every total. The worker folds
new rows into `totals`: it stamps them with a batch, sums them, adds the sums on condition that the batch is not in yet,
then takes the stamp off. A batch left by a crash is folded again by the next worker and changes nothing twice. The totals
remember batches by random names: a time there would tell for ever when a small cell was last counted.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.pledge import rules
from services.pledge.settings import Settings
from services.pledge.store import COUNTED, TOTALS, Published, totals
from services.pledge.store.campaign import campaign
from shared.messaging.archive import insert_ignoring_duplicates
from shared.messaging.envelope import Envelope
from shared.messaging.pauses import read_pause
from shared.messaging.watch import COUNTED as COUNTED_STAGE
from shared.messaging.work import Work
from shared.reference.areas import area_codes
from shared.reference.channels import channels
from shared.reference.counters import DELTAS
from shared.reference.themes import themes
from shared.runtime.crash_points import reach

ALL = "all"
DIMENSIONS = ("theme", "area", "week", "channel")
KINDS = (*DIMENSIONS, "poster")
TOLD_BY = "told_by"
MOST_ROWS = 500  # a laptop's store takes 4 ms a row, and a step must end well within the lease
BATCHES_REMEMBERED = 300  # folds come at the clock's pace, twice a second or a little more: these reach back well past STALE_AFTER
STALE_AFTER = timedelta(seconds=35)  # longer than a worker's socket time-out: its own last update is over by then

Cell = tuple[str, str]  # kind and key, as ("area", "hackney")
Sums = dict[Cell, dict[str, int]]


def count(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    """Insert a row for each message that changes a counter; one that was counted before changes nothing."""
    now = work.clock()
    rows = [(envelope.id, row_of(envelope.data) | _teller(work, envelope)) for envelope in envelopes]
    insert_ignoring_duplicates(work.db[COUNTED], [{"_id": id_, "arrived": now, **row} for id_, row in rows if row["deltas"]])
    work.watch.mark(COUNTED_STAGE, [envelope.id for envelope in envelopes])


def row_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a message is counted as: its deltas, and the cells that they belong to. No deltas: it changes no counter."""
    keys = {"theme": str(data["theme"]) if "theme" in data else None, "poster": data.get("code")}
    keys |= {name: data.get(name) for name in ("area", "week", "channel")}
    deltas = {name: value for name, value in data.get("deltas", {}).items() if name in DELTAS and value}
    return {"deltas": deltas, **{name: value for name, value in keys.items() if value}}


def _teller(work: Work[Settings], envelope: Envelope) -> dict[str, str]:
    """Which other service told it: a place taken, a head count. The auditor looks for those in that service's archive, not here."""
    return {} if envelope.source == work.settings.service else {TOLD_BY: envelope.source}


# Folding


def fold(work: Work[Settings], now: datetime, *, most: int = MOST_ROWS) -> int:
    """Add new rows to the totals, and batches that a crash left behind. More than 0 when this was a full load: ask again at once."""
    db = work.db
    for batch in _stale(db, now):
        _fold_batch(db, batch)
    fresh = [row["_id"] for row in db[COUNTED].find({"arrived": {"$exists": True}}, {"_id": 1}).limit(most)]
    if not fresh:
        return 0
    batch = uuid.uuid4().hex
    stamp = {"$set": {"batch": batch, "batched_at": now}, "$unset": {"arrived": 1}}
    db[COUNTED].update_many({"_id": {"$in": fresh}, "arrived": {"$exists": True}}, stamp)
    reach("fold.after-stamp")
    _fold_batch(db, batch)
    return len(fresh) if len(fresh) == most else 0


def _stale(db: Database[dict[str, Any]], now: datetime) -> list[str]:
    older = {"batched_at": {"$lt": now - STALE_AFTER}}
    return sorted({row["batch"] for row in db[COUNTED].find(older, {"batch": 1}).limit(MOST_ROWS)})


def _fold_batch(db: Database[dict[str, Any]], batch: str) -> None:
    rows = db[COUNTED].find({"batch": batch})
    for place, ((kind, key), deltas) in enumerate(sum_up(rows).items()):
        if place:
            reach("fold.between-totals")
        _add(db, kind, key, deltas, batch)
    reach("fold.after-totals")
    db[COUNTED].update_many({"batch": batch}, {"$unset": {"batch": 1, "batched_at": 1}})


def _add(db: Database[dict[str, Any]], kind: str, key: str, deltas: dict[str, int], batch: str) -> None:
    changes = {
        "$inc": {f"counters.{name}": value for name, value in deltas.items()},
        "$push": {"batches": {"$each": [batch], "$slice": -BATCHES_REMEMBERED}},
        "$setOnInsert": {"kind": kind, "key": key},
    }
    try:
        db[TOTALS].update_one({"_id": f"{kind}:{key}", "batches": {"$ne": batch}}, changes, upsert=True)
    except DuplicateKeyError:  # this batch is in already
        return


def sum_up(rows: Iterable[dict[str, Any]], is_in: Callable[[dict[str, Any], Cell], bool] = lambda _row, _cell: True) -> Sums:
    """Rows → what they add to each cell that they are in."""
    sums: dict[Cell, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        cells = [(kind, row[kind]) for kind in KINDS if kind in row]
        if "poster" not in row:
            cells.append((ALL, ""))
        for cell in cells:
            if is_in(row, cell):
                for name, value in row["deltas"].items():
                    sums[cell][name] += value
    return {cell: dict(deltas) for cell, deltas in sums.items()}


# Rebuilding


def rebuild(work: Work[Settings]) -> list[str]:
    """Sum every row again and put the result in place of the totals; a line for each cell that was different.

    The caller holds the worker's lease, which guarantees nothing: so a total is replaced only if nothing was folded into it
    since it was read, and a row that is being folded counts only where its batch was in by then.
    """
    while fold(work, work.clock()):
        pass
    there = {(row["kind"], row["key"]): row for row in work.db[TOTALS].find()}

    def is_folded(row: dict[str, Any], cell: Cell) -> bool:
        return "batch" not in row or row["batch"] in there.get(cell, {}).get("batches", ())

    should_be = sum_up(work.db[COUNTED].find({"arrived": {"$exists": False}}), is_folded)
    lines = [_put_right(work.db, cell, there.get(cell, {}), should_be.get(cell, {})) for cell in sorted({*should_be, *there})]
    return [line for line in lines if line]


def _put_right(db: Database[dict[str, Any]], cell: Cell, found: dict[str, Any], right: dict[str, int]) -> str:
    kind, key = cell
    now, was = _without_zeros(right), _without_zeros(found.get("counters", {}))
    if now == was:
        return ""
    unchanged = {"_id": f"{kind}:{key}", "batches": found.get("batches") or {"$exists": False}}
    try:
        changed = db[TOTALS].update_one(unchanged, {"$set": {"kind": kind, "key": key, "counters": now}}, upsert=not found)
    except DuplicateKeyError:  # made meanwhile
        return f"{kind} {key}: is being counted right now, run this again"
    done = changed.modified_count or changed.upserted_id is not None
    return f"{kind} {key}: was {was}, is {now}" if done else f"{kind} {key}: is being counted right now, run this again"


def _without_zeros(counters: dict[str, int]) -> dict[str, int]:
    return {name: value for name, value in counters.items() if value}


# What is shown


def publish_breakdowns(work: Work[Settings], now: datetime) -> int:
    """Put the breakdowns through the disclosure rule and publish them, as at `now`; not while the campaign is paused."""
    found = campaign()
    if found and read_pause(found.pause, now):
        return 0
    breakdowns = {kind: _cells(kind, totals(work.db, kind)) for kind in DIMENSIONS}
    Published.objects(id="current").update_one(set__as_at=now, set__breakdowns=breakdowns, upsert=True)
    return 0


def _cells(kind: str, counters: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    counts = {key: counters.get(key, {}).get("pledge", 0) for key in _keys(kind, counters)}
    return [{"key": key, "value": value, "status": status} for key, (value, status) in rules.disclose(counts).items()]


def _keys(kind: str, counters: dict[str, Any]) -> list[str]:
    """Every cell that could be counted, so that an empty one looks like a small one; weeks are those that have been."""
    fixed = {
        "theme": [str(theme.number) for theme in themes()],
        "area": list(area_codes()),
        "channel": [channel.slug for channel in channels()],
    }
    return fixed.get(kind) or sorted(key for key, found in counters.items() if "pledge" in found)
