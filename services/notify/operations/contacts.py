"""An address's life in notify, which alone decides between confirmed and expired, in one update.

Each verb is a conditional update holding the new state and the message that tells of it. What no longer applies is done.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from services.notify import mails, rules
from services.notify.operations import ledger
from services.notify.settings import Settings
from services.notify.store import (
    Contact,
    Suppression,
    Token,
    contact,
    contacts_due,
    promise,
    refs_of_address,
    rows_of,
    suppression_id,
    token,
)
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import Entry, first_messages, message, pending
from shared.messaging.work import Work
from shared.runtime.crash_points import reach
from shared.runtime.errors import Expired, NotFound, Poison
from shared.security.addresses import same_address
from shared.security.sealing import keyed_hash, unseal
from shared.security.tokens import hash_token, looks_like_token

CONFIRM, NOT_ME, STOP = "confirm", "not-me", "stop"
REPLACED, NOT_CONFIRMED = "replaced", "not-confirmed"
PERSONAL = tuple("sealed address_hash consents offered_at confirmed_at nudge_at nudge_due nudge_round expires_at forget_at".split())
AT_MOST = 200


@dataclass(frozen=True)
class Opened:
    """What a contact's box holds. Never stored, never logged."""

    address: str
    reference: str
    withdraw_token: str
    action: str
    nudge_at: datetime
    consents: list[str]


def open_box(work: Work[Settings], sealed: str) -> Opened:
    """Raises Poison when the box is not ours or lacks something."""
    content = unseal(work.settings.notify_secret_key, sealed)
    try:
        opened = Opened(
            address=str(content["address"]),
            reference=str(content["reference"]),
            withdraw_token=str(content["token"]),
            action=str(content["action"]),
            nudge_at=datetime.fromisoformat(content["nudge_at"]),
            consents=[str(item) for item in content["consents"]],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Poison(f"sealed box lacks something: {type(error).__name__}") from None
    if opened.nudge_at.tzinfo is None:
        raise Poison("sealed box has a time without a zone")
    return opened


# Offered


def offered(work: Work[Settings], envelope: Envelope, now: datetime) -> None:
    """Take an address in, say that we have it, plan its first mail. The same offer again changes nothing but is answered again."""
    ref, data = str(envelope.data["ref"]), envelope.data
    box = open_box(work, data["sealed"])
    if "replaces" in data:
        _replace(str(data["replaces"]), envelope, now)
    answer = message("contact.received.v1", ref, {"ref": ref, "message_id": envelope.id}, now=now)
    new = Contact(
        id=ref,
        kind=data["kind"],
        state=rules.OFFERED,
        sealed=data["sealed"],
        address_hash=keyed_hash(work.settings.notify_key, "address", same_address(box.address)),
        offer_id=envelope.id,
        offered_at=envelope.time,
        consents=[{"id": consent, "given_at": envelope.time} for consent in box.consents],
        nudge_at=box.nudge_at,
        **first_messages([answer], now),
    )
    try:
        new.save(force_insert=True)
    except NotUniqueError:  # offered again: its owner has not heard our answer
        rows_of(Contact).update_one({"_id": ref}, pending([answer], now))
    reach("offer.after-insert")
    ledger.plan(work, ref, mails.CONFIRM, envelope.id, due_at=envelope.time, correlation=envelope.correlation_id)


def _replace(old_ref: str, envelope: Envelope, now: datetime) -> None:
    """The address was mistyped: forget it, even where its own offer is still on its way, or its owner has said yes meanwhile."""
    forgotten = {"state": rules.FORGOTTEN, "reason": REPLACED, "ended_at": now}
    live = {"_id": old_ref, "state": {"$in": [rules.OFFERED, rules.CONFIRMED]}}
    try:
        Contact(id=old_ref, kind=envelope.data["kind"], **forgotten).save(force_insert=True)
    except NotUniqueError:
        rows_of(Contact).update_one(live, {"$set": forgotten, "$unset": dict.fromkeys(PERSONAL, 1)})


def asked_again(work: Work[Settings], envelope: Envelope) -> None:
    """Plan the confirm mail once more; whether it may go is decided when it would."""
    ref = str(envelope.data["ref"])
    ledger.plan(work, ref, mails.CONFIRM, envelope.id, due_at=envelope.time, correlation=envelope.correlation_id)


def first_mail_went(ref: str, now: datetime) -> None:
    """The week to confirm begins with the first mail that was handed over."""
    rows_of(Contact).update_one(
        {"_id": ref, "state": rules.OFFERED, "expires_at": {"$exists": False}}, {"$set": {"expires_at": now + rules.CONFIRM_WITHIN}}
    )


def first_mail_never_goes(ref: str, reason: str, now: datetime) -> None:
    """No mail can reach it, or none may: it expires at once, unless an earlier mail went and may still be answered."""
    _leave(ref, rules.OFFERED, rules.EXPIRED, reason, now, {"expires_at": {"$exists": False}})


# Links


def behind(text: str, kind: str) -> Token:
    """The token of a mailed link. Raises NotFound for one that is not ours, or opens something else."""
    found = token(hash_token(text), kind) if looks_like_token(text) else None
    if found is None:
        raise NotFound("This link is not one of ours, or part of it is missing. Copy the whole link from our mail.")
    return found


def confirm(work: Work[Settings], text: str, now: datetime) -> Contact:
    """The owner of the address says yes. Twice is as once. Raises NotFound, Expired."""
    ref = behind(text, CONFIRM).ref
    found = contact(ref)
    if found and found.state == rules.OFFERED and promise(work.db, ref).get("state") != rules.WITHDRAWN:
        due = rules.nudge_due(found.nudge_at, now)
        entry = message("contact.confirmed.v1", ref, {"ref": ref, "reason": "confirmed"}, now=now)
        changes = {"state": rules.CONFIRMED, "confirmed_at": now, "nudge_due": due, "forget_at": due + rules.FORGET_AFTER_NUDGE}
        _change(ref, {"state": rules.OFFERED}, changes, ("expires_at",), [entry], now)
        reach("confirm.after-update")
        found = contact(ref)
    if found is None or found.state != rules.CONFIRMED:
        raise Expired("This link has run out. Your pledge still counts.")
    return found


def not_me(work: Work[Settings], text: str, now: datetime) -> None:
    """Somebody else typed this address: forget it, wherever it stands, and send it nothing for 90 days. Raises NotFound."""
    address_hash = behind(text, NOT_ME).address_hash
    _suppress(NOT_ME, address_hash, now, now + rules.NOT_ME_LASTS)
    for ref in refs_of_address(address_hash, rules.OFFERED):
        _leave(ref, rules.OFFERED, rules.EXPIRED, NOT_ME, now)
    for ref in refs_of_address(address_hash, rules.CONFIRMED):
        _leave(ref, rules.CONFIRMED, rules.SUPPRESSED, NOT_ME, now)


def stop(work: Work[Settings], text: str, now: datetime) -> None:
    """No more mails of this kind to this address, from every pledge it confirmed before. Repeatable for ever. Raises NotFound."""
    found = behind(text, STOP)
    _suppress(found.purpose, found.address_hash, now, None)
    for ref in refs_of_address(found.address_hash, rules.CONFIRMED):
        _leave(ref, rules.CONFIRMED, rules.SUPPRESSED, STOP, now, {"confirmed_at": {"$lte": now}})


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
    """90 days after its nudge a confirmed address goes by itself; its pledge drops the tie by its own clock."""
    return sum(
        _change(
            found.id,
            {"state": rules.CONFIRMED, "forget_at": {"$lte": now}},
            {"state": rules.FORGOTTEN, "ended_at": now},
            PERSONAL,
            [],
            now,
        )
        for found in contacts_due("forget_at", now, AT_MOST)
    )


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
