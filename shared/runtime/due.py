"""What is due: the clock's half of a worker. Each kind asks its own question at its own pace and takes an idempotent step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from shared.runtime.clock import Clock
from shared.runtime.errors import RestartNeeded

W = TypeVar("W")
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Due(Generic[W]):
    """`step(work, now)` does a limited amount of what is due and returns how much; `every`: how often to ask."""

    name: str
    every: timedelta
    step: Callable[[W, datetime], int]


class Schedule(Generic[W]):
    def __init__(self, kinds: Sequence[Due[W]], work: W, clock: Clock) -> None:
        self._kinds = kinds
        self._work = work
        self._clock = clock
        self._next: dict[str, datetime] = {}

    def step(self) -> bool:
        """Ask every kind whose time has come. True when one of them did something; that one is asked again at once.

        One that fails keeps none of the others from its turn, and has its next within a minute, for a store that was away at the
        full hour is back by then. When all have had theirs, the first error is raised.
        """
        now = self._clock()
        errors: list[Exception] = []
        found = False
        for kind in self._kinds:
            if now < self._next.get(kind.name, now):
                continue
            self._next[kind.name] = now + kind.every
            try:
                did = kind.step(self._work, now)
            except RestartNeeded:
                raise
            except Exception as error:  # whatever it was; the loop reports it and backs off
                errors.append(error)
                self._next[kind.name] = now + min(kind.every, A_MINUTE)
                continue
            if did:
                found = True
                self._next[kind.name] = now
        if errors:
            raise errors[0]
        return found
