"""Counting each message once, folding the rows into totals through every crash, rebuilding, publishing."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect

from services.pledge import rules
from services.pledge.consumers import HANDLERS
from services.pledge.operations import counting, pledges, publishing
from services.pledge.rules import disclosure
from services.pledge.store import COUNTED, TOTALS, published, totals
from services.pledge.store import pledges as rows
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import as_envelope
from shared.messaging.work import Work
from shared.runtime.due import Due, Schedule
from tests.support.builders import a_promise, an_envelope, counted
from tests.support.pledged import texts_in
from tests.support.settings import A_MOMENT, MovableClock

ALL = counting.ALL


def fold(work: Work[Any]) -> None:
    while counting.fold(work, work.clock()):
        pass


def total(work: Work[Any], kind: str = ALL, key: str = "") -> dict[str, int]:
    return {name: value for name, value in totals(work.db, kind).get(key, {}).items() if value}


def every_total(work: Work[Any]) -> dict[tuple[str, str], dict[str, int]]:
    found = {(row["kind"], row["key"]): row.get("counters", {}) for row in work.db[TOTALS].find()}
    return {cell: {name: value for name, value in counters.items() if value} for cell, counters in found.items()}


def three() -> list[Envelope]:
    return [an_envelope(), an_envelope(data=counted(area="camden", theme=2)), an_envelope(data=counted(deltas={"kept": 1}))]


# Counting


def test_counting_twice_is_once(work: Work[Any]) -> None:
    """In one batch, in two, before and after it was folded."""
    messages = three()
    counting.count(work, [*messages, *messages])
    fold(work)
    counting.count(work, messages)
    fold(work)
    assert total(work) == {"pledge": 2, "interaction": 2, "kept": 1}
    assert work.db[COUNTED].count_documents({}) == 3


def test_each_cell_has_its_share(work: Work[Any]) -> None:
    """Theme, area, week and channel each hold every message once; the whole as well."""
    counting.count(work, three())
    fold(work)
    assert total(work, "area", "hackney") == {"pledge": 1, "interaction": 1, "kept": 1}
    assert total(work, "area", "camden") == {"pledge": 1, "interaction": 1}
    assert total(work, "theme", "2") == {"pledge": 1, "interaction": 1}
    assert total(work, "week", "2026-W24") == total(work, "channel", "direct") == total(work)


def test_a_poster_is_counted_by_itself(work: Work[Any]) -> None:
    """Its tally is in no other cell and not in the whole, or it would be crossed with them."""
    used = {"code": "OLD-ST-3", "week": "2026-W24", "deltas": {"poster": 1}}
    HANDLERS["poster.used.v1"](work, [an_envelope("poster.used.v1", used, subject="OLD-ST-3", sequence=None)])
    fold(work)
    assert total(work, "poster", "OLD-ST-3") == {"poster": 1}
    assert total(work) == {}
    assert totals(work.db, "area") == {}


def test_a_message_that_changes_nothing_leaves_no_row(work: Work[Any]) -> None:
    """A lapsed pledge, a postponed nudge: heard, and done."""
    counting.count(work, [an_envelope("pledge.lapsed.v1", counted(deltas={})), an_envelope(data=counted(deltas={"kept": 0}))])
    assert work.db[COUNTED].count_documents({}) == 0


def test_a_counted_row_ties_nothing_to_a_person(work: Work[Any]) -> None:
    """No ref, no pledge's id, no time once it is folded."""
    envelope = an_envelope("pledge.kept.v1", counted(ref="33333333-3333-4333-8333-333333333333", deltas={"kept": 1}))
    counting.count(work, [envelope])
    fold(work)
    (row,) = work.db[COUNTED].find()
    assert set(row) == {"_id", "deltas", "theme", "area", "week", "channel"}
    assert envelope.subject not in texts_in(row)


# Folding, and dying in the middle of it


def test_totals_remember_no_time(work: Work[Any]) -> None:
    """The names of folded batches stay for a while in small cells too: no time may be read out of them."""
    counting.count(work, three())
    fold(work)
    stamp = f"{int(A_MOMENT.timestamp())}"
    for row in work.db[TOTALS].find():
        assert not any(isinstance(value, datetime) for value in row.values())
        assert not any(stamp in text for text in texts_in(row))


def stamped_only(work: Work[Any]) -> None:
    """A worker that died after stamping, before anything was summed."""
    work.db[COUNTED].update_many({}, {"$set": {"batch": "b", "batched_at": work.clock()}, "$unset": {"arrived": 1}})


def in_some_totals(work: Work[Any]) -> None:
    """One that died when some cells had the batch and others had not."""
    stamped_only(work)
    sums = counting.sum_up(work.db[COUNTED].find({"batch": "b"}))
    for kind, key in sorted(sums)[:3]:
        change = {"$inc": {f"counters.{name}": value for name, value in sums[kind, key].items()}, "$push": {"batches": "b"}}
        work.db[TOTALS].update_one({"_id": f"{kind}:{key}"}, {**change, "$setOnInsert": {"kind": kind, "key": key}}, upsert=True)


def in_all_totals(work: Work[Any]) -> None:
    """One that died when every cell had it and the rows still bore the stamp."""
    stamped_only(work)
    sums = counting.sum_up(work.db[COUNTED].find({"batch": "b"}))
    for (kind, key), deltas in sums.items():
        change = {"$inc": {f"counters.{name}": value for name, value in deltas.items()}, "$push": {"batches": "b"}}
        work.db[TOTALS].update_one({"_id": f"{kind}:{key}"}, {**change, "$setOnInsert": {"kind": kind, "key": key}}, upsert=True)


@pytest.mark.parametrize("died", [stamped_only, in_some_totals, in_all_totals])
def test_a_crash_in_the_middle_counts_once(work: Work[Any], clock: MovableClock, died: Any) -> None:
    """The next worker leaves a fresh batch to whoever may still be at it, and after 35 seconds folds it exactly once."""
    counting.count(work, three())
    died(work)
    fold(work)
    clock.move(seconds=36)
    counting.count(work, [an_envelope()])
    fold(work)
    fold(work)
    assert total(work) == {"pledge": 3, "interaction": 3, "kept": 1}
    assert work.db[COUNTED].count_documents({"batch": {"$exists": True}}) == 0
    assert counting.rebuild(work) == []


@pytest.mark.parametrize("skipped", range(8))
def test_a_store_that_fails_at_any_write_counts_once(work: Work[Any], clock: MovableClock, skipped: int) -> None:
    """The connection breaks at the first, second … update of a fold; what follows ends with the right totals."""
    counting.count(work, three())
    data = {"failCommands": ["update"], "closeConnection": True}
    work.db.client.admin.command({"configureFailPoint": "failCommand", "mode": {"skip": skipped}, "data": data})
    try:
        with pytest.raises(AutoReconnect):
            fold(work)
    finally:
        work.db.client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    clock.move(seconds=36)
    fold(work)
    assert total(work) == {"pledge": 2, "interaction": 2, "kept": 1}
    assert counting.rebuild(work) == []


def test_a_batch_that_two_workers_fold_is_in_once(work: Work[Any], clock: MovableClock) -> None:
    """The lease guarantees nothing: one that wakes late and does it all again changes nothing."""
    counting.count(work, three())
    for _ in range(2):
        work.db[COUNTED].update_many({}, {"$set": {"batch": "b", "batched_at": clock()}, "$unset": {"arrived": 1}})
        clock.move(seconds=36)
        fold(work)
    assert total(work) == {"pledge": 2, "interaction": 2, "kept": 1}


def test_a_full_load_is_followed_at_once_and_a_small_one_is_not(work: Work[Any], clock: MovableClock) -> None:
    """Batches are remembered by the hundred: so folds must not come more often than the clock's pace while little arrives."""
    schedule = Schedule([Due("fold", timedelta(seconds=0.5), partial(counting.fold, most=3))], work, clock)
    counting.count(work, [an_envelope() for _ in range(7)])
    assert [schedule.step() for _ in range(3)] == [True, True, False]
    counting.count(work, [an_envelope()])
    schedule.step()
    assert total(work) == {"pledge": 7, "interaction": 7}
    clock.move(seconds=0.5)
    schedule.step()
    assert total(work) == {"pledge": 8, "interaction": 8}


# Rebuilding


def test_a_rebuild_names_and_mends_what_is_wrong(work: Work[Any]) -> None:
    """A total that was changed, one that is missing and one that should not be: each a line, and right afterwards."""
    counting.count(work, three())
    fold(work)
    right = every_total(work)
    work.db[TOTALS].update_one({"_id": "area:camden"}, {"$inc": {"counters.pledge": 5}})
    work.db[TOTALS].delete_one({"_id": "theme:2"})
    work.db[TOTALS].insert_one({"_id": "area:atlantis", "kind": "area", "key": "atlantis", "counters": {"pledge": 1}})
    lines = counting.rebuild(work)
    assert sorted(line.split(":")[0] for line in lines) == ["area atlantis", "area camden", "theme 2"]
    assert {cell: counters for cell, counters in every_total(work).items() if counters} == right
    assert counting.rebuild(work) == []
    counting.count(work, [an_envelope(data=counted(area="atlantis", theme=2))])
    fold(work)
    assert total(work, "theme", "2") == {"pledge": 2, "interaction": 2}
    assert total(work, "area", "atlantis") == {"pledge": 1, "interaction": 1}


@pytest.mark.parametrize("died", [stamped_only, in_some_totals, in_all_totals])
def test_a_rebuild_beside_a_dying_fold_stays_right(work: Work[Any], clock: MovableClock, died: Any) -> None:
    """What is half folded when it is rebuilt is folded to its end later, and counts once."""
    counting.count(work, three())
    fold(work)
    counting.count(work, three())
    work.db[COUNTED].update_many({"arrived": {"$exists": True}}, {"$set": {"is_new": True}})
    old = [row["_id"] for row in work.db[COUNTED].find({"is_new": {"$exists": False}})]
    kept = list(work.db[COUNTED].find({"_id": {"$in": old}}))
    work.db[COUNTED].delete_many({"_id": {"$in": old}})
    died(work)
    work.db[COUNTED].insert_many(kept)
    work.db[TOTALS].update_one({"_id": "area:camden"}, {"$inc": {"counters.pledge": 40}})
    assert [line.split(":")[0] for line in counting.rebuild(work)] == ["area camden"]
    clock.move(seconds=36)
    fold(work)
    assert total(work) == {"pledge": 4, "interaction": 4, "kept": 2}
    assert counting.rebuild(work) == []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.sampled_from(["camden", "hackney", "not-said"])),
        st.tuples(st.sampled_from(["yes", "partly", "withdraw"]), st.integers(0, 5)),
        st.tuples(st.just("fold"), st.none()),
    ),
    min_size=1,
    max_size=14,
)


def test_totals_are_the_documents_whatever_happened(work: Work[Any]) -> None:
    """Pledges made, answered and withdrawn at random, their messages counted in any order, some twice, folded in between."""

    @settings(max_examples=25)
    @given(STEPS, st.randoms(use_true_random=False))
    def adds_up(steps: Sequence[tuple[str, Any]], chance: Any) -> None:
        for collection in work.db.list_collection_names():
            work.db[collection].delete_many({})
        made: list[str] = []
        for what, which in steps:
            _take(work, what, which, made)
        messages = [as_envelope(entry, "pledge", None) for row in rows().find() for entry in row.get("outbox", [])]
        again = [message for message in messages if chance.random() < 0.3]
        shuffled = [*messages, *again]
        chance.shuffle(shuffled)
        cut = len(shuffled) // 2
        counting.count(work, shuffled[:cut])
        fold(work)
        counting.count(work, shuffled[cut:])
        fold(work)
        assert every_total(work).get((ALL, ""), {}) == _should_be({})
        for area in ("camden", "hackney", "not-said"):
            assert total(work, "area", area) == _should_be({"area": area})
        assert counting.rebuild(work) == []

    adds_up()


def _take(work: Work[Any], what: str, which: Any, made: list[str]) -> None:
    if what == "make":
        made.append(pledges.make(work, a_promise(area=which), now=A_MOMENT).reference)
    elif what != "fold" and made:
        reference = made[which % len(made)]
        found = rows().find_one({"reference": reference})
        assert found is not None
        if what == "withdraw":
            pledges.withdraw(work, reference, now=A_MOMENT)
        elif found["state"] in rules.LIVE:
            pledges.answer(work, reference, what, now=A_MOMENT)


def _should_be(query: dict[str, Any]) -> dict[str, int]:
    """The counters, from the documents as they are now."""
    sums: Counter[str] = Counter()
    for row in rows().find(query):
        sums["interaction"] += 1
        if row["state"] in rules.LIVE:
            sums["pledge"] += 1
            if row.get("answer"):
                sums[rules.COUNTER_OF_ANSWER[row["answer"]]] += 1
    return dict(sums)


# Publishing


def test_breakdowns_go_through_the_disclosure_rule(work: Work[Any], clock: MovableClock) -> None:
    """Every area has a cell, an empty one as well; numbers are rounded; the moment is kept."""
    for area, count in {"camden": 13, "hackney": 17, "barnet": 22, "brent": 10, "ealing": 30, "sutton": 4}.items():
        counting.count(work, [an_envelope(data=counted(area=area)) for _ in range(count)])
    fold(work)
    publishing.publish_breakdowns(work, clock())
    found = published()
    assert found is not None
    assert found.as_at == A_MOMENT
    cells = {cell["key"]: (cell["value"], cell["status"]) for cell in found.breakdowns["area"]}
    assert len(cells) == 35
    assert cells["camden"] == (15, disclosure.PUBLISHED)
    assert cells["hackney"] == (15, disclosure.PUBLISHED)
    assert cells["sutton"] == cells["bexley"] == (None, disclosure.FEW)
    assert set(found.breakdowns) == {"theme", "area", "week", "channel"}
    assert {cell["status"] for cell in found.breakdowns["theme"]} == {disclosure.WITHHELD}


def test_publishing_again_replaces_it(work: Work[Any], clock: MovableClock) -> None:
    """There is one published set, the newest."""
    publishing.publish_breakdowns(work, clock())
    publishing.publish_breakdowns(work, clock.move(hours=1))
    found = published()
    assert found is not None
    assert found.as_at == clock()
