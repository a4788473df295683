"""What a request does about a store that is away: the first ones wait, those that follow do not.

The driver waits for a server to choose in steps of half a second, whatever its time-out says, and an api has a few threads:
at twenty requests a second a queue would grow as long as the store is away. But its monitor knows all the time that no server
is there. Once that has been so for as long as a request may wait, the next ones are refused without waiting. The monitor goes
on looking, and the first request after it has found the store is served as ever.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pymongo
from pymongo.database import Database

AT_ONCE = 1e-6  # seconds: 0 would lift the limit


class Patience:
    """Put around each request. Threads may share it: they see and note the same."""

    def __init__(self, db: Database[dict[str, Any]], milliseconds: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = db.client
        self._seconds = milliseconds / 1000
        self._monotonic = monotonic
        self._away_since: float | None = None

    def around(self) -> AbstractContextManager[None]:
        """The driver's own time-outs; or, while the store is known to be away, none of its waiting."""
        if self._client.topology_description.has_writable_server():
            self._away_since = None
            return nullcontext()
        now = self._monotonic()
        since = self._away_since = self._away_since or now
        return pymongo.timeout(AT_ONCE) if now - since > self._seconds else nullcontext()
