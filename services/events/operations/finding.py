"""What people find: the store's lists by day, by area and page by page. Reads only; so it can never show what nobody has read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.events.operations.facts import plain
from services.events.rules import posts, seen
from services.events.rules.content import ONLINE
from services.events.rules.days import WEEK, Days
from services.events.rules.seen import Standing
from services.events.store import finding
from services.events.store.finding import Found, Wanted
from shared.reference.neighbours import nearby, neighbours

LONGEST_WORDS, MOST_WORDS = 100, 8


@dataclass(frozen=True)
class Place:
    """A cursor: the event after which the next page begins."""

    starts: datetime
    id: str


def words_of(text: str) -> tuple[str, ...]:
    """What somebody typed into the box, as the store compares it."""
    return tuple(dict.fromkeys(plain(text).split()))[:MOST_WORDS]


def events(wanted: Wanted, days: Days, now: datetime, *, whole: bool = False) -> list[Found]:
    """The events of those days that are not over, in order."""
    return finding.events_in(days.since, days.until, now, wanted, whole=whole)


def initiatives(wanted: Wanted, *, whole: bool = False) -> list[Found]:
    return finding.initiatives_of(wanted, whole=whole)


def cancelled(areas: Sequence[str], now: datetime) -> list[Found]:
    """The events to come that were cancelled: a calendar that holds one hears that it does not take place."""
    return [one for one in finding.called_off(now, areas) if how_shown(one, now) == seen.CANCELLED]


def counts_nearby(area: str, wanted: Wanted, days: Days, now: datetime) -> list[tuple[str, int]]:
    """Each borough next door with how much it has in those days, the fullest first."""
    next_door = neighbours(area)
    found = events(replace(wanted, areas=next_door), days, now) if next_door else []
    counted = {slug: sum(one.live["area"] == slug for one in found) for slug in next_door}
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def areas_near(area: str) -> tuple[str, ...]:
    """A borough and those next door; online has no next door."""
    return (ONLINE,) if area == ONLINE else nearby(area)


def page_of_events(wanted: Wanted, days: Days, after: Place | None, most: int, now: datetime) -> tuple[list[Found], Place | None]:
    """Up to `most` events of those days after that place, and the place to go on from, if there are more."""
    found: list[Found] = []
    for since, until in _weeks(days, after):
        week = finding.events_in(since, until, now, wanted, whole=True)
        found += [one for one in week if after is None or (one.starts, one.id) > (after.starts, after.id)]
        if len(found) > most:
            break
    shown = found[:most]
    return shown, Place(shown[-1].starts, shown[-1].id) if len(found) > most else None


def _weeks(days: Days, after: Place | None) -> Iterator[tuple[datetime, datetime]]:
    """The days a week at a time: the store reads a whole range, so a page must not ask for three months to show twenty."""
    since = max(days.since, after.starts) if after else days.since
    while since < days.until:
        until = min(since + WEEK, days.until)
        yield since, until
        since = until


def how_shown(post: Found, now: datetime) -> str | None:
    """SHOWN, CANCELLED, OVER … of rules.seen; None for what was never there."""
    paused = post.group.paused_at is not None
    off = (post.ended or {}).get("what") == posts.CANCELLED
    return seen.how_shown(Standing(post.state, post.listed is not None, paused, post.ends_at, called_off=off), now)


def why_ended(post: Found) -> str:
    """The code of the reason that was given, or nothing."""
    ended: Mapping[str, Any] = post.ended or {}
    return str(ended.get("reason") or "")
