"""Plan the nudges whose time has come. Whether one may go is decided when it would be sent."""

from datetime import datetime

from services.notify import mails
from services.notify.operations import ledger
from services.notify.settings import Settings
from services.notify.store import Contact, contacts_due, contacts_with_nudge, rows_of
from shared.messaging.work import Work
from shared.runtime.clock import in_london
from shared.runtime.crash_points import reach

AT_MOST = 200


def plan_due(work: Work[Settings], now: datetime) -> int:
    for contact in (found := contacts_due("nudge_due", now, AT_MOST)):
        _plan(work, contact)
    return len(found)


def plan_all(work: Work[Settings]) -> int:
    """Laptop only: treat every confirmed nudge as due now, whatever the hour. No clock moves."""
    count = 0
    while found := contacts_with_nudge(AT_MOST):
        for contact in found:
            _plan(work, contact, hurry=True)
        count += len(found)
    return count


def cause(contact: Contact) -> str | None:
    """What the contact's next nudge is planned under; None when none is to be planned."""
    return cause_of(contact.id, contact.nudge_due, contact.nudge_round) if contact.nudge_due else None


def cause_of(ref: str, due: datetime, round_: int | None) -> str:
    """It names the day, so that the same nudge is planned once, and, after "not yet", which of them it answers."""
    again = f":{round_}" if round_ else ""
    return f"nudge:{in_london(due):%Y-%m-%d}:{ref}{again}"


def _plan(work: Work[Settings], contact: Contact, *, hurry: bool = False) -> None:
    due = work.clock() if hurry else contact.nudge_due
    ledger.plan(work, contact.id, mails.NUDGE, str(cause(contact)), due_at=due, ignore_quiet=hurry)
    reach("nudge.after-plan")
    rows_of(Contact).update_one({"_id": contact.id, "nudge_due": contact.nudge_due}, {"$unset": {"nudge_due": 1}})
