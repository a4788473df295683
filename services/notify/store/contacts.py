"""Contacts, the links in their mails, who must not be mailed, the ledger of what is sent, and what an operator has turned off."""

from collections.abc import Container
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, IntField, ListField, StringField
from pymongo.collection import Collection
from pymongo.database import Database

from shared.store.documents import OutboxDocument, StoredDocument

ALIAS = "notify"
PROMISES = "promises"

Rows = Collection[dict[str, Any]]


class Contact(OutboxDocument):
    """One address for one purpose; the id is its contact_ref. `sealed` is the box as it came, opened only to send.

    `address_hash`: keyed, to notice the same address again. `expires_at`: set once the first mail was handed over.
    `nudge_due`: while a nudge is still to be planned; `nudge_round`: the sequence of the "not yet" that asked for it; `nudge_moved`:
    a rest moved it.
    `made_at`: of an organiser's and, by the day, of a place's, which may live for years. `forget_at`: when the address goes by itself.
    `ended_at`: since when nothing here leads to a person.

    Of a place: its `sign_up`, `event` and `slot`; `outcome` placed, queued or repeat, and `position`, as first decided; `told_edition`: the
    event's edition that the last mail after its first told of; `unreachable`: a mail server refused for good; `evening_due`: while the mail
    of the evening before, which its owner said yes to, is still to be planned.

    Of one whose owner wanted everything erased: `erasing`, the services that have not answered, since `erasing_since`; `erasing_of`: the
    address's hash until then, so that its owner can see that it is done.
    """

    id: Any = StringField(primary_key=True)
    kind: Any = StringField(required=True)
    state: Any = StringField(required=True)
    reason: Any = StringField()
    sealed: Any = StringField()
    address_hash: Any = StringField()
    offer_id: Any = StringField()
    offered_at: Any = DateTimeField()
    made_at: Any = DateTimeField()
    consents: Any = ListField(DictField(), default=None)
    nudge_at: Any = DateTimeField()
    confirmed_at: Any = DateTimeField()
    expires_at: Any = DateTimeField()
    nudge_due: Any = DateTimeField()
    nudge_round: Any = IntField()
    nudge_moved: Any = StringField()
    forget_at: Any = DateTimeField()
    ended_at: Any = DateTimeField()
    sign_up: Any = StringField()
    event: Any = StringField()
    slot: Any = StringField()
    outcome: Any = StringField()
    position: Any = IntField()
    told_edition: Any = IntField()
    unreachable: Any = StringField()
    erasing: Any = ListField(StringField(), default=None)
    erasing_of: Any = StringField()
    erasing_since: Any = DateTimeField()
    evening_due: Any = DateTimeField()

    meta = {
        "collection": "contacts",
        "db_alias": ALIAS,
        "indexes": [
            {"fields": ["address_hash"], "sparse": True},
            {"fields": ["expires_at"], "sparse": True},
            {"fields": ["nudge_due"], "sparse": True},
            {"fields": ["forget_at"], "sparse": True},
            {"fields": ["ended_at"], "sparse": True},
            {"fields": ["event"], "sparse": True},
            {"fields": ["erasing_of"], "sparse": True},
            {"fields": ["evening_due"], "sparse": True},
        ],
    }


class Token(StoredDocument):
    """A mailed link's token, hashed, and only what it needs: a contact for confirm, the address's hash for not-me and stop.

    A stop token works for ever, so it names no contact, and no pledge can be found from it; so does a not-now token. A not-me token's
    `purpose` says where it was mailed for a group's sake. A sign-in token is of a member of staff, its `ref`, or of an organiser, by
    `address_hash` and the `request` that holds the address; it is good until `expires_at`, and leads to the page `then`.
    """

    id: Any = StringField(primary_key=True)
    kind: Any = StringField(required=True)
    ref: Any = StringField()
    address_hash: Any = StringField()
    purpose: Any = StringField()
    request: Any = StringField()
    then: Any = StringField()
    made_at: Any = DateTimeField()
    expires_at: Any = DateTimeField()

    meta = {"collection": "tokens", "db_alias": ALIAS, "indexes": ["made_at"]}


class Suppression(StoredDocument):
    """Somebody said stop, "this wasn't me", or "not now". The id is `<purpose, not-me or not-now>:<address_hash>`; the address cannot be
    read from it."""

    id: Any = StringField(primary_key=True)
    at: Any = DateTimeField(required=True)
    until: Any = DateTimeField()

    meta = {"collection": "suppressions", "db_alias": ALIAS, "indexes": [{"fields": ["until"], "sparse": True}]}


class Notification(StoredDocument):
    """The ledger: something one person should be told, once. The id is made of cause, contact and template, so planning twice is once.

    `next_attempt_at` exists while there is something to do (for a claimed one: when the claim is stale). `address_hash`: on
    mails that went, for two days, to count a day's. `unclear`: nobody can say whether an earlier try went. `about`: of a mail to
    organisers, which post or group, and a reviewer's codes {kind, id, reasons}, or what tomorrow brings {placed, waiting, access_needs}.
    `told_edition`: of a place's first mail, the event's edition that it told of.
    `held_since`: while it waits for the end of the staff's pause.
    """

    id: Any = StringField(primary_key=True)
    ref: Any = StringField(required=True)
    template: Any = StringField(required=True)
    cause: Any = StringField(required=True)
    state: Any = StringField(required=True)
    reason: Any = StringField()
    attempts: Any = IntField(default=0)
    message_id: Any = StringField(required=True)
    correlation: Any = StringField()
    planned_at: Any = DateTimeField()
    due_at: Any = DateTimeField()
    shelf_ends: Any = DateTimeField()
    next_attempt_at: Any = DateTimeField()
    sent_at: Any = DateTimeField()
    address_hash: Any = StringField()
    ignore_quiet: Any = StringField()
    unclear: Any = StringField()
    about: Any = DictField(default=None)
    told_edition: Any = IntField()
    held_since: Any = DateTimeField()

    meta = {
        "collection": "notifications",
        "db_alias": ALIAS,
        "indexes": [
            {"fields": ["next_attempt_at"], "sparse": True},
            {"fields": ["address_hash"], "sparse": True},
            {"fields": ["correlation"], "sparse": True},
            {"fields": ["held_since"], "sparse": True},
            {"fields": ["planned_at"]},
            {"fields": ["ref"]},
        ],
    }


class Switch(StoredDocument):
    """Something that an operator has turned off: its row is there as long as it is off."""

    id: Any = StringField(primary_key=True)
    since: Any = DateTimeField(required=True)
    reason: Any = StringField()

    meta = {"collection": "switches", "db_alias": ALIAS}


DOCUMENTS = (Contact, Token, Suppression, Notification, Switch)


def rows_of(document: type[StoredDocument]) -> Rows:
    rows: Rows = document._get_collection()
    return rows


def contact(ref: str) -> Contact | None:
    found: Contact | None = Contact.objects(id=ref).first()
    return found


def token(hashed: str, kind: str) -> Token | None:
    found: Token | None = Token.objects(id=hashed, kind=kind).first()
    return found


def suppression(purpose: str, address_hash: str) -> Suppression | None:
    found: Suppression | None = Suppression.objects(id=suppression_id(purpose, address_hash)).first()
    return found


def suppression_id(purpose: str, address_hash: str) -> str:
    return f"{purpose}:{address_hash}"


def refs_of_address(address_hash: str, state: str, kinds: Container[str]) -> list[str]:
    found = rows_of(Contact).find({"address_hash": address_hash, "state": state}, {"kind": 1})
    return [row["_id"] for row in found if row["kind"] in kinds]


def oldest_refs(address_hash: str, state: str, kind: str) -> list[str]:
    """An address's contacts of one kind, in the order in which their owner said yes."""
    found = Contact.objects(address_hash=address_hash, state=state, kind=kind).only("id", "confirmed_at")
    return [str(one.id) for one in sorted(found, key=lambda one: one.confirmed_at)]


def contacts_due(field: str, now: datetime, limit: int) -> list[Contact]:
    """Contacts whose `expires_at`, `nudge_due` or `forget_at` has come."""
    return list(Contact.objects(**{f"{field}__lte": now}).order_by(field).limit(limit))


def contacts_with_nudge(limit: int) -> list[Contact]:
    """Every confirmed contact whose nudge is still to be planned, however far off."""
    return list(Contact.objects(nudge_due__exists=True).limit(limit))


def notification(id_: str) -> Notification | None:
    found: Notification | None = Notification.objects(id=id_).first()
    return found


def notifications_due(now: datetime, limit: int) -> list[Notification]:
    return list(Notification.objects(next_attempt_at__lte=now).order_by("next_attempt_at").limit(limit))


def held_notifications(limit: int) -> list[Notification]:
    """What waits, or waited, for the end of the staff's pause."""
    return list(Notification.objects(held_since__exists=True).limit(limit))


def mails_went(address_hash: str, since: datetime) -> tuple[tuple[str, datetime], ...]:
    """Each mail that was handed over to this address after that moment: its template, and when. For two days the ledger knows."""
    found = rows_of(Notification).find({"address_hash": address_hash, "sent_at": {"$gt": since}}, {"template": 1, "sent_at": 1})
    return tuple((row["template"], row["sent_at"]) for row in found)


def notifications_of(ref: str) -> list[Notification]:
    """Everything planned for one contact, oldest first."""
    return list(Notification.objects(ref=ref).order_by("planned_at"))


def notifications_waiting() -> tuple[int, Notification | None]:
    """How many rows there is something to do for, and the one whose shelf life ends first."""
    waiting = Notification.objects(next_attempt_at__exists=True)
    return waiting.count(), waiting.order_by("shelf_ends").first()


def switched_off(what: str) -> Switch | None:
    found: Switch | None = Switch.objects(id=what).first()
    return found


def promise(db: Database[dict[str, Any]], ref: str) -> dict[str, Any]:
    """What was heard of the pledge behind a contact; empty when nothing was."""
    return db[PROMISES].find_one({"_id": ref}) or {}
