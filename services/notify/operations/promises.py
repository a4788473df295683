"""What notify has heard of the pledge behind a contact: a small copy, in which the newer message wins."""

from datetime import datetime
from typing import Any

from services.notify import rules
from services.notify.settings import Settings
from services.notify.store import PROMISES, Contact, rows_of
from shared.messaging.copies import keep_newer
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.privacy import retention


def heard(work: Work[Settings], envelope: Envelope, state: str) -> None:
    """Keep it if it is news. A pledge without an address has no contact here, and is none of our business."""
    ref = envelope.data.get("ref")
    if ref is None:
        return
    fields: dict[str, Any] = {"state": state, "heard_at": work.clock()}
    keep_newer(work.db[PROMISES], str(ref), envelope.sequence or 0, fields)


def postponed(work: Work[Settings], envelope: Envelope) -> None:
    """Not yet: the next nudge is due at the time that the pledge's service decided.

    The contact has a guard of its own, so that a crash between the copy and the contact is mended by the next delivery.
    """
    heard(work, envelope, rules.POSTPONED)
    due, sequence = datetime.fromisoformat(envelope.data["nudge_at"]), envelope.sequence or 0
    newer = {"$or": [{"nudge_round": {"$exists": False}}, {"nudge_round": {"$lt": sequence}}]}
    changes = {"nudge_due": due, "nudge_at": due, "forget_at": due + retention.AFTER_NUDGE.lasts, "nudge_round": sequence}
    rows_of(Contact).update_one({"_id": str(envelope.data.get("ref")), "state": rules.CONFIRMED, **newer}, {"$set": changes})
