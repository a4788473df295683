"""pledge's pure decisions: when to nudge, what each step changes in the counters."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pledge import rules
from shared.runtime.clock import LONDON, in_london

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
