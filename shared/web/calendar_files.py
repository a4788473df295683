"""Calendar files (RFC 5545): entries for one thing or for a list that somebody subscribes to.

Times go in as UTC, so no file carries a copy of London's clock changes. What is in an entry shows on a lock screen: callers
give names that say nothing to whoever looks over a shoulder. No web framework: the sender of mails makes them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar, Event

PUBLISH, CANCEL = "PUBLISH", "CANCEL"  # what a file asks of a calendar: RFC 5546
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


def place_uid(event_id: str, sign_up_id: str) -> str:
    """Of one person's place, the same in the mail and on the page behind its link: a later file then changes the entry."""
    return f"{event_id}-{sign_up_id}"


def calendar(entries: Sequence[Entry], *, maker: str, public_url: str, now: datetime, name: str = "", method: str = PUBLISH) -> bytes:
    """`maker`: who made the file, as PRODID says it. `name`: of a list that is read again and again.

    `method`: CANCEL takes entries that were cancelled out of a calendar that has them; PUBLISH leaves them there, struck out.
    """
    made = Calendar()
    made.add("prodid", f"-//{maker}//EN")
    made.add("version", "2.0")
    made.add("method", method)
    if name:
        made.add("x-wr-calname", name)
        made.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    host = urlsplit(public_url).hostname or ""
    for entry in entries:
        made.add_component(_event(entry, host, now))
    content: bytes = made.to_ical()
    return content


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
