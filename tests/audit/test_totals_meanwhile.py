"""Totals are read between two looks at the counted rows, while a worker folds: what may be in them is allowed, no more."""

from typing import Any

import pytest

from services.pledge.operations.examine.counts import compare_totals
from services.pledge.operations.examine.reading import Reading
from shared.messaging.findings import DOUBLED, LOST
from tests.support.settings import A_MOMENT

ALL = ("all", "")
FOLDED: dict[str, Any] = {}
ARRIVED: dict[str, Any] = {"arrived": A_MOMENT}
STAMPED: dict[str, Any] = {"batch": "b"}


def effects(before: dict[str, Any] | None, after: dict[str, Any], total: int, batches: tuple[str, ...], delta: int = 1) -> set[str]:
    """One row, as it was before (None: not there) and after the totals were read, beside nine that were folded long ago."""
    old = {f"old-{number}": {"_id": f"old-{number}", "deltas": {"pledge": 1}} for number in range(9)}
    then = {id_: {"_id": id_} for id_ in old} | ({"new": {"_id": "new", **before}} if before is not None else {})
    counted = {**old, "new": {"_id": "new", "deltas": {"pledge": delta}, **after}}
    totals = {ALL: {"counters": {"pledge": total}, "batches": list(batches)}}
    read = Reading({}, {}, {}, {}, {}, (), then, totals, counted, A_MOMENT)
    return {finding.effect for finding in compare_totals(read)}


@pytest.mark.parametrize(
    ("before", "after", "batches", "right"),
    [
        (FOLDED, FOLDED, (), {10}),  # long since in
        (ARRIVED, ARRIVED, (), {9}),  # certainly not in
        (STAMPED, STAMPED, (), {9}),  # its batch is not in
        (STAMPED, STAMPED, ("b",), {10}),  # its batch is in
        (STAMPED, FOLDED, ("b",), {10}),  # its batch was in, and its stamp went meanwhile
        (STAMPED, FOLDED, (), {9}),  # its batch came in after the totals were read
        (ARRIVED, STAMPED, ("b",), {10}),
        (ARRIVED, STAMPED, (), {9}),
        (ARRIVED, FOLDED, (), {9, 10}),  # its batch came and went, before or after the totals were read
        (None, FOLDED, (), {9, 10}),
        (None, ARRIVED, (), {9}),
    ],
)
def test_only_what_may_be_so_is_allowed(
    before: dict[str, Any] | None, after: dict[str, Any], batches: tuple[str, ...], right: set[int]
) -> None:
    """Less than the least is lost, more than the most is doubled, and what lies between them is neither."""
    for total in range(7, 13):
        expected = {LOST} if total < min(right) else {DOUBLED} if total > max(right) else set()
        assert effects(before, after, total, batches) == expected, total


def test_what_takes_away_widens_the_other_side() -> None:
    """A withdrawal that may be in lets the total be lower, not higher."""
    assert effects(ARRIVED, FOLDED, 8, (), delta=-1) == effects(ARRIVED, FOLDED, 9, (), delta=-1) == set()
    assert effects(ARRIVED, FOLDED, 7, (), delta=-1) == {LOST}
    assert effects(ARRIVED, FOLDED, 10, (), delta=-1) == {DOUBLED}
