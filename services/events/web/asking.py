"""What somebody asked the list for: the filters of /whats-on, read from its address and written into one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from services.events.operations.finding import LONGEST_WORDS, words_of
from services.events.rules import days
from services.events.rules.content import ONLINE
from services.events.rules.days import Days
from services.events.store.finding import Wanted
from shared.reference.areas import area
from shared.reference.choices import choice
from shared.reference.themes import theme

PATH = "/whats-on"
TICKED = "1"


@dataclass(frozen=True)
class Ask:
    """`first` and `last`: the days that were asked for, if any were."""

    area: str = ""
    weekend: bool = False
    theme: int | None = None
    alone: bool = False
    free: bool = False
    access: tuple[str, ...] = ()
    q: str = ""
    first: date | None = None
    last: date | None = None

    def wanted(self) -> Wanted:
        areas = (self.area,) if self.area else ()
        return Wanted(areas, self.theme, self.alone, self.free, self.access, words_of(self.q))

    def days(self, today: date) -> Days:
        """Never before today: a list on a wall keeps its address."""
        first = max(self.first or today, today)
        if self.weekend:
            return days.weekend(first)
        return Days(first, max(self.last, first)) if self.last else days.from_(first, days.WEEK)

    @property
    def is_narrowed(self) -> bool:
        """By more than place and days."""
        return bool(self.theme or self.alone or self.free or self.access or self.q)

    def address(self, path: str = PATH) -> str:
        """Where the answer is: the same each time, so that it can be kept, printed and shared."""
        pairs: list[tuple[str, Any]] = [("area", self.area), *(("access", code) for code in self.access)]
        pairs += [(name, TICKED) for name in ("weekend", "alone", "free") if getattr(self, name)]
        pairs += [("theme", self.theme), ("q", self.q), ("from", self.first), ("to", self.last)]
        query = urlencode([(name, str(value)) for name, value in pairs if value])
        return f"{path}?{query}" if query else path


def read(args: "MultiDict[str, str]", today: date) -> tuple[Ask, dict[str, list[str]]]:
    """The question and, field by field, what cannot be understood of it."""
    errors: dict[str, list[str]] = {}
    ask = Ask(  # in the order of the form, so that the summary of errors has it too
        area=_area(args.get("area", ""), errors),
        access=_access(args.getlist("access"), errors),
        weekend=bool(args.get("weekend")),
        alone=bool(args.get("alone")),
        free=bool(args.get("free")),
        q=_words(args.get("q", ""), errors),
        theme=_theme(args.get("theme", ""), errors),
        first=_day(args.get("from", ""), "from", today, errors),
        last=_day(args.get("to", ""), "to", today, errors),
    )
    if ask.last and not errors:
        _check_days(max(ask.first or today, today), ask.last, ask.weekend, errors)
    return ask, errors


def only_area(args: Mapping[str, str], errors: dict[str, list[str]]) -> str:
    """For lists and feeds that are narrowed by place alone."""
    return _area(args.get("area", ""), errors)


def _area(sent: str, errors: dict[str, list[str]]) -> str:
    code = sent.strip().lower() if sent.isascii() else "?"
    if code and code != ONLINE and area(code) is None:
        errors["area"] = [_("Choose a borough from the list, online, or all of London")]
        return ""
    return code


def _theme(sent: str, errors: dict[str, list[str]]) -> int | None:
    if not sent.strip():
        return None
    number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0
    if theme(number) is None:
        errors["theme"] = [_("Choose a theme from the list, or any")]
        return None
    return number


def _access(sent: list[str], errors: dict[str, list[str]]) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code for code in sent if code.strip()))
    if any(choice("access", code) is None for code in codes):
        errors["access"] = [_("Choose what you need from the list, or anything")]
        return ()
    return codes


def _words(sent: str, errors: dict[str, list[str]]) -> str:
    text = " ".join(sent.split())
    if len(text) > LONGEST_WORDS or not text.isprintable():
        errors["q"] = [_("Look for a few words, %(most)s letters at most", most=LONGEST_WORDS)]
        return ""
    return text


def _day(sent: str, name: str, today: date, errors: dict[str, list[str]]) -> date | None:
    if not sent.strip():
        return None
    try:
        found = date.fromisoformat(sent.strip()) if len(sent.strip()) == len("2026-11-28") else None
    except ValueError:
        found = None
    if found is None or found > today + days.FARTHEST:
        errors[name] = [_("Give a day within the next two years, like %(day)s", day=(today + timedelta(days=3)).isoformat())]
        return None
    return found


def _check_days(first: date, last: date, weekend: bool, errors: dict[str, list[str]]) -> None:
    if weekend:
        errors["to"] = [_("Choose this weekend or days of your own, not both")]
    elif last < first:
        errors["to"] = [_("The last day has to be today or later, and not before the first")]
    elif Days(first, last).length > days.LONGEST:
        errors["to"] = [_("Ask for three months at most")]
