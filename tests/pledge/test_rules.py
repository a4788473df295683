"""pledge's pure decisions: when to nudge, what each step changes in the counters, what may be published."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.pledge import rules
from shared.runtime.clock import LONDON, in_london
from tests.support.disclosure import possible_values

# When to nudge

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # the Sundays on which the clocks change


@given(MOMENTS, st.sampled_from(rules.NUDGE_CHOICES))
def test_a_nudge_comes_at_nine_in_london(now: datetime, choice: str) -> None:
    """On a later day than today, at most a week off, whatever the clocks do in between."""
    at = rules.nudge_time(choice, now)
    assert in_london(at).time() == time(9)
    days = in_london(at).date() - in_london(now).date()
    assert timedelta(days=1) <= days <= timedelta(days=7)
    assert at > now


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("change", [SPRING, AUTUMN])
def test_each_choice_on_each_weekday_across_both_changes(weekday: int, change: date) -> None:
    """In the week of a change: two days on, a week on, and the next Saturday after today; on a Saturday that is next week's."""
    today = change - timedelta(days=change.weekday()) + timedelta(days=weekday)
    now = datetime.combine(today, time(23, 30), LONDON)
    assert in_london(rules.nudge_time(rules.TWO_DAYS, now)).date() == today + timedelta(days=2)
    assert in_london(rules.nudge_time(rules.NEXT_WEEK, now)).date() == today + timedelta(days=7)
    saturday = in_london(rules.nudge_time(rules.SATURDAY, now)).date()
    assert saturday.weekday() == 5
    assert timedelta(days=1) <= saturday - today <= timedelta(days=7)


def test_the_night_of_a_change_shifts_utc_and_not_the_clock_on_the_wall() -> None:
    """Nine in London is nine in winter and eight in summer, UTC."""
    friday = datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert rules.nudge_time(rules.TWO_DAYS, friday).astimezone(UTC) == datetime(2026, 3, 29, 8, tzinfo=UTC)
    friday = datetime(2026, 10, 23, 12, tzinfo=UTC)
    assert rules.nudge_time(rules.TWO_DAYS, friday).astimezone(UTC) == datetime(2026, 10, 25, 9, tzinfo=UTC)


def test_today_is_londons() -> None:
    """At half past eleven at night UTC in summer it is tomorrow already."""
    late_friday = datetime(2026, 6, 12, 23, 30, tzinfo=UTC)  # Saturday in London
    assert in_london(rules.nudge_time(rules.SATURDAY, late_friday)).date() == date(2026, 6, 20)


def test_a_late_yes_brings_the_nudge_at_the_next_nine() -> None:
    """A yes in time changes nothing; one after it, before or after nine, means today's or tomorrow's nine in London."""
    asked_for = datetime(2026, 6, 12, 8, tzinfo=UTC)  # nine in summer
    assert rules.nudge_comes(asked_for, asked_for) == asked_for
    assert rules.nudge_comes(asked_for, datetime(2026, 6, 14, 7, 59, tzinfo=UTC)) == datetime(2026, 6, 14, 8, tzinfo=UTC)
    assert rules.nudge_comes(asked_for, datetime(2026, 6, 14, 8, 0, tzinfo=UTC)) == datetime(2026, 6, 15, 8, tzinfo=UTC)


# What each step changes in the counters

ANSWER_SETS = st.lists(st.sampled_from(rules.ANSWERS), max_size=6)
COUNTERS = ("pledge", "confirmed", "interaction", "kept", "partly")


def life(confirmed: bool, answers: list[str]) -> tuple[Counter[str], str, str | None]:
    """What a pledge has added so far, its state and its answer."""
    totals: Counter[str] = Counter(rules.made())
    state, answer = rules.ANONYMOUS, None
    if confirmed:
        totals.update(rules.confirmed())
        state = rules.CONFIRMED
    for new in answers:
        if new != answer:  # the same answer again says nothing
            totals.update(rules.answered(new, answer))
        answer = new
    return totals, state, answer


@given(st.booleans(), ANSWER_SETS)
def test_answers_never_add_up(confirmed: bool, answers: list[str]) -> None:
    """However often somebody answers, the newest answer counts one, and the other none."""
    totals, _, answer = life(confirmed, answers)
    assert (totals["kept"], totals["partly"]) == (int(answer == rules.YES), int(answer == rules.PARTLY))


@given(st.booleans(), ANSWER_SETS)
def test_taking_a_pledge_back_leaves_the_interaction(confirmed: bool, answers: list[str]) -> None:
    """All that it had added returns to zero, but somebody did take part."""
    totals, state, answer = life(confirmed, answers)
    totals.update(rules.withdrawn(state, answer))
    assert {name: totals[name] for name in COUNTERS} == {"pledge": 0, "confirmed": 0, "interaction": 1, "kept": 0, "partly": 0}


@given(st.booleans(), ANSWER_SETS, st.booleans())
def test_striking_out_leaves_nothing(confirmed: bool, answers: list[str], withdrawn_before: bool) -> None:
    """Abuse leaves no trace in the numbers, whether it still counted or had been taken back."""
    totals, state, answer = life(confirmed, answers)
    if withdrawn_before:
        totals.update(rules.withdrawn(state, answer))
        state = rules.WITHDRAWN
    totals.update(rules.voided(state, answer))
    assert all(totals[name] == 0 for name in COUNTERS)


@pytest.mark.parametrize(
    ("state", "postponements", "may"),
    [
        (rules.CONFIRMED, 0, True),
        (rules.CONFIRMED, 1, True),
        (rules.CONFIRMED, 2, False),
        (rules.UNCONFIRMED, 0, False),
        (rules.ANONYMOUS, 0, False),
        (rules.WITHDRAWN, 0, False),
        (rules.VOIDED, 0, False),
    ],
)
def test_not_yet_counts_twice_at_most(state: str, postponements: int, may: bool) -> None:
    """And only where there is a confirmed address to nudge."""
    assert rules.may_postpone(state, postponements) is may


# What may be published

BREAKDOWNS = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 60), min_size=1, max_size=12)
LEAST, MOST = [0, 0, 10, 10, 13, 18, 23], [9, 9, 12, 12, 17, 22, 27]  # each the lowest, or the highest, that its published form allows
AT_THE_EDGE = st.one_of([st.dictionaries(st.sampled_from("abcdefghij"), st.sampled_from(edge), min_size=6) for edge in (LEAST, MOST)])
NEAR_IT = st.builds(lambda counts, key: {**counts, key: counts.get(key, 0) + 1}, AT_THE_EDGE, st.sampled_from("abcdefghij"))


@given(BREAKDOWNS)
def test_a_published_number_is_rounded_and_ten_or_more(counts: dict[str, int]) -> None:
    """Every cell has an answer; a number is a multiple of five within two of the truth, and never a small one."""
    cells = rules.disclose(counts)
    assert set(cells) == set(counts)
    for key, (value, status) in cells.items():
        if status == rules.PUBLISHED:
            assert value is not None
            assert value % 5 == 0
            assert abs(value - counts[key]) <= 2
            assert counts[key] >= 10
        else:
            assert value is None
            assert status in (rules.FEW, rules.WITHHELD)


@given(BREAKDOWNS)
def test_few_means_few_and_zero_is_not_told_apart(counts: dict[str, int]) -> None:
    """In a breakdown that is shown every cell under ten says so, an empty one as well."""
    cells = rules.disclose(counts)
    if any(status == rules.PUBLISHED for _, status in cells.values()):
        assert {key for key, (_, status) in cells.items() if status == rules.FEW} == {key for key, count in counts.items() if count < 10}


@given(BREAKDOWNS)
def test_nothing_is_shown_before_five_cells_have_ten(counts: dict[str, int]) -> None:
    """Before that each cell is withheld, whatever it holds."""
    if sum(count >= 10 for count in counts.values()) < 5:
        assert set(rules.disclose(counts).values()) == {(None, rules.WITHHELD)}


@given(BREAKDOWNS | AT_THE_EDGE | NEAR_IT)
def test_no_hidden_cell_can_be_worked_out(counts: dict[str, int]) -> None:
    """Whoever knows the exact total, the rounding and this rule is left with at least two possible values for each hidden cell."""
    cells = rules.disclose(counts)
    assume(any(status == rules.PUBLISHED for _, status in cells.values()))
    for key, (_, status) in cells.items():
        if status == rules.FEW:
            least, most = possible_values(key, cells, total=sum(counts.values()))
            assert least <= counts[key] <= most
            assert least < most


@given(BREAKDOWNS | AT_THE_EDGE | NEAR_IT)
def test_what_is_shown_is_four_cells_or_more(counts: dict[str, int]) -> None:
    """A breakdown of which less can be shown is not published at all."""
    shown = sum(status == rules.PUBLISHED for _, status in rules.disclose(counts).values())
    assert shown == 0 or shown >= 4


@given(BREAKDOWNS)
def test_one_hidden_cell_has_company(counts: dict[str, int]) -> None:
    """With one cell under ten alone, the smallest of the others is withheld too."""
    cells = rules.disclose(counts)
    assume(any(status == rules.PUBLISHED for _, status in cells.values()))
    hidden = [key for key, (_, status) in cells.items() if status != rules.PUBLISHED]
    assert len(hidden) != 1
    withheld = [counts[key] for key, (_, status) in cells.items() if status == rules.WITHHELD]
    shown = [counts[key] for key, (_, status) in cells.items() if status == rules.PUBLISHED]
    assert not withheld or max(withheld) <= min(shown)


@pytest.mark.parametrize(("count", "shown"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (48_211, 48_210)])
def test_rounding_is_to_the_nearest_five(count: int, shown: int) -> None:
    """Never by more than two."""
    assert rules.round_half_up(count) == shown
