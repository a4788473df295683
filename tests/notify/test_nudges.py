"""The nudge: once, at its time, and never where it is not wanted any more."""

from datetime import datetime, timedelta

import pytest

from services.notify import mails, rules
from services.notify.operations import nudges
from services.notify.store import PROMISES, Contact, rows_of
from shared.runtime.clock import LONDON, in_london
from tests.notify.desk import ADA, Desk

SATURDAY = datetime(2026, 6, 13, 9, tzinfo=LONDON)


def at(desk: Desk, moment: datetime) -> None:
    """Move to a moment, plan what is due then, send it."""
    desk.clock.set(moment)
    desk.plan_nudges()
    desk.send()


def nudges_of(desk: Desk, ref: str) -> list[tuple[str, str | None]]:
    return desk.ledger(ref, mails.NUDGE)


def test_once_at_its_time(desk: Desk) -> None:
    """It goes at the hour that was asked for, not before, and once."""
    ref = desk.confirmed()
    at(desk, SATURDAY - timedelta(seconds=1))
    assert nudges_of(desk, ref) == []
    for minutes in (0, 5, 24 * 60):
        at(desk, SATURDAY + timedelta(minutes=minutes))
    assert nudges_of(desk, ref) == [("sent", None)]
    assert [mail.to for mail in desk.mails] == [ADA, ADA]
    assert desk.contact(ref).nudge_due is None


def test_planned_twice_is_once(desk: Desk) -> None:
    """A worker that dies between planning and noting it plans the same nudge again: it is the same row."""
    ref = desk.confirmed()
    desk.clock.set(SATURDAY)
    due = desk.contact(ref).nudge_due
    assert desk.plan_nudges() == 1
    rows_of(Contact).update_one({"_id": ref}, {"$set": {"nudge_due": due}})
    desk.send()
    assert desk.plan_nudges() == 1
    desk.send()
    assert nudges_of(desk, ref) == [("sent", None)]


@pytest.mark.parametrize(
    ("yes", "due"),
    [
        (SATURDAY - timedelta(seconds=1), SATURDAY),
        (SATURDAY + timedelta(hours=2), SATURDAY + timedelta(days=1)),
        (SATURDAY + timedelta(hours=20), SATURDAY + timedelta(days=1)),
        (SATURDAY + timedelta(days=2), SATURDAY + timedelta(days=3)),
    ],
    ids=str,
)
def test_a_yes_after_the_time(desk: Desk, yes: datetime, due: datetime) -> None:
    """Who says yes after the hour that was asked for is nudged at the next nine in the morning."""
    ref = desk.offered()
    desk.send()
    desk.clock.set(yes)
    desk.post(desk.link("confirm"))
    assert desk.contact(ref).nudge_due == due
    assert desk.contact(ref).forget_at == due + timedelta(days=90)
    at(desk, due - timedelta(seconds=1))
    assert nudges_of(desk, ref) == []
    at(desk, due)
    assert nudges_of(desk, ref) == [("sent", None)]


def test_quiet_hours(desk: Desk) -> None:
    """A nudge that is held up until the night waits for eight in the morning."""
    ref = desk.confirmed()
    desk.clock.set(SATURDAY)
    desk.plan_nudges()
    night = datetime(2026, 6, 13, 21, 0, tzinfo=LONDON)
    for moment in (night, night + timedelta(hours=6), night + timedelta(hours=10, minutes=59)):
        desk.clock.set(moment)
        desk.send()
        assert [row.state for row in desk.rows(ref, mails.NUDGE)] == ["planned"]
        assert desk.rows(ref, mails.NUDGE)[0].next_attempt_at == night + timedelta(hours=11)
    desk.clock.set(night + timedelta(hours=11))
    desk.send()
    assert nudges_of(desk, ref) == [("sent", None)]


@pytest.mark.parametrize(
    ("what", "more", "reason"),
    [("withdrawn", {}, "withdrawn"), ("kept", {"answer": "yes"}, "answered"), ("kept", {"answer": "partly"}, "answered")],
)
@pytest.mark.parametrize("early", [True, False], ids=["before planning", "after planning"])
def test_not_where_it_is_over(desk: Desk, what: str, more: dict[str, str], reason: str, early: bool) -> None:
    """A pledge that was taken back or answered gets no nudge, however late notify hears of it."""
    ref = desk.confirmed()
    if early:
        desk.promise(what, ref, 3, **more)
    desk.clock.set(SATURDAY)
    desk.plan_nudges()
    if not early:
        desk.promise(what, ref, 3, **more)
    desk.send()
    assert nudges_of(desk, ref) == [("suppressed", reason)]
    assert len(desk.mails) == 1


def test_not_without_a_yes(desk: Desk) -> None:
    """An address that nobody confirmed is never nudged."""
    desk.offered()
    desk.send()
    at(desk, SATURDAY + timedelta(days=1))
    assert len(desk.mails) == 1


def test_not_yet(desk: Desk) -> None:
    """ "Not yet" is one more nudge at the time that pledge says, whose mail says why it comes; then it is over."""
    ref = desk.nudged()
    later = SATURDAY + timedelta(days=7)
    desk.promise("postponed", ref, 4, nudge_at=later.isoformat())
    assert desk.contact(ref).forget_at == later + timedelta(days=90)
    at(desk, later - timedelta(seconds=1))
    assert len(desk.mails) == 2
    at(desk, later)
    at(desk, later + timedelta(minutes=5))
    assert nudges_of(desk, ref) == [("sent", None)] * 2
    assert "Last time you said “not yet”, so here is one more." in " ".join(desk.mails[2].body("plain").split())
    assert "not yet" not in desk.mails[1].body("plain")


def test_not_yet_before_the_nudge_went(desk: Desk) -> None:
    """Where the nudge is on its way already, "not yet" holds it back: it comes at the later time alone."""
    ref = desk.confirmed()
    desk.clock.set(SATURDAY)
    desk.plan_nudges()
    desk.promise("postponed", ref, 4, nudge_at=(SATURDAY + timedelta(days=7)).isoformat())
    desk.send()
    assert nudges_of(desk, ref) == [("suppressed", "postponed")]
    at(desk, SATURDAY + timedelta(days=7))
    assert nudges_of(desk, ref)[-1] == ("sent", None)
    assert len(desk.mails) == 2


def test_the_newest_word_counts(desk: Desk) -> None:
    """Of what pledge said the newest counts, in whatever order it comes and however often."""
    ref = desk.nudged()
    week, fortnight = SATURDAY + timedelta(days=7), SATURDAY + timedelta(days=14)
    desk.promise("postponed", ref, 5, nudge_at=fortnight.isoformat())
    for _ in range(2):
        desk.promise("postponed", ref, 4, nudge_at=week.isoformat())
    assert desk.contact(ref).nudge_due == fortnight
    desk.promise("kept", ref, 6, answer="yes")
    desk.promise("postponed", ref, 5, nudge_at=fortnight.isoformat())
    at(desk, fortnight)
    assert nudges_of(desk, ref)[-1] == ("suppressed", "answered")
    desk.promise("postponed", ref, 7, nudge_at=(fortnight + timedelta(days=7)).isoformat())
    at(desk, fortnight + timedelta(days=7))
    assert nudges_of(desk, ref)[-1] == ("sent", None)


def test_a_postponement_is_mended_after_a_crash(desk: Desk) -> None:
    """A consumer that died between its two writes hears the message again, and the nudge is set all the same."""
    ref = desk.nudged()
    later = SATURDAY + timedelta(days=7)
    desk.work.db[PROMISES].insert_one({"_id": ref, "state": rules.POSTPONED, "sequence": 4, "heard_at": desk.clock.now})
    desk.promise("postponed", ref, 4, nudge_at=later.isoformat())
    assert desk.contact(ref).nudge_due == later


def test_what_is_not_for_us(desk: Desk) -> None:
    """A pledge without an address, or whose address is gone, changes nothing here."""
    ref = desk.offered()
    desk.promise("postponed", ref, 4, nudge_at=SATURDAY.isoformat())
    assert desk.contact(ref).nudge_due is None
    for what, more in (("withdrawn", {}), ("kept", {"answer": "yes"}), ("postponed", {"nudge_at": SATURDAY.isoformat()})):
        desk.promise(what, None, 5, **more)
    assert [row["_id"] for row in desk.work.db[PROMISES].find()] == [ref]


# In a hurry


def test_send_due_nudges(desk: Desk) -> None:
    """The laptop's button plans every confirmed nudge, also by night, and no clock moves; a nudge that went does not go again."""
    ref = desk.confirmed(days=7)
    desk.offered("bo.fern@example.org")
    desk.send()
    desk.clock.set(in_london(desk.clock.now).replace(hour=23))
    assert nudges.plan_all(desk.work) == 1
    assert nudges.plan_all(desk.work) == 0
    desk.send()
    assert nudges_of(desk, ref) == [("sent", None)]
    at(desk, desk.contact(ref).nudge_at)
    assert nudges_of(desk, ref) == [("sent", None)]


def test_in_a_hurry_through_both_not_yets(desk: Desk) -> None:
    """On one evening of trying things out, each "not yet" gets its own nudge, though both fall on the same day."""
    ref = desk.confirmed()
    nudges.plan_all(desk.work)
    desk.send()
    for sequence in (4, 5):
        desk.promise("postponed", ref, sequence, nudge_at=(SATURDAY + timedelta(days=7)).isoformat())
        assert nudges.plan_all(desk.work) == 1
        desk.send()
    assert nudges_of(desk, ref) == [("sent", None)] * 3
