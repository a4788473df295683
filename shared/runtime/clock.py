"""The only place that reads the time. Everything else is handed it as an argument."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, aware, UTC, cut to the millisecond (what Mongo can hold)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def moved(seconds: float) -> Clock:
    """A clock that runs `seconds` ahead: how a laptop or a test looks at next week."""
    shift = timedelta(seconds=seconds)
    return (lambda: utc_now() + shift) if seconds else utc_now


def in_london(moment: datetime) -> datetime:
    """The same moment on a London wall clock."""
    return moment.astimezone(LONDON)


def iso_week(moment: datetime) -> str:
    """The ISO week in London, as `2026-W48`."""
    return week_of(in_london(moment).date())


def week_of(day: date) -> str:
    """The ISO week of a day, as `2026-W48`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def week_starts(week: str) -> date:
    """The Monday of a week written as `2026-W48`."""
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def cut_to_hour(moment: datetime) -> datetime:
    """The moment with minutes and seconds forgotten."""
    return moment.replace(minute=0, second=0, microsecond=0)


def as_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, for Kafka's record timestamps."""
    return int(moment.timestamp() * 1000)


def from_milliseconds(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp / 1000, UTC)
