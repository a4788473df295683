"""What notify says became of an address. notify alone decides; the pledge follows, and only if the ref is still its own."""

from datetime import datetime

from services.pledge import rules
from services.pledge.operations.pledges import NUDGE_FIELDS, Move, apply, facts
from services.pledge.settings import Settings
from services.pledge.store import Pledge, by_ref, pledges
from shared.messaging import handover
from shared.messaging.outbox import message
from shared.messaging.work import Work

TIE = ("ref", "withdraw_hash", "offer", "drop_ref_at", "nudge_key", *NUDGE_FIELDS)


def received(message_id: str) -> None:
    """notify holds the address: drop our sealed copy."""
    handover.received(pledges(), message_id)


def confirmed(work: Work[Settings], ref: str, *, now: datetime) -> None:
    """The owner of the address said yes."""
    pledge = by_ref(ref)
    if pledge is None or pledge.state != rules.UNCONFIRMED:
        return
    entry = message("pledge.confirmed.v1", pledge.id, facts(pledge, rules.confirmed()), now=now)
    changes = {"state": rules.CONFIRMED, "drop_ref_at": max(pledge.nudge_at, now) + rules.KEEP_REF_AFTER_NUDGE}
    apply(pledge.id, Move({"state": rules.UNCONFIRMED, "ref": ref}, changes, ("offer",), [entry]), now)


def lost(work: Work[Settings], ref: str, *, now: datetime) -> None:
    """Expired, suppressed or erased: the tie goes, the pledge stays counted."""
    pledge = by_ref(ref)
    if pledge is None:
        return
    if pledge.state == rules.UNCONFIRMED:
        _lapse(pledge, ref, now)
    else:
        apply(pledge.id, Move({"state": pledge.state, "ref": ref}, {}, TIE, []), now)


def _lapse(pledge: Pledge, ref: str, now: datetime) -> None:
    entry = message("pledge.lapsed.v1", pledge.id, facts(pledge, {}), now=now)
    apply(pledge.id, Move({"state": rules.UNCONFIRMED, "ref": ref}, {"state": rules.ANONYMOUS}, TIE, [entry]), now)
