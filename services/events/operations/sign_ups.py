"""Who signs up: a first name and an address, kept so that only the right ones can read them; a repeat that tells a stranger nothing.

Names and needs are encrypted with events' own key, the address is sealed to notify. The roster's part is in `places`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

import orjson
from mongoengine.errors import NotUniqueError
from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from services.events.operations import held, places
from services.events.operations.facts import told_of_sign_up
from services.events.operations.held import SIGN_UP, Source
from services.events.operations.places import Bookable
from services.events.rules import places as rules
from services.events.rules.places import LIVE, REFUSED, REPEAT, REQUESTED, Answer
from services.events.settings import Settings
from services.events.store import SignUp
from services.events.store.places import by_key, by_leave_hash, by_person, by_ref, entries, head, is_full, sign_ups, these, with_time_before
from shared.messaging import handover
from shared.messaging.outbox import change_if, first_messages, message
from shared.messaging.work import Work
from shared.privacy import retention
from shared.reference.channels import DIRECT
from shared.runtime.clock import LONDON, iso_week, week_starts
from shared.runtime.crash_points import reach
from shared.runtime.errors import Conflict, KeyReused, NotFound
from shared.security.addresses import same_address
from shared.security.references import new_reference
from shared.security.sealing import keyed_hash, lock, seal, unlock
from shared.security.tokens import hash_token, looks_like_token, new_token

TRIES = 5
AT_MOST = 500
KEY = "EVENTS_KEY"
MOST_FIXES = 5
AGAIN = "repeat"  # the outcome of an offer whose owner has a place already


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, already checked. `address`: None for whom an organiser adds. `consents`: ids of wordings."""

    first_name: str
    address: str | None
    bringing: int = 0
    access_needs: str = ""
    consents: tuple[str, ...] = ()
    channel: str = DIRECT

    @property
    def party(self) -> int:
        return 1 + self.bringing


@dataclass(frozen=True)
class Known:
    """What only the mailed link and an organiser's page may show."""

    first_name: str
    access_needs: str
    consents: tuple[str, ...] = ()


def ask(
    work: Work[Settings], post: Bookable, slot: str, wish: Wish, *, now: datetime, key: str | None = None, fresh: bool = False
) -> tuple[SignUp, Answer]:
    """Ask for a place; the sign-up and what its person is told. A refused one keeps nothing personal.

    A repeated `key` gives the sign-up that the first one made; `fresh`: `asked_before` has just found none. A repeat by the same person
    gets a stranger's answer, and the owner of the address the truth by mail. Raises KeyReused when the key came with something else.
    """
    digest = _digest(work, slot, wish) if key else None
    if key and not fresh and (found := by_key(key)):
        return _same(found, digest), _answer(found, post, now)
    for _ in range(TRIES):
        new = _new(work, post, slot, wish, now, key, digest)
        try:
            new.save(force_insert=True)
        except NotUniqueError:
            if key and (found := by_key(key)):
                return _same(found, digest), _answer(found, post, now)
            if new.person and (known := by_person(new.person)):
                return _repeat(new, known, post, now)
            continue  # they have just left, or a reference was taken
        reach("sign-up.after-insert")
        return new, _answer(new, post, now)
    raise Conflict("We couldn’t save that this second. Please press the button once more.")


def asked_before(key: str | None) -> bool:
    """Whether a form or call with this key made a sign-up: its answer stands, whatever has become of the event since."""
    return bool(key and by_key(key))


def _same(found: SignUp, digest: str | None) -> SignUp:
    if found.key_digest != digest:
        raise KeyReused
    return found


def _digest(work: Work[Settings], slot: str, wish: Wish) -> str:
    return keyed_hash(work.settings.events_key, "sign-up", orjson.dumps([slot, asdict(wish)], option=orjson.OPT_SORT_KEYS).decode())


def _answer(found: SignUp, post: Bookable, now: datetime) -> Answer:
    """What was decided, or is now. Whoever waited and was refused in the end was answered before: that stays."""
    if found.given:
        return Answer(found.given["state"], found.given.get("position"))
    if found.state == REFUSED:
        return Answer(REFUSED, reason=found.reason)
    said = places.decide(found, post, now)
    if said.state == REFUSED:
        places.refuse(found, said.reason or rules.FULL, now)
    return said


def answer_given(found: SignUp, post: Bookable, now: datetime) -> Answer:
    """What the page of a reference shows for ever: the answer that was given, whatever became of the place since."""
    return _answer(found, post, now)


def _new(work: Work[Settings], post: Bookable, slot: str, wish: Wish, now: datetime, key: str | None, digest: str | None) -> SignUp:
    id_ = str(uuid.uuid4())
    ends = places.slot_of(post, slot)["ends"]
    tie = _tie(work, id_, post, slot, wish, new_reference()) if wish.address else None
    ref = tie.ref if tie else None
    hard = held.look(work, {rules.ACCESS_NEEDS.name: wish.access_needs}, Source(SIGN_UP, id_, _areas(post), ref), now)
    return SignUp(
        id=id_,
        slot=slot,
        event=post.id,
        state=REQUESTED,
        reference=tie.reference if tie else new_reference(),
        party=wish.party,
        private=lock(KEY, work.settings.events_key, asdict(Known(wish.first_name, wish.access_needs, wish.consents))),
        needs="yes" if wish.access_needs else None,
        hard_words="yes" if hard else None,
        person=person_of(work, slot, wish.address) if wish.address else None,
        ref=ref,
        sealed=tie.sealed if tie else None,
        leave_hash=tie.leave_hash if tie else None,
        added=None if wish.address else "yes",
        requested_at=now,
        theme=post.live["theme"],
        area=post.live["area"],
        channel=wish.channel,
        week=iso_week(now),
        key=key,
        key_digest=digest,
        key_until=now + retention.SIGN_UP_FORM.lasts if key else None,
        made_at=now,
        forget_at=ends + retention.A_PLACE.lasts,
    )


def _areas(post: Bookable) -> list[str]:
    return [post.live["area"]]


def person_of(work: Work[Settings], slot: str, address: str) -> str:
    """The same for the same address and slot; nobody without events' key can make it."""
    return keyed_hash(work.settings.events_key, "person", f"{slot}\0{same_address(address)}")


@dataclass(frozen=True)
class Tie:
    """The tie between a sign-up and an address."""

    ref: str
    reference: str
    sealed: str
    leave_hash: str


def _tie(work: Work[Settings], id_: str, post: Bookable, slot: str, wish: Wish, reference: str) -> Tie:
    ref, token = str(uuid.uuid4()), new_token()
    content = {
        "address": wish.address,
        "first_name": wish.first_name,
        "reference": reference,
        "token": token,
        "consents": list(wish.consents),
        "sign_up": id_,
        "event": post.id,
        "slot": slot,
        "party": wish.party,
    }
    return Tie(ref, reference, seal(work.settings.notify_public_key, content), hash_token(token))


def _repeat(new: SignUp, known: SignUp, post: Bookable, now: datetime) -> tuple[SignUp, Answer]:
    """The same person again: outside the roster, with the answer that a stranger would have got; the truth goes to the address.

    A refusal is kept as a stranger's is: else its key, sent again, would tell one from the other.
    """
    said = _as_a_stranger(new, post)
    try:
        if said.state == REFUSED:
            places.refused(new, said.reason or rules.FULL, now)
            new.save(force_insert=True)
        else:
            new.given = {"state": said.state, **({"position": said.position} if said.position else {})}
            _insert_repeat(new, known, now)
    except NotUniqueError:  # the same form twice at once
        found = by_key(new.key) if new.key else None
        if found is None:
            raise
        return _same(found, new.key_digest), said
    return new, said


def _as_a_stranger(new: SignUp, post: Bookable) -> Answer:
    found = head(new.slot)
    if found is None:
        return Answer(rules.PLACED)
    said = rules.answer(found.taking, found.free, found.waiting, new.party)
    return places.refusal(new.slot, post) if said.state == REFUSED or is_full(new.slot) else said


def _insert_repeat(new: SignUp, known: SignUp, now: datetime, *, replaces: str | None = None) -> None:
    offered = places.offer_of(new.ref, new.sealed, AGAIN, now, replaces=replaces)
    told = message("sign-up.repeated.v1", new.id, told_of_sign_up(new, {}), now=now)
    new.state, new.same_as, new.person, new.needs = REPEAT, known.id, None, None
    new.requested_at, new.sealed, new.offer = None, None, handover.kept(offered, now)
    for name, value in first_messages([offered, told], now).items():
        setattr(new, name, value)
    new.save(force_insert=True)


# Behind the mailed link


def behind(token: str) -> SignUp:
    """The sign-up that a mailed link opens; of a repeat, the one that its person has. Raises NotFound."""
    found = by_leave_hash(hash_token(token)) if looks_like_token(token) else None
    if found and found.same_as:
        found = these([found.same_as]).get(found.same_as)
    if found is None:
        raise NotFound(
            "This link opens nothing. Copy the whole of it from our mail. A week after the day itself, or once you asked us to erase it,"
            " we have forgotten whose it was."
        )
    return found


def known_of(work: Work[Settings], found: SignUp) -> Known:
    """Empty once it has been forgotten."""
    content = unlock(KEY, work.settings.events_key, found.private) if found.private else {}
    return Known(str(content.get("first_name", "")), str(content.get("access_needs", "")), tuple(content.get("consents", ())))


def leave(found: SignUp, *, now: datetime) -> None:
    """Twice is once."""
    places.cancel(found, now)


def place_in_queue(found: SignUp) -> int | None:
    """As it now is, from 1; None for whom the roster has not in its queue."""
    queued = [one.id for one in entries(found.slot) if one.state == rules.QUEUED]
    return queued.index(found.id) + 1 if found.id in queued else None


# Wrong address? Fix it


def may_fix(found: SignUp, now: datetime) -> bool:
    """Whether its address can still be put right: for an hour, so that a reference that somebody saw opens nothing later."""
    has_place = found.state in (REQUESTED, *LIVE, REPEAT) and bool(found.ref)
    return has_place and now < found.made_at + rules.FIX_WITHIN and (found.fixes or 0) < MOST_FIXES


def fix_address(work: Work[Settings], found: SignUp, post: Bookable, address: str, *, now: datetime) -> None:
    """Another address for the same place; the mail that went to the first one opens nothing any more. Raises Conflict.

    Where the new address has a place already, this one is given back, and its owner hears the truth by mail; the page says the same.
    """
    if not may_fix(found, now):
        raise Conflict("The address can be changed for an hour after signing up. Use the link in our mail, or sign up again.")
    if person_of(work, found.slot, address) == found.person:
        send_again(found, now=now)
        return
    known = known_of(work, found)
    wish = Wish(known.first_name, address, found.party - 1, known.access_needs, known.consents, found.channel)
    tie = _tie(work, found.id, post, found.slot, wish, found.reference)
    try:
        done = _retie(work, found, tie, address, now)
    except DuplicateKeyError:
        done = _retie_to_known(work, found, post, wish, now)
    if not done:
        raise Conflict("Something about this place changed this very second. Look again, then press the button once more.")


def _retie(work: Work[Settings], found: SignUp, tie: Tie, address: str, now: datetime) -> bool:
    """A place goes on as it is. A repeat asks for one now: its new owner is somebody who has none."""
    changes: dict[str, Any] = {"ref": tie.ref, "leave_hash": tie.leave_hash, "person": person_of(work, found.slot, address)}
    changes |= {"fixes": (found.fixes or 0) + 1, "unreachable": None}
    entries_ = []
    if found.state in LIVE:
        position = place_in_queue(found)
        entries_ = [places.offer_of(tie.ref, tie.sealed, found.state, now, position=position, replaces=found.ref)]
        changes |= {"offer": handover.kept(entries_[0], now)}
    else:
        changes |= {"sealed": tie.sealed, "replaces": found.ref if found.state == REPEAT else found.replaces, "offer": None}
        changes |= {"state": REQUESTED, "requested_at": now, "same_as": None}
    return change_if(sign_ups(), found.id, {"state": found.state, "ref": found.ref}, changes, entries_, now)


def _retie_to_known(work: Work[Settings], found: SignUp, post: Bookable, wish: Wish, now: datetime) -> bool:
    other = by_person(person_of(work, found.slot, wish.address or ""))
    if other is None:
        return False
    new = _new(work, post, found.slot, wish, now, None, None)
    new.given = found.given
    _insert_repeat(new, other, now, replaces=found.ref)
    places.cancel(found, now)
    return True


def send_again(found: SignUp, *, now: datetime) -> None:
    """Have notify send the mail once more."""
    entry = message("contact.again.v1", found.ref, {"ref": found.ref}, now=now)
    change_if(sign_ups(), found.id, {"state": found.state, "ref": found.ref}, {}, [entry], now)


# What notify says


def received(message_ids: Sequence[str]) -> None:
    """notify holds the address: drop our sealed copy."""
    handover.received(sign_ups(), message_ids)


def offer_again(_work: Work[Settings], now: datetime) -> int:
    """Due: addresses that notify has not said it holds, offered once more each day."""
    return handover.offer_again(sign_ups(), now)


def lost(ref: str, now: datetime) -> None:
    """The owner of the address says that this wasn't them: the place goes to the next."""
    if found := by_ref(ref):
        places.cancel(found, now)


def unreachable(ref: str, now: datetime) -> None:
    """No mail reaches the address: the place stays, and the organiser sees it."""
    if found := by_ref(ref):
        change_if(sign_ups(), found.id, {"ref": ref}, {"unreachable": "yes"}, (), now)


# What goes by itself

FORGOTTEN = (*places.PERSONAL, "ref", "leave_hash", "hard_words", "forget_at")


def by_the_week(found: SignUp) -> datetime:
    """When it was made, no finer than what it is counted under."""
    return datetime.combine(week_starts(found.week), time(), LONDON)


def forget(_work: Work[Settings], now: datetime) -> int:
    """Due: a week after the slot, whatever leads to a person; a day after the form, what told it from another."""
    over = [
        UpdateOne({"_id": found.id}, {"$set": {"made_at": by_the_week(found)}, "$unset": dict.fromkeys(FORGOTTEN, 1)})
        for found in with_time_before("forget_at", now, AT_MOST)
    ]
    count = sign_ups().bulk_write(over, ordered=False).modified_count if over else 0
    keys = [found.id for found in with_time_before("key_until", now, AT_MOST)]
    of_forms: dict[str, Any] = dict.fromkeys(("key", "key_digest", "key_until"), 1)
    return count + (sign_ups().update_many({"_id": {"$in": keys}}, {"$unset": of_forms}).modified_count if keys else 0)
