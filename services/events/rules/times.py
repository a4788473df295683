"""London's wall clock, as an organiser writes it: a day, a time to start and one to end.

Where the clocks go forward an hour does not exist, and is refused; where they go back one comes twice, and the first is meant.
"""

from datetime import UTC, date, datetime, time, timedelta

from shared.runtime.clock import LONDON


class NoSuchTime(ValueError):
    """The clocks go forward over it."""


def at(day: date, wall: time) -> datetime:
    """The moment in UTC. Raises NoSuchTime for one that the clocks leave out."""
    local = datetime.combine(day, wall, LONDON)
    moment = local.astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(local.replace(tzinfo=None).isoformat())
    return moment


def span(day: str, starts: str, ends: str) -> tuple[datetime, datetime]:
    """From `2026-11-28`, `18:00`, `19:15` to two moments in UTC; an end that is not after the start is on the next day.

    Raises ValueError for text that is no day or time, NoSuchTime as `at` does.
    """
    first, from_, to = date.fromisoformat(day), time.fromisoformat(starts), time.fromisoformat(ends)
    return at(first, from_), at(first + timedelta(days=1) if to <= from_ else first, to)
