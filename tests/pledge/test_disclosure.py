"""The disclosure rule: what is published gives no hidden cell away, neither one table, nor several together, nor two editions of one."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.pledge.rules import disclosure
from services.pledge.rules.disclosure import FEW, LEAST_POSSIBLE, MADE_NEEDED, PUBLISHED, WITHHELD, Table
from tests.support.disclosure import Moment, another_world, editions, hidden, seen

KEYS = "abcdefgh"
COUNTS = st.integers(0, 30) | st.sampled_from([0, 1, 8, 9, 10, 11, 12, 13, 14, 17, 18, 22, 23])
BREAKDOWNS = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 60), min_size=1, max_size=12)
LEAST, MOST = [0, 0, 10, 10, 13, 18, 23], [9, 9, 12, 12, 17, 22, 27]  # each the lowest, or the highest, that its published form allows
AT_THE_EDGE = st.one_of([st.dictionaries(st.sampled_from("abcdefghij"), st.sampled_from(edge), min_size=6) for edge in (LEAST, MOST)])
NEAR_IT = st.builds(lambda counts, key: {**counts, key: counts.get(key, 0) + 1}, AT_THE_EDGE, st.sampled_from("abcdefghij"))
FULL = st.fixed_dictionaries(dict.fromkeys(KEYS, COUNTS))


def few(table: Table | None) -> list[str]:
    return [key for key in hidden(table) if table and table.cells[key][1] == FEW]


# One table


@given(BREAKDOWNS)
def test_a_published_number_is_rounded_and_ten_or_more(counts: dict[str, int]) -> None:
    """Every cell has an answer; a number is a multiple of five within two of the truth, and never a small one."""
    cells = disclosure.first(counts).cells
    assert set(cells) == set(counts)
    for key, (value, status) in cells.items():
        if status == PUBLISHED:
            assert value is not None
            assert value % 5 == 0
            assert abs(value - counts[key]) <= 2
            assert counts[key] >= 10
        else:
            assert value is None
            assert status in (FEW, WITHHELD)


@given(BREAKDOWNS)
def test_few_means_few_and_zero_is_not_told_apart(counts: dict[str, int]) -> None:
    """In a breakdown that is shown every cell under ten says so, an empty one as well."""
    table = disclosure.first(counts)
    assert not table.is_shown or set(few(table)) == {key for key, count in counts.items() if count < 10}


@given(BREAKDOWNS)
def test_nothing_is_shown_before_five_cells_have_ten(counts: dict[str, int]) -> None:
    """Before that each cell is withheld, whatever it holds; after it four or more are shown, or none is."""
    cells = disclosure.first(counts).cells
    if sum(count >= 10 for count in counts.values()) < 5:
        assert set(cells.values()) == {(None, WITHHELD)}
    shown = sum(status == PUBLISHED for _, status in cells.values())
    assert shown == 0 or shown >= 4


@given(BREAKDOWNS)
def test_one_hidden_cell_has_company(counts: dict[str, int]) -> None:
    """With one cell under ten alone, the smallest of the others is withheld too."""
    table = disclosure.first(counts)
    assume(table.is_shown)
    withheld = [counts[key] for key in hidden(table) if table.cells[key][1] == WITHHELD]
    assert len(hidden(table)) != 1
    assert len(withheld) == (1 if len(few(table)) == 1 else 0)
    assert all(disclosure.round_half_up(one) <= value for one in withheld for value, _ in table.cells.values() if value is not None)


@given(BREAKDOWNS | AT_THE_EDGE | NEAR_IT)
def test_no_hidden_cell_can_be_worked_out(counts: dict[str, int]) -> None:
    """Whoever knows the exact total and this very rule is left with four numbers or more for each small cell, two for a withheld one."""
    for key in hidden(table := disclosure.first(counts)):
        assert another_world([Moment(counts)], 0, key)
        needed = LEAST_POSSIBLE if table.cells[key][1] == FEW else 2
        assert len(disclosure._possible(table.ranges, table.total, key)) >= needed
        assert table.ranges[key][0] <= counts[key] <= table.ranges[key][1]


@pytest.mark.parametrize(("count", "shown"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (48_211, 48_210)])
def test_rounding_is_to_the_nearest_five(count: int, shown: int) -> None:
    """Never by more than two."""
    assert disclosure.round_half_up(count) == shown


# Two editions


@st.composite
def two_moments(draw: st.DrawFn) -> list[Moment]:
    """Counts, and the same after some were made, here and there, and a few taken back."""
    counts = draw(FULL)
    later = dict(counts)
    for key in draw(st.lists(st.sampled_from(KEYS), min_size=MADE_NEEDED - 1, max_size=MADE_NEEDED + 6)):
        later[key] += 1
    taken = 0
    for key in draw(st.lists(st.sampled_from(KEYS), max_size=4)):
        if later[key]:
            later[key], taken = later[key] - 1, taken + 1
    return [Moment(counts), Moment(later, taken)]


@st.composite
def all_at_an_edge(draw: st.DrawFn) -> list[Moment]:
    """Each cell holds the most that its published form allows, then the least of a later one: nothing is made that is not seen."""
    counts = draw(st.fixed_dictionaries(dict.fromkeys(KEYS, st.sampled_from([0, 4, 9, 9, 12, 17]))))
    later = draw(st.fixed_dictionaries(dict.fromkeys(KEYS, st.sampled_from([0, 10, 13, 18]))))
    return [Moment(counts), Moment({key: max(count, later[key]) for key, count in counts.items()})]


@given(two_moments() | all_at_an_edge())
def test_two_editions_give_nothing_back(history: list[Moment]) -> None:
    """Of the first, with the second out or held back, and of the second: another world has the same totals and publishes just the same."""
    tables = editions(history)
    assume(tables[0] and tables[0].is_shown)
    for at, table in enumerate(tables):
        for key in hidden(table):
            assert another_world(history, at, key), (key, at, seen(tables))


def test_the_rule_before_this_one_gave_it_back() -> None:
    """What is guarded against: in a quiet hour one pledge comes, and the small cell that appears is known to have held nine."""
    counts = dict(zip(KEYS, (9, 4, 2, 25, 30, 35, 40, 45), strict=True))
    apart = [disclosure.first(counts), disclosure.first({**counts, "a": 10})]
    assert [table.cells["a"] for table in apart] == [(None, FEW), (10, PUBLISHED)]
    for made in range(1, MADE_NEEDED):
        assert editions([Moment(counts), Moment({**counts, "a": 9 + made})])[1] is None
    published = editions([Moment(counts), Moment({**counts, "a": 10, "c": 4, "d": 27, "e": 32, "b": 7})])[1]
    assert published is not None
    assert published.cells["a"] == (10, PUBLISHED)


def test_ten_that_are_all_seen_are_not_enough() -> None:
    """Five come up to ten and five others cross to fifteen with the very ten that were made: each had just one less, so it waits."""
    counts = dict.fromkeys("abcde", 9) | dict.fromkeys("fghij", 12) | dict.fromkeys("kl", 4)
    more = {key: count + (key < "k") for key, count in counts.items()}
    assert editions([Moment(counts)])[0].is_shown  # type: ignore[union-attr]  # the first is never held back
    assert editions([Moment(counts), Moment(more)])[1] is None
    assert editions([Moment(counts), Moment({**more, "a": 13})])[1] is None
    assert editions([Moment(counts), Moment({**more, "a": 12, "f": 17})])[1] is not None


def test_what_was_learned_before_counts_too() -> None:
    """Where earlier editions have narrowed a small cell down, a new one that would leave it so is not published."""
    counts = dict(zip(KEYS, (9, 4, 2, 25, 30, 35, 40, 45), strict=True))
    before = disclosure.first(counts)
    narrowed = replace(before, ranges={**before.ranges, "a": (7, 9)})
    grown = {**counts, "d": 30, "h": 55}
    assert disclosure.next_one(grown, before, taken=0) is not None
    assert disclosure.next_one(grown, narrowed, taken=0) is None


def test_what_was_shown_falls_softly() -> None:
    """One taken back of ten: it stays at 10, for "fewer than 10" would mean nine. Other boroughs are published on meanwhile."""
    counts = dict(zip(KEYS, (10, 4, 2, 25, 30, 35, 40, 45), strict=True))
    grown = {**counts, "d": 30, "h": 55}
    for taken, expected in ((1, (10, PUBLISHED)), (3, (10, PUBLISHED)), (4, (None, FEW))):
        table = editions([Moment(counts), Moment({**grown, "a": 10 - taken}, taken)])[1]
        assert table is not None
        assert table.cells["a"] == expected
        assert table.cells["d"] == (30, PUBLISHED)


def test_a_breakdown_may_vanish() -> None:
    """Struck out as abuse: with fewer than five cells left nothing is shown, and it comes back as any other."""
    counts = dict(zip(KEYS, (0, 4, 20, 25, 30, 35, 40, 45), strict=True))
    less = {**counts, "c": 0, "d": 0, "e": 10}
    table = editions([Moment(counts), Moment({**less, "h": 60}, 65)])[1]
    assert table is not None
    assert not table.is_shown


@st.composite
def a_summer(draw: st.DrawFn) -> list[Moment]:
    """Many moments, one after the other."""
    counts, taken = draw(FULL), 0
    history = [Moment(dict(counts))]
    for _ in range(draw(st.integers(2, 8))):
        for key in draw(st.lists(st.sampled_from(KEYS), max_size=25)):
            counts[key] += 1
        for key in draw(st.lists(st.sampled_from(KEYS), max_size=3)):
            if counts[key]:
                counts[key], taken = counts[key] - 1, taken + 1
        history.append(Moment(dict(counts), taken))
    return history


@given(a_summer())
def test_what_a_reader_learns_over_a_summer(history: list[Moment]) -> None:
    """What all editions so far allow always holds the truth, and leaves each small cell of the newest four numbers or more."""
    for moment, table in zip(history, editions(history), strict=True):
        if table is None or not table.is_shown:
            continue
        for key, (low, high) in table.ranges.items():
            assert low <= moment.counts[key] <= high
        assert all(table.ranges[key][1] - table.ranges[key][0] >= LEAST_POSSIBLE - 1 for key in few(table))
        shown = {key: value for key, (value, _) in table.cells.items() if value is not None}
        assert all(abs(value - moment.counts[key]) <= (3 if value == 10 else 2) for key, value in shown.items())


@given(a_summer())
def test_waiting_ends(history: list[Moment]) -> None:
    """However an edition had to wait, a day on which every cell grows brings the next: nothing can stand still for ever."""
    last = history[-1]
    grown = [Moment({key: count + 10 * (step + 1) for key, count in last.counts.items()}, last.taken) for step in range(2)]
    assert any(table is not None and table.is_shown for table in editions([*history, *grown])[-2:])


# Against every world there is, of small tables


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=3),
    st.integers(0, 8),
    st.integers(0, 8),
    st.integers(0, 4),
)
def test_what_is_possible_is_what_counting_all_worlds_says(
    drawn: list[tuple[int, int, int, int]], total: int, later: int, taken: int
) -> None:
    """The quick answer of the rule is the slow one's: each pair of worlds, one by one."""
    ranges = {str(place): (low, low + width) for place, (low, width, _, _) in enumerate(drawn)}
    others = {str(place): (low, low + width) for place, (_, _, low, width) in enumerate(drawn)}
    made = later - total + taken
    assume(made >= 0)
    between = disclosure._Between(ranges, others, total, made, taken)
    befores, afters = _worlds(ranges, total), _worlds(others, later)
    assume(afters)
    joined = [one for one in befores if any(_leads(one, other, made) for other in afters)]
    for place, key in enumerate(ranges):
        assert between.possible(key) == sorted({world[place] for world in joined})


def _worlds(ranges: Mapping[str, tuple[int, int]], total: int) -> list[tuple[int, ...]]:
    worlds: list[tuple[int, ...]] = [()]
    for low, high in ranges.values():
        worlds = [(*world, value) for world in worlds for value in range(low, high + 1)]
    return [world for world in worlds if sum(world) == total]


def _leads(one: tuple[int, ...], other: tuple[int, ...], made: int) -> bool:
    return sum(max(0, after - before) for before, after in zip(one, other, strict=True)) <= made
