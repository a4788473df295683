"""What notify forgets, and when. Each step takes a limited number and says how many; the clock asks again."""

from datetime import datetime, timedelta

from services.notify.operations.contacts import STOP
from services.notify.settings import Settings
from services.notify.store import Notification, Suppression, Token, rows_of
from shared.messaging.work import Work

LEDGER_KEPT = timedelta(days=430)  # longer than the archive, so that no republish can send a mail again
LINKS_KEPT = timedelta(days=110)  # a late click is told what happened, instead of "unknown"
HASH_IN_LEDGER_KEPT = timedelta(days=2)  # long enough to count a day's first mails


def forget_rows(_work: Work[Settings], now: datetime) -> int:
    """Old ledger rows, links that lead nowhere any more, suppressions that have run out, hashes no longer counted."""
    gone = rows_of(Notification).delete_many({"planned_at": {"$lt": now - LEDGER_KEPT}}).deleted_count
    gone += rows_of(Token).delete_many({"made_at": {"$lt": now - LINKS_KEPT}, "kind": {"$ne": STOP}}).deleted_count
    gone += rows_of(Suppression).delete_many({"until": {"$lt": now}}).deleted_count
    counted = {"planned_at": {"$lt": now - HASH_IN_LEDGER_KEPT}, "address_hash": {"$exists": True}}
    gone += rows_of(Notification).update_many(counted, {"$unset": {"address_hash": 1}}).modified_count
    return gone
