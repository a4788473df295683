"""What pledge forgets, and when. Each step takes a limited number and says how many; the clock asks again."""

from collections.abc import Sequence
from datetime import datetime

from services.pledge.operations.contacts import TIE
from services.pledge.settings import Settings
from services.pledge.store import pledges, with_time_before
from shared.messaging import handover
from shared.messaging.work import Work
from shared.privacy import erasure, retention

AT_MOST = 500


def forget_exact_times(_work: Work[Settings], now: datetime) -> int:
    """After a day a pledge knows its week only, and the keys of its forms are free again."""
    made = _forget(with_time_before("made_at", now - retention.EXACT_TIME.lasts, AT_MOST), ("made_at", "key", "key_digest"))
    asked = with_time_before("nudge_asked_at", now - retention.PLEDGE_FORM.lasts, AT_MOST)
    return made + _forget(asked, ("nudge_asked_at", "nudge_key"))


def drop_old_refs(_work: Work[Settings], now: datetime) -> int:
    """90 days after the nudge nothing ties a pledge to an address any more."""
    return _forget(with_time_before("drop_ref_at", now, AT_MOST), TIE)


def _forget(ids: list[str], fields: Sequence[str]) -> int:
    return pledges().update_many({"_id": {"$in": ids}}, {"$unset": dict.fromkeys(fields, 1)}).modified_count if ids else 0


def offer_again(_work: Work[Settings], now: datetime) -> int:
    """Addresses that notify has not said it holds, offered once more each day."""
    return handover.offer_again(pledges(), now)


def forget_erased(work: Work[Settings], now: datetime) -> int:
    """That something was erased, once no archive or backup can bring it back."""
    return erasure.forget(work, now - retention.ERASED.lasts)
