"""A nudge as a calendar entry. Whoever sees the screen reads "Your small thing" and nothing more."""

import hashlib
from datetime import datetime, timedelta

from flask_babel import gettext as _

from services.pledge import rules
from services.pledge.store import Pledge
from shared.web.calendars import Entry, calendar

LENGTH = timedelta(minutes=15)


def entry(pledge: Pledge, public_url: str, now: datetime) -> bytes:
    """At the nudge's own time, or, without one to come, next Saturday at nine; the same entry when it is fetched again."""
    to_come = pledge.nudge_at and pledge.nudge_at > now
    starts = pledge.nudge_at if to_come else rules.nudge_time(rules.SATURDAY, now)
    one = Entry(_uid(pledge.id), _("Your small thing"), starts, starts + LENGTH, alarm=True, busy=False)
    return calendar([one], maker="Your small thing", public_url=public_url, now=now)


def _uid(pledge_id: str) -> str:
    """Says nothing of the pledge to who reads the calendar, and is the same each time."""
    return hashlib.sha256(f"calendar\0{pledge_id}".encode()).hexdigest()[:32]
