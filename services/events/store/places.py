"""Sign-ups and rosters: who asked for a place, and the one document a slot that decides who has one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, IntField, ListField, StringField

from services.events.store.groups import ALIAS, Rows
from shared.messaging import handover
from shared.store.documents import OutboxDocument, StoredDocument


class SignUp(OutboxDocument):
    """One person's place, or place in the queue, for one slot. The roster decides; this follows, forward only.

    `private`: {first_name, access_needs, consents}, encrypted with events' own key. `needs`: there exactly while it holds access needs;
    `hard_words`: where they were hard, so that the first page begins with help. `person`: keyed hash of slot and address, so that nobody
    has two places; gone when they leave. `party`: how many come. `given`: {state, position}, the answer that was given, which is all that
    its page by reference ever shows.

    `ref`: the contact_ref. `sealed`: the address, until the roster has decided and `offer` holds it, until notify has it; without e-mail
    none of them. `replaces`: the ref before, where the address was put right; `fixes`: how often it was. `leave_hash`: of the mailed link.
    `same_as`: of a repeat, the sign-up that the person has already. `unreachable`: no mail reaches the address. `added`: by an organiser.

    `requested_at`, `cancelling_at`: while the roster's answer is to be carried out. `theme`, `area`, `channel`, `week`: what it is counted
    under. `key`, `key_digest`: of the form or call that made it, until `key_until`. `forget_at`: when what is personal goes.
    """

    id: Any = StringField(primary_key=True)
    slot: Any = StringField(required=True)
    event: Any = StringField(required=True)
    state: Any = StringField(required=True)
    reason: Any = StringField()
    reference: Any = StringField(required=True)
    party: Any = IntField(required=True)
    private: Any = StringField()
    needs: Any = StringField()
    hard_words: Any = StringField()
    person: Any = StringField()
    given: Any = DictField(default=None)
    ref: Any = StringField()
    sealed: Any = StringField()
    offer: Any = DictField(default=None)
    replaces: Any = StringField()
    fixes: Any = IntField()
    leave_hash: Any = StringField()
    same_as: Any = StringField()
    requested_at: Any = DateTimeField()
    cancelling_at: Any = DateTimeField()
    theme: Any = IntField(required=True)
    area: Any = StringField(required=True)
    channel: Any = StringField(required=True)
    week: Any = StringField(required=True)
    added: Any = StringField()
    unreachable: Any = StringField()
    key: Any = StringField()
    key_digest: Any = StringField()
    key_until: Any = DateTimeField()
    made_at: Any = DateTimeField(required=True)
    forget_at: Any = DateTimeField()

    meta = {
        "collection": "sign_ups",
        "db_alias": ALIAS,
        "indexes": [
            "slot",
            {"fields": ["reference"], "unique": True},
            {"fields": ["person"], "unique": True, "sparse": True},
            {"fields": ["key"], "unique": True, "sparse": True},
            {"fields": ["key_until"], "sparse": True},
            {"fields": ["ref"], "sparse": True},
            {"fields": ["leave_hash"], "sparse": True},
            {"fields": ["requested_at"], "sparse": True},
            {"fields": ["cancelling_at"], "sparse": True},
            {"fields": ["forget_at"], "sparse": True},
        ],
    }


class Roster(StoredDocument):
    """The one that decides: its id is the slot's. Made when somebody first asks, changed by conditional updates alone.

    `taking`: rules.places OPEN, LAST or SHUT. `entries` [{id, party, state, position}], of every sign-up that was ever decided on, never
    shortened; `position`: of those that were queued, as they were told. `free`: places left, below 0 where the capacity was lowered under
    those who have one. `waiting`: how many are in the queue. `unsettled` [{id, state}]: what its sign-ups have yet to hear, since
    `unsettled_at`. `call_due`: when to see whether the next can be called. `turn_due`: when `taking` changes by itself. `eve_due`: when its
    organisers hear who comes.
    """

    id: Any = StringField(primary_key=True)
    event: Any = StringField(required=True)
    starts: Any = DateTimeField(required=True)
    ends: Any = DateTimeField(required=True)
    capacity: Any = IntField(required=True)
    taking: Any = StringField(required=True)
    free: Any = IntField(required=True)
    waiting: Any = IntField(required=True)
    entries: Any = ListField(DictField())
    unsettled: Any = ListField(DictField())
    unsettled_at: Any = DateTimeField()
    call_due: Any = DateTimeField()
    turn_due: Any = DateTimeField()
    eve_due: Any = DateTimeField()

    meta = {
        "collection": "rosters",
        "db_alias": ALIAS,
        "indexes": [
            {"fields": ["unsettled_at"], "sparse": True},
            {"fields": ["call_due"], "sparse": True},
            {"fields": ["turn_due"], "sparse": True},
            {"fields": ["eve_due"], "sparse": True},
        ],
    }


DOCUMENTS: tuple[type[StoredDocument], ...] = (SignUp, Roster)
INDEXES = handover.indexes(SignUp._meta["collection"])

MOST_ENTRIES = 5_000
_HEAD = dict.fromkeys(("event", "starts", "capacity", "taking", "free", "waiting", "unsettled_at"), 1)


@dataclass(frozen=True)
class Head:
    """How a roster stands, without its entries. `settled`: its sign-ups have heard everything."""

    slot: str
    event: str
    starts: datetime
    capacity: int
    taking: str
    free: int
    waiting: int
    settled: bool

    @property
    def taken(self) -> int:
        return self.capacity - self.free


@dataclass(frozen=True)
class Entry:
    """One sign-up as the roster has it. `position`: in the queue, as it was told."""

    id: str
    party: int
    state: str
    position: int | None = None


def sign_ups() -> Rows:
    rows: Rows = SignUp._get_collection()
    return rows


def rosters() -> Rows:
    rows: Rows = Roster._get_collection()
    return rows


def by_id(sign_up_id: str) -> SignUp | None:
    found: SignUp | None = SignUp.objects(id=sign_up_id).first()
    return found


def by_key(key: str) -> SignUp | None:
    """The sign-up that a form or call with this key made, for a day after it was sent."""
    found: SignUp | None = SignUp.objects(key=key).first()
    return found


def by_reference(reference: str) -> SignUp | None:
    found: SignUp | None = SignUp.objects(reference=reference).first()
    return found


def by_person(person: str) -> SignUp | None:
    found: SignUp | None = SignUp.objects(person=person).first()
    return found


def by_ref(ref: str) -> SignUp | None:
    found: SignUp | None = SignUp.objects(ref=ref).first()
    return found


def by_leave_hash(hashed: str) -> SignUp | None:
    """The sign-up that a mailed link opens; of a repeat, the repeat."""
    found: SignUp | None = SignUp.objects(leave_hash=hashed).first()
    return found


def of_slot(slot: str) -> list[SignUp]:
    return list(SignUp.objects(slot=slot))


def after(slot: str, id_: str | None, limit: int) -> list[SignUp]:
    """The next of a slot's sign-ups by id, from the first on without `id_`."""
    asked: dict[str, Any] = {"slot": slot, **({"_id": {"$gt": id_}} if id_ else {})}
    return list(SignUp.objects(__raw__=asked).order_by("id").limit(limit))


def added_to(slot: str) -> list[SignUp]:
    """Those whom its organisers added and who are known by name, the newest first."""
    return list(SignUp.objects(slot=slot, added__exists=True, private__exists=True).order_by("-made_at"))


def with_needs(slot: str) -> set[str]:
    """The ids of those that hold access needs."""
    return {row["_id"] for row in sign_ups().find({"slot": slot, "needs": {"$exists": True}}, {"_id": 1})}


def these(ids: Sequence[str]) -> dict[str, SignUp]:
    """By their ids."""
    return {found.id: found for found in SignUp.objects(id__in=list(ids))}


def with_time_before(field: str, moment: datetime, limit: int) -> list[SignUp]:
    """Those whose `requested_at`, `cancelling_at` or `forget_at` lies before `moment`."""
    return list(SignUp.objects(**{f"{field}__lte": moment}).limit(limit))


def head(slot: str) -> Head | None:
    """None while nobody has asked for a place."""
    row = rosters().find_one({"_id": slot}, _HEAD)
    return _head(row) if row else None


def heads(slots: Iterable[str]) -> dict[str, Head]:
    """By slot; a slot that nobody has asked for has none."""
    wanted = sorted(set(slots))
    return {row["_id"]: _head(row) for row in rosters().find({"_id": {"$in": wanted}}, _HEAD)} if wanted else {}


def heads_due(field: str, moment: datetime, limit: int) -> list[Head]:
    """Rosters whose `unsettled_at`, `call_due`, `turn_due` or `eve_due` has come."""
    return [_head(row) for row in rosters().find({field: {"$lte": moment}}, _HEAD).limit(limit)]


def is_full(slot: str) -> bool:
    """Whether a roster holds as many sign-ups as it can."""
    return rosters().find_one({"_id": slot, f"entries.{MOST_ENTRIES - 1}": {"$exists": True}}, {"_id": 1}) is not None


def entry(slot: str, sign_up_id: str) -> Entry | None:
    """What the roster decided on a sign-up; None where it has not."""
    row = rosters().find_one({"_id": slot}, {"entries": {"$elemMatch": {"id": sign_up_id}}})
    found = (row or {}).get("entries")
    return Entry(**found[0]) if found else None


def entries(slot: str) -> list[Entry]:
    """All of them, in the order in which they came."""
    row = rosters().find_one({"_id": slot}, {"entries": 1}) or {}
    return [Entry(**one) for one in row.get("entries", ())]


def unsettled(slot: str, most: int) -> list[dict[str, Any]]:
    """The oldest pairs {id, state} that sign-ups have yet to hear."""
    row = rosters().find_one({"_id": slot}, {"unsettled": {"$slice": most}, "entries": {"$slice": 0}}) or {}
    return list(row.get("unsettled") or ())


def _head(row: dict[str, Any]) -> Head:
    settled = "unsettled_at" not in row
    return Head(row["_id"], row["event"], row["starts"], row["capacity"], row["taking"], row["free"], row["waiting"], settled)
