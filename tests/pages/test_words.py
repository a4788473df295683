from datetime import UTC, date, datetime

import pytest
from babel import Locale

from shared.web import words

ARABIC = Locale("ar")


@pytest.mark.parametrize(("value", "written"), [(0, "0"), (999, "999"), (48310, "48,310"), (1310000, "1,310,000")])
def test_numbers_are_grouped(value: int, written: str) -> None:
    """A number is written as British readers write it."""
    assert words.number(value) == written


@pytest.mark.parametrize(
    ("hour", "minute", "written"),
    [(9, 0, "9am"), (18, 30, "6:30pm"), (12, 0, "midday"), (0, 0, "midnight"), (12, 5, "12:05pm"), (0, 5, "12:05am"), (11, 59, "11:59am")],
)
def test_hours_are_spoken(hour: int, minute: int, written: str) -> None:
    """An hour is written as it is said, and noon and midnight by name: 12am puzzles people."""
    assert words.clock(datetime(2026, 11, 24, hour, minute, tzinfo=UTC)) == written


def test_moments_are_londons() -> None:
    """A moment is shown by London's clock and on London's day, in summer time too."""
    late = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
    assert words.when(late) == "12:30am, Saturday 1 August"
    assert words.day(late) == "Saturday 1 August"
    assert words.when(datetime(2026, 11, 24, 9, tzinfo=UTC), year=True) == "9am, Tuesday 24 November 2026"
    assert words.day(date(2026, 11, 28)) == "Saturday 28 November"


def test_a_moment_without_a_zone_is_refused() -> None:
    """Nobody knows what hour a naive moment is in London, so it is an error rather than an hour out."""
    with pytest.raises(ValueError, match="without a zone"):
        words.when(datetime(2026, 7, 31, 23, 30))  # noqa: DTZ001 -- the mistake that the test is about


@pytest.mark.parametrize(
    ("value", "status", "written"),
    [
        (0, "published", "0"),
        (1240, "published", "1,240"),
        (None, "fewer-than-10", "fewer than 10"),
        (None, "withheld", "not shown"),
        (None, "not-collected", "Not collected yet"),
        (0, "not-collected", "Not collected yet"),
    ],
)
def test_no_number_is_never_nought(value: int | None, status: str, written: str) -> None:
    """Suppressed, withheld and not collected are each said in words; only a counted nought is 0."""
    assert words.count_or_words(value, status) == written


def test_other_languages_have_their_own_forms() -> None:
    """A day and an hour follow the page's language."""
    moment = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert "نوفمبر" in words.day(moment, ARABIC)
    assert "am" not in words.clock(moment, ARABIC)
