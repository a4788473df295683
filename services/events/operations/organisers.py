"""A second organiser, asked by the first: an address handed over to notify, whose owner says yes there.

events never knows the address: it keeps the sealed offer until notify has it, and the contact_ref that becomes an organiser's.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.events.rules import groups as rules
from services.events.settings import Settings
from services.events.store import Group, Invitation
from services.events.store.groups import groups, invitation, invitations, invitations_of, with_organiser
from shared.messaging import handover
from shared.messaging.outbox import first_messages, message
from shared.messaging.work import Work
from shared.runtime.errors import Conflict
from shared.security.sealing import seal


def invite(work: Work[Settings], group: Group, address: str, *, now: datetime) -> Invitation:
    """Ask the owner of an address. Raises Conflict for a group that nobody has read yet, and where there are enough organisers.

    The mail names the group, so it goes only once a person has approved the name.
    """
    if not group.approved:
        raise Conflict("You can ask a second organiser once your group has been read. Nothing was sent.")
    if len(group.organisers) + len(invitations_of(group.id)) >= rules.MOST_ORGANISERS:
        raise Conflict("That is as many organisers as a group can have. Nothing was sent.")
    ref = str(uuid.uuid4())
    content = {"address": address, "group": group.approved["name"]}
    offered = {"ref": ref, "kind": "organiser", "sealed": seal(work.settings.notify_public_key, content)}
    entry = message("contact.offered.v1", ref, offered, now=now)
    row = Invitation(id=ref, group=group.id, made_at=now, offer=handover.kept(entry, now), **first_messages([entry], now))
    row.save(force_insert=True)
    return row


def received(message_ids: Sequence[str]) -> None:
    """notify holds the address: drop our sealed copy."""
    handover.received(invitations(), message_ids)


def offer_again(_work: Work[Settings], now: datetime) -> int:
    """Due: addresses that notify has not said it holds, offered once more each day."""
    return handover.offer_again(invitations(), now)


def confirmed(ref: str) -> None:
    """They said yes: the ref is an organiser's. Twice is once; a ref that is no invitation's is somebody else's."""
    found = invitation(ref)
    if found is None:
        return
    groups().update_one({"_id": found.group}, {"$addToSet": {"organisers": ref}})
    invitations().delete_one({"_id": ref})


def lost(ref: str) -> None:
    """Nobody said yes in time, they said stop, or nobody has signed in with it for years: the ref is nobody's, and no group's."""
    invitations().delete_one({"_id": ref})
    groups().update_many(with_organiser(ref), {"$pull": {"organisers": ref}})
