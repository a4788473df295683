"""Where a pledge counts: the 33 areas, people who only work or study in London, and those who would rather not say."""

from dataclasses import dataclass
from functools import cache

from shared.reference import datafile

WORK_STUDY = "work-study"
NOT_SAID = "not-said"


@dataclass(frozen=True)
class Area:
    """A London borough or the City of London.

    `compared`: False for the City, where so few live that a rate says nothing. `row`, `column`: its tile on the map
    (0, 0 is the north-west). `label`: what the tile shows, with soft hyphens. `short`: at most 10 letters.
    """

    slug: str
    gss: str
    name: str
    population_2021: int
    compared: bool
    row: int
    column: int
    label: str
    short: str


@cache
def areas() -> tuple[Area, ...]:
    """All 33, in alphabetical order."""
    return tuple(Area(**row) for row in datafile.read("areas")["areas"])


def area(slug: str) -> Area | None:
    return _by_slug().get(slug)


def by_gss(gss: str) -> Area | None:
    return _by_gss().get(gss)


def area_codes() -> tuple[str, ...]:
    """Every value that a pledge's area can have: the 33 slugs, then the two special ones."""
    return tuple(_names())


def is_area_code(code: str) -> bool:
    return code in _names()


def area_name(code: str) -> str:
    """The name for people. A code of another release is shown as it is: a page of numbers must not fall over it."""
    return _names().get(code, code)


def resolve_area(text: str) -> str | None:
    """The area code that somebody means by a slug or a GSS code, in any case; None where it is neither."""
    if not text.isascii():  # lower() turns a few foreign letters into ASCII ones
        return None
    code = text.strip().lower()
    if is_area_code(code):
        return code
    found = by_gss(code.upper())
    return found.slug if found else None


@cache
def _by_slug() -> dict[str, Area]:
    return {entry.slug: entry for entry in areas()}


@cache
def _by_gss() -> dict[str, Area]:
    return {entry.gss: entry for entry in areas()}


@cache
def _names() -> dict[str, str]:
    special = {row["code"]: row["name"] for row in datafile.read("areas")["special"]}
    return {entry.slug: entry.name for entry in areas()} | special
