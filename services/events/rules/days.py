"""Which days a list shows, on London's calendar: a week at a time, a weekend, or what somebody asked for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.events.rules import times

WEEK = timedelta(days=7)
MONTH = timedelta(days=31)
LONGEST = timedelta(days=92)  # the most days that one list may show: a query is always bounded
FARTHEST = timedelta(days=2 * 366)  # nothing is planned further ahead; and no date of ours overflows
_SATURDAY = 5


@dataclass(frozen=True)
class Days:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """The moment when the first of them begins in London, in UTC."""
        return times.at(self.first, time.min)

    @property
    def until(self) -> datetime:
        """The moment when the day after the last begins."""
        return times.at(self.last + timedelta(days=1), time.min)

    @property
    def length(self) -> timedelta:
        return self.last - self.first + timedelta(days=1)


def from_(first: date, length: timedelta) -> Days:
    """That many days, the first of them given."""
    return Days(first, first + length - timedelta(days=1))


def weekend(day: date) -> Days:
    """The weekend that `day` lies in, without days gone by, or the next one."""
    saturday = day + timedelta(days=(_SATURDAY - day.weekday()) % 7)
    if day.weekday() > _SATURDAY:
        return Days(day, day)
    return from_(saturday, timedelta(days=2))


def after(shown: Days) -> Days:
    """As many days again."""
    return from_(shown.last + timedelta(days=1), shown.length)
