"""The tile map of pledges by borough: which of four classes each tile is in, and what its link says. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.pledge.operations.numbers import Cell
from services.pledge.rules import disclosure
from shared.reference.areas import Area, areas

PER_10_000, PER_100_000 = 10_000, 100_000
STEPS = (1, 2, 3, 4, 5, 6, 8, *(nice * 10**power for power in range(3) for nice in (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)))
FEW, APART = "few", "apart"  # the theme's classes: hatched, dashed


@dataclass(frozen=True)
class Tile:
    """`kind`: the theme's class. `rate`: pledges for every `Map.per` people, None where there is none to say."""

    area: Area
    cell: Cell
    kind: str
    rate: int | None

    @property
    def compared(self) -> bool:
        return self.area.compared


@dataclass(frozen=True)
class Map:
    """`bounds`: where the second, third and fourth class begin."""

    tiles: Sequence[Tile]
    per: int
    bounds: tuple[int, int, int]

    @property
    def hides_some(self) -> bool:
        """Whether a count is hidden only so that another cannot be worked out."""
        return any(tile.cell.status == disclosure.WITHHELD for tile in self.tiles)


def borough_map(cells: Sequence[Cell]) -> Map | None:
    """None until the disclosure rule has let boroughs out.

    The classes follow the counts (30, 40 and 50 for every 10,000 in a large campaign), or an early map would be one shade.
    """
    by_key = {cell.key: cell for cell in cells}
    shown = [(area, by_key[area.slug]) for area in areas() if area.slug in by_key]
    rates = [cell.value / area.population_2021 for area, cell in shown if cell.value is not None and area.compared]
    if not rates:
        return None
    mean = sum(rates) / len(rates)
    per = PER_10_000 if mean * PER_10_000 >= 4 else PER_100_000
    bounds = _bounds(mean * per)
    return Map([_tile(area, cell, per, bounds) for area, cell in shown], per, bounds)


def _bounds(mean: float) -> tuple[int, int, int]:
    """Three, four and five steps; the step is the round number that puts the third class nearest to the mean."""
    step = min(STEPS, key=lambda one: max(4 * one / mean, mean / (4 * one)))
    return 3 * step, 4 * step, 5 * step


def _tile(area: Area, cell: Cell, per: int, bounds: tuple[int, int, int]) -> Tile:
    if cell.status == disclosure.FEW and area.compared:
        return Tile(area, cell, FEW, None)
    if cell.value is None or not area.compared:
        return Tile(area, cell, APART, None)
    rate = round(cell.value * per / area.population_2021)
    return Tile(area, cell, f"k{1 + sum(rate >= bound for bound in bounds)}", rate)
