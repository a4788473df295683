"""Signing in by a mailed link, being signed in, and the end of it.

A link is used up by one conditional update of its member, which uses up every earlier link of theirs as well. A session ends
early in its own document, with the message that tells the other services; here its member is asked too, so that nothing
has to be heard first.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.operations import ledger
from services.notify.operations.contacts import behind
from services.notify.settings import Settings
from services.notify.store import Member, SignInRequest, StaffSession, Token, rows_of
from services.notify.store.staff import member, members_due, session, sessions_of
from shared.messaging.outbox import message, pending
from shared.messaging.work import Work
from shared.runtime.errors import Expired
from shared.security import sessions as signed
from shared.security.addresses import same_address
from shared.security.sealing import keyed_hash, unseal
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
    id_, hashed = str(uuid.uuid4()), keyed_hash(work.settings.notify_key, "address", same_address(address))
    rows_of(SignInRequest).insert_one({"_id": id_, "address_hash": hashed, "then": then, "asked_at": now})
    ledger.plan(work, id_, mails.SIGN_IN, cause_of(id_), due_at=now)


def cause_of(request_id: str) -> str:
    return f"{SIGN_IN}:{request_id}"


def make_link(work: Work[Settings], member_id: str, lasts: timedelta, now: datetime, then: str = "") -> str:
    """A fresh link, whole; only its hash is kept."""
    text = new_token()
    row = {"_id": hash_token(text), "kind": SIGN_IN, "ref": member_id, "then": then, "made_at": now, "expires_at": now + lasts}
    rows_of(Token).insert_one(row)
    return f"{work.settings.public_url}/{SIGN_IN}/{text}"


def look_at_link(text: str, now: datetime) -> None:
    """Whether a link would sign somebody in now. Raises NotFound, Expired."""
    _usable(behind(text, SIGN_IN), now)


def sign_in(work: Work[Settings], text: str, now: datetime) -> SignedIn:
    """Use the link up, and give a session. Raises NotFound, Expired."""
    found = behind(text, SIGN_IN)
    _usable(found, now)
    unused = {"$or": [{"links_used_at": {"$exists": False}}, {"links_used_at": {"$lt": found.made_at}}]}
    # Not earlier than the link was made, by whichever clock: else it could be used again.
    used = {"$set": {"links_used_at": max(now, found.made_at), "state": rules.ACTIVE}, "$unset": {"unanswered_since": 1}}
    facts = {"_id": found.ref, "state": {"$in": list(rules.KNOWN)}, **unused}
    if rows_of(Member).update_one(facts, used).modified_count != 1 or (who := member(found.ref)) is None or not who.sealed:
        raise Expired(_USED)
    made = _give(work, who, now)
    return SignedIn(made, signed.sign(work.settings.notify_signing_key, made), found.then or "")


def is_live(session_id: str, now: datetime) -> bool:
    """Whether a session still counts, by this store, which knows first."""
    return _member_behind(session_id, now) is not None


def member_behind(session_id: str, now: datetime) -> Member:
    """Whose session it is. Raises Expired where it counts no more."""
    found = _member_behind(session_id, now)
    if found is None:
        raise Expired("You have been signed out. Sign in again.")
    return found


def end(session_id: str, now: datetime) -> None:
    """Sign out, here and everywhere this cookie was copied to. Twice is as once."""
    found = session(session_id)
    if found is None or found.revoked_at or now >= found.expires_at:
        return
    entry = message("session.revoked.v1", session_id, {"session": session_id, "expires": found.expires_at.isoformat()}, now=now)
    rows_of(StaffSession).update_one(
        {"_id": session_id, "revoked_at": {"$exists": False}}, pending([entry], now) | {"$set": {"revoked_at": now}}
    )


def end_all(_work: Work[Settings], member_id: str, now: datetime) -> None:
    """Every session that somebody has. The clock does it once more, for a sign-in that was under way."""
    for one in sessions_of(member_id, now):
        end(one.id, now)


def finish_ending(work: Work[Settings], now: datetime) -> int:
    """Once more for everybody whose sessions were ended, a moment later."""
    due = members_due("sign_out_due", now - SURE_AFTER, AT_MOST)
    for found in due:
        for one in sessions_of(found.id, now):
            if found.state == rules.REMOVED or one.issued_at <= found.sign_out_due:
                end(one.id, now)
        rows_of(Member).update_one({"_id": found.id, "sign_out_due": found.sign_out_due}, {"$unset": {"sign_out_due": 1}})
    return len(due)


_USED = "This link was used, or a newer one was. Ask for another: it takes a minute."


def _usable(found: Token, now: datetime) -> None:
    if now >= found.expires_at:
        raise Expired("This link has run out. Ask for another: it takes a minute.")
    who = member(found.ref)
    if who is None or who.state not in rules.KNOWN:
        raise Expired("This link opens nothing any more. Ask whoever invited you.")
    if who.links_used_at and who.links_used_at >= found.made_at:
        raise Expired(_USED)


def _give(work: Work[Settings], who: Member, now: datetime) -> Session:
    """Its roles are those of this moment; a change from now on ends it. An organiser's refs come with groups."""
    first_name = str(unseal(work.settings.notify_secret_key, who.sealed)["first_name"])
    made = Session(str(uuid.uuid4()), first_name, tuple(who.roles), tuple(who.boroughs), (), now, now + signed.LASTS)
    StaffSession(id=made.id, member=who.id, issued_at=made.issued, expires_at=made.expires).save(force_insert=True)
    return made


def _member_behind(session_id: str, now: datetime) -> Member | None:
    found = session(session_id)
    if found is None or found.revoked_at or now >= found.expires_at:
        return None
    who = member(found.member)
    if who is None or who.state != rules.ACTIVE or (who.signed_out_at and found.issued_at <= who.signed_out_at):
        return None
    return who
