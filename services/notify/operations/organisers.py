"""Organisers: who posts for a group. An address has one contact for each group that asked it, or one of its own from its first sign-in.

notify alone mints the ref that owns what is posted: random, and nothing about the address can be read from it.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.notify import rules
from services.notify.store import Contact, oldest_refs, rows_of
from shared.privacy import retention

MOST_REFS = 40  # more would not fit into a cookie


def refs_of(address_hash: str) -> tuple[str, ...]:
    """The refs by which an address is an organiser, the oldest first."""
    return tuple(oldest_refs(address_hash, rules.CONFIRMED, rules.ORGANISER)[:MOST_REFS])


def mint(address_hash: str, sealed: str, now: datetime) -> str:
    """A ref for an address whose owner has just shown that it is theirs, by pressing the link mailed to it."""
    new = Contact(
        id=str(uuid.uuid4()),
        kind=rules.ORGANISER,
        state=rules.CONFIRMED,
        sealed=sealed,
        address_hash=address_hash,
        made_at=now,
        confirmed_at=now,
        forget_at=now + retention.ORGANISER.lasts,
    )
    new.save(force_insert=True)
    return str(new.id)


def seen(refs: Sequence[str], now: datetime) -> None:
    """Somebody signed in with these: they are kept from now on anew."""
    live = {"_id": {"$in": list(refs)}, "state": rules.CONFIRMED}
    rows_of(Contact).update_many(live, {"$set": {"forget_at": now + retention.ORGANISER.lasts}})
