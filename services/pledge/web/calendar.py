"""A nudge as a calendar entry. Whoever sees the screen reads "Your small thing" and nothing more."""

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask_babel import gettext as _
from icalendar import Alarm, Calendar, Event

from services.pledge import rules
from services.pledge.store import Pledge

LENGTH = timedelta(minutes=15)


def entry(pledge: Pledge, public_url: str, now: datetime) -> bytes:
    """At the nudge's own time, or, without one to come, next Saturday at nine; the same entry when it is fetched again."""
    to_come = pledge.nudge_at and pledge.nudge_at > now
    starts = pledge.nudge_at if to_come else rules.nudge_time(rules.SATURDAY, now)
    event = Event()
    event.add("uid", f"{_uid(pledge.id)}@{urlsplit(public_url).hostname}")
    event.add("dtstamp", now)
    event.add("dtstart", starts.astimezone(UTC))
    event.add("dtend", (starts + LENGTH).astimezone(UTC))
    event.add("summary", _("Your small thing"))
    event.add("transp", "TRANSPARENT")
    event.add_component(_alarm())
    calendar = Calendar()
    calendar.add("prodid", "-//Your small thing//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _uid(pledge_id: str) -> str:
    """Says nothing of the pledge to who reads the calendar, and is the same each time."""
    return hashlib.sha256(f"calendar\0{pledge_id}".encode()).hexdigest()[:32]


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("Your small thing"))
    alarm.add("trigger", timedelta(0))
    return alarm
