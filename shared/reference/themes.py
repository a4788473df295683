"""The programme's aspirations, by number. Data and not an enum: they have been renamed and regrouped before."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from shared.reference import datafile


@dataclass(frozen=True)
class Theme:
    """`aspiration`: the programme's own words. `valid_to`: the last day it stood, or None."""

    number: int
    slug: str
    name: str
    aspiration: str
    valid_from: date
    valid_to: date | None

    def stands(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def themes(on: date | None = None) -> tuple[Theme, ...]:
    """Those that stood on a day; without one, those that have no end. In the order of their numbers."""
    return tuple(theme for theme in _every() if (theme.stands(on) if on else theme.valid_to is None))


def theme(number: int) -> Theme | None:
    """The newest row of a number, ended or not: old counts keep their name."""
    return next((entry for entry in reversed(_every()) if entry.number == number), None)


def theme_name(number: int) -> str:
    """The name for people; a number of another release is shown as it is."""
    found = theme(number)
    return found.name if found else str(number)


@cache
def _every() -> tuple[Theme, ...]:
    rows = (
        Theme(**row | {"valid_from": date.fromisoformat(row["valid_from"]), "valid_to": datafile.day(row["valid_to"])})
        for row in datafile.read("themes")["themes"]
    )
    return tuple(sorted(rows, key=lambda entry: (entry.number, entry.valid_from)))
