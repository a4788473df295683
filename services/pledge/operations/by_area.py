"""The numbers of areas and of groupings of areas, worked out from what is published and from nothing else: so they give nobody away."""

from dataclasses import dataclass

from services.pledge.operations.numbers import Cell, Edition
from services.pledge.rules import disclosure
from shared.reference.areas import Area, area, areas
from shared.reference.groupings import Grouping

PER = 10_000
CENSUS = "Census 2021"
IN_PART, MISSING = "in-part", "missing"


@dataclass(frozen=True)
class AreaNumber:
    """`rate`: pledges for every PER people of the census; None where there is no number, or nobody to compare with."""

    area: Area
    cell: Cell
    rate: float | None


@dataclass(frozen=True)
class GroupingNumber:
    """`value`: the published numbers of its areas together. `shown`: how many of them have one; `status` says the same in a word."""

    grouping: Grouping
    value: int | None
    status: str
    shown: int
    people: int
    rate: float | None


def area_numbers(edition: Edition | None) -> tuple[AreaNumber, ...]:
    """All 33, in alphabetical order; before the first edition each is missing."""
    cells = _cells(edition)
    return tuple(_area_number(one, cells.get(one.slug)) for one in areas())


def area_number(edition: Edition | None, of: Area) -> AreaNumber:
    return _area_number(of, _cells(edition).get(of.slug))


def grouping_number(edition: Edition | None, of: Grouping) -> GroupingNumber:
    """Added up from what is published: nothing can be taken off it that is not published as well."""
    cells = _cells(edition)
    values = [cell.value for slug in of.areas if (cell := cells.get(slug)) and cell.value is not None]
    people = sum(found.population_2021 for slug in of.areas if (found := area(slug)))
    if not values:
        return GroupingNumber(of, None, disclosure.WITHHELD if edition else MISSING, 0, people, None)
    value, whole = sum(values), len(values) == len(of.areas)
    status = disclosure.PUBLISHED if whole else IN_PART
    return GroupingNumber(of, value, status, len(values), people, _rate(value, people) if whole else None)


def _cells(edition: Edition | None) -> dict[str, Cell]:
    return {cell.key: cell for cell in edition.breakdowns["area"]} if edition else {}


def _area_number(of: Area, cell: Cell | None) -> AreaNumber:
    cell = cell or Cell(of.slug, None, MISSING)
    return AreaNumber(of, cell, _rate(cell.value, of.population_2021) if cell.value is not None and of.compared else None)


def _rate(value: int, people: int) -> float:
    return round(value * PER / people, 1)
