"""Accepted and counted, compared one by one: every pledge that pledge's store holds against every row that was counted.

/local/watch shows these figures, and the auditor begins with them. Read only. Three collections cannot be read in one
moment, so what looks wrong is looked at twice, and is wrong only if it still is. The names of collections and fields are
pledge's: only the laptop's stack looks into a service's store.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.laptop.stores import Store
from shared.messaging import archive, watch
from shared.messaging.told import passed_over

MADE = "pledge.made.v1"
_LOOK_AGAIN_AFTER = 0.3

Row = dict[str, Any]
Place = tuple[int, int]  # partition and offset


@dataclass(frozen=True)
class Tally:
    """`pledges`: the store's documents by id, with few fields. `messages`: the ids of each one's `pledge.made` (one, if all is well).

    `counted`, `waiting`, `lost`, `twice`: pledges' ids. Each is counted, on its way or lost; twice is counted more than once
    (or a count of no pledge at all). `short`, `over`: by how much the totals are less or more than the rows they were summed from.
    """

    pledges: Mapping[str, Row]
    messages: Mapping[str, tuple[str, ...]]
    counted: frozenset[str]
    lost: frozenset[str]
    twice: frozenset[str]
    short: int
    over: int

    @property
    def accepted(self) -> int:
        return len(self.pledges)

    @property
    def waiting(self) -> frozenset[str]:
        return frozenset(self.pledges) - self.counted - self.lost

    @property
    def how_many_lost(self) -> int:
        return len(self.lost) + self.short

    @property
    def how_many_twice(self) -> int:
        return len(self.twice) + self.over

    def of_references(self, references: Iterable[str]) -> dict[str, str]:
        """Reference → id of those pledges that the store holds."""
        wanted = set(references)
        return {row["reference"]: id_ for id_, row in self.pledges.items() if row["reference"] in wanted}


def take(db: Store) -> Tally:
    """Look at everything; twice if something looks wrong."""
    first = _look(db)
    if not (first.how_many_lost or first.how_many_twice):
        return first
    time.sleep(_LOOK_AGAIN_AFTER)
    again = _look(db)
    return Tally(
        pledges=again.pledges,
        messages=again.messages,
        counted=again.counted,
        lost=again.lost & first.lost,
        twice=again.twice & first.twice,
        short=min(again.short, first.short),
        over=min(again.over, first.over),
    )


def _look(db: Store) -> Tally:
    before = _total(db)
    fields = {"deltas.pledge": 1, "deltas.interaction": 1, "arrived": 1, "batch": 1}
    rows = list(db["counted"].find({}, fields))
    after = _total(db)
    wanted = "topic subject partition offset".split()
    archived = {row["_id"]: row for row in db[archive.COLLECTION].find({"type": MADE}, dict.fromkeys(wanted, 1))}
    fields = {"reference": 1, "action": 1, "made_at": 1, "ref": 1, "outbox.id": 1, "outbox.type": 1}
    pledges = {row["_id"]: row for row in db["pledges"].find({}, fields)}

    messages = _messages(pledges, archived)
    ones = {row["_id"] for row in rows if row["deltas"].get("pledge", 0) > 0}
    times = {id_: len(ones.intersection(ids)) for id_, ids in messages.items()}
    of_nobody = _without_other_types(db, ones.difference(*messages.values()))
    open_ = {id_: ids for id_, ids in messages.items() if not times[id_]}
    silent = {id_ for id_, ids in open_.items() if not ids}
    passed = _passed_over(db, archived, ones, {id_ for ids in open_.values() for id_ in ids if id_ in archived})
    return Tally(
        pledges=pledges,
        messages=messages,
        counted=frozenset(id_ for id_, count in times.items() if count),
        lost=frozenset(silent | {id_ for id_, ids in open_.items() if passed.intersection(ids)}),
        twice=frozenset({id_ for id_, count in times.items() if count > 1} | of_nobody),
        short=max(0, _sum(rows, folded=True) - after),
        over=max(0, before - _sum(rows, folded=False)),
    )


def _messages(pledges: Mapping[str, Row], archived: Mapping[str, Row]) -> dict[str, tuple[str, ...]]:
    """Of each pledge, the ids of the messages that count it: those still pending in it, and those that were published."""
    found: dict[str, set[str]] = {
        id_: {entry["id"] for entry in row.get("outbox", ()) if entry["type"] == MADE} for id_, row in pledges.items()
    }
    for message_id, row in archived.items():
        if row["subject"] in found:
            found[row["subject"]].add(message_id)
    return {id_: tuple(ids) for id_, ids in found.items()}


def _without_other_types(db: Store, ids: set[str]) -> set[str]:
    """A pledge on paper is counted too, and has no document here."""
    if not ids:
        return ids
    return ids - {row["_id"] for row in db[archive.COLLECTION].find({"_id": {"$in": list(ids)}, "type": {"$ne": MADE}}, {"_id": 1})}


def _total(db: Store) -> int:
    """Interactions, because they only grow: each pledge adds one, and taking it back takes none away."""
    row = db["totals"].find_one({"_id": "all:"}, {"counters": 1}) or {}
    return int(row.get("counters", {}).get("interaction", 0))


def _sum(rows: Iterable[Row], *, folded: bool) -> int:
    """What rows add to the totals. `folded`: only those that certainly are in them; else also those being added just now."""
    return sum(row["deltas"].get("interaction", 0) for row in rows if "arrived" not in row and not (folded and "batch" in row))


def _passed_over(db: Store, archived: Mapping[str, Row], counted: set[str], suspects: set[str]) -> set[str]:
    """Published messages that nothing will count: a later one of their partition was counted after they had been published.

    The times matter too. When the broker has lost its log a new one begins at 0, below what was counted from the old one.
    """
    below = passed_over(archived, counted, suspects)
    if not below:
        return set()
    marks = first_marks(db[watch.COLLECTION].find({"stage": {"$in": [watch.PUBLISHED, watch.COUNTED]}}))
    found = set()
    for id_ in below:
        partition, offset = _place(archived[id_])
        published = marks.get((id_, watch.PUBLISHED), {"ms": 0})["ms"]
        later = (other for other in counted if other in archived and _place(archived[other]) > (partition, offset))
        same_log = (other for other in later if _place(archived[other])[0] == partition)
        if any(marks.get((other, watch.COUNTED), {"ms": -1})["ms"] > published for other in same_log):
            found.add(id_)
    return found


def _place(row: Row) -> Place:
    return row["partition"], row["offset"]


def first_marks(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """(message id, stage) → the first mark: what is read or sent twice is marked twice."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = row["message_id"], row["stage"]
        if key not in found or row["ms"] < found[key]["ms"]:
            found[key] = row
    return found
