"""The disclosure rule: what may be published of a breakdown, so that nobody can work a small cell out.

Whoever reads all we publish knows this rule, London's exact total at every moment, how many pledges were made and taken back between two
editions, and every edition there was. What is hidden must still be able to hold LEAST_POSSIBLE different values for that reader, in one
table and in two editions of it. Each decision follows from what that reader sees, so the decision itself tells nothing more.
The tables have only the total in common, and rates and groupings are worked out from what is published, so they add nothing.
Why so: docs/decisions/0020.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

FEWEST_SHOWN, ROUNDED_TO, CELLS_NEEDED = 10, 5, 5
LEAST_POSSIBLE = 4
MADE_NEEDED = 10
PUBLISHED, FEW, WITHHELD = "published", "fewer-than-10", "withheld"

Cell = tuple[int | None, str]  # value and status
Range = tuple[int, int]  # the least and the most that a cell may hold


@dataclass(frozen=True)
class Table:
    """One breakdown as it may be published. `ranges`: what a reader can know of each cell's true count, from it and from those before.

    `few_are_large`: it is not shown because too few cells have ten.
    """

    cells: Mapping[str, Cell]
    ranges: Mapping[str, Range]
    total: int
    few_are_large: bool = False

    @property
    def is_shown(self) -> bool:
        return any(status == PUBLISHED for _, status in self.cells.values())


def first(counts: Mapping[str, int]) -> Table:
    """A breakdown that nobody has seen before.

    Under 10 is "fewer than 10" (0 as well, or an empty cell would be a fact), others go to the nearest 5. Where one cell alone is hidden
    the smallest of the others is withheld too. Until five cells have 10 or more, or where the total leaves a hidden cell too few possible
    values, nothing is shown.
    """
    return _table(counts, {})


def next_one(counts: Mapping[str, int], before: Table, *, taken: int) -> Table | None:
    """What may be published after `before`, the last that was shown, with `taken` pledges taken back since; None: not yet.

    Ten must have been made since: else a change of one cell would tell whose pledge came. A cell that has been shown stays at 10 while its
    fall would tell what it holds: it is 7 or more until enough were taken back in London. One that has come up to 10 waits, and the whole
    edition with it, until it may have come from one of several numbers.
    """
    made = sum(counts.values()) - before.total + taken
    if made < MADE_NEEDED:
        return None
    after = _table(counts, _kept_up(before, taken))
    if not after.is_shown:
        return after if after.few_are_large else None
    ranges, later = _aligned(before.ranges, after.ranges)
    back = _Between(ranges, later, before.total, made, taken)
    on = _Between(later, ranges, after.total, taken, made)
    known = {key: on.possible(key) for key in after.cells}
    if not all(known.values()):  # no such history can be: totals were put right by hand, and nobody can tell how
        return first(counts)
    if any(len(back.possible(key)) < _needed(status) for key, (_, status) in before.cells.items()):
        return None
    if any(len(known[key]) < _needed(status) for key, (_, status) in after.cells.items()):
        return None
    return Table(after.cells, {key: (values[0], values[-1]) for key, values in known.items()}, after.total)


def round_half_up(count: int) -> int:
    """The nearest 5."""
    return (count + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO


def _needed(status: str) -> int:
    """How many values a cell must be able to have."""
    return {FEW: LEAST_POSSIBLE, WITHHELD: 2}.get(status, 1)


def _kept_up(before: Table, taken: int) -> dict[str, int]:
    """Cells that may not fall under ten yet, each with the least that it may hold by now."""
    least = {key: low - taken for key, (low, _) in before.ranges.items()}
    return {key: low for key, low in least.items() if FEWEST_SHOWN - low < LEAST_POSSIBLE}


def _table(counts: Mapping[str, int], kept_up: Mapping[str, int]) -> Table:
    total = sum(counts.values())
    values = {key: max(round_half_up(count), FEWEST_SHOWN) for key, count in counts.items() if count >= FEWEST_SHOWN or key in kept_up}
    hidden = counts.keys() - values.keys()
    withheld = {min(values, key=lambda key: (values[key], key))} if len(hidden) == 1 and values else set()
    ranges = dict(_ranges(counts, values, withheld, kept_up))
    if len(values) < CELLS_NEEDED or any(len(_possible(ranges, total, key)) < LEAST_POSSIBLE for key in hidden):
        nothing = dict.fromkeys(counts, (None, WITHHELD))
        return Table(nothing, dict.fromkeys(counts, (0, total)), total, few_are_large=len(values) < CELLS_NEEDED)
    cells = {key: _cell(values.get(key), key in withheld) for key in counts}
    return Table(cells, ranges, total)


def _cell(value: int | None, withheld: bool) -> Cell:
    if value is None:
        return None, FEW
    return (None, WITHHELD) if withheld else (value, PUBLISHED)


def _ranges(
    keys: Collection[str], values: Mapping[str, int], withheld: Collection[str], kept_up: Mapping[str, int]
) -> Iterator[tuple[str, Range]]:
    """What each cell may hold, as its published form alone says."""
    smallest, its_key = min(((value, key) for key, value in values.items() if key not in withheld), default=(FEWEST_SHOWN, ""))
    for key in keys:
        if key not in values:
            yield key, (0, FEWEST_SHOWN - 1)
        elif key in withheld:  # before the smallest that is shown, by its rounded value and then by its key
            most = smallest if key < its_key else smallest - ROUNDED_TO
            yield key, (min(kept_up.get(key, FEWEST_SHOWN), FEWEST_SHOWN), most + ROUNDED_TO // 2)
        elif values[key] == FEWEST_SHOWN:
            yield key, (min(kept_up.get(key, FEWEST_SHOWN), FEWEST_SHOWN), FEWEST_SHOWN + ROUNDED_TO // 2)
        else:
            yield key, (values[key] - ROUNDED_TO // 2, values[key] + ROUNDED_TO // 2)


def _possible(ranges: Mapping[str, Range], total: int, key: str) -> range:
    """The values that a cell may have where all of them add up to `total`."""
    low, high = ranges[key]
    least = sum(one[0] for one in ranges.values()) - low
    most = sum(one[1] for one in ranges.values()) - high
    return range(max(low, total - most), min(high, total - least) + 1)


# Two editions


def _aligned(one: Mapping[str, Range], other: Mapping[str, Range]) -> tuple[dict[str, Range], dict[str, Range]]:
    """Both with the same keys: a cell that was not there, such as a week to come, held nothing."""
    keys = [*one, *(key for key in other if key not in one)]
    return {key: one.get(key, (0, 0)) for key in keys}, {key: other.get(key, (0, 0)) for key in keys}


class _Between:
    """The cells of one edition as another narrows them down: from this one to the other, `more` went into cells and `less` out of them.

    A cell that must grow takes from `more`, one that must shrink from `less`. Counts that add up to `total` can be made into some of the
    other edition exactly if what cells fall short of their later ranges is at most `more`, and what they exceed them by at most `less`.
    """

    def __init__(self, ranges: Mapping[str, Range], others: Mapping[str, Range], total: int, more: int, less: int) -> None:
        self._ranges, self._others, self._total, self._more, self._less = ranges, others, total, more, less
        self._zones = {key: _zones(ranges[key], others[key]) for key in ranges}
        self._sums = [sum(column) for column in zip(*self._zones.values(), strict=True)]

    def possible(self, key: str) -> list[int]:
        """The values that the cell may have had, the least first."""
        low, high = self._ranges[key]
        least, below, within, above, short, over = (whole - own for whole, own in zip(self._sums, self._zones[key], strict=True))
        found = []
        for value in range(low, high + 1):
            left = self._total - value - least  # for the other cells: first where it makes up what is short, last where it exceeds
            still_short = short - min(left, below) + _short(value, self._others[key])
            too_much = over + max(0, left - below - within) + _over(value, self._others[key])
            if 0 <= left <= below + within + above and still_short <= self._more and too_much <= self._less:
                found.append(value)
        return found


def _zones(one: Range, other: Range) -> tuple[int, int, int, int, int, int]:
    """Its least; how much it may hold beyond that, below, within and above the other range; at its least, how far short of or over it."""
    low, high = one
    below = max(0, min(high, other[0]) - low)
    within = max(0, min(high, other[1]) - max(low, other[0]))
    return low, below, within, high - low - below - within, _short(low, other), _over(low, other)


def _short(value: int, of: Range) -> int:
    return max(0, of[0] - value)


def _over(value: int, of: Range) -> int:
    return max(0, value - of[1])
