"""London's wall clock over both clock changes of 2026 to 2028: times, days and lists."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.rules import days, times
from services.events.rules.days import Days
from services.events.rules.seen import STALE_AFTER, Standing, how_shown, is_stale
from shared.runtime.clock import in_london
from tests.pages.reading import words
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, an_event, published

FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
FORWARD = (date(2026, 3, 29), date(2027, 3, 28), date(2028, 3, 26))  # 01:00 to 02:00 is left out
BACK = (date(2026, 10, 25), date(2027, 10, 31), date(2028, 10, 29))  # 01:00 to 02:00 comes twice
DATES = st.dates(FIRST, LAST) | st.sampled_from([*FORWARD, *BACK])
WALLS = st.times().map(lambda wall: wall.replace(second=0, microsecond=0)) | st.sampled_from([time(0, 30), time(1), time(1, 59), time(2)])


@given(DATES, WALLS)
def test_a_time_is_the_time_that_was_meant(day: date, wall: time) -> None:
    """Back on London's wall it reads as it was written; what the clocks leave out is refused; of two, the first is meant."""
    if day in FORWARD and time(1) <= wall < time(2):
        with pytest.raises(times.NoSuchTime):
            times.at(day, wall)
        return
    moment = times.at(day, wall)
    assert in_london(moment).replace(tzinfo=None) == datetime.combine(day, wall)
    if day in BACK and time(1) <= wall < time(2):
        assert in_london(moment + timedelta(hours=1)).replace(tzinfo=None) == datetime.combine(day, wall)


@given(DATES, WALLS, WALLS)
def test_an_end_comes_after_its_start(day: date, from_: time, to: time) -> None:
    """Whatever the clocks do: within a day and an hour, and never before it begins."""
    try:
        starts, ends = times.span(day.isoformat(), from_.isoformat("minutes"), to.isoformat("minutes"))
    except times.NoSuchTime:
        assert {day, day + timedelta(days=1)} & set(FORWARD)
        return
    assert timedelta(0) < ends - starts <= timedelta(hours=25)


@given(DATES, st.integers(1, 92))
def test_days_lie_side_by_side(first: date, length: int) -> None:
    """A list begins at London's midnight; the next one begins where it ends: 23, 24 or 25 hours a day."""
    shown = days.from_(first, timedelta(days=length))
    assert shown.length == timedelta(days=length)
    assert days.after(shown).since == shown.until
    assert days.after(shown).length == shown.length
    for moment in (shown.since, shown.until):
        assert in_london(moment).time() == time(0)
    assert in_london(shown.since).date() == first
    assert in_london(shown.until - timedelta(seconds=1)).date() == shown.last


@pytest.mark.parametrize(("changes", "hours"), [(FORWARD, 23), (BACK, 25)])
def test_the_day_of_a_change(changes: tuple[date, ...], hours: int) -> None:
    """Is as long as it is."""
    assert {Days(day, day).until - Days(day, day).since for day in changes} == {timedelta(hours=hours)}


@given(DATES)
def test_this_weekend(day: date) -> None:
    """Saturday and Sunday of this week, or what is left of them."""
    found = days.weekend(day)
    assert day <= found.first <= found.last < day + timedelta(days=7)
    assert found.last.weekday() == 6
    assert found.first.weekday() == 5 or found.first == day == found.last


@pytest.mark.parametrize("change", [*FORWARD, *BACK])
def test_on_the_night_of_a_change(site: EventsSite, change: date) -> None:
    """Each event stands under its own day, with the time that its group wrote, the night before, the day itself and after."""
    site.clock.set(times.at(change - timedelta(days=3), time(12)))
    group = a_group(site.work)
    wanted = []
    for shift, starts, ends, said in ((-1, "23:30", "00:30", "11:30pm"), (0, "00:30", "03:00", "12:30am"), (0, "23:00", "23:59", "11pm")):
        day = change + timedelta(days=shift)
        published(site.work, group, an_event(title=f"Meet {said}", date=day.isoformat(), starts=starts, ends=ends))
        wanted.append((day, said))
    page = site.get("/whats-on").text
    for day, said in wanted:
        heading = f"{day:%A} {day.day} {day:%B}"
        part = page.partition(f">{heading}</h2>")[2]
        assert said in words(part.partition("<h2")[0]), heading
    for day in {day for day, _ in wanted}:
        only = site.get(f"/whats-on?from={day}&to={day}").text
        assert only.count('href="/event/') == sum(day == other for other, _ in wanted)


STATES = st.sampled_from(["draft", "submitted", "changes-asked", "published", "closing", "cancelled", "past", "taken-down", "new-word"])
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


@given(STATES, st.booleans(), st.booleans(), st.none() | st.integers(-24, 24).map(lambda hours: NOW + timedelta(hours=hours)))
def test_what_a_page_shows(state: str, listed: bool, paused: bool, ends_at: datetime | None) -> None:
    """Shown only if it is published, listed, not over and of a group that is not paused; nothing at all before it was published."""
    how = how_shown(Standing(state, listed, paused, ends_at), NOW)
    over = ends_at is not None and ends_at <= NOW
    assert (how == "shown") == (state == "published" and listed and not paused and not over)
    if paused or state == "taken-down":
        assert how == "gone"
    elif state in ("draft", "submitted", "changes-asked", "new-word"):
        assert how is None


def test_sixty_days() -> None:
    """Then, and not a second before, an initiative may be out of date; one that nobody ever checked is."""
    assert not is_stale(NOW - STALE_AFTER, NOW)
    assert is_stale(NOW - STALE_AFTER - timedelta(seconds=1), NOW)
    assert is_stale(None, NOW)
