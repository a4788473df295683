"""London time: ISO weeks over year ends, and what the change of clocks does to a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime import clock

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC), "2026-W48"),  # Sunday, winter
        (datetime(2026, 11, 30, 0, 0, tzinfo=UTC), "2026-W49"),  # Monday
        (datetime(2026, 6, 14, 22, 59, 59, tzinfo=UTC), "2026-W24"),  # Sunday 23:59 in summer time
        (datetime(2026, 6, 14, 23, 0, tzinfo=UTC), "2026-W25"),  # already Monday in London
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), "2026-W53"),  # a year of 53 weeks
        (datetime(2027, 1, 3, 12, 0, tzinfo=UTC), "2026-W53"),  # its last Sunday lies in January
        (datetime(2027, 1, 4, 0, 0, tzinfo=UTC), "2027-W01"),
        (datetime(2025, 12, 29, 0, 0, tzinfo=UTC), "2026-W01"),  # a Monday in December of the year before
        (datetime(2024, 12, 29, 23, 30, tzinfo=UTC), "2024-W52"),
    ],
)
def test_a_week_is_london_iso(moment: datetime, week: str) -> None:
    """Weeks begin on Monday at midnight in London, and years have 52 or 53 of them."""
    assert clock.iso_week(moment) == week


@given(MOMENTS)
def test_a_week_holds_its_moment(moment: datetime) -> None:
    """The Monday of a moment's week is in London at most six days before it."""
    days = clock.in_london(moment).date() - clock.week_starts(clock.iso_week(moment))
    assert timedelta(0) <= days <= timedelta(days=6)
    assert clock.week_starts(clock.iso_week(moment)).weekday() == 0


@given(st.dates(date(2000, 1, 3), date(2099, 12, 28)))
def test_weeks_sort_as_text(day: date) -> None:
    """A later week is a greater text: pages and totals rely on it."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert clock.iso_week(now) < clock.iso_week(now + timedelta(days=7))


@given(MOMENTS)
def test_an_hour_forgets_what_is_finer(moment: datetime) -> None:
    """Cut to the hour, a moment lies less than an hour before itself, and is the same for the whole hour, in London too."""
    cut = clock.cut_to_hour(moment)
    assert timedelta(0) <= moment - cut < timedelta(hours=1)
    assert (cut.minute, cut.second, cut.microsecond, cut.tzinfo) == (0, 0, 0, UTC)
    assert clock.in_london(cut).minute == 0


@given(MOMENTS)
def test_milliseconds_come_back(moment: datetime) -> None:
    """Kafka's timestamp holds a moment to the millisecond, which is what Mongo holds too."""
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert clock.from_milliseconds(clock.as_milliseconds(cut)) == cut


def test_now_is_aware_and_fits_into_mongo() -> None:
    """UTC, cut to the millisecond: a stored time reads back equal."""
    now = clock.utc_now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


def test_a_moved_clock_runs_ahead() -> None:
    """By so many seconds, and on with the real one."""
    ahead = clock.moved(86_400)() - clock.utc_now()
    assert timedelta(hours=23, minutes=59) < ahead < timedelta(hours=24, seconds=1)
    assert clock.moved(0) is clock.utc_now


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), 0),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 2),  # one to two does not exist
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 1),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 1),  # half past one comes twice
    ],
)
def test_the_clocks_change(moment: datetime, hour: int) -> None:
    """Summer time begins and ends at one in the morning, UTC."""
    assert clock.in_london(moment).hour == hour
