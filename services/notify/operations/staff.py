"""Who belongs to the staff: invited, given other roles, removed. Each decision is in the log before it takes effect.

What somebody may do travels in a cookie, so every change ends their sessions: at once here, a moment later in the other
services (operations/sessions.py). An address and a first name lie in a box to notify's own key, and go with their person.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from services.notify import mails, rules
from services.notify.operations import boxes, ledger, sessions
from services.notify.settings import Settings
from services.notify.store import Member, StaffLog, rows_of
from services.notify.store.staff import member, member_of_address, members, members_due
from shared.messaging.work import Work
from shared.privacy import retention
from shared.runtime.errors import Conflict, Forbidden, InvalidInput, NotFound
from shared.security.sealing import public_half, seal, unseal
from shared.security.sessions import OPERATOR

COMMAND_LINE = "command-line"  # who did it, where nobody had signed in
INVITED, CHANGED, REMOVED, SIGNED_OUT = "invited", "changed", "removed", "signed-out-everywhere"
PERSONAL = ("sealed", "address_hash", "unanswered_since")
AT_MOST = 100


@dataclass(frozen=True)
class Person:
    """What a member's box holds. Never logged, in no other service."""

    address: str
    first_name: str


@dataclass(frozen=True)
class Actor:
    """Who decides: a member, or whoever sits at the command line, who may do everything."""

    id: str
    roles: Collection[str]
    boroughs: Collection[str]


THE_COMMAND_LINE = Actor(COMMAND_LINE, (OPERATOR,), ())


def known_by(work: Work[Settings], address: str) -> Member | None:
    return member_of_address(boxes.hash_of(work, address))


def has_operator() -> bool:
    return any(OPERATOR in one.roles for one in members(rules.KNOWN))


def open_box(work: Work[Settings], found: Member) -> Person:
    content = unseal(work.settings.notify_secret_key, found.sealed)
    return Person(str(content["address"]), str(content["first_name"]))


def first_name_of(work: Work[Settings], member_id: str) -> str:
    """For the log and the list; empty for who has left."""
    found = member(member_id)
    return open_box(work, found).first_name if found and found.sealed else ""


def add(work: Work[Settings], person: Person, roles: Collection[str], boroughs: Collection[str], *, by: Actor, now: datetime) -> Member:
    """A new member, who is not mailed yet. Raises Forbidden, or InvalidInput where the address is known."""
    if not rules.may_grant(by.roles, by.boroughs, roles, boroughs):
        raise Forbidden("Nobody can give a role or a borough that they have not got themselves. Ask an operator.")
    id_ = str(uuid.uuid4())
    _log(by, INVITED, id_, now, roles, boroughs)
    new = Member(
        id=id_,
        state=rules.INVITED,
        sealed=seal(public_half(work.settings.notify_secret_key), {"address": person.address, "first_name": person.first_name}),
        address_hash=boxes.hash_of(work, person.address),
        roles=sorted(roles),
        boroughs=sorted(boroughs),
        invited_by=by.id,
        invited_at=now,
        unanswered_since=now,
    )
    try:
        new.save(force_insert=True)
    except NotUniqueError:
        raise InvalidInput({"email": ["Somebody with this address is on the list already: change their roles there"]}) from None
    return new


def invite(work: Work[Settings], person: Person, roles: Collection[str], boroughs: Collection[str], *, by: Actor, now: datetime) -> Member:
    """The same, and the invitation goes to them."""
    new = add(work, person, roles, boroughs, by=by, now=now)
    ledger.plan(work, new.id, mails.INVITATION, invitation_cause(new.id), due_at=now)
    return new


def invitation_cause(member_id: str) -> str:
    return f"invitation:{member_id}"


def change(work: Work[Settings], member_id: str, roles: Collection[str], boroughs: Collection[str], *, by: Actor, now: datetime) -> None:
    """Other roles or boroughs, from now on: whoever it is signs in again. Raises NotFound, Forbidden, Conflict."""
    found = _known(member_id)
    _may_decide(by, found)
    if not rules.may_grant(by.roles, by.boroughs, roles, boroughs):
        raise Forbidden("Nobody can give a role or a borough that they have not got themselves. Ask an operator.")
    if OPERATOR not in roles:
        _not_the_last_operator(found)
    _log(by, CHANGED, member_id, now, roles, boroughs)
    _change(found, {"roles": sorted(roles), "boroughs": sorted(boroughs)}, (), now)
    sessions.end_all(work, member_id, now)


def remove(work: Work[Settings], member_id: str, *, by: Actor, now: datetime) -> None:
    """Their sessions end, their links open nothing, and we forget who they were. Raises NotFound, Forbidden, Conflict."""
    found = _known(member_id)
    _may_decide(by, found)
    _not_the_last_operator(found)
    _log(by, REMOVED, member_id, now)
    _change(found, {"state": rules.REMOVED, "ended_at": now}, PERSONAL, now)
    sessions.end_all(work, member_id, now)


def sign_out_everywhere(work: Work[Settings], member_id: str, *, by: Actor, now: datetime) -> None:
    """Every session of theirs ends, on every machine. Raises NotFound."""
    found = _known(member_id)
    _log(by, SIGNED_OUT, member_id, now)
    _change(found, {}, (), now)
    sessions.end_all(work, member_id, now)


def forget_unanswered(_work: Work[Settings], now: datetime) -> int:
    """An invitation that nobody took up: the address goes."""
    due = members_due("unanswered_since", now - retention.INVITED.lasts, AT_MOST)
    gone = {"$set": {"state": rules.REMOVED, "ended_at": now}, "$unset": dict.fromkeys(PERSONAL, 1)}
    for found in due:
        rows_of(Member).update_one({"_id": found.id, "state": rules.INVITED}, gone)
    return len(due)


def _known(member_id: str) -> Member:
    found = member(member_id)
    if found is None or found.state not in rules.KNOWN:
        raise NotFound("Nobody of the staff has this page, or they have left since.")
    return found


def _may_decide(by: Actor, about: Member) -> None:
    if not rules.may_grant(by.roles, by.boroughs, about.roles, about.boroughs):
        raise Forbidden("They have a role or a borough that you have not got. Ask an operator.")


def _not_the_last_operator(found: Member) -> None:
    """Two who remove each other in one second still can; the command line then makes another."""
    others = [one for one in members((rules.ACTIVE,)) if OPERATOR in one.roles and one.id != found.id]
    if found.state == rules.ACTIVE and OPERATOR in found.roles and not others:
        raise Conflict("This is the last operator. Give somebody else that role first, and see that they sign in.")


def _change(found: Member, changes: dict[str, Any], forget: Collection[str], now: datetime) -> None:
    """From the roles that were seen: of two who decide at once, the second is told to look again."""
    seen = {"_id": found.id, "state": found.state, "roles": list(found.roles), "boroughs": list(found.boroughs)}
    update: dict[str, Any] = {"$set": {**changes, "signed_out_at": now, "sign_out_due": now}}
    if forget:
        update["$unset"] = dict.fromkeys(forget, 1)
    if rows_of(Member).update_one(seen, update).matched_count != 1:
        raise Conflict("Somebody changed this meanwhile. Look at how it stands now.")


def _log(
    by: Actor, what: str, whom: str, now: datetime, roles: Collection[str] | None = None, boroughs: Collection[str] | None = None
) -> None:
    row: dict[str, Any] = {"_id": str(uuid.uuid4()), "at": now, "who": by.id, "what": what, "whom": whom}
    if roles is not None:
        row |= {"roles": sorted(roles), "boroughs": sorted(boroughs or ())}
    rows_of(StaffLog).insert_one(row)
