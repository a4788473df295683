"""What a service other than notify keeps of sessions that ended early: their ids, until they would have run out anyway.

It hears of them by Kafka, so it learns a moment later than notify: half a second as a rule, as long as Kafka is away at worst.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.store.indexes import index

COLLECTION = "revoked_sessions"
INDEXES = (index(COLLECTION, "expires"),)


def hear(work: Work[Any], envelopes: Sequence[Envelope]) -> None:
    """Keep each id. The same message again changes nothing."""
    for envelope in envelopes:
        row = {"$set": {"expires": datetime.fromisoformat(envelope.data["expires"])}}
        work.db[COLLECTION].update_one({"_id": str(envelope.data["session"])}, row, upsert=True)


def is_revoked(db: Database[dict[str, Any]], session_id: str) -> bool:
    return db[COLLECTION].find_one({"_id": session_id}, {"_id": 1}) is not None


def forget(work: Work[Any], now: datetime) -> int:
    """A session that has run out is refused for that."""
    return work.db[COLLECTION].delete_many({"expires": {"$lt": now}}).deleted_count
