"""How the NHS groups the boroughs: the five footprints of the programme's events of 2017, and the integrated care boards of each year."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from shared.reference import datafile

FOOTPRINTS = "nhs-footprint"


@dataclass(frozen=True)
class Grouping:
    """`set`: what kind of grouping, a code of `set_name`. `gss`: the ONS code, if it has one. `valid_to`: its last day, or None."""

    code: str
    set: str
    gss: str | None
    name: str
    valid_from: date
    valid_to: date | None
    areas: tuple[str, ...]

    def stands(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@cache
def groupings() -> tuple[Grouping, ...]:
    """Every one there was, in the file's order: set by set, the earlier first."""
    return tuple(
        Grouping(
            **row
            | {"valid_from": date.fromisoformat(row["valid_from"]), "valid_to": datafile.day(row["valid_to"]), "areas": tuple(row["areas"])}
        )
        for row in datafile.read("groupings")["groupings"]
    )


def groupings_of(area: str, on: date) -> tuple[Grouping, ...]:
    """Those that an area's page speaks of: its footprint of 2017, which never changes, and the board that it is in on this day."""
    return tuple(one for one in groupings() if area in one.areas and (one.set == FOOTPRINTS or one.stands(on)))


def set_name(code: str) -> str:
    return _sets()[code]


@cache
def _sets() -> dict[str, str]:
    return {row["code"]: row["name"] for row in datafile.read("groupings")["sets"]}
