"""What is due in pledge: one function a kind. DUE, last, is the table; the worker asks each in turn."""

from datetime import timedelta

from services.pledge.operations import counting, erasing, figures, keeping, listings, pausing, publishing, striking
from services.pledge.settings import Settings
from shared.messaging.work import Work
from shared.privacy.messages import forget_messages
from shared.runtime.due import Due
from shared.security import revocations

DUE: tuple[Due[Work[Settings]], ...] = (
    Due("fold new counts into the totals", timedelta(seconds=0.5), counting.fold),
    Due("publish the breakdowns", timedelta(hours=1), publishing.publish_breakdowns),
    Due("erase what people want gone", timedelta(seconds=1), erasing.erase),
    Due("finish corrections of figures", timedelta(seconds=30), figures.follow_up),
    Due("strike out what was decided", timedelta(seconds=5), striking.carry_out),
    Due("end a pause whose day has come", timedelta(seconds=30), pausing.end_by_itself),
    Due("offer addresses again", timedelta(minutes=1), keeping.offer_again),
    Due("forget exact times", timedelta(minutes=10), keeping.forget_exact_times),
    Due("drop refs after the nudge", timedelta(hours=1), keeping.drop_old_refs),
    Due("forget events that are over", timedelta(hours=1), listings.forget),
    Due("forget what was erased", timedelta(hours=1), keeping.forget_erased),
    Due("forget old messages", timedelta(hours=1), forget_messages),
    Due("forget sessions that have run out", timedelta(hours=1), revocations.forget),
)
