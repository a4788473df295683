"""What a review leaves behind and how long: names in the log, words that were set apart, reports."""

from datetime import datetime
from typing import Any

from services.events.operations.decisions import DECISIONS_KEPT
from services.events.settings import Settings
from services.events.store.review import decisions, held, reports
from shared.messaging.work import Work


def forget(_work: Work[Settings], now: datetime) -> int:
    """Whatever is due by now. The number of rows that changed."""
    past: dict[str, Any] = {"$lte": now}
    gone = held().update_many({"forget_at": past}, {"$unset": {"words": 1, "phrases": 1, "forget_at": 1}}).modified_count
    gone += reports().update_many({"forget_at": past}, {"$unset": {"words": 1, "forget_at": 1}}).modified_count
    gone += decisions().update_many({"name_until": past}, {"$unset": {"by_name": 1, "name_until": 1}}).modified_count
    return gone + decisions().delete_many({"at": {"$lt": now - DECISIONS_KEPT}}).deleted_count
