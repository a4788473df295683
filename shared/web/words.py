"""How numbers, days and hours are written on pages and in mails. Pure: no Flask, no clock.

48310 → 48,310 · Saturday 28 November · 9am, Tuesday 24 November · 6:30pm, midday, midnight
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from babel import Locale, dates, numbers

from shared.runtime.clock import in_london

ENGLISH = Locale("en", "GB")
Translate = Callable[[str], str]


def number(value: int | float, locale: Locale = ENGLISH) -> str:
    """48310 → "48,310"."""
    return numbers.format_decimal(value, locale=locale)


def nth(value: int, locale: Locale = ENGLISH) -> str:
    """3 → "3rd"; in a language whose rule we do not know, the number."""
    if locale.language != "en":
        return number(value, locale)
    suffix = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{number(value, locale)}{suffix}"


def day(value: date, locale: Locale = ENGLISH, *, year: bool = False) -> str:
    """ "Saturday 28 November", with ` 2026` if asked. A moment is taken on London's calendar."""
    skeleton = "yMMMMEEEEd" if year else "MMMMEEEEd"
    if locale.language == "en":
        return dates.format_date(_date(value), "EEEE d MMMM y" if year else "EEEE d MMMM", locale=locale)
    return dates.format_skeleton(skeleton, _date(value), locale=locale)


def clock(value: datetime, locale: Locale = ENGLISH) -> str:
    """The hour in London: "9am", "6:30pm", "midday", "midnight"."""
    local = _london(value)
    if locale.language != "en":
        return dates.format_time(local, "short", tzinfo=local.tzinfo, locale=locale)
    if local.minute == 0 and local.hour in (0, 12):
        return "midday" if local.hour else "midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def when(value: datetime, locale: Locale = ENGLISH, *, year: bool = False) -> str:
    """ "9am, Tuesday 24 November", with ` 2026` if asked."""
    comma = "،" if locale.language in ("ar", "fa", "ur") else ","
    return f"{clock(value, locale)}{comma} {day(value, locale, year=year)}"


def soon(value: datetime, locale: Locale = ENGLISH) -> str:
    """ "Thu 26 Nov, 6pm": where there is little room, and the day is near."""
    comma = "،" if locale.language in ("ar", "fa", "ur") else ","
    if locale.language == "en":
        return f"{dates.format_date(_date(value), 'EEE d MMM', locale=locale)}{comma} {clock(value, locale)}"
    return f"{dates.format_skeleton('MMMEd', _date(value), locale=locale)}{comma} {clock(value, locale)}"


def count_or_words(value: int | None, status: str = "published", *, locale: Locale = ENGLISH, gettext: Translate = str) -> str:
    """A count as the campaign's API gives it: the number, or why there is none (which is never 0)."""
    if status == "not-collected":
        return gettext("Not collected yet")
    if status == "fewer-than-10":
        return gettext("fewer than 10")
    if status == "withheld" or value is None:
        return gettext("not shown")
    return number(value, locale)


def filters(locale: Callable[[], Locale], gettext: Translate) -> dict[str, Callable[..., Any]]:
    """The template filters, each asking for the page's language when it is used."""
    return {
        "number": lambda value: number(value, locale()),
        "nth": lambda value: nth(value, locale()),
        "day": lambda value, year=False: day(value, locale(), year=year),
        "clock": lambda value: clock(value, locale()),
        "when": lambda value, year=False: when(value, locale(), year=year),
        "soon": lambda value: soon(value, locale()),
        "count_or_words": lambda value, status="published": count_or_words(value, status, locale=locale(), gettext=gettext),
    }


def _london(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone: nobody knows what hour it is in London")
    return in_london(moment)


def _date(value: date) -> date:
    return _london(value).date() if isinstance(value, datetime) else value
