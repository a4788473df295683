"""Erasing what is held under a contact_ref, when notify asks: a place is given back first, then nothing here leads to anybody.

What stays of a sign-up is what stays of each a week after its slot: that there was one. What a group posted is public, and stays; its
organiser's ref goes out of it, as when they say stop. Whatever waits to be published goes out before the ref is dropped, for it may hold
the sealed address.
"""

from collections.abc import Iterator
from datetime import datetime

from services.events.operations import held, places
from services.events.operations.sign_ups import FORGOTTEN, by_the_week
from services.events.rules.places import CANCELLING, LIVE, REQUESTED
from services.events.settings import Settings
from services.events.store import SignUp
from services.events.store.groups import groups, invitation, invitations, with_organiser
from services.events.store.notes import notes, notes_to
from services.events.store.places import by_id, by_ref, sign_ups
from shared.messaging.findings import Finding
from shared.messaging.outbox import Entry, change_if, message
from shared.messaging.work import Work
from shared.privacy import erasure

# The form's key stays for its day without what it came with: sent once more it makes no second sign-up, and ties nobody to this one.
GONE = (*FORGOTTEN, "key_digest", "unreachable", "replaces")


def erase(work: Work[Settings], now: datetime) -> int:
    """Due: what notify asked for. How many are done with."""
    return erasure.work_off(work, now, _erase, _answer)


def _erase(ref: str, now: datetime) -> bool:
    """True when nothing is held under this ref any more. A sign-up first: its place is somebody else's chance."""
    return all([_sign_up(ref, now), held.erase(ref, now), _notes(ref), _organiser(ref)])


def _sign_up(ref: str, now: datetime) -> bool:
    found = by_ref(ref)
    if found is None:
        return True
    if found.state in (REQUESTED, *LIVE):
        places.cancel(found, now)
    standing: SignUp | None = by_id(found.id)
    if standing is None or standing.state in (CANCELLING, REQUESTED, *LIVE):  # its roster, or its last message, is still to follow
        return False
    quiet = {"ref": ref, "state": standing.state, "pending_since": {"$exists": False}}
    return change_if(sign_ups(), standing.id, quiet, {**dict.fromkeys(GONE), "made_at": by_the_week(standing)}, (), now)


def _notes(ref: str) -> bool:
    """The boxes go at once; what is pending of one still goes out, to a contact that is told nothing any more."""
    notes().update_many({"ref": ref}, {"$unset": {"offer": 1}})
    notes().delete_many({"ref": ref, "pending_since": {"$exists": False}})
    return not notes_to(ref)


def _organiser(ref: str) -> bool:
    """Asked to help run a group, or running it: the group has one organiser less."""
    invitations().update_one({"_id": ref}, {"$unset": {"offer": 1}})
    invitations().delete_one({"_id": ref, "pending_since": {"$exists": False}})
    groups().update_many(with_organiser(ref), {"$pull": {"organisers": ref}})
    return invitation(ref) is None


def _answer(ref: str, now: datetime) -> Entry:
    return message("erasure.done.v1", ref, {"ref": ref, "service": "events"}, now=now)


def examine(work: Work[Settings], now: datetime) -> Iterator[Finding]:
    """Erasures that are late, or were undone."""
    return erasure.examine(work, now, holds)


def holds(ref: str) -> bool:
    """Whether anything is held under this ref."""
    led = groups().find_one(with_organiser(ref), {"_id": 1})
    return bool(by_ref(ref) or led or invitation(ref) or notes_to(ref) or held.is_of(ref))
