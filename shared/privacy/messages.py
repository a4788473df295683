"""What every service's clock forgets of its messages: archived ones, what ties them to a click, dead letters that are closed."""

from datetime import datetime
from typing import Any

from shared.messaging import archive, dead_letters
from shared.messaging.work import Work
from shared.privacy import retention


def forget_messages(work: Work[Any], now: datetime) -> int:
    """Archived messages past their life, correlation ids past a week, closed dead letters past a month. A row notes its own end."""
    db = work.db
    gone = db[archive.COLLECTION].delete_many({"expires": {"$lt": now}}).deleted_count
    tied = {"untie_at": {"$lt": now}}
    gone += db[archive.COLLECTION].update_many(tied, {"$unset": {"correlation": 1, "untie_at": 1}}).modified_count
    gone += db[dead_letters.COLLECTION].delete_many({"closed_at": {"$lt": now - retention.SET_ASIDE.lasts}}).deleted_count
    if work.settings.watch:
        oldest = int((now - retention.WATCHED.lasts).timestamp() * 1000)
        db["watch"].delete_many({"ms": {"$lt": oldest}})
    return gone
