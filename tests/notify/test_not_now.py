"""Not now: two weeks without what can wait. A nudge that falls into them comes after them, once; what is true and needed still comes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify import mails, rules
from services.notify.operations import evenings, keeping, nudges
from services.notify.operations.examine import examine
from services.notify.rules import Rest, Situation, Verdict, may_nudge_go
from services.notify.store import Contact, Suppression, rows_of
from shared.messaging.findings import NOTE
from shared.runtime.clock import in_london
from shared.security.tokens import new_token
from tests.notify.desk import ADA, Desk
from tests.notify.test_evenings import YEARS, said_yes
from tests.notify.test_nudges import SATURDAY, at, nudges_of
from tests.notify.test_pages import heading, shown
from tests.notify.walk import both, walk


def pressed(desk: Desk) -> datetime:
    """ "Not now" in the last mail; when the rest ends."""
    path = desk.link("not-now")
    desk.clock.move(minutes=5)
    assert desk.post(path).status_code == 303
    return rules.rest_ends(desk.clock.now)


def wrong(desk: Desk) -> list[str]:
    return [f"{one.name}: {one.words}" for one in examine(desk.work, desk.clock.now) if one.effect != NOTE]


def two_asked(desk: Desk, days: int = 6) -> str:
    """Two nudges said yes to, the first of them sent just now; the ref of the other, due some days later."""
    other = desk.confirmed(ADA, days=3 + days)
    desk.nudged(ADA)
    return other


@given(YEARS)
def test_two_weeks_to_nine_in_the_morning(now: datetime) -> None:
    """Whatever the clocks do meanwhile, it ends at nine on the same weekday; the page names that day."""
    end = rules.rest_ends(now)
    assert (in_london(end).hour, in_london(end).minute) == (9, 0)
    assert in_london(end).date() == in_london(now).date() + timedelta(days=14)
    assert timedelta(days=13, hours=8) <= end.astimezone(UTC) - now <= timedelta(days=14, hours=10)


@given(YEARS, st.integers(-30 * 24, 30 * 24), st.integers(-30 * 24, 30 * 24), st.integers(0, 120 * 24))
def test_no_forbidden_nudge(now: datetime, asked: int, pressed_at: int, kept: int) -> None:
    """In a rest nothing that was asked for before it goes; after it, or asked for in it, it goes by day."""
    asked_at, since = now + timedelta(hours=asked), now + timedelta(hours=pressed_at)
    known = Situation(rules.CONFIRMED, asked_at, rest=Rest(since, rules.rest_ends(since)), kept_until=now + timedelta(hours=kept))
    decision = may_nudge_go(now, known)
    held = asked_at <= since <= now < rules.rest_ends(since)
    assert (decision.verdict is Verdict.NEVER) == held
    if held:
        assert decision.reason == (rules.NOT_NOW if now + timedelta(hours=kept) > rules.rest_ends(since) else rules.NOT_NOW_TOO_LONG)


def test_the_page(desk: Desk) -> None:
    """GET shows, POST acts, twice is once; it names the day, what still comes, and the way back."""
    desk.nudged()
    path, before = desk.link("not-now"), desk.stored()
    for method in ("GET", "HEAD", "OPTIONS"):
        assert desk.browser.open(path, method=method, base_url=desk.work.settings.public_url).status_code == 200
    assert desk.stored() == before
    assert heading(desk.get(path)) == "Not now?"
    assert "until Saturday 27 June" in shown(desk.get(path))
    for _ in range(2):
        answer = desk.post(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, path)
        desk.clock.move(days=1)
    page = desk.get(path)
    assert heading(page) == "We leave you alone until Saturday 27 June"
    assert "It stays yours, and we still tell you if something changes or is called off." in shown(page)
    assert desk.post(path, data={"do": "start-again"}).status_code == 303
    assert heading(desk.get(path)) == "Not now?"
    assert desk.post(path, data={"do": "start-again"}).status_code == 303, "twice is as once"
    assert Suppression.objects.count() == 0


def test_it_ends_by_itself(desk: Desk) -> None:
    """At nine on its last day, and not a second before."""
    desk.nudged()
    path, end = desk.link("not-now"), pressed(desk)
    desk.clock.set(end - timedelta(seconds=1))
    assert heading(desk.get(path)).startswith("We leave you alone")
    desk.clock.set(end)
    assert heading(desk.get(path)) == "Not now?"


def test_a_nudge_that_falls_into_it(desk: Desk) -> None:
    """It is moved to the end, not lost, and comes once; the ledger says why it did not go before."""
    other = two_asked(desk)
    end = pressed(desk)
    for hours in (0, 1, 30, 24 * 4):
        at(desk, SATURDAY + timedelta(days=6, hours=hours))
    assert nudges_of(desk, other) == [("suppressed", "not-now")]
    assert (desk.contact(other).nudge_due, len(desk.mails)) == (end, 3)
    assert wrong(desk) == []
    at(desk, end - timedelta(seconds=1))
    assert len(desk.mails) == 3
    for hours in (0, 1, 30):
        at(desk, end + timedelta(hours=hours))
    assert nudges_of(desk, other) == [("suppressed", "not-now"), ("sent", None)]
    assert wrong(desk) == []


def test_one_that_comes_after_it_anyway(desk: Desk) -> None:
    """A nudge that is due later is not touched."""
    other = two_asked(desk, days=20)
    pressed(desk)
    at(desk, SATURDAY + timedelta(days=20))
    assert nudges_of(desk, other) == [("sent", None)]


def test_pressed_when_it_is_planned_already(desk: Desk) -> None:
    """The server was away: the nudge is planned, and not gone. It is decided when it would go."""
    other = two_asked(desk)
    later = desk.link("not-now")
    desk.clock.set(SATURDAY + timedelta(days=6))
    desk.plan_nudges()
    desk.post(later)
    desk.send()
    assert nudges_of(desk, other) == [("suppressed", "not-now")]
    at(desk, rules.rest_ends(SATURDAY + timedelta(days=6)))
    assert nudges_of(desk, other)[-1] == ("sent", None)


def test_a_crash_between_moving_and_recording(desk: Desk) -> None:
    """The nudge has its new day, the ledger still has the old row open: that one does not go, and the new one goes once."""
    other = two_asked(desk)
    end = pressed(desk)
    desk.clock.set(SATURDAY + timedelta(days=6))
    desk.plan_nudges()
    (row,) = desk.rows(other, mails.NUDGE)
    nudges.move(other, row.cause, end)
    desk.send()
    at(desk, end)
    assert nudges_of(desk, other) == [("suppressed", "postponed"), ("sent", None)]


def test_a_worker_that_died_over_the_plan(desk: Desk) -> None:
    """The row is there and the due time still stands: the sender moves it, and the plan that is made again does not undo that."""
    other = two_asked(desk)
    end = pressed(desk)
    due = desk.contact(other).nudge_due
    desk.clock.set(due)
    desk.plan_nudges()
    rows_of(Contact).update_one({"_id": other}, {"$set": {"nudge_due": due}})
    desk.send()
    assert desk.contact(other).nudge_due == end
    desk.plan_nudges()
    at(desk, end)
    assert nudges_of(desk, other)[-1] == ("sent", None)


@pytest.mark.parametrize(("days", "comes"), [(3, SATURDAY + timedelta(days=6)), (8, SATURDAY + timedelta(days=9))], ids=["before", "after"])
def test_start_again(desk: Desk, days: int, comes: datetime) -> None:
    """What has not come due yet comes when it was asked for; what was moved comes the next morning; once."""
    other = two_asked(desk)
    path = desk.link("not-now")
    end = pressed(desk)
    at(desk, SATURDAY + timedelta(days=days, hours=3))  # the worker was away on the day itself
    desk.post(path, data={"do": "start-again"})
    assert desk.contact(other).nudge_due == comes
    at(desk, comes)
    at(desk, end)
    assert [state for state, _ in nudges_of(desk, other)] == (["sent"] if days == 3 else ["suppressed", "sent"])


def test_start_again_on_the_very_day(desk: Desk) -> None:
    """Its own day's row is closed, so it comes the morning after that; it is not lost to having been planned before."""
    other = two_asked(desk)
    path = desk.link("not-now")
    pressed(desk)
    nudges.plan_all(desk.work)  # in a hurry: planned days before its own day, under that day
    desk.send()
    assert nudges_of(desk, other) == [("suppressed", "not-now")]
    desk.post(path, data={"do": "start-again"})
    assert desk.contact(other).nudge_due == SATURDAY + timedelta(days=7)
    at(desk, SATURDAY + timedelta(days=7))
    assert nudges_of(desk, other)[-1] == ("sent", None)


def test_what_is_asked_for_in_it_comes(desk: Desk) -> None:
    """A new yes, or "not yet: nudge me next week", is newer than "not now"."""
    first = desk.nudged()
    path = desk.link("not-now")
    desk.post(path)
    desk.clock.move(hours=1)
    new = desk.confirmed(ADA, days=4)
    desk.promise("postponed", first, 4, nudge_at=(SATURDAY + timedelta(days=7)).isoformat())
    at(desk, SATURDAY + timedelta(days=4))
    at(desk, SATURDAY + timedelta(days=7))
    assert nudges_of(desk, new) == [("sent", None)]
    assert nudges_of(desk, first) == [("sent", None), ("sent", None)]


def test_answered_or_taken_back_in_it(desk: Desk) -> None:
    """Nothing comes after it that is over."""
    other = two_asked(desk)
    end = pressed(desk)
    at(desk, SATURDAY + timedelta(days=6))
    desk.promise("kept", other, 3, answer="yes")
    at(desk, end)
    assert nudges_of(desk, other) == [("suppressed", "not-now"), ("suppressed", "answered")]


def test_one_rest_after_another(desk: Desk) -> None:
    """It is moved each time, until the address would go; then it is dropped with its reason, and nothing is kept longer for it."""
    other = two_asked(desk)
    path, kept = desk.link("not-now"), desk.contact(other).forget_at
    for _ in range(8):
        desk.post(path)
        desk.clock.set(rules.rest_ends(desk.clock.now))
        desk.post(path)
        at(desk, desk.clock.now)
    assert nudges_of(desk, other)[-1] == ("suppressed", "not-now-too-long")
    assert desk.contact(other).forget_at == kept
    assert {reason for _, reason in nudges_of(desk, other)[:-1]} == {"not-now"}


def test_places_in_it(desk: Desk) -> None:
    """The mail of the evening before stays away, for it has no other day; that the event changed or is called off still comes."""
    desk.nudged()
    here = walk(desk, days=5)
    sam = said_yes(here, ADA)
    desk.clock.move(minutes=1)
    desk.post(desk.link("not-now", next(mail for mail in desk.mails if "/not-now/" in mail.body("plain"))))
    here.starts += timedelta(hours=1)
    desk.hear(here.posted("changed", "starts", "ends"))
    here.tell()
    assert all("Something has changed" in text for text in both(desk.server.last()))
    desk.clock.set(here.starts - timedelta(days=1, hours=1, minutes=30))
    evenings.plan_due(desk.work, desk.clock.now)
    desk.send()
    assert [(template, state, reason) for template, state, reason in sam.outcomes() if template == mails.EVENING] == [
        ("evening", "suppressed", "not-now")
    ]
    desk.hear(here.ended())
    here.tell()
    assert all("It isn’t happening" in text for text in both(desk.server.last()))


@pytest.mark.parametrize("kind", ["stop", "not-now"])
def test_a_link_that_is_not_ours(desk: Desk, kind: str) -> None:
    """Cut off, or out of another list's mail: what to do, in plain words, and a way on; a mail program is told too."""
    for answer in (desk.get(f"/{kind}/{new_token()}"), desk.post(f"/{kind}/{new_token()}"), desk.get(f"/{kind}/x")):
        assert answer.status_code == 404
        assert heading(answer) == "We don’t know this link"
        assert "Copy the whole link from our mail." in shown(answer)
        assert "for another list look for its own link, in its own mail" in shown(answer)
    one_click = desk.post(f"/{kind}/{new_token()}", data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 404


def test_the_rest_goes_when_it_is_over(desk: Desk) -> None:
    """Nothing but a mark that cannot be read back, for two weeks."""
    desk.nudged()
    end = pressed(desk)
    assert [row.id.partition(":")[0] for row in Suppression.objects] == ["not-now"]
    desk.clock.set(end + timedelta(minutes=1))
    keeping.forget_rows(desk.work, desk.clock.now)
    assert Suppression.objects.count() == 0
