"""Signing in by a mailed link, being signed in, and the end of it.

A link is used up by one conditional update of whose it is, which uses up every earlier link of theirs as well: of its member of
staff, or, for an address that is no staff's, of its row among the organisers. A session ends early in its own document, with the
message that tells the other services; here whoever it is of is asked too, so that nothing has to be heard first.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from services.notify import mails, rules
from services.notify.operations import boxes, ledger, organisers
from services.notify.operations.contacts import NOT_ME, behind
from services.notify.settings import Settings
from services.notify.store import Member, Organiser, SignIn, SignInRequest, Token, rows_of, suppression
from services.notify.store.sign_ins import (
    organiser,
    organisers_signing_out,
    session,
    sessions_of,
    sessions_of_organiser,
    sign_in_request,
)
from services.notify.store.staff import member, members_due
from shared.messaging.outbox import message, pending
from shared.messaging.work import Work
from shared.runtime.errors import Expired
from shared.security import sessions as signed
from shared.security.sealing import unseal
from shared.security.sessions import Session
from shared.security.tokens import hash_token, new_token

SIGN_IN = "sign-in"
SURE_AFTER = timedelta(seconds=30)  # a sign-in that began before somebody's sessions were ended has long been stored by then
AT_MOST = 100


@dataclass(frozen=True)
class SignedIn:
    """`cookie`: what the browser keeps. `then`: the page that was asked for before."""

    session: Session
    cookie: str
    then: str


def ask(work: Work[Settings], address: str, then: str, now: datetime) -> None:
    """Somebody typed an address. For everybody's the same is stored: only the sender looks whether it is one of ours."""
    id_ = _request(work, address, then, now)
    ledger.plan(work, id_, mails.SIGN_IN, cause_of(id_), due_at=now)


def _request(work: Work[Settings], address: str, then: str, now: datetime) -> str:
    id_ = str(uuid.uuid4())
    box = {"sealed": boxes.seal_address(work, address)} if rules.leads_to_groups(then) else {}
    rows_of(SignInRequest).insert_one({"_id": id_, "address_hash": boxes.hash_of(work, address), "then": then, "asked_at": now, **box})
    return id_


def link_for_organiser(work: Work[Settings], address: str, now: datetime) -> str:
    """A link that no mail carries, as if its owner had asked for it from a group's page."""
    id_ = _request(work, address, rules.GROUPS, now)
    facts = {"address_hash": boxes.hash_of(work, address), "request": id_, "then": rules.GROUPS}
    return _make_link(work, facts, rules.SIGN_IN_LASTS, now)


def known_organiser(work: Work[Settings], address: str, now: datetime) -> str:
    """The first ref by which an address posts for groups; made, where it has none."""
    return _refs(boxes.hash_of(work, address), boxes.seal_address(work, address), now)[0]


def cause_of(request_id: str) -> str:
    return f"{SIGN_IN}:{request_id}"


def make_link(work: Work[Settings], member_id: str, lasts: timedelta, now: datetime, then: str = "") -> str:
    """A fresh link for a member of staff, whole; only its hash is kept."""
    return _make_link(work, {"ref": member_id, "then": then}, lasts, now)


def make_organisers_link(work: Work[Settings], request: SignInRequest, now: datetime) -> str:
    """The same for an address that is no staff's."""
    facts = {"address_hash": request.address_hash, "request": request.id, "then": request.then or ""}
    return _make_link(work, facts, rules.SIGN_IN_LASTS, now)


def _make_link(work: Work[Settings], facts: dict[str, str], lasts: timedelta, now: datetime) -> str:
    text = new_token()
    rows_of(Token).insert_one({"_id": hash_token(text), "kind": SIGN_IN, **facts, "made_at": now, "expires_at": now + lasts})
    return f"{work.settings.public_url}/{SIGN_IN}/{text}"


def look_at_link(text: str, now: datetime) -> None:
    """Whether a link would sign somebody in now. Raises NotFound, Expired."""
    _usable(behind(text, SIGN_IN), now)


def sign_in(work: Work[Settings], text: str, now: datetime) -> SignedIn:
    """Use the link up, and give a session. Raises NotFound, Expired."""
    found = behind(text, SIGN_IN)
    _usable(found, now)
    made = _as_member(work, found, now) if found.ref else _as_organiser(found, now)
    return SignedIn(made, signed.sign(work.settings.notify_signing_key, made), found.then or "")


def is_live(session_id: str, now: datetime) -> bool:
    """Whether a session still counts, by this store, which knows first."""
    return _live(session_id, now) is not None


def of(session_id: str, now: datetime) -> SignIn:
    """Whose session it is. Raises Expired where it counts no more."""
    found = _live(session_id, now)
    if found is None:
        raise Expired("You have been signed out. Sign in again.")
    return found


def member_behind(session_id: str, now: datetime) -> Member:
    """Whose of the staff it is. Raises Expired where it counts no more, or is no staff's."""
    found = member(of(session_id, now).member or "")
    if found is None:
        raise Expired("You have been signed out. Sign in again.")
    return found


def end(session_id: str, now: datetime) -> None:
    """Sign out, here and everywhere this cookie was copied to. Twice is as once."""
    found = session(session_id)
    if found is None or found.revoked_at or now >= found.expires_at:
        return
    entry = message("session.revoked.v1", session_id, {"session": session_id, "expires": found.expires_at.isoformat()}, now=now)
    rows_of(SignIn).update_one({"_id": session_id, "revoked_at": {"$exists": False}}, pending([entry], now) | {"$set": {"revoked_at": now}})


def end_all(_work: Work[Settings], member_id: str, now: datetime) -> None:
    """Every session that somebody of the staff has. The clock does it once more, for a sign-in that was under way."""
    for one in sessions_of(member_id, now):
        end(one.id, now)


def end_all_of_organiser(address_hash: str, now: datetime) -> None:
    """Every session of an organiser's address, in the same way."""
    ended = {"$set": {"signed_out_at": now, "sign_out_due": now}, "$setOnInsert": {"links_used_at": now}}
    rows_of(Organiser).update_one({"_id": address_hash}, ended, upsert=True)
    for one in sessions_of_organiser(address_hash, now):
        end(one.id, now)


def finish_ending(_work: Work[Settings], now: datetime) -> int:
    """Once more for everybody whose sessions were ended, a moment later."""
    due = members_due("sign_out_due", now - SURE_AFTER, AT_MOST)
    for found in due:
        for one in sessions_of(found.id, now):
            if found.state == rules.REMOVED or one.issued_at <= found.sign_out_due:
                end(one.id, now)
        rows_of(Member).update_one({"_id": found.id, "sign_out_due": found.sign_out_due}, {"$unset": {"sign_out_due": 1}})
    others = organisers_signing_out(now - SURE_AFTER, AT_MOST)
    for other in others:
        for one in sessions_of_organiser(other.id, now):
            if one.issued_at <= other.sign_out_due:
                end(one.id, now)
        rows_of(Organiser).update_one({"_id": other.id, "sign_out_due": other.sign_out_due}, {"$unset": {"sign_out_due": 1}})
    return len(due) + len(others)


_USED = "This link was used, or a newer one was. Ask for another: it takes a minute."
_RUN_OUT = "This link has run out. Ask for another: it takes a minute."


def _usable(found: Token, now: datetime) -> None:
    if now >= found.expires_at:
        raise Expired(_RUN_OUT)
    used_at = _staffs_last_use(found) if found.ref else _organisers_last_use(found, now)
    if used_at and used_at >= found.made_at:
        raise Expired(_USED)


def _staffs_last_use(found: Token) -> datetime | None:
    who = member(found.ref)
    if who is None or who.state not in rules.KNOWN:
        raise Expired("This link opens nothing any more. Ask whoever invited you.")
    at: datetime | None = who.links_used_at
    return at


def _organisers_last_use(found: Token, now: datetime) -> datetime | None:
    refused = suppression(NOT_ME, found.address_hash)
    if refused and now < refused.until and not organisers.refs_of(found.address_hash):
        raise Expired("You told us that this wasn’t you, so the link opens nothing any more.")
    who = organiser(found.address_hash)
    at: datetime | None = who.links_used_at if who else None
    return at


def _as_member(work: Work[Settings], found: Token, now: datetime) -> Session:
    """Of the staff; and an organiser too where the address is one, or where that is what the link was asked for."""
    unused = {"$or": [{"links_used_at": {"$exists": False}}, {"links_used_at": {"$lt": found.made_at}}]}
    # Not earlier than the link was made, by whichever clock: else it could be used again.
    used = {"$set": {"links_used_at": max(now, found.made_at), "state": rules.ACTIVE}, "$unset": {"unanswered_since": 1}}
    facts = {"_id": found.ref, "state": {"$in": list(rules.KNOWN)}, **unused}
    if rows_of(Member).update_one(facts, used).modified_count != 1 or (who := member(found.ref)) is None or not who.sealed:
        raise Expired(_USED)
    content = unseal(work.settings.notify_secret_key, who.sealed)
    sealed = boxes.seal_address(work, str(content["address"])) if rules.leads_to_groups(found.then or "") else None
    return _give(who, str(content["first_name"]), who.address_hash, _refs(who.address_hash, sealed, now), now)


def _as_organiser(found: Token, now: datetime) -> Session:
    """The first time the address gets a ref of its own."""
    if not _use(found, max(now, found.made_at)):
        raise Expired(_USED)
    request = sign_in_request(found.request)
    refs = _refs(found.address_hash, request.sealed if request else None, now)
    if not refs:
        raise Expired(_RUN_OUT)
    rows_of(SignInRequest).update_one({"_id": found.request}, {"$unset": {"sealed": 1}})
    return _give(None, "", found.address_hash, refs, now)


def _use(found: Token, at: datetime) -> bool:
    """Use up an organiser's link, and every earlier one. False where that was done, by this one or a newer."""
    try:
        rows_of(Organiser).insert_one({"_id": found.address_hash, "links_used_at": at})
    except DuplicateKeyError:
        unused = {"$or": [{"links_used_at": {"$exists": False}}, {"links_used_at": {"$lt": found.made_at}}]}
        update = {"$set": {"links_used_at": at}}
        return rows_of(Organiser).update_one({"_id": found.address_hash, **unused}, update).modified_count == 1
    return True


def _refs(address_hash: str, sealed: str | None, now: datetime) -> tuple[str, ...]:
    """Those that the address has, or where it has none a new one, if there is a box to make it of."""
    refs = organisers.refs_of(address_hash)
    if not refs:
        return (organisers.mint(address_hash, sealed, now),) if sealed else ()
    organisers.seen(refs, now)
    return refs


def _give(who: Member | None, first_name: str, address_hash: str, refs: tuple[str, ...], now: datetime) -> Session:
    """Its roles and refs are those of this moment; a change of roles from now on ends it."""
    roles, boroughs = (tuple(who.roles), tuple(who.boroughs)) if who else ((), ())
    made = Session(str(uuid.uuid4()), first_name, roles, boroughs, refs, now, now + signed.LASTS)
    whose = ({"member": who.id} if who else {}) | ({"organiser": address_hash} if refs else {})
    SignIn(id=made.id, **whose, issued_at=made.issued, expires_at=made.expires).save(force_insert=True)
    return made


def _live(session_id: str, now: datetime) -> SignIn | None:
    """Both of whom it is of must stand by it."""
    found = session(session_id)
    if found is None or found.revoked_at or now >= found.expires_at:
        return None
    if found.member and ((who := member(found.member)) is None or who.state != rules.ACTIVE or _ended(who.signed_out_at, found)):
        return None
    if found.organiser and (other := organiser(found.organiser)) and _ended(other.signed_out_at, found):
        return None
    return found


def _ended(signed_out_at: datetime | None, found: SignIn) -> bool:
    return signed_out_at is not None and found.issued_at <= signed_out_at
