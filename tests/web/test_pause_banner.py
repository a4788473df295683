"""The look at the pause: rare, by one request at a time, and never the reason that a page fails."""

import threading
from datetime import datetime, timedelta

from mongoengine.connection import ConnectionFailure
from pymongo.errors import AutoReconnect

from shared.messaging.pauses import Pause
from shared.web.pause_banner import PauseSeen
from tests.support.settings import A_MOMENT, MovableClock

PAUSE = Pause("incident", A_MOMENT, A_MOMENT + timedelta(days=1))


def test_it_looks_seldom() -> None:
    """Once in three seconds, however many ask; and again when a clock was put back."""
    clock, looks = MovableClock(), []
    seen = PauseSeen(lambda now: looks.append(now), clock)
    for seconds in (0, 1, 1, 2, 0, 3):
        clock.move(seconds=seconds)
        assert seen.banner() is None
    assert looks == [A_MOMENT, A_MOMENT + timedelta(seconds=4), A_MOMENT + timedelta(seconds=7)]
    clock.set(A_MOMENT)
    seen.banner()
    assert looks[-1] == A_MOMENT


def test_a_store_that_does_not_answer() -> None:
    """Leaves what was known, and is asked again after three seconds."""
    clock = MovableClock()
    answers: list[Pause | Exception | None] = [PAUSE, AutoReconnect("away"), ConnectionFailure("away"), None]

    def look(_now: datetime) -> Pause | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    seen, said = PauseSeen(look, clock), []
    for _ in range(4):
        said.append(bool(seen.banner()))
        clock.move(seconds=3)
    assert said == [True, True, True, False]


def test_while_one_looks_the_others_go_on() -> None:
    """A look that takes long keeps one request alone."""
    clock, inside, go_on, said = MovableClock(), threading.Event(), threading.Event(), []

    def look(_now: datetime) -> Pause:
        inside.set()
        assert go_on.wait(10)
        return PAUSE

    seen = PauseSeen(look, clock)
    slow = threading.Thread(target=lambda: said.append(bool(seen.banner())))
    slow.start()
    assert inside.wait(10)
    assert seen.banner() is None
    go_on.set()
    slow.join()
    assert said == [True]


def test_it_ends_with_its_moment() -> None:
    """Also between two looks."""
    clock = MovableClock(A_MOMENT + timedelta(hours=23, minutes=59, seconds=59))
    seen = PauseSeen(lambda _now: PAUSE, clock)
    assert seen.banner()
    clock.move(seconds=1)
    assert seen.banner() is None
