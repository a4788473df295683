"""What an attacker works out: the range of values that a hidden cell may have, given all that is published."""

from collections.abc import Mapping

from services.pledge import rules

Cells = Mapping[str, tuple[int | None, str]]


def possible_values(key: str, cells: Cells, total: int) -> tuple[int, int]:
    """The least and the most that cell `key` may hold, if the cells add up to `total` and each is within its own range."""
    ranges = {other: _range(cell, cells) for other, cell in cells.items()}
    own = ranges.pop(key)
    least_others, most_others = sum(low for low, _ in ranges.values()), sum(high for _, high in ranges.values())
    return max(own[0], total - most_others), min(own[1], total - least_others)


def _range(cell: tuple[int | None, str], cells: Cells) -> tuple[int, int]:
    value, status = cell
    if status == rules.FEW:
        return 0, 9
    if status == rules.WITHHELD:  # it had ten or more, and no more than the smallest that is shown
        return 10, min(shown + 2 for shown, _ in cells.values() if shown is not None)
    assert value is not None
    return max(10, value - 2), value + 2
