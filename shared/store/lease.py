"""A lease: who does a job alone, for a few seconds at a time. It saves work; it guarantees nothing.

It compares with the client's clock, and a frozen owner may wake up believing that it still holds it. Everything done
under a lease is therefore idempotent, and two owners at once only do the same thing twice.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

COLLECTION = "leases"


class Lease:
    """`holds()` takes or renews it and says whether this owner has it; it writes at most every third of `seconds`."""

    def __init__(self, db: Database[dict[str, Any]], name: str, clock: Callable[[], datetime], *, seconds: float = 6.0) -> None:
        self._rows = db[COLLECTION]
        self._name = name
        self._clock = clock
        self._length = timedelta(seconds=seconds)
        self._owner = uuid.uuid4().hex
        self._renew_at: datetime | None = None

    def holds(self) -> bool:
        now = self._clock()
        if self._renew_at and now < self._renew_at:
            return True
        held = self._take(now)
        self._renew_at = now + self._length / 3 if held else None
        return held

    def release(self) -> None:
        """Let the next owner in at once."""
        self._renew_at = None
        self._rows.delete_one({"_id": self._name, "owner": self._owner})

    def _take(self, now: datetime) -> bool:
        free_or_mine = {"_id": self._name, "$or": [{"until": {"$lt": now}}, {"owner": self._owner}]}
        try:
            self._rows.update_one(free_or_mine, {"$set": {"owner": self._owner, "until": now + self._length}}, upsert=True)
        except DuplicateKeyError:  # somebody else's, and still running
            return False
        return True
