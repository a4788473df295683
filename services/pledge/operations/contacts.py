"""What notify says became of an address. notify alone decides; the pledge follows, and only if the ref is still its own."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from services.pledge import rules
from services.pledge.operations.pledges import NUDGE_FIELDS, Move, facts, move
from services.pledge.settings import Settings
from services.pledge.store import Pledge, by_ref, pledges
from shared.messaging import handover
from shared.messaging.outbox import message
from shared.messaging.work import Work
from shared.privacy import retention
from shared.runtime.errors import NotFound

# The form's key stays for its day without what it came with, of which the address is a part: sent once more it makes no second pledge, and
# ties nobody to this one.
TIE = ("ref", "withdraw_hash", "offer", "drop_ref_at", "key_digest", "nudge_key", "nudge_asked_at", *NUDGE_FIELDS)


def received(message_ids: Sequence[str]) -> None:
    """notify holds the address: drop our sealed copy."""
    handover.received(pledges(), message_ids)


def confirmed(work: Work[Settings], ref: str, *, now: datetime) -> None:
    """The owner of the address said yes."""

    def decide(pledge: Pledge) -> Move | None:
        if pledge.state != rules.UNCONFIRMED:
            return None
        entry = message("pledge.confirmed.v1", pledge.id, facts(pledge, rules.confirmed()), now=now)
        nudge_at = rules.nudge_comes(pledge.nudge_at, now)
        changes = {"state": rules.CONFIRMED, "nudge_at": nudge_at, "drop_ref_at": nudge_at + retention.AFTER_NUDGE.lasts}
        return Move({"state": pledge.state, "ref": ref}, changes, ("offer",), [entry])

    _follow(work, ref, decide, now)


def lost(work: Work[Settings], ref: str, *, now: datetime) -> None:
    """Expired, suppressed or erased: the tie goes, the pledge stays counted."""

    def decide(pledge: Pledge) -> Move:
        if pledge.state != rules.UNCONFIRMED:
            return Move({"state": pledge.state, "ref": ref}, {}, TIE, [])
        entry = message("pledge.lapsed.v1", pledge.id, facts(pledge, {}), now=now)
        return Move({"state": pledge.state, "ref": ref}, {"state": rules.ANONYMOUS}, TIE, [entry])

    _follow(work, ref, decide, now)


def _follow(work: Work[Settings], ref: str, decide: Callable[[Pledge], Move | None], now: datetime) -> None:
    """A ref that no pledge has any more was replaced or dropped: then there is nothing to follow."""
    with suppress(NotFound):
        move(work, lambda: by_ref(ref), decide, now)
