"""The nudge: once, at its time, and never where it is not wanted any more."""

from datetime import datetime, timedelta

import pytest

from services.notify import mails, rules
from services.notify.operations import contacts, keeping, nudges
from services.notify.store import PROMISES, Contact, Notification, Suppression, Token, rows_of
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


# Stop


def test_stop(desk: Desk) -> None:
    """One press stops every nudge that this address said yes to before, forgets it there, and tells each owner."""
    first = desk.nudged()
    second = desk.confirmed("Ada.Quill@EXAMPLE.org", days=9)
    other = desk.confirmed("bo.fern@example.org", days=9)
    path = desk.link("stop", desk.mails[1])
    desk.clock.move(hours=1)
    assert desk.post(path).status_code == 303
    for ref in (first, second):
        assert desk.said(ref)[-1] == "contact.suppressed: stop"
        assert (desk.contact(ref).state, desk.contact(ref).sealed) == (rules.SUPPRESSED, None)
    assert desk.contact(other).state == rules.CONFIRMED
    told = len(desk.said(first))
    desk.clock.move(days=300)
    assert desk.post(path).status_code == 303
    assert len(desk.said(first)) == told


def test_a_later_yes_lifts_the_stop(desk: Desk) -> None:
    """Who says yes again after a stop is nudged again; the old stop link still stops that."""
    desk.nudged()
    stop = desk.link("stop")
    waiting = desk.offered(days=9)
    desk.send()
    confirm = desk.link("confirm")
    desk.clock.move(hours=1)
    desk.post(stop)
    desk.clock.move(hours=1)
    assert desk.post(confirm).status_code == 303
    at(desk, desk.contact(waiting).nudge_due)
    assert nudges_of(desk, waiting) == [("sent", None)]
    desk.clock.move(hours=1)
    desk.post(stop)
    assert desk.contact(waiting).state == rules.SUPPRESSED


def test_a_stop_beats_what_is_planned(desk: Desk) -> None:
    """A nudge that is planned when the stop comes is not sent; nor is one whose contact a crash left behind."""
    desk.nudged()
    stop = desk.link("stop")
    planned = desk.confirmed(days=3)
    due = desk.contact(planned).nudge_due
    desk.clock.set(due)
    desk.plan_nudges()
    left_behind = {
        "state": rules.CONFIRMED,
        **{name: getattr(desk.contact(planned), name) for name in ("sealed", "address_hash", "confirmed_at")},
    }
    desk.post(stop)
    desk.send()
    assert nudges_of(desk, planned) == [("suppressed", "contact-suppressed")]
    rows_of(Contact).update_one({"_id": planned}, {"$set": {**left_behind, "nudge_due": due + timedelta(days=1), "nudge_at": due}})
    at(desk, due + timedelta(days=1))
    assert nudges_of(desk, planned)[-1] == ("suppressed", "stopped")


def test_a_yes_at_the_same_moment_as_a_stop(desk: Desk) -> None:
    """A stop looks at the yeses before it alone: one that is given while it works stays."""
    ref = desk.nudged()
    stop = desk.link("stop").rpartition("/")[2]
    rows_of(Contact).update_one({"_id": ref}, {"$set": {"confirmed_at": desk.clock.now + timedelta(milliseconds=1)}})
    contacts.stop(desk.work, stop, desk.clock.now)
    assert desk.contact(ref).state == rules.CONFIRMED


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


# Forgetting


def test_forgotten_after_90_days(desk: Desk) -> None:
    """90 days after its nudge a confirmed address goes; "not yet" moves that too; nothing that leads to a person stays."""
    ref = desk.nudged()
    later = SATURDAY + timedelta(days=7)
    desk.promise("postponed", ref, 4, nudge_at=later.isoformat())
    desk.clock.set(SATURDAY + timedelta(days=90))
    assert contacts.forget_old(desk.work, desk.clock.now) == 0
    desk.clock.set(later + timedelta(days=90))
    assert contacts.forget_old(desk.work, desk.clock.now) == 1
    left = rows_of(Contact).find_one({"_id": ref}) or {}
    assert (left["state"], left.keys() & set(contacts.PERSONAL)) == (rules.FORGOTTEN, set())
    assert contacts.forget_old(desk.work, desk.clock.now) == 0


def test_what_is_kept_and_for_how_long(desk: Desk) -> None:
    """The table of what is kept: two days a hash to count by, a week a correlation, 110 days a link, 430 days the ledger; stop stays."""
    ref = desk.nudged()
    stop, start = desk.link("stop"), desk.clock.now
    desk.post(stop)
    desk.offered()
    desk.send()
    desk.post(desk.link("not-me"))

    def kept(days: float) -> tuple[int, int, int, int, int, int]:
        keeping.forget_rows(desk.work, start + timedelta(days=days))
        ledger = rows_of(Notification)
        return (
            ledger.count_documents({"address_hash": {"$exists": True}}),
            ledger.count_documents({"correlation": {"$exists": True}}),
            rows_of(Token).count_documents({}),
            rows_of(Suppression).count_documents({}),
            ledger.count_documents({}),
            rows_of(Contact).count_documents({}),
        )

    assert kept(1.9) == (1, 2, 5, 2, 3, 2), "the first of the two first mails is three days old"
    assert kept(2.1) == (0, 2, 5, 2, 3, 2)
    assert kept(7.1) == (0, 0, 5, 2, 3, 2)
    assert kept(90.1) == (0, 0, 5, 1, 3, 2)
    assert kept(110.1) == (0, 0, 1, 1, 3, 2)
    assert kept(429) == (0, 0, 1, 1, 2, 2)
    assert kept(431) == (0, 0, 1, 1, 0, 2), "their messages are not published yet"
    rows_of(Contact).update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})
    assert kept(431) == (0, 0, 1, 1, 0, 0)
    assert desk.get(stop).status_code == 200
    token = rows_of(Token).find_one({}) or {}
    assert (token["kind"], ref in str(token)) == ("stop", False)
