"""What every page says while staff have paused the campaign, and the look at the store that tells, kept for a few seconds.

A page must neither fail nor wait for it: one request looks at a time, the others show what was known; where the store does not answer,
what was known stays.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from mongoengine.connection import ConnectionFailure as NoConnection
from pymongo.errors import PyMongoError

from shared.messaging.pauses import Pause
from shared.reference.choices import choice
from shared.runtime.clock import Clock

LOOK_EVERY = timedelta(seconds=3)
Look = Callable[[datetime], Pause | None]


@dataclass(frozen=True)
class Banner:
    """`words`: why it is quiet, for everybody. `until`: None where nobody has said."""

    words: str
    until: datetime | None


class PauseSeen:
    """The pause as it was last seen. Threads may ask at once."""

    def __init__(self, look: Look, clock: Callable[[], datetime]) -> None:
        self._look = look
        self._clock = clock
        self._looking = threading.Lock()
        self._at: datetime | None = None
        self._found: Pause | None = None

    def banner(self) -> Banner | None:
        """What to say; None while nothing is paused."""
        now = self._clock()
        if self._at is None or not timedelta(0) <= now - self._at < LOOK_EVERY:
            self._look_again(now)
        found = self._found
        if found is None or not found.holds(now):
            return None
        known = choice("pauses", found.kind)
        return Banner(known.words, found.until) if known else None  # a kind of another release: better silence than wrong words

    def _look_again(self, now: datetime) -> None:
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._found = self._look(now)
        except (PyMongoError, NoConnection):  # it says so where it matters
            pass
        finally:
            self._at = now
            self._looking.release()


def install(app: Flask, look: Look) -> None:
    """`look`: called inside a request, with the time."""

    def clock() -> datetime:
        found: Clock = app.extensions["clock"]
        return found()

    app.jinja_env.globals["pause_banner"] = PauseSeen(look, clock).banner
