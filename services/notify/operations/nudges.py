"""Plan the nudges whose time has come. Whether one may go is decided when it would be sent."""

from datetime import datetime

from services.notify import mails
from services.notify.operations import ledger
from services.notify.settings import Settings
from services.notify.store import Contact, contacts_due, contacts_with_nudge, rows_of
from shared.messaging.work import Work
from shared.runtime.clock import in_london

AT_MOST = 200


def plan_due(work: Work[Settings], now: datetime) -> int:
    for contact in (found := contacts_due("nudge_due", now, AT_MOST)):
        _plan(work, contact)
    return len(found)


def plan_all(work: Work[Settings]) -> int:
    """Laptop only: treat every confirmed nudge as due now, whatever the hour. No clock moves."""
    for contact in (found := contacts_with_nudge(AT_MOST)):
        _plan(work, contact, hurry=True)
    return len(found)


def _plan(work: Work[Settings], contact: Contact, *, hurry: bool = False) -> None:
    """The cause names the day, so a nudge that was moved to another day is another nudge, and the same one is planned once."""
    due = work.clock() if hurry else contact.nudge_due
    cause = f"nudge:{in_london(contact.nudge_due):%Y-%m-%d}:{contact.id}"
    ledger.plan(work, contact.id, mails.NUDGE, cause, due_at=due, ignore_quiet=hurry)
    rows_of(Contact).update_one({"_id": contact.id, "nudge_due": contact.nudge_due}, {"$unset": {"nudge_due": 1}})
