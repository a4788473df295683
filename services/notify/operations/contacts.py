"""An address's life in notify, which alone decides between confirmed and expired, in one update.

Each verb is a conditional update holding the new state and the message that tells of it. What no longer applies is done.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from services.notify import mails, rules
from services.notify.operations import boxes, evenings, ledger, nudges, places
from services.notify.settings import Settings
from services.notify.store import (
    Contact,
    Organiser,
    SignInRequest,
    Suppression,
    Token,
    contact,
    contacts_due,
    promise,
    refs_of_address,
    rows_of,
    suppression,
    suppression_id,
    token,
)
from services.notify.store.erasures import is_erased
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import Entry, first_messages, message, pending
from shared.messaging.work import Work
from shared.privacy import retention
from shared.reference.consents import EVENING_BEFORE
from shared.runtime.crash_points import reach
from shared.runtime.errors import Expired, NotFound
from shared.security.tokens import hash_token, looks_like_token, new_token

CONFIRM, NOT_ME, STOP, NOT_NOW = "confirm", rules.NOT_ME, "stop", rules.NOT_NOW
REPLACED, NOT_CONFIRMED, LONG_UNUSED, ERASED = "replaced", "not-confirmed", "long-unused", "erased"
OWNERS = ("pledge", "events")  # who may hold something under a ref
ERASING = ("erasing", "erasing_of", "erasing_since")
_OF_A_PLACE = ("sign_up", "event", "slot", "outcome", "position", "told_edition", "unreachable", "evening_due")
PERSONAL = (
    *"sealed address_hash consents offered_at confirmed_at nudge_at nudge_due nudge_round nudge_moved expires_at forget_at".split(),
    *_OF_A_PLACE,
)
AT_MOST = 200


# Offered


def offered(work: Work[Settings], envelope: Envelope, now: datetime) -> None:
    """Take an address in, say that we have it, plan its first mail. The same offer again changes nothing but is answered again."""
    ref, data = str(envelope.data["ref"]), envelope.data
    address, more = _read(work, envelope)
    if "replaces" in data:
        _replace(str(data["replaces"]), envelope, now)
    answer = message("contact.received.v1", ref, {"ref": ref, "message_id": envelope.id}, now=now)
    address_hash = boxes.hash_of(work, address)
    if is_erased(address_hash, envelope.time):
        return _refuse(work, envelope, address_hash, now)
    new = Contact(
        id=ref,
        kind=data["kind"],
        sealed=data["sealed"],
        address_hash=address_hash,
        offer_id=envelope.id,
        offered_at=envelope.time,
        **more,
        **first_messages([answer], now),
    )
    try:
        new.save(force_insert=True)
    except NotUniqueError:  # offered again: its owner has not heard our answer
        rows_of(Contact).update_one({"_id": ref}, pending([answer], now))
    reach("offer.after-insert")
    _plan_first_mail(work, envelope)
    if data["kind"] == rules.PLACE:
        places.arrived(work, ref)
    return None


def _plan_first_mail(work: Work[Settings], envelope: Envelope) -> None:
    data = envelope.data
    template = places.first_mail(data.get("outcome")) if data["kind"] == rules.PLACE else mails.first_mail(data["kind"])
    ledger.plan(work, str(data["ref"]), template, envelope.id, due_at=envelope.time, correlation=envelope.correlation_id)


def _refuse(work: Work[Settings], envelope: Envelope, address_hash: str, now: datetime) -> None:
    """Its owner wanted everything gone that was given until later than this: nothing is kept, and whoever offers it is asked to erase it.

    The row stands for the ref, so that no mail to it ever goes; the one that is planned says so in the ledger.
    """
    ref = str(envelope.data["ref"])
    gone = {"state": rules.FORGOTTEN, "reason": ERASED, "ended_at": now, "offer_id": envelope.id}
    with suppress(NotUniqueError):
        Contact(id=ref, kind=envelope.data["kind"], **gone).save(force_insert=True)
    if not erase(ref, address_hash, now):
        ask_to_erase(ref, now, address_hash)
    _plan_first_mail(work, envelope)


def _read(work: Work[Settings], envelope: Envelope) -> tuple[str, dict[str, Any]]:
    """The address, and what else a contact of this kind is made of. Raises Poison where the box lacks something."""
    kind, sealed, given_at = envelope.data["kind"], envelope.data["sealed"], envelope.time
    if kind == rules.PLACE:
        return places.facts(work, envelope)
    if kind == rules.ORGANISER:
        return boxes.open_asked(work, sealed).address, {"state": rules.OFFERED, "made_at": given_at}
    box = boxes.open_box(work, sealed)
    consents = [{"id": consent, "given_at": given_at} for consent in box.consents]
    return box.address, {"state": rules.OFFERED, "consents": consents, "nudge_at": box.nudge_at}


def _replace(old_ref: str, envelope: Envelope, now: datetime) -> None:
    """The address was mistyped: forget it, even where its own offer is still on its way, or its owner has said yes meanwhile."""
    forgotten = {"state": rules.FORGOTTEN, "reason": REPLACED, "ended_at": now}
    live = {"_id": old_ref, "state": {"$in": [rules.OFFERED, rules.CONFIRMED, rules.SERVING]}}
    try:
        Contact(id=old_ref, kind=envelope.data["kind"], **forgotten).save(force_insert=True)
    except NotUniqueError:
        rows_of(Contact).update_one(live, {"$set": forgotten, "$unset": dict.fromkeys(PERSONAL, 1)})


def given_at(row: Mapping[str, Any]) -> datetime:
    """When an address came: an organiser's own, at their first sign-in."""
    at: datetime = row.get("offered_at") or row["made_at"]
    return at


def erase(ref: str, address_hash: str, now: datetime) -> bool:
    """Forget a contact, and ask whoever has its ref to do the same. False where it had ended."""
    live = {"state": {"$in": [rules.OFFERED, rules.CONFIRMED, rules.SERVING]}}
    changes = {"state": rules.FORGOTTEN, "reason": ERASED, "ended_at": now, **_asking(now, address_hash)}
    return _change(ref, live, changes, PERSONAL, [_erasure_of(ref, now)], now)


def ask_to_erase(ref: str, now: datetime, address_hash: str = "") -> bool:
    """Ask once more about one that is erased. `address_hash`: where its owner may be waiting to see it done."""
    return _change(ref, {"reason": ERASED}, _asking(now, address_hash), (), [_erasure_of(ref, now)], now)


def _asking(now: datetime, address_hash: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"erasing": list(OWNERS), "erasing_since": now}
    return asked | ({"erasing_of": address_hash} if address_hash else {})


def _erasure_of(ref: str, now: datetime) -> Entry:
    return message("erasure.asked.v1", ref, {"ref": ref}, now=now)


def asked_again(work: Work[Settings], envelope: Envelope) -> None:
    """Plan the first mail once more, or what is so of a place now; whether it may go is decided when it would."""
    ref = str(envelope.data["ref"])
    found = contact(ref)
    if found and found.state == rules.SERVING:
        template = places.current_mail(work, found)
    else:
        template = mails.first_mail(found.kind if found else rules.PLEDGE)
    ledger.plan(work, ref, template, envelope.id, due_at=envelope.time, correlation=envelope.correlation_id)


def first_mail_went(ref: str, now: datetime) -> None:
    """The week to confirm begins with the first mail that was handed over."""
    rows_of(Contact).update_one(
        {"_id": ref, "state": rules.OFFERED, "expires_at": {"$exists": False}}, {"$set": {"expires_at": now + retention.UNCONFIRMED.lasts}}
    )


def first_mail_never_goes(ref: str, reason: str, now: datetime) -> None:
    """No mail can reach it, or none may: it expires at once, unless an earlier mail went and may still be answered."""
    _leave(ref, rules.OFFERED, rules.EXPIRED, reason, now, {"expires_at": {"$exists": False}})


# Links


def new_link(work: Work[Settings], kind: str, facts: dict[str, Any], now: datetime) -> str:
    """A fresh link for a mail, whole; only its hash is kept, with what it opens."""
    text = new_token()
    rows_of(Token).insert_one({"_id": hash_token(text), "kind": kind, **facts, "made_at": now})
    return f"{work.settings.public_url}/{kind}/{text}"


def behind(text: str, kind: str) -> Token:
    """The token of a mailed link. Raises NotFound for one that is not ours, or opens something else."""
    found = token(hash_token(text), kind) if looks_like_token(text) else None
    if found is None:
        raise NotFound("This link is not one of ours, or part of it is missing. Copy the whole link from our mail.")
    return found


def confirm(work: Work[Settings], text: str, now: datetime) -> Contact:
    """The owner of the address says yes; of a place, to the mail of the evening before. Twice is as once. Raises NotFound, Expired."""
    ref = behind(text, CONFIRM).ref
    found = contact(ref)
    if found and found.state == rules.SERVING:
        evenings.confirm(work, found, now)
        return found
    if found and found.state == rules.OFFERED and promise(work.db, ref).get("state") != rules.WITHDRAWN:
        entry = message("contact.confirmed.v1", ref, {"ref": ref, "reason": "confirmed"}, now=now)
        changes = {"state": rules.CONFIRMED, "confirmed_at": now, **_next(found, now)}
        _change(ref, {"state": rules.OFFERED}, changes, ("expires_at",), [entry], now)
        reach("confirm.after-update")
        found = contact(ref)
    if found is None or found.state != rules.CONFIRMED:
        raise Expired("This link has run out.")
    return found


def _next(found: Contact, now: datetime) -> dict[str, datetime]:
    """What comes after the yes, and when the address goes by itself."""
    if found.kind == rules.ORGANISER:
        return {"forget_at": now + retention.ORGANISER.lasts}
    due = rules.nudge_due(found.nudge_at, now)
    return {"nudge_due": due, "forget_at": due + retention.AFTER_NUDGE.lasts}


def not_me(work: Work[Settings], text: str, now: datetime) -> None:
    """Somebody else typed this address: forget it, wherever it stands, and send it nothing for 90 days. Raises NotFound.

    Who runs a group with it signed in with it; so that ends by a mail about groups alone, never by one about a stranger's pledge.
    """
    found = behind(text, NOT_ME)
    address_hash = found.address_hash
    _suppress(NOT_ME, address_hash, now, now + retention.NOT_ME.lasts)
    for ref in refs_of_address(address_hash, rules.OFFERED, rules.KINDS):
        _leave(ref, rules.OFFERED, rules.EXPIRED, NOT_ME, now)
    for ref in refs_of_address(address_hash, rules.SERVING, (rules.PLACE,)):
        not_theirs(ref, now)
    for ref in refs_of_address(address_hash, rules.CONFIRMED, kinds_that_end(found)):
        _leave(ref, rules.CONFIRMED, rules.SUPPRESSED, NOT_ME, now)
    if found.purpose == rules.ORGANISER:
        rows_of(SignInRequest).update_many({"address_hash": address_hash}, {"$unset": {"sealed": 1}})
        rows_of(Organiser).update_one({"_id": address_hash}, {"$set": {"signed_out_at": now, "sign_out_due": now}})


def not_theirs(ref: str, now: datetime) -> None:
    """A place was asked for with the address of somebody who wants none of it: they are forgotten, and it goes to the next."""
    _leave(ref, rules.SERVING, rules.SUPPRESSED, NOT_ME, now)


def kinds_that_end(link: Token) -> tuple[str, ...]:
    """What somebody had said yes to that ends with "this wasn't me", by the mail that it was pressed in."""
    return rules.KINDS if link.purpose == rules.ORGANISER else (rules.PLEDGE,)


def stop(work: Work[Settings], text: str, now: datetime) -> None:
    """No more mails of this kind to this address, by every yes of before. Repeatable for ever. Raises NotFound.

    With the last nudge the address of a pledge goes; that of a place has more to do than the mail of the evening before.
    """
    found = behind(text, STOP)
    stop_purpose(found.purpose, found.address_hash, now)


def stop_purpose(purpose: str, address_hash: str, now: datetime) -> None:
    """The same, for whoever has shown by another link that the address is theirs."""
    _suppress(purpose, address_hash, now, None)
    if purpose == EVENING_BEFORE:
        evenings.stop(refs_of_address(address_hash, rules.SERVING, (rules.PLACE,)))
        return
    for ref in refs_of_address(address_hash, rules.CONFIRMED, (rules.PLEDGE,)):
        _leave(ref, rules.CONFIRMED, rules.SUPPRESSED, STOP, now, {"confirmed_at": {"$lte": now}})


def take_back(found: Contact, now: datetime) -> None:
    """A yes, of one pledge alone: its address is forgotten, confirmed or not. Twice is as once."""
    _leave(found.id, rules.OFFERED, rules.EXPIRED, STOP, now)
    _leave(found.id, rules.CONFIRMED, rules.SUPPRESSED, STOP, now)


def rest(text: str, now: datetime) -> None:
    """Not now: two weeks without mails that were asked for before. Pressed again in that time it is as once. Raises NotFound."""
    found = behind(text, NOT_NOW)
    if rest_of(found.address_hash, now) is None:
        _suppress(NOT_NOW, found.address_hash, now, rules.rest_ends(now))


def rest_of(address_hash: str, now: datetime) -> rules.Rest | None:
    """The rest that an address has just now."""
    mark = suppression(NOT_NOW, address_hash)
    return rules.Rest(mark.at, mark.until) if mark and now < mark.until else None


def start_again(text: str, now: datetime) -> None:
    """The rest ends at once: nudges that were moved to its end come at the next nine in the morning. Raises NotFound."""
    hashed = behind(text, NOT_NOW).address_hash
    if (resting := rest_of(hashed, now)) is None:
        return
    rows_of(Suppression).delete_one({"_id": suppression_id(NOT_NOW, hashed)})
    for ref in refs_of_address(hashed, rules.CONFIRMED, (rules.PLEDGE,)):
        nudges.bring_back(ref, resting.until, now)


def _suppress(purpose: str, address_hash: str, now: datetime, until: datetime | None) -> None:
    changes: dict[str, Any] = {"$set": {"at": now} | ({"until": until} if until else {})}
    rows_of(Suppression).update_one({"_id": suppression_id(purpose, address_hash)}, changes, upsert=True)


# Time


def expire(_work: Work[Settings], now: datetime) -> int:
    """A week after the first mail nobody has said yes: the address goes."""
    return sum(
        _leave(found.id, rules.OFFERED, rules.EXPIRED, NOT_CONFIRMED, now, {"expires_at": {"$lte": now}})
        for found in contacts_due("expires_at", now, AT_MOST)
    )


def forget_old(_work: Work[Settings], now: datetime) -> int:
    """A confirmed address goes by itself, 90 days after its nudge, and a place's a week after the slot; whoever gave it drops the tie by
    its own clock.

    An organiser's goes when nobody has signed in with it for a long time, and its groups are told.
    """
    due = {"forget_at": {"$lte": now}}
    count = 0
    for found in contacts_due("forget_at", now, AT_MOST):
        if found.kind == rules.ORGANISER:
            count += _leave(found.id, rules.CONFIRMED, rules.EXPIRED, LONG_UNUSED, now, due)
        else:
            before = rules.SERVING if found.kind == rules.PLACE else rules.CONFIRMED
            facts, changes = {"state": before, **due}, {"state": rules.FORGOTTEN, "ended_at": now}
            count += _change(found.id, facts, changes, PERSONAL, [], now)
    return count


_TOLD = {rules.EXPIRED: "contact.expired.v1", rules.SUPPRESSED: "contact.suppressed.v1"}


def _leave(ref: str, before: str, after: str, reason: str, now: datetime, also: dict[str, Any] | None = None) -> bool:
    """Move on from `before`, forget everything that leads to the person, and tell the owner of the ref."""
    entry = message(_TOLD[after], ref, {"ref": ref, "reason": reason}, now=now)
    changes = {"state": after, "reason": reason, "ended_at": now}
    return _change(ref, {"state": before, **(also or {})}, changes, PERSONAL, [entry], now)


def _change(
    ref: str, facts: dict[str, Any], changes: dict[str, Any], forget_: tuple[str, ...], entries: list[Entry], now: datetime
) -> bool:
    update = pending(entries, now) | {"$set": changes, "$unset": dict.fromkeys(forget_, 1)}
    return rows_of(Contact).update_one({"_id": ref, **facts}, update).modified_count == 1
