"""What the staff's pause of the campaign means here: a mail that somebody asked for waits until it is over, and loses no time by that.

Its row stays planned, with `held_since`; once the campaign goes on, the clock lets rows go, a limited number a second, each with as
much of its shelf life left as it had. Everything else is sent as ever: what confirms, what is about a place, staff, organisers. Whether
a mail is still of use is decided when it would go, as always: one about what is over by then does not.
"""

from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.operations import ledger
from services.notify.settings import Settings
from services.notify.store import Notification, held_notifications
from shared.messaging.pauses import CAMPAIGN, Pause, heard_pause
from shared.messaging.work import Work

LOOK_AGAIN = timedelta(days=1)
AT_ONCE = 100  # every ten seconds, so that what is sent at once to many keeps no first mail waiting


def waits_in_a_pause(row: Notification) -> bool:
    """Whether it rests on a yes to be reminded of something, rather than on something that somebody does now."""
    template = mails.TEMPLATES.get(row.template)
    return template is not None and template.purpose is not None


def holding(work: Work[Settings], row: Notification, now: datetime) -> Pause | None:
    """The pause that this row waits for, if any. One whose shelf life was over before it began is not kept by it."""
    if not waits_in_a_pause(row) or row.state != rules.PLANNED:
        return None
    pause = heard_pause(work.db, CAMPAIGN, now)
    return pause if pause and since(row, pause) < row.shelf_ends else None


def since(row: Notification, pause: Pause) -> datetime:
    """From when on the pause has kept it."""
    started: datetime = row.held_since or max(pause.since, row.due_at)
    return started


def hold(row: Notification, pause: Pause, now: datetime) -> None:
    until = min(pause.until, now + LOOK_AGAIN) if pause.until else now + LOOK_AGAIN
    ledger.hold(row, since(row, pause), until)


def let_go(work: Work[Settings], now: datetime) -> int:
    """Some of what a pause has held, once none holds any more. 0: the rest has its turn in ten seconds."""
    held = held_notifications(AT_ONCE)
    if held and heard_pause(work.db, CAMPAIGN, now) is None:
        for row in held:
            ledger.release(row, now)
    return 0
