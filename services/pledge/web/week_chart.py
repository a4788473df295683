"""The bars of pledges by week, ready to be drawn. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel import Locale, dates

from services.pledge.operations.numbers import Cell
from services.pledge.rules import disclosure
from shared.runtime.clock import week_starts

MOST_BARS = 8
BAR, PITCH, MARGIN = 40, 50, 4  # widths in the drawing's own units
FLOOR, TALLEST = 262, 196


@dataclass(frozen=True)
class Week:
    """`part`: whether it is still going on."""

    monday: date
    value: int | None
    status: str
    part: bool


@dataclass(frozen=True)
class Bar:
    """`x`, `y`, `height`: of the bar; `middle`: of its words. `label`: below it; the month's name only where it changes."""

    week: Week
    x: int
    y: int
    height: int
    middle: int
    label: str


def weeks(cells: Sequence[Cell], this_week: str) -> list[Week]:
    """Every week from the first to the last, those without a count as small ones; empty until weeks may be shown."""
    by_monday = {week_starts(cell.key): cell for cell in cells}
    if not any(cell.status == disclosure.PUBLISHED for cell in cells):
        return []
    now, first, last = week_starts(this_week), min(by_monday), max(by_monday)
    mondays = [first + timedelta(weeks=count) for count in range((last - first).days // 7 + 1)]
    return [_week(monday, by_monday.get(monday), now) for monday in mondays]


def _week(monday: date, cell: Cell | None, now: date) -> Week:
    value, status = (cell.value, cell.status) if cell else (None, disclosure.FEW)
    return Week(monday, value, status, monday == now)


def bars(shown: Sequence[Week], locale: Locale) -> list[Bar]:
    """The last eight weeks."""
    last = shown[-MOST_BARS:]
    most = max((week.value or 0 for week in last), default=0)
    return [_bar(place, week, _label(week, last[place - 1] if place else None, locale), most) for place, week in enumerate(last)]


def _label(week: Week, before: Week | None, locale: Locale) -> str:
    new_month = before is None or before.monday.month != week.monday.month
    return dates.format_date(week.monday, "d MMM" if new_month else "d", locale=locale)


def _bar(place: int, week: Week, label: str, most: int) -> Bar:
    height = round((week.value or 0) / most * TALLEST) if most else 0
    x = MARGIN + place * PITCH
    return Bar(week, x, FLOOR - height, height, x + BAR // 2, label)
