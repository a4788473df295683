"""Counting each message once, and what is shown of the counts.

`counted` holds one row a message, its id the message's: that is the guard and the source of every total. The worker folds
new rows into `totals`: it stamps them with a batch, sums them, adds the sums on condition that the batch is not in yet,
then takes the stamp off. A batch left by a crash is folded again by the next worker and changes nothing twice.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.pledge import rules
from services.pledge.settings import Settings
from services.pledge.store import COUNTED, TOTALS, Published, totals
from shared.messaging.archive import insert_ignoring_duplicates
from shared.messaging.envelope import Envelope
from shared.messaging.watch import COUNTED as COUNTED_STAGE
from shared.messaging.work import Work
from shared.reference.areas import area_codes
from shared.reference.channels import channels
from shared.reference.counters import DELTAS
from shared.reference.themes import themes
from shared.runtime.clock import as_milliseconds

ALL = "all"
DIMENSIONS = ("theme", "area", "week", "channel")
KINDS = (*DIMENSIONS, "poster")
MOST_ROWS = 2_000
BATCHES_REMEMBERED = 300  # folds come at most once a second, so these reach back well past STALE_AFTER
STALE_AFTER = timedelta(seconds=35)  # longer than a worker's socket time-out: its own last update is over by then

Cell = tuple[str, str]  # kind and key, as ("area", "hackney")
Sums = dict[Cell, dict[str, int]]


def count(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:
    """Insert a row for each message that changes a counter; one that was counted before changes nothing."""
    now = work.clock()
    insert_ignoring_duplicates(work.db[COUNTED], [_row(envelope, now) for envelope in envelopes if _deltas(envelope)])
    work.watch.mark(COUNTED_STAGE, [envelope.id for envelope in envelopes])


def _row(envelope: Envelope, now: datetime) -> dict[str, Any]:
    data = envelope.data
    keys = {"theme": str(data["theme"]) if "theme" in data else None, "poster": data.get("code")}
    keys |= {name: data.get(name) for name in ("area", "week", "channel")}
    return {"_id": envelope.id, "deltas": _deltas(envelope), "arrived": now, **{name: value for name, value in keys.items() if value}}


def _deltas(envelope: Envelope) -> dict[str, int]:
    return {name: value for name, value in envelope.data["deltas"].items() if name in DELTAS and value}


# Folding


def fold(work: Work[Settings], now: datetime) -> int:
    """Add new rows to the totals, and batches that a crash left behind. The number of rows folded."""
    db = work.db
    folded = sum(_fold_batch(db, batch) for batch in _stale(db, now))
    fresh = [row["_id"] for row in db[COUNTED].find({"arrived": {"$exists": True}}, {"_id": 1}).limit(MOST_ROWS)]
    if not fresh:
        return folded
    batch = _batch_name(now)
    db[COUNTED].update_many({"_id": {"$in": fresh}, "arrived": {"$exists": True}}, {"$set": {"batch": batch}, "$unset": {"arrived": 1}})
    return folded + _fold_batch(db, batch)


def _batch_name(now: datetime) -> str:
    """Sorts by time; two workers in one millisecond still differ."""
    return f"{as_milliseconds(now):015d}-{uuid.uuid4().hex[:8]}"


def _stale(db: Database[dict[str, Any]], now: datetime) -> list[str]:
    older = {"batch": {"$lt": f"{as_milliseconds(now - STALE_AFTER):015d}"}}
    return sorted({row["batch"] for row in db[COUNTED].find(older, {"batch": 1}).limit(MOST_ROWS)})


def _fold_batch(db: Database[dict[str, Any]], batch: str) -> int:
    rows = list(db[COUNTED].find({"batch": batch}))
    for (kind, key), deltas in sum_up(rows).items():
        _add(db, kind, key, deltas, batch)
    db[COUNTED].update_many({"batch": batch}, {"$unset": {"batch": 1}})
    return len(rows)


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


def sum_up(rows: Iterable[dict[str, Any]]) -> Sums:
    """Rows → what they add to each cell."""
    sums: dict[Cell, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        cells = [(kind, row[kind]) for kind in KINDS if kind in row]
        if "poster" not in row:
            cells.append((ALL, ""))
        for cell in cells:
            for name, value in row["deltas"].items():
                sums[cell][name] += value
    return {cell: dict(deltas) for cell, deltas in sums.items()}


# Rebuilding


def rebuild(work: Work[Settings]) -> list[str]:
    """Sum every row again and put the result in place of the totals; a line for each cell that was different.

    The caller holds the worker's lease, so nothing is folded meanwhile; rows still unfolded are folded first.
    """
    while fold(work, work.clock()):
        pass
    for batch in sorted({row["batch"] for row in work.db[COUNTED].find({"batch": {"$exists": True}}, {"batch": 1})}):
        _fold_batch(work.db, batch)
    should_be = sum_up(work.db[COUNTED].find({}, {"arrived": 0}))
    there = {(row["kind"], row["key"]): row.get("counters", {}) for row in work.db[TOTALS].find({}, {"batches": 0})}
    differences = []
    for kind, key in sorted({*should_be, *there}):
        right, found = _without_zeros(should_be.get((kind, key), {})), _without_zeros(there.get((kind, key), {}))
        if right != found:
            differences.append(f"{kind} {key}: was {found}, is {right}")
            work.db[TOTALS].update_one({"_id": f"{kind}:{key}"}, {"$set": {"kind": kind, "key": key, "counters": right}}, upsert=True)
    return differences


def _without_zeros(counters: dict[str, int]) -> dict[str, int]:
    return {name: value for name, value in counters.items() if value}


# What is shown


def publish_breakdowns(work: Work[Settings], now: datetime) -> int:
    """Put the breakdowns through the disclosure rule and publish them, as at `now`."""
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
    return fixed.get(kind) or sorted(counters)
