"""The one loop under relay, clock, consumer and sender.

It takes a step, then naps: 50 ms while something was found in the last 2 s, else `idle_nap`. It owns the signals, the
liveness mark, the back-off after an error, and asks for the lease (a callable) before each turn. A step must return
soon: what is in flight is looked at again in the next step.
"""

import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
        self._event = threading.Event()

    def listen(self) -> None:
        """Take the process's signals; only the main thread may."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._event.set())

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        self._event.wait(seconds)


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

    An error is logged (its class and place, never its words) and the loop backs off and goes on: no fault of a store or
    a broker needs a restart. Only RestartNeeded ends it.
    """
    last_found = float("-inf")
    failures = 0
    while not stop.is_set():
        pulse.beat()
        found, failed = _turn(name, steps, holds, pulse)
        failures = failures + 1 if failed else 0
        if failed:
            stop.wait(_back_off(failures))
        now = time.monotonic()
        last_found = now if found else last_found
        stop.wait(BUSY_NAP if now - last_found < BUSY_FOR else idle_nap)


def _turn(name: str, steps: Sequence[Step], holds: Callable[[], bool], pulse: Pulse) -> tuple[bool, bool]:
    """One turn: (something was found, something failed). A step that fails does not keep the next from its turn."""
    found = failed = False
    try:
        turns = steps if holds() else ()
        for step in turns:
            try:
                found = step() or found
            except RestartNeeded:
                raise
            except Exception as error:  # whatever it was, the next turn may go well; ending would lose what is in flight
                failed = True
                _report(error)
    except RestartNeeded:
        raise
    except Exception as error:  # the lease's store is away
        failed = True
        _report(error)
    pulse.problem("loop", "the last turn failed" if failed else None)
    metrics.record_turn(name, found)
    return found, failed


def _report(error: Exception) -> None:
    log().warning("step failed", error=type(error).__name__, where=where_raised(error))


def _back_off(failures: int) -> float:
    return float(min(LONGEST_BACK_OFF, 0.2 * 2 ** min(failures, 6))) * random.uniform(0.7, 1.0)  # noqa: S311 -- jitter, not a secret
