"""Accepted against counted, on the real store and broker: every way in which the two can differ is made, and told."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from services.pledge.operations import counting, pledges
from services.pledge.store import Pledge
from services.pledge.store import pledges as rows
from shared.laptop import tally
from shared.messaging import archive
from tests.support.benches import bench
from tests.support.builders import a_promise, an_id
from tests.support.engines import Broker, Store
from tests.support.relays import relay_everything
from tests.support.settings import MovableClock

Numbers = tuple[int, int, int, int, int]


class Desk:
    """pledge's store, and what each process does with it, a step at a time."""

    def __init__(self, work: Any, clock: MovableClock) -> None:
        self.work = work
        self.clock = clock
        self.db: Database[dict[str, Any]] = work.db

    def make(self, **changes: Any) -> Pledge:
        return pledges.make(self.work, a_promise(**changes), now=self.clock())

    def publish(self) -> None:
        self.clock.move(seconds=1)
        relay_everything(self.work, [rows()])

    def count(self, *ids: str) -> None:
        """Count the archived messages (those with these ids) and fold them."""
        self.clock.move(seconds=1)
        envelopes = [one for one in archive.in_log_order(self.db) if one.id in ids or not ids]
        counting.count(self.work, envelopes)
        while counting.fold(self.work, self.clock()):
            pass

    def numbers(self) -> Numbers:
        """Accepted, counted, waiting, lost, twice."""
        found = tally.take(self.db)
        return found.accepted, len(found.counted), len(found.waiting), found.how_many_lost, found.how_many_twice


@pytest.fixture
def desk(store: Store, database: str, broker: Broker, clock: MovableClock) -> Iterator[Desk]:
    with bench("pledge", store, database, clock, broker, WATCH=1) as work:
        yield Desk(work, clock)


def test_a_pledge_waits_until_it_is_counted(desk: Desk) -> None:
    """Stored, published or counted: a pledge is always somewhere, and never lost or doubled on its way."""
    assert desk.numbers() == (0, 0, 0, 0, 0)
    for _ in range(3):
        desk.make()
    assert desk.numbers() == (3, 0, 3, 0, 0)
    desk.publish()
    assert desk.numbers() == (3, 0, 3, 0, 0)
    desk.count()
    assert desk.numbers() == (3, 3, 0, 0, 0)
    desk.make()
    assert desk.numbers() == (4, 3, 1, 0, 0)


def test_other_messages_do_not_disturb(desk: Desk) -> None:
    """A poster's tally, an answer and a withdrawal are counted too, and the pledge still counts as counted once."""
    kept, taken_back = desk.make(poster="OLD-ST-3"), desk.make()
    pledges.answer(desk.work, kept.reference, "yes", now=desk.clock())
    pledges.withdraw(desk.work, taken_back.reference, now=desk.clock())
    desk.publish()
    desk.count()
    desk.count()
    assert desk.numbers() == (2, 2, 0, 0, 0)


def test_a_pledge_without_a_message_is_lost(desk: Desk) -> None:
    """Nothing pending, nothing published, nothing counted: nobody will ever count it."""
    desk.make()
    gone = desk.make()
    rows().update_one({"_id": gone.id}, {"$unset": {"outbox": 1, "pending_since": 1}})
    found = tally.take(desk.db)
    assert found.lost == {gone.id}
    assert desk.numbers() == (2, 0, 1, 1, 0)


def _two_of_a_partition(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    """The archived messages of two pledges, the earlier first."""
    for _ in range(5):  # four partitions
        desk.make()
    desk.publish()
    seen: dict[int, dict[str, Any]] = {}
    for row in desk.db[archive.COLLECTION].find().sort("offset", 1):
        if row["partition"] in seen:
            return seen[row["partition"]], row
        seen[row["partition"]] = row
    raise AssertionError("five messages fit into four partitions one by one")


def test_a_message_that_was_passed_over_is_lost(desk: Desk) -> None:
    """When a later message of its partition is counted and it is not, nothing will come for it any more."""
    earlier, later = _two_of_a_partition(desk)
    desk.count(later["_id"])
    assert tally.take(desk.db).lost == {earlier["subject"]}
    assert desk.numbers() == (5, 1, 3, 1, 0)
    desk.count()
    assert desk.numbers() == (5, 5, 0, 0, 0)


def test_a_new_log_has_passed_nobody_over(desk: Desk) -> None:
    """A log that begins again at 0 lies below what was counted from the lost one; what it carries only waits."""
    _, counted = _two_of_a_partition(desk)
    desk.count()
    desk.make()
    desk.publish()
    new = desk.db[archive.COLLECTION].find_one({"_id": {"$nin": [row["_id"] for row in desk.db["counted"].find()]}})
    assert new
    archive.move(desk.db, [(new["_id"], counted["partition"], counted["offset"] - 1)])
    assert desk.numbers() == (6, 5, 1, 0, 0)


def test_a_pledge_counted_twice_is_told(desk: Desk) -> None:
    """Two messages of one pledge, both counted, are one too many."""
    desk.make()
    desk.publish()
    row = desk.db[archive.COLLECTION].find_one()
    assert row
    desk.db[archive.COLLECTION].insert_one({**row, "_id": an_id()})
    desk.count()
    assert desk.numbers() == (1, 1, 0, 0, 1)


def test_a_count_of_nobody_is_told(desk: Desk) -> None:
    """What was counted without a pledge behind it is one too many as well; what came of another kind of message is not."""
    desk.make()
    desk.publish()
    desk.count()
    desk.db["counted"].insert_one({"_id": an_id(), "deltas": {"pledge": 1}})
    assert desk.numbers() == (1, 1, 0, 0, 1)
    paper = an_id()
    desk.db["counted"].insert_one({"_id": paper, "deltas": {"pledge": 1}})
    desk.db[archive.COLLECTION].insert_one({"_id": paper, "type": "tally.recorded.v1", "subject": "main", "partition": 0, "offset": 99})
    assert desk.numbers() == (1, 1, 0, 0, 1)


@pytest.mark.parametrize(("change", "lost", "twice"), [(-1, 1, 0), (2, 0, 2)])
def test_totals_that_differ_from_their_rows_are_told(desk: Desk, change: int, lost: int, twice: int) -> None:
    """The totals are what people see: less or more than the rows add up to is lost or doubled."""
    desk.make()
    desk.make()
    desk.publish()
    desk.count()
    assert desk.numbers() == (2, 2, 0, 0, 0)
    desk.db["totals"].update_one({"_id": "all:"}, {"$inc": {"counters.interaction": change}})
    assert desk.numbers() == (2, 2, 0, lost, twice)


def test_rows_that_are_not_folded_yet_are_no_difference(desk: Desk) -> None:
    """Counted and not in the totals yet is on its way, in whatever state a fold was left."""
    desk.make()
    desk.publish()
    counting.count(desk.work, list(archive.in_log_order(desk.db)))
    assert desk.numbers() == (1, 1, 0, 0, 0)
    desk.db["counted"].update_many({}, {"$set": {"batch": "000000000000001-00000000"}, "$unset": {"arrived": 1}})
    assert desk.numbers() == (1, 1, 0, 0, 0)
