"""Calendar files (RFC 5545): entries for one thing or for a list that somebody subscribes to.

Times go in as UTC, so no file carries a copy of London's clock changes. What is in an entry shows on a lock screen: callers
give names that say nothing to whoever looks over a shoulder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Response
from icalendar import Alarm, Calendar, Event

READ_AGAIN = timedelta(hours=6)  # how often a subscriber's calendar need look


@dataclass(frozen=True)
class Entry:
    """`uid`: the same for ever; `calendar` puts our host behind it. `sequence`: how often it has changed. `alarm`: ring at its start.

    `busy`: False for what takes no time out of a day.
    """

    uid: str
    name: str
    starts: datetime
    ends: datetime
    sequence: int = 0
    url: str = ""
    where: str = ""
    changed: datetime | None = None
    cancelled: bool = False
    alarm: bool = False
    busy: bool = True


def calendar(entries: Sequence[Entry], *, maker: str, public_url: str, now: datetime, name: str = "") -> bytes:
    """`maker`: who made the file, as PRODID says it. `name`: of a list that is read again and again."""
    made = Calendar()
    made.add("prodid", f"-//{maker}//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    if name:
        made.add("x-wr-calname", name)
        made.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    host = urlsplit(public_url).hostname or ""
    for entry in entries:
        made.add_component(_event(entry, host, now))
    content: bytes = made.to_ical()
    return content


def answer(content: bytes, filename: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{filename}"'}
    return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)


def _event(entry: Entry, host: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{entry.uid}@{host}")
    event.add("dtstamp", now)
    event.add("dtstart", entry.starts.astimezone(UTC))
    event.add("dtend", entry.ends.astimezone(UTC))
    event.add("summary", entry.name)
    if entry.sequence:
        event.add("sequence", entry.sequence)
    if entry.changed:
        event.add("last-modified", entry.changed.astimezone(UTC))
    if entry.cancelled:
        event.add("status", "CANCELLED")
    if entry.where:
        event.add("location", entry.where)
    if entry.url:
        event.add("url", entry.url)
    if not entry.busy:
        event.add("transp", "TRANSPARENT")
    if entry.alarm:
        event.add_component(_alarm(entry.name))
    return event


def _alarm(words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", timedelta(0))
    return alarm
