"""The staff's pause: told once, in order, by nobody's name; numbers stand still; people's own steps go on."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from services.pledge.operations import pausing, pledges, publishing
from services.pledge.operations.numbers import Numbers
from services.pledge.store import published
from services.pledge.store.campaign import campaign, campaigns
from shared.messaging.work import Work
from shared.reference.counters import counter
from shared.runtime.errors import Conflict, Forbidden, InvalidInput
from tests.support.builders import a_promise
from tests.support.campaigning import count_everything, member, paused
from tests.support.settings import A_MOMENT, MovableClock


def told() -> list[tuple[str, dict[str, Any]]]:
    row = campaigns().find_one() or {}
    return [(entry["type"], entry["data"]) for entry in row.get("outbox", ())]


def pledged(work: Work[Any], many: int = 1) -> None:
    for _ in range(many):
        pledges.make(work, a_promise(), now=work.clock())
    count_everything(work)


def test_paused_and_resumed(work: Work[Any], clock: MovableClock) -> None:
    """Each is told once, however often it is asked for; the history says when, who and why; no message says who or why."""
    by = member()
    for _ in range(2):
        pausing.pause(work, "incident", None, "The Met has asked us to.", by=by, now=clock())
    assert pausing.standing_pause(clock())
    clock.move(hours=1)
    for _ in range(2):
        pausing.resume("It is over.", by=by, now=clock())
    assert pausing.standing_pause(clock()) is None
    assert told() == [("campaign.paused.v1", {"kind": "incident"}), ("campaign.resumed.v1", {"kind": "incident"})]
    found = campaign()
    assert found
    assert [(one["what"], one["by"], one["why"]) for one in found.history] == [
        ("paused", by.id, "The Met has asked us to."),
        ("resumed", by.id, "It is over."),
    ]


def test_numbers_stand_still(work: Work[Any], clock: MovableClock) -> None:
    """Totals and breakdowns as they stood, with their time; a longer pause keeps the first; afterwards all of it is counted."""
    pledged(work, 3)
    publishing.publish_breakdowns(work, clock())
    paused(work)
    clock.move(hours=2)
    pledged(work, 4)
    publishing.publish_breakdowns(work, clock())
    paused(work, "election", A_MOMENT + timedelta(days=20))
    seen = Numbers(work).at(clock())
    assert (seen.as_at, seen.published_at, seen.total("pledge")) == (A_MOMENT, A_MOMENT, 3)
    pausing.resume("It is over.", by=member(), now=clock())
    publishing.publish_breakdowns(work, clock())
    seen = Numbers(work).at(clock())
    assert (seen.as_at, seen.published_at, seen.total("pledge")) == (clock(), clock(), 7)
    now_published = published()
    assert now_published
    assert now_published.as_at == clock()


def test_what_nothing_fed_stays_not_collected(work: Work[Any]) -> None:
    """A frozen number that was none is none."""
    paused(work)
    reach = counter("reach")
    assert reach
    assert Numbers(work).at(A_MOMENT).value(reach) is None


def test_until_a_day(work: Work[Any], clock: MovableClock) -> None:
    """It is over with that moment, also before the clock says so; the clock says so once."""
    until = clock() + timedelta(days=3)
    paused(work, until=until)
    clock.move(days=2)
    assert pausing.end_by_itself(work, clock()) == 0
    clock.set(until)
    pledged(work)
    assert pausing.standing_pause(clock()) is None
    assert Numbers(work).at(clock()).total("pledge") == 1
    assert [pausing.end_by_itself(work, clock()) for _ in range(3)] == [1, 0, 0]
    assert [type_ for type_, _ in told()] == ["campaign.paused.v1", "campaign.resumed.v1"]
    found = campaign()
    assert found
    assert (found.pause, found.frozen) == (None, None)
    assert "by" not in found.history[-1]


def test_paused_again_after_its_day(work: Work[Any], clock: MovableClock) -> None:
    """Before the clock ended the first: numbers stand as they are now, not as they stood then."""
    paused(work, until=clock() + timedelta(days=1))
    clock.move(days=1, hours=1)
    pledged(work, 2)
    paused(work)
    clock.move(hours=1)
    pledged(work)
    assert Numbers(work).at(clock()).total("pledge") == 2


def test_two_people_at_once(work: Work[Any]) -> None:
    """One of them pauses it; another is told to look, and nothing is told twice."""
    said = []

    def pause(kind: str) -> None:
        try:
            pausing.pause(work, kind, None, "Asked to.", by=member(), now=work.clock())
        except Conflict:
            said.append(kind)

    threads = [Thread(target=pause, args=(kind,)) for kind in ("incident", "election") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = campaign()
    assert found
    assert len(told()) == len(found.history) == found.turns
    assert len(found.history) + len(said) <= 6
    assert [data["kind"] for _, data in told()] == [one["kind"] for one in found.history]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "holiday"}, "kind"),
        ({"why": ""}, "why"),
        ({"why": "x" * 301}, "why"),
        ({"until": A_MOMENT - timedelta(days=1)}, "until"),
        ({"until": A_MOMENT + timedelta(days=101)}, "until"),
    ],
)
def test_pauses_that_cannot_be(work: Work[Any], given: dict[str, Any], field: str) -> None:
    """Each names its field, and nothing is paused."""
    asked = {"kind": "incident", "until": None, "why": "Asked to.", **given}
    with pytest.raises(InvalidInput) as error:
        pausing.pause(work, **asked, by=member(), now=A_MOMENT)
    assert list(error.value.fields) == [field]
    assert not told()


def test_who_may(work: Work[Any]) -> None:
    """Whoever looks after all of London; and to go on with what goes on is nothing."""
    with pytest.raises(Forbidden):
        pausing.pause(work, "incident", None, "Asked to.", by=member("hackney"), now=A_MOMENT)
    with pytest.raises(Forbidden):
        pausing.resume("It is over.", by=member("hackney"), now=A_MOMENT)
    pausing.resume("It is over.", by=member(), now=A_MOMENT)
    assert not told()
