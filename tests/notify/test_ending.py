"""Stop, and forgetting: an address goes when its owner says so or when its time is over, and its owner's word holds."""

from datetime import timedelta

from services.notify import rules
from services.notify.operations import contacts, keeping
from services.notify.store import Contact, Notification, Suppression, Token, rows_of
from tests.notify.desk import Desk
from tests.notify.test_nudges import SATURDAY, at, nudges_of


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

    assert kept(1.9) == (2, 2, 6, 2, 3, 2), "the first of the three mails is three days old"
    assert kept(2.1) == (0, 2, 6, 2, 3, 2)
    assert kept(7.1) == (0, 0, 6, 2, 3, 2)
    assert kept(90.1) == (0, 0, 6, 1, 3, 2)
    assert kept(110.1) == (0, 0, 1, 1, 3, 2)
    assert kept(429) == (0, 0, 1, 1, 2, 2)
    assert kept(431) == (0, 0, 1, 1, 0, 2), "their messages are not published yet"
    rows_of(Contact).update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})
    assert kept(431) == (0, 0, 1, 1, 0, 0)
    assert desk.get(stop).status_code == 200
    token = rows_of(Token).find_one({}) or {}
    assert (token["kind"], ref in str(token)) == ("stop", False)
