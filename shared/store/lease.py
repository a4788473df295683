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
        if self._renew_at and not held:
            self._hand_on(now)
        self._renew_at = now + self._length / 3 if held else None
        return held

    def want(self) -> None:
        """Ask the owner to let go: it does at its next renewal, and nobody else but this one gets it for a while."""
        wish = {"wanted_by": self._owner, "wanted_until": self._clock() + self._length * 2}
        self._rows.update_one({"_id": self._name}, {"$set": wish})

    def release(self) -> None:
        """Let the next owner in at once."""
        self._renew_at = None
        self._rows.delete_one({"_id": self._name, "owner": self._owner})

    def _take(self, now: datetime) -> bool:
        free_or_mine = {"$or": [{"until": {"$lt": now}}, {"owner": self._owner}]}
        wanted_by_no_other = {"$or": [{"wanted_until": {"$exists": False}}, {"wanted_until": {"$lt": now}}, {"wanted_by": self._owner}]}
        mine = {"$set": {"owner": self._owner, "until": now + self._length}}
        try:
            self._rows.update_one({"_id": self._name, "$and": [free_or_mine, wanted_by_no_other]}, mine, upsert=True)
        except DuplicateKeyError:  # somebody else's, and still running; or somebody else has asked for it
            return False
        return True

    def _hand_on(self, now: datetime) -> None:
        """It was ours and is wanted: let it run out now, and leave the wish where it is."""
        self._rows.update_one({"_id": self._name, "owner": self._owner}, {"$set": {"until": now - self._length}})
