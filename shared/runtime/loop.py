"""The one loop under relay, clock, consumer and sender.

It takes each step in turn, then naps: 50 ms while something was found in the last 2 s, else `idle_nap`. It owns the
signals, the liveness mark, the back-off after an error (each step's own), and asks for the lease (a callable) before each
turn. A step must return soon: what is in flight is looked at again in the next step.
"""

import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from shared.runtime import metrics
from shared.runtime.errors import RestartNeeded
from shared.runtime.logs import log, where_raised

Step = Callable[[], bool]
BUSY_NAP, BUSY_FOR, LONGEST_BACK_OFF = 0.05, 2.0, 10.0


@dataclass
class Pulse:
    """What a probe asks of a process. `unready` holds a reason for each thing that is wrong; empty is ready."""

    stale_after: float = 60.0
    last_turn: float = field(default_factory=time.monotonic)
    unready: dict[str, str] = field(default_factory=dict)

    def beat(self) -> None:
        self.last_turn = time.monotonic()

    @property
    def alive(self) -> bool:
        return time.monotonic() - self.last_turn < self.stale_after

    def problem(self, what: str, why: str | None) -> None:
        """Set or (with None) lift one reason for not being ready."""
        if why is None:
            self.unready.pop(what, None)
        else:
            self.unready[what] = why


class Stop:
    """Set by SIGTERM or SIGINT; a loop finishes its step and ends."""

    def __init__(self) -> None:
        self._set = False
        self._bell: SimpleQueue[None] = SimpleQueue()  # an Event's lock can be held by the very thread that takes the signal

    def listen(self) -> None:
        """Take the process's signals; only the main thread may."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.set())

    def set(self) -> None:
        self._set = True
        self._bell.put(None)

    def is_set(self) -> bool:
        return self._set

    def wait(self, seconds: float) -> None:
        """Until set, but no longer than that."""
        if not self._set:
            with suppress(Empty):
                self._bell.get(timeout=seconds)


def run(
    name: str,
    steps: Sequence[Step],
    *,
    stop: Stop,
    pulse: Pulse,
    holds: Callable[[], bool] = lambda: True,
    idle_nap: float = 0.5,
) -> None:
    """Run `steps` in turn until `stop`. A step returns True when it found something to do.

    An error is logged (its class and place, never its words); that step backs off while the others go on, and it is taken
    again: no fault of a store or a broker needs a restart. Only RestartNeeded ends it.
    """
    lease, paced = _Paced(holds), [_Paced(step) for step in steps]
    last_found = float("-inf")
    while not stop.is_set():
        pulse.beat()
        found = lease.take() and sum(step.take() for step in paced) > 0  # a sum, so that each has its turn
        failing = any(step.failures for step in (lease, *paced))
        pulse.problem("loop", "a step fails, see the log" if failing else None)
        metrics.record_turn(name, found)
        now = time.monotonic()
        last_found = now if found else last_found
        stop.wait(BUSY_NAP if now - last_found < BUSY_FOR else idle_nap)


@dataclass
class _Paced:
    """A step, and how long it waits after it failed."""

    step: Step
    failures: int = 0
    not_before: float = 0.0

    def take(self) -> bool:
        """What the step says; False while it waits, and when it fails."""
        if time.monotonic() < self.not_before:
            return False
        try:
            found = self.step()
        except RestartNeeded:
            raise
        except Exception as error:  # whatever it was, the next time may go well; ending would lose what is in flight
            self.failures += 1
            self.not_before = time.monotonic() + _back_off(self.failures)
            _report(error)
            return False
        self.failures = 0
        return found


def _report(error: Exception) -> None:
    log().warning("step failed", error=type(error).__name__, where=where_raised(error))


def _back_off(failures: int) -> float:
    return float(min(LONGEST_BACK_OFF, 0.2 * 2 ** min(failures, 6))) * random.uniform(0.7, 1.0)  # noqa: S311 -- jitter, not a secret
