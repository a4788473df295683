"""A pledge's life: made, tied to an address for a nudge, answered, postponed, withdrawn.

Each verb is one conditional update that holds both the new state and the messages that tell of it. When the condition no
longer holds, somebody was quicker: the pledge is read again and the verb decides anew.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from mongoengine.errors import NotUniqueError

from services.pledge import rules
from services.pledge.settings import Settings
from services.pledge.store import Pledge, by_id, by_key, by_reference, by_withdraw_hash, pledges
from shared.messaging import handover
from shared.messaging.outbox import Entry, change_if, first_messages, message
from shared.messaging.watch import STORED
from shared.messaging.work import Work
from shared.privacy import retention
from shared.reference.actions import ever
from shared.runtime.clock import iso_week
from shared.runtime.crash_points import reach
from shared.runtime.errors import Conflict, KeyReused, NotFound
from shared.security.references import new_reference
from shared.security.sealing import keyed_hash, seal
from shared.security.tokens import hash_token, new_token

TRIES = 5


@dataclass(frozen=True)
class Promise:
    """What somebody pledges, already checked: codes of our own tables. `poster`: a code, or None."""

    action: str
    area: str
    channel: str
    poster: str | None = None


@dataclass(frozen=True)
class Nudge:
    """An address, the time it is for, and the consent's id. Only ever sealed, never stored in clear."""

    address: str
    choice: str
    consent: str


def make(work: Work[Settings], promise: Promise, *, now: datetime, key: str | None = None, nudge: Nudge | None = None) -> Pledge:
    """Store a pledge that counts at once; with `nudge` it also offers the address to notify.

    A repeated `key` gives the pledge that the first one made. Raises KeyReused when it came with something else.
    """
    digest = _digest(work, promise, nudge) if key else None
    if key and (found := by_key(key)):
        return _same(found, digest)
    for _ in range(TRIES):
        pledge = _new_pledge(work, promise, nudge, now, key, digest)
        reach("accept.before-insert")
        try:
            pledge.save(force_insert=True)
        except NotUniqueError:  # the key came twice at once, or a reference was taken: one chance in thousands of millions
            if key and (found := by_key(key)):
                return _same(found, digest)
            continue
        reach("accept.after-insert")
        work.watch.mark_each(
            STORED, [(entry["id"], {"pledge": pledge.id, "type": entry["type"], "action": pledge.action}) for entry in pledge.outbox]
        )
        return pledge
    raise Conflict("No free reference was found. Please try again.")


def _same(found: Pledge, digest: str | None) -> Pledge:
    if found.key_digest != digest:
        raise KeyReused
    return found


def _digest(work: Work[Settings], promise: Promise, nudge: Nudge | None) -> str:
    body = orjson.dumps([asdict(promise), asdict(nudge) if nudge else None], option=orjson.OPT_SORT_KEYS).decode()
    return keyed_hash(work.settings.pledge_key, "form", body)


def _new_pledge(work: Work[Settings], promise: Promise, nudge: Nudge | None, now: datetime, key: str | None, digest: str | None) -> Pledge:
    found = ever(promise.action)
    if found is None:
        raise NotFound("There is no such action.")
    pledge = Pledge(
        id=str(uuid.uuid4()),
        reference=new_reference(),
        action=promise.action,
        theme=found.theme,
        area=promise.area,
        channel=promise.channel,
        week=iso_week(now),
        made_at=now,
        state=rules.ANONYMOUS,
        key=key,
        key_digest=digest,
    )
    entries = [message("pledge.made.v1", pledge.id, facts(pledge, rules.made()), now=now)]
    if promise.poster:
        used = {"code": promise.poster, "week": pledge.week, "deltas": {"poster": 1}}
        entries.append(message("poster.used.v1", promise.poster, used, now=now))
    if nudge:
        tie = _tie(work, pledge, nudge, now)
        for field, value in tie.fields.items():
            setattr(pledge, field, value)
        entries.append(tie.entry)
    for field, value in first_messages(entries, now).items():
        setattr(pledge, field, value)
    return pledge


def facts(pledge: Pledge, deltas: Mapping[str, int]) -> dict[str, Any]:
    """What every message about a pledge says: its codes, its own week, and what it changes in the counters."""
    return {
        "action": pledge.action,
        "theme": pledge.theme,
        "area": pledge.area,
        "week": pledge.week,
        "channel": pledge.channel,
        "deltas": dict(deltas),
    }


# The nudge


@dataclass(frozen=True)
class Tie:
    """The tie between a pledge and an address: the fields that hold it, and the offer that carries it to notify."""

    fields: dict[str, Any]
    entry: Entry


def _tie(work: Work[Settings], pledge: Pledge, nudge: Nudge, now: datetime) -> Tie:
    ref, token = str(uuid.uuid4()), new_token()
    nudge_at = rules.nudge_time(nudge.choice, now)
    sealed = seal(
        work.settings.notify_public_key,
        {
            "address": nudge.address,
            "reference": pledge.reference,
            "token": token,
            "consents": [nudge.consent],
            "action": pledge.action,
            "nudge_at": nudge_at.isoformat(),
        },
    )
    offered = {"ref": ref, "kind": "pledge", "sealed": sealed} | ({"replaces": pledge.ref} if pledge.ref else {})
    entry = message("contact.offered.v1", ref, offered, now=now)
    fields = {
        "state": rules.UNCONFIRMED,
        "ref": ref,
        "withdraw_hash": hash_token(token),
        "nudge_choice": nudge.choice,
        "nudge_at": nudge_at,
        "offer": handover.kept(entry, now),
    }
    return Tie(fields, entry)


def ask_for_nudge(work: Work[Settings], reference: str, nudge: Nudge, *, now: datetime, key: str | None = None) -> Pledge:
    """Tie an address to an anonymous pledge, or correct the address of an unconfirmed one.

    A confirmed pledge stays as it is. The same `key` with the same words again changes nothing; with another address it is a
    correction, for a page gone back to keeps its key. Raises NotFound, Conflict.
    """
    asked = keyed_hash(work.settings.pledge_key, "nudge", orjson.dumps([key, asdict(nudge)]).decode()) if key else None

    def decide(pledge: Pledge) -> Move | None:
        if pledge.state == rules.CONFIRMED or (asked and pledge.nudge_key == asked):
            return None
        if pledge.state not in (rules.ANONYMOUS, rules.UNCONFIRMED):
            raise Conflict("This pledge was taken back, so there is nothing to nudge about. You can always make another.")
        tie = _tie(work, pledge, nudge, now)
        changes = {**tie.fields, "nudge_key": asked, "nudge_asked_at": now if asked else None}
        return Move({"state": pledge.state, "ref": pledge.ref}, changes, (), [tie.entry])

    return move(work, lambda: by_reference(reference), decide, now)


def send_again(work: Work[Settings], reference: str, *, now: datetime) -> Pledge:
    """Ask notify to send the confirm mail once more; nothing where there is none to send."""

    def decide(pledge: Pledge) -> Move | None:
        if pledge.state != rules.UNCONFIRMED:
            return None
        entry = message("contact.again.v1", pledge.ref, {"ref": pledge.ref}, now=now)
        return Move({"state": pledge.state, "ref": pledge.ref}, {}, (), [entry])

    return move(work, lambda: by_reference(reference), decide, now)


# How it went


def answer(work: Work[Settings], reference: str, new: str, *, now: datetime) -> Pledge:
    """Yes or partly. The newest answer counts, a former one no longer does. Raises NotFound, Conflict."""

    def decide(pledge: Pledge) -> Move | None:
        if pledge.state not in rules.LIVE:
            raise Conflict("This pledge was taken back. You can always make another.")
        if pledge.answer == new:
            return None
        body = facts(pledge, rules.answered(new, pledge.answer)) | {"answer": new} | _ref(pledge)
        entry = message("pledge.kept.v1", pledge.id, body, now=now)
        return Move({"state": pledge.state, "answer": pledge.answer}, {"answer": new}, (), [entry])

    return move(work, lambda: by_reference(reference), decide, now)


def postpone(work: Work[Settings], reference: str, *, now: datetime) -> tuple[Pledge, bool]:
    """Not yet: nudge me next week. Twice at most, and only where there is an address: else nothing is stored, and it says so."""
    moved = False

    def decide(pledge: Pledge) -> Move | None:
        nonlocal moved
        former = pledge.postponements or 0
        moved = bool(pledge.ref) and rules.may_postpone(pledge.state, former)
        if not moved:
            return None
        nudge_at = rules.nudge_time(rules.NEXT_WEEK, now)
        body = facts(pledge, {}) | {"nudge_at": nudge_at.isoformat()} | _ref(pledge)
        entry = message("pledge.postponed.v1", pledge.id, body, now=now)
        changes = {"postponements": former + 1, "nudge_at": nudge_at, "drop_ref_at": nudge_at + retention.AFTER_NUDGE.lasts}
        return Move({"state": pledge.state, "postponements": pledge.postponements}, changes, (), [entry])

    return move(work, lambda: by_reference(reference), decide, now), moved


def withdraw(work: Work[Settings], reference: str, *, now: datetime) -> Pledge:
    """Changed my mind: the pledge no longer counts and its mails stop. Twice is as once. Raises NotFound."""
    return move(work, lambda: by_reference(reference), lambda pledge: _withdrawal(pledge, now), now)


def withdraw_by_token(work: Work[Settings], token: str, *, now: datetime) -> Pledge:
    """The same by the mailed link. Raises NotFound when the link is no longer good."""
    pledge = with_token(token)
    return move(work, lambda: by_id(pledge.id), lambda found: _withdrawal(found, now), now)


def with_token(token: str) -> Pledge:
    pledge = by_withdraw_hash(hash_token(token))
    if pledge is None:
        raise NotFound("This link is no longer good.")
    return pledge


def _withdrawal(pledge: Pledge, now: datetime) -> "Move | None":
    if pledge.state not in rules.LIVE:
        return None
    body = facts(pledge, rules.withdrawn(pledge.state, pledge.answer)) | _ref(pledge)
    entry = message("pledge.withdrawn.v1", pledge.id, body, now=now)
    return Move({"state": pledge.state, "answer": pledge.answer}, {"state": rules.WITHDRAWN}, (*NUDGE_FIELDS, "offer"), [entry])


def _ref(pledge: Pledge) -> dict[str, str]:
    return {"ref": pledge.ref} if pledge.ref else {}


# One conditional update


NUDGE_FIELDS = ("nudge_at", "nudge_choice")


@dataclass(frozen=True)
class Move:
    """`facts`: what must still be so. `changes`: fields to set (None unsets). `forget`: fields to unset. `entries`: what is told."""

    facts: dict[str, Any]
    changes: dict[str, Any]
    forget: Sequence[str]
    entries: Sequence[Entry]


def move(work: Work[Settings], read: Callable[[], Pledge | None], decide: Callable[[Pledge], Move | None], now: datetime) -> Pledge:
    """Read, decide, update on condition; again when somebody was quicker. The pledge as it then is."""
    for _ in range(TRIES):
        pledge = read()
        if pledge is None:
            raise NotFound("We have no pledge with that reference.")
        step = decide(pledge)
        if step is None:
            return pledge
        if change_if(pledges(), pledge.id, step.facts, {**step.changes, **dict.fromkeys(step.forget)}, step.entries, now):
            reach("change.after-update")
            work.watch.mark_each(STORED, [(entry["id"], {"pledge": pledge.id, "type": entry["type"]}) for entry in step.entries])
            return by_id(pledge.id) or pledge
    raise Conflict("Somebody else is changing this pledge right now. Please try again.")
