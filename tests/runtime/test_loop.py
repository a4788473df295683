"""The one loop: turns and naps, back-off, the lease, liveness, and an end on a signal."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.runtime import loop
from shared.runtime.errors import RestartNeeded, Unavailable
from shared.runtime.loop import Pulse, Step, Stop
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


class Taken:
    """A step that notes when it was taken; `error` is raised, `found` returned."""

    def __init__(self, found: bool = False, error: Exception | None = None) -> None:
        self.times: list[float] = []
        self.found = found
        self.error = error

    def __call__(self) -> bool:
        self.times.append(time.monotonic())
        if self.error:
            raise self.error
        return self.found


@contextmanager
def turning(*steps: Step, pulse: Pulse | None = None, holds: Callable[[], bool] = lambda: True, nap: float = 0.02) -> Iterator[Stop]:
    """The loop in a thread, for as long as the block lasts."""
    stop = Stop()
    options = {"stop": stop, "pulse": pulse or Pulse(), "holds": holds, "idle_nap": nap}
    thread = threading.Thread(target=loop.run, args=("test", steps), kwargs=options, daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def test_each_step_has_its_turn() -> None:
    """Also while another finds something each time."""
    busy, idle = Taken(found=True), Taken()
    with turning(busy, idle):
        until(lambda: len(idle.times) >= 5, "the other has had its turns")
    assert abs(len(busy.times) - len(idle.times)) <= 1


def test_a_step_that_fails_backs_off_and_the_others_go_on() -> None:
    """The one waits, longer each time; the other keeps its pace; the loop says that it is not ready."""
    pulse, broken, fine = Pulse(), Taken(error=Unavailable("away")), Taken()
    with turning(broken, fine, pulse=pulse):
        until(lambda: len(broken.times) >= 3, "it is tried again")
        assert pulse.unready == {"loop": "a step fails, see the log"}
        broken.error = None
        until(lambda: not pulse.unready, "it is ready again")
    first, second = (later - before for before, later in zip(broken.times, broken.times[1:3], strict=False))
    assert 0.25 < first < second
    assert len(fine.times) > 3 * len(broken.times)


def test_without_the_lease_no_step_is_taken() -> None:
    """The loop lives and is ready: it is the other worker's turn."""
    pulse, step, held = Pulse(), Taken(), [False]
    with turning(step, pulse=pulse, holds=lambda: held[0]):
        before = pulse.last_turn
        until(lambda: pulse.last_turn > before + 0.05, "the loop turns")
        assert step.times == []
        assert pulse.unready == {}
        held[0] = True
        until(lambda: bool(step.times), "the step is taken")


def test_a_lease_that_cannot_be_asked_for_is_not_held() -> None:
    """With its store away nothing is done, the loop goes on, and it is not ready."""
    pulse, step = Pulse(), Taken()

    def holds() -> bool:
        raise Unavailable("the store")

    with turning(step, pulse=pulse, holds=holds):
        until(lambda: "loop" in pulse.unready, "it says that it is not ready")
        time.sleep(0.05)
    assert step.times == []


def test_it_naps_shortly_after_it_found_something() -> None:
    """What follows a find is looked for within 50 ms, though the idle nap is a minute."""
    step = Taken(found=True)
    with turning(step, nap=60):
        until(lambda: len(step.times) >= 4, "it is taken again at once")
        step.found = False


def test_a_stop_ends_a_nap_at_once() -> None:
    """Nobody waits for a nap to end."""
    with turning(Taken(), nap=60) as stop:
        time.sleep(0.05)
        began = time.monotonic()
        stop.set()
    assert time.monotonic() - began < 2


def test_restart_needed_ends_it() -> None:
    """The one error that is not survived, from a step or the lease."""
    for steps, holds in (([Taken(error=RestartNeeded("the log was lost"))], lambda: True), ([], Taken(error=RestartNeeded()))):
        with pytest.raises(RestartNeeded):
            loop.run("test", steps, stop=Stop(), pulse=Pulse(), holds=holds)


def test_a_loop_that_hangs_is_not_alive() -> None:
    """Liveness is the last turn's age, nothing else: a store that is away does not kill a process."""
    pulse = Pulse(stale_after=0.05)
    pulse.beat()
    assert pulse.alive
    until(lambda: not pulse.alive, "it is stale", 2)
    pulse.problem("loop", "failing")
    pulse.beat()
    assert pulse.alive


def test_reasons_come_and_go_one_by_one() -> None:
    """Lifting one reason leaves the others."""
    pulse = Pulse()
    pulse.problem("loop", "failing")
    pulse.problem("paused", "pledges.v1-2")
    pulse.problem("loop", None)
    pulse.problem("never set", None)
    assert pulse.unready == {"paused": "pledges.v1-2"}


PROGRAM = """
import sys, time
from shared.runtime import logs
from shared.runtime.loop import Pulse, Stop, run
logs.configure("test", "worker", "info")
stop = Stop()
stop.listen()
def step():
    print("step begins", flush=True)
    time.sleep(0.4)
    print("step ends", flush=True)
    return False
run("test", [step], stop=stop, pulse=Pulse(), idle_nap=60)
print("loop ends", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_step_finish(number: signal.Signals) -> None:
    """A process that is told to stop ends its step, then itself, with exit code 0 and no traceback."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "step begins\n"
        process.send_signal(number)
        rest, errors = process.stdout.read(), process.stderr.read()
    assert rest == "step ends\nloop ends\n"
    assert errors == ""
    assert process.returncode == 0


def test_an_error_is_logged_by_class_and_place(capfd: pytest.CaptureFixture[str]) -> None:
    """Never by its words, which may quote a person."""
    step = Taken(error=ValueError("ada@example.org"))
    with turning(step):
        until(lambda: len(step.times) >= 1, "it fails")
    said = capfd.readouterr().out
    assert "ValueError" in said
    assert "test_loop:" in said
    assert "ada@example.org" not in said
