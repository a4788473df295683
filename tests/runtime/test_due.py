"""The clock's half of a worker: each kind at its own pace, and none kept from its turn by another."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from shared.runtime.due import Due, Schedule
from shared.runtime.errors import RestartNeeded
from tests.support.settings import MovableClock

Asked = Counter[str]


def kind(name: str, every: float, *, found: int = 0, error: Exception | None = None) -> Due[Asked]:
    def step(asked: Asked, _now: datetime) -> int:
        asked[name] += 1
        if error:
            raise error
        return found

    return Due(name, timedelta(seconds=every), step)


def test_each_kind_is_asked_at_its_own_pace(clock: MovableClock) -> None:
    """First at once, then each time its interval has passed."""
    asked: Asked = Counter()
    schedule = Schedule([kind("often", 1), kind("seldom", 10)], asked, clock)
    for _ in range(21):
        schedule.step()
        clock.move(seconds=1)
    assert asked == {"often": 21, "seldom": 3}


def test_what_found_something_is_asked_again_at_once(clock: MovableClock) -> None:
    """A kind takes a limited amount each time: while there is more it need not wait."""
    asked: Asked = Counter()
    schedule = Schedule([kind("full", 60, found=5), kind("empty", 60)], asked, clock)
    assert all(schedule.step() for _ in range(4))
    assert asked == {"full": 4, "empty": 1}


def test_one_that_fails_starves_no_other(clock: MovableClock) -> None:
    """The others have their turn in the same step; then the error is raised, so that it is seen."""
    asked: Asked = Counter()
    schedule = Schedule([kind("broken", 0.5, error=ValueError()), kind("fine", 1), kind("too", 1)], asked, clock)
    for _ in range(3):
        with pytest.raises(ValueError):  # noqa: PT011 -- the broken one's own
            schedule.step()
        clock.move(seconds=1)
    assert asked == {"broken": 3, "fine": 3, "too": 3}


def test_one_that_fails_is_not_asked_at_once_again(clock: MovableClock) -> None:
    """It waits for its interval like any other, but no longer than a minute: its trouble may be over."""
    asked: Asked = Counter()
    schedule = Schedule([kind("hourly", 3600, error=ValueError()), kind("often", 10, error=ValueError())], asked, clock)
    for seconds in (0, 10, 50):
        clock.move(seconds=seconds)
        with pytest.raises(ValueError):  # noqa: PT011 -- the broken one's own
            schedule.step()
        assert schedule.step() is False
    assert asked == {"hourly": 2, "often": 3}


def test_a_process_that_must_end_ends(clock: MovableClock) -> None:
    """RestartNeeded waits for nobody."""
    asked: Asked = Counter()
    schedule = Schedule([kind("lost", 1, error=RestartNeeded()), kind("next", 1)], asked, clock)
    with pytest.raises(RestartNeeded):
        schedule.step()
    assert asked["next"] == 0
