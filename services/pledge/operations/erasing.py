"""Erasing a person's tie to a pledge, when notify asks: the pledge stays counted, and nothing in it leads to anybody any more.

First everything but the ref goes, with what that tells; the ref goes last, once the pledge has nothing left to publish, for an offer that
waits to be published holds the sealed address.
"""

from collections.abc import Iterator
from datetime import datetime

from services.pledge import rules
from services.pledge.operations.contacts import TIE
from services.pledge.operations.pledges import Move, facts, move
from services.pledge.settings import Settings
from services.pledge.store import Pledge, by_id, by_ref, pledges
from shared.messaging.findings import Finding
from shared.messaging.outbox import Entry, change_if, message
from shared.messaging.work import Work
from shared.privacy import erasure
from shared.runtime.crash_points import reach

_BEFORE_THE_REF = tuple(name for name in TIE if name != "ref")


def erase(work: Work[Settings], now: datetime) -> int:
    """Due: what notify asked for. How many are done with."""
    return erasure.work_off(work, now, lambda ref, now: _erase(work, ref, now), _answer)


def _erase(work: Work[Settings], ref: str, now: datetime) -> bool:
    """True when no pledge holds this ref any more."""
    found = by_ref(ref)
    if found is None:
        return True
    if any(getattr(found, name) is not None for name in _BEFORE_THE_REF) or found.state == rules.UNCONFIRMED:
        id_ = found.id
        found = move(work, lambda: by_id(id_), lambda pledge: _blank(pledge, ref, now), now)
        reach("erasure.after-blank")
    quiet = {"ref": ref, "pending_since": {"$exists": False}}
    return change_if(pledges(), found.id, quiet, dict.fromkeys(TIE), (), now)


def _blank(pledge: Pledge, ref: str, now: datetime) -> Move | None:
    """Without an address it cannot be confirmed, and lapses; else it is what it was."""
    if pledge.ref != ref:  # its address was put right in this very moment: the new one is not what was asked about
        return None
    facts_ = {"state": pledge.state, "ref": ref}
    if pledge.state != rules.UNCONFIRMED:
        return Move(facts_, {}, _BEFORE_THE_REF, [])
    entry = message("pledge.lapsed.v1", pledge.id, facts(pledge, {}), now=now)
    return Move(facts_, {"state": rules.ANONYMOUS}, _BEFORE_THE_REF, [entry])


def _answer(ref: str, now: datetime) -> Entry:
    return message("erasure.done.v1", ref, {"ref": ref, "service": "pledge"}, now=now)


def examine(work: Work[Settings], now: datetime) -> Iterator[Finding]:
    """Erasures that are late, or were undone."""
    return erasure.examine(work, now, lambda ref: by_ref(ref) is not None)
