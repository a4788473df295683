"""Plan the nudges whose time has come. Whether one may go is decided when it would be sent."""

from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.operations import ledger
from services.notify.settings import Settings
from services.notify.store import Contact, contact, contacts_due, contacts_with_nudge, notification, rows_of
from shared.messaging.work import Work
from shared.runtime.clock import in_london
from shared.runtime.crash_points import reach

AT_MOST = 200


def plan_due(work: Work[Settings], now: datetime) -> int:
    for one in (found := contacts_due("nudge_due", now, AT_MOST)):
        _plan(work, one)
    return len(found)


def plan_all(work: Work[Settings]) -> int:
    """Laptop only: treat every confirmed nudge as due now, whatever the hour. No clock moves."""
    count = 0
    while found := contacts_with_nudge(AT_MOST):
        for one in found:
            _plan(work, one, hurry=True)
        count += len(found)
    return count


def move(ref: str, planned_as: str, until: datetime) -> None:
    """It fell into a rest: it comes when that is over. Where another was asked for meanwhile, that one comes when it was asked for."""
    found = contact(ref)
    if found is None or cause(found) not in (None, planned_as):
        return
    as_seen = {"_id": ref, "state": rules.CONFIRMED, "nudge_due": found.nudge_due or {"$exists": False}}
    rows_of(Contact).update_one(as_seen, {"$set": {"nudge_due": until, "nudge_moved": "yes"}})


def bring_back(ref: str, until: datetime, now: datetime) -> None:
    """The rest ends before its time: a nudge that was moved to its end comes at the next nine in the morning that is not its own day."""
    found = contact(ref)
    if found is None or found.nudge_moved is None or found.nudge_due != until:
        return
    due = rules.nudge_due(found.nudge_at, now)
    while notification(ledger.notification_id(cause_of(ref, due, found.nudge_round), ref, mails.NUDGE)):
        due = rules.nudge_due(due, due + timedelta(minutes=1))
    rows_of(Contact).update_one({"_id": ref, "nudge_due": until}, {"$set": {"nudge_due": due}})


def cause(found: Contact) -> str | None:
    """What the contact's next nudge is planned under; None when none is to be planned."""
    return cause_of(found.id, found.nudge_due, found.nudge_round) if found.nudge_due else None


def cause_of(ref: str, due: datetime, round_: int | None) -> str:
    """It names the day, so that the same nudge is planned once, and, after "not yet", which of them it answers."""
    again = f":{round_}" if round_ else ""
    return f"nudge:{in_london(due):%Y-%m-%d}:{ref}{again}"


def _plan(work: Work[Settings], found: Contact, *, hurry: bool = False) -> None:
    due = work.clock() if hurry else found.nudge_due
    ledger.plan(work, found.id, mails.NUDGE, str(cause(found)), due_at=due, ignore_quiet=hurry)
    reach("nudge.after-plan")
    rows_of(Contact).update_one({"_id": found.id, "nudge_due": found.nudge_due}, {"$unset": {"nudge_due": 1}})
