"""What is due in notify: one function a kind. DUE, last, is the table; the worker asks each in turn."""

from datetime import timedelta

from services.notify.operations import campaign_pause, checking, contacts, erasing, evenings, keeping, nudges, places, sessions, staff
from services.notify.settings import Settings
from shared.messaging.work import Work
from shared.privacy.messages import forget_messages
from shared.runtime.due import Due

DUE: tuple[Due[Work[Settings]], ...] = (
    Due("plan nudges", timedelta(seconds=5), nudges.plan_due),
    Due("plan the mails of the evening before", timedelta(seconds=5), evenings.plan_due),
    Due("tell people of a change or an end", timedelta(seconds=5), places.plan_tellings),
    Due("let mails go after a pause", timedelta(seconds=10), campaign_pause.let_go),
    Due("tell moderators what waits", timedelta(minutes=1), checking.plan_daily),
    Due("expire what nobody confirmed", timedelta(minutes=1), contacts.expire),
    Due("forget addresses after their nudge or their slot", timedelta(hours=1), contacts.forget_old),
    Due("end sessions that were under way", timedelta(seconds=5), sessions.finish_ending),
    Due("finish what people want erased", timedelta(seconds=5), erasing.finish),
    Due("forget invitations that nobody took up", timedelta(hours=1), staff.forget_unanswered),
    Due("forget old rows", timedelta(hours=1), keeping.forget_rows),
    Due("forget old messages", timedelta(hours=1), forget_messages),
)
