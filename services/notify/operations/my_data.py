"""What we hold of one person and what we sent them, for themselves: behind a link that is mailed to the address, good for a day.

Whoever types an address at /my-data gets the same answer; only the sender looks whether there is anything. What is shown is read from the
sealed boxes that the services made, so it is what was given, word for word.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.notify import mails, rules
from services.notify.operations import boxes, contacts, ledger, places
from services.notify.operations.contacts import NOT_ME, behind
from services.notify.settings import Settings
from services.notify.store import Contact, DataRequest, Token, notifications_of, promise, rows_of, suppression
from services.notify.store.erasures import contacts_of, requests_of
from services.notify.store.posts import post_copy
from services.notify.store.sign_ins import sessions_of_organiser
from services.notify.store.staff import member_of_address
from shared.messaging.work import Work
from shared.privacy import retention
from shared.reference.actions import ever
from shared.reference.consents import consent
from shared.runtime.errors import Expired, NotFound, Poison
from shared.security.tokens import hash_token, new_token

MY_DATA = "my-data"
LIVE = (rules.OFFERED, rules.CONFIRMED, rules.SERVING)


@dataclass(frozen=True)
class Said:
    """One consent: its exact words, when it was given with the form, and when the address's owner confirmed it."""

    id: str
    purpose: str
    words: str
    given_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Sent:
    """One row of the ledger. `at`: when it went, else when it was planned."""

    template: str
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Thing:
    """What an address was given for. `facts`: what was given with it, by name. `links`: its own pages, by name."""

    ref: str
    kind: str
    state: str
    since: datetime
    address: str
    facts: Mapping[str, Any]
    links: Mapping[str, str]
    consents: tuple[Said, ...] = ()
    sent: tuple[Sent, ...] = ()

    @property
    def has_mail(self) -> bool:
        """Whether its first mail, or what is so of a place now, can be sent once more."""
        return self.state in (rules.OFFERED, rules.SERVING)


@dataclass(frozen=True)
class Everything:
    """`stopped`: purpose → since when. `not_me_until`: while we send nothing that a stranger could ask for. `rests_until`: while
    we send nothing that was asked for before "not now"."""

    things: tuple[Thing, ...] = ()
    stopped: Mapping[str, datetime] = field(default_factory=dict)
    not_me_until: datetime | None = None
    rests_until: datetime | None = None
    is_staff: bool = False
    sign_ins: tuple[datetime, ...] = ()
    asked: tuple[datetime, ...] = ()

    @property
    def purposes(self) -> tuple[str, ...]:
        """Those that something is, or may be, mailed for, and that are not stopped since."""
        return tuple(
            one
            for one in mails.PURPOSES
            if any(self._goes_on(said) for thing in self.things for said in thing.consents if said.purpose == one)
        )

    def _goes_on(self, said: Said) -> bool:
        stopped = self.stopped.get(said.purpose)
        return stopped is None or (said.confirmed_at is not None and said.confirmed_at > stopped)


# The link


def ask(work: Work[Settings], address: str, now: datetime) -> None:
    """Somebody typed an address. For everybody's the same is stored: only the sender looks whether we hold anything."""
    id_ = str(uuid.uuid4())
    box = boxes.seal_address(work, address)
    rows_of(DataRequest).insert_one({"_id": id_, "address_hash": boxes.hash_of(work, address), "sealed": box, "asked_at": now})
    ledger.plan(work, id_, mails.MY_DATA, cause_of(id_), due_at=now)


def cause_of(request_id: str) -> str:
    return f"{MY_DATA}:{request_id}"


def make_link(work: Work[Settings], address_hash: str, now: datetime) -> str:
    """A fresh link, whole; only its hash is kept. Every earlier one stays good for its day."""
    text = new_token()
    facts = {"address_hash": address_hash, "made_at": now, "expires_at": now + retention.DATA_LINK.lasts}
    rows_of(Token).insert_one({"_id": hash_token(text), "kind": MY_DATA, **facts})
    return f"{work.settings.public_url}/{MY_DATA}/{text}"


def opened(text: str, now: datetime) -> str:
    """Whose data a link opens: the hash of an address. Raises NotFound, Expired."""
    found = behind(text, MY_DATA)
    if now >= found.expires_at:
        raise Expired("This link was good for 24 hours, and has run out. Ask for another: it takes a minute.")
    return str(found.address_hash)


# What we hold


def holds_anything(address_hash: str) -> bool:
    """Whether there is anything that a link could show."""
    return any(one.state in LIVE for one in contacts_of(address_hash)) or member_of_address(address_hash) is not None


def everything(work: Work[Settings], address_hash: str, now: datetime) -> Everything:
    """The newest first."""
    things = [_thing(work, one) for one in contacts_of(address_hash) if one.state in LIVE]
    stops = {purpose: stop.at for purpose in mails.PURPOSES if (stop := suppression(purpose, address_hash))}
    refused, rest = suppression(NOT_ME, address_hash), contacts.rest_of(address_hash, now)
    return Everything(
        things=tuple(sorted(things, key=lambda one: one.since, reverse=True)),
        stopped=stops,
        not_me_until=refused.until if refused and now < refused.until else None,
        rests_until=rest.until if rest else None,
        is_staff=member_of_address(address_hash) is not None,
        sign_ins=tuple(one.issued_at for one in sessions_of_organiser(address_hash, now)),
        asked=tuple(sorted(row["asked_at"] for row in requests_of(address_hash))),
    )


def _thing(work: Work[Settings], found: Contact) -> Thing:
    try:
        address, facts, links = _READ[found.kind](work, found)
    except Poison:  # sealed to a key that is gone: there it is, and nobody can read it
        address, facts, links = "", {}, {}
    return Thing(
        ref=found.id,
        kind=found.kind,
        state=found.state,
        since=contacts.given_at({"offered_at": found.offered_at, "made_at": found.made_at}),
        address=address,
        facts={name: value for name, value in facts.items() if value not in (None, "")},
        links=links,
        consents=tuple(_said(found, one) for one in found.consents or ()),
        sent=tuple(Sent(row.template, row.state, row.reason or "", row.sent_at or row.planned_at) for row in notifications_of(found.id)),
    )


Read = tuple[str, dict[str, Any], dict[str, str]]


def _of_a_pledge(work: Work[Settings], found: Contact) -> Read:
    box = boxes.open_box(work, found.sealed)
    heard = promise(work.db, found.id).get("state", "")
    action = ever(box.action)
    facts = {
        "action": action.title if action else box.action,
        "reference": box.reference,
        "pledge": heard,
        "nudge_at": found.nudge_at,
        "confirmed_at": found.confirmed_at,
        "kept_until": found.forget_at or found.expires_at,
    }
    links = {"pledge": f"/pledged/{box.reference}", "take-back": f"/withdraw/{box.withdraw_token}"}
    if found.state == rules.OFFERED:
        links["correct"] = f"/pledged/{box.reference}/nudge"
    return box.address, facts, links


def _of_a_place(work: Work[Settings], found: Contact) -> Read:
    box, event = boxes.open_booked(work, found.sealed), post_copy(work.db, found.event)
    slot: Mapping[str, Any] = next((one for one in event.get("slots", ()) if one["id"] == found.slot), {})
    facts = {
        "title": event.get("title"),
        "starts": slot.get("starts"),
        "first_name": box.first_name,
        "party": box.party,
        "reference": box.reference,
        "standing": places.standing(work, found),
        "kept_until": found.forget_at,
    }
    links = {"place": f"/place/{box.token}"}
    if event.get("slug"):
        links["correct"] = f"/event/{event['slug']}/joined/{box.reference}"
    return box.address, facts, links


def _of_an_organiser(work: Work[Settings], found: Contact) -> Read:
    facts = {"confirmed_at": found.confirmed_at, "kept_until": found.forget_at or found.expires_at}
    return boxes.address_in(work, found.sealed), facts, {"groups": "/groups"}


_READ = {rules.PLEDGE: _of_a_pledge, rules.PLACE: _of_a_place, rules.ORGANISER: _of_an_organiser}


def _said(found: Contact, one: Mapping[str, Any]) -> Said:
    """A pledge's is confirmed with its address, a place's by a button of its own."""
    known = consent(one["id"])
    confirmed = one.get("confirmed_at") or (found.confirmed_at if found.kind == rules.PLEDGE else None)
    return Said(one["id"], known.purpose if known else "", known.words if known else one["id"], one.get("given_at"), confirmed)


# What they may do


def send_again(work: Work[Settings], address_hash: str, ref: str, asked_by: str, now: datetime) -> None:
    """The mail of one thing once more, from each link once. `asked_by`: the link. Raises NotFound."""
    found = _theirs(address_hash, ref)
    template = places.current_mail(work, found) if found.state == rules.SERVING else mails.first_mail(found.kind)
    if found.state in (rules.OFFERED, rules.SERVING):
        ledger.plan(work, ref, template, f"again:{hash_token(asked_by)[:16]}:{ref}", due_at=now)


def stop(address_hash: str, purpose: str, now: datetime) -> None:
    """No more mails for this purpose, whatever they were asked for with. Twice is as once. Raises NotFound."""
    if purpose not in mails.PURPOSES:
        raise NotFound("There are no such mails.")
    contacts.stop_purpose(purpose, address_hash, now)


def take_back(address_hash: str, ref: str, consent_id: str, now: datetime) -> None:
    """One yes, and what was mailed because of it. A pledge's address has no other use, and is forgotten. Raises NotFound."""
    found = _theirs(address_hash, ref)
    if not any(one["id"] == consent_id for one in found.consents or ()):
        raise NotFound("There is no such yes any more.")
    if found.kind == rules.PLACE:
        places.take_back(found, consent_id)
    else:
        contacts.take_back(found, now)


def _theirs(address_hash: str, ref: str) -> Contact:
    found: Contact | None = Contact.objects(id=ref, address_hash=address_hash).first()
    if found is None:
        raise NotFound("This is gone already. Look again at what is left.")
    return found
