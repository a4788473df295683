"""What pledge forgets, and when. Each step takes a limited number and says how many; the clock asks again."""

from datetime import datetime, timedelta

from services.pledge.operations.contacts import TIE
from services.pledge.settings import Settings
from services.pledge.store import pledges, with_exact_time_before, with_ref_to_drop
from shared.messaging import handover
from shared.messaging.work import Work

EXACT_TIME_KEPT = timedelta(hours=24)
AT_MOST = 500


def forget_exact_times(_work: Work[Settings], now: datetime) -> int:
    """After a day a pledge knows its week only, and its form key is free again."""
    ids = with_exact_time_before(now - EXACT_TIME_KEPT, AT_MOST)
    if not ids:
        return 0
    return (
        pledges().update_many({"_id": {"$in": ids}}, {"$unset": {"made_at": 1, "key": 1, "key_digest": 1, "nudge_key": 1}}).modified_count
    )


def drop_old_refs(_work: Work[Settings], now: datetime) -> int:
    """90 days after the nudge nothing ties a pledge to an address any more."""
    ids = with_ref_to_drop(now, AT_MOST)
    if not ids:
        return 0
    return pledges().update_many({"_id": {"$in": ids}}, {"$unset": dict.fromkeys(TIE, 1)}).modified_count


def offer_again(_work: Work[Settings], now: datetime) -> int:
    """Addresses that notify has not said it holds, offered once more each day."""
    return handover.offer_again(pledges(), now)
