"""pledge's documents, their indexes and every named query: no filter is written anywhere else.

`counted` and `totals` are plain collections (rows made and summed in bulk); the rest are mongoengine documents.
"""

from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, IntField, StringField
from pymongo.collection import Collection
from pymongo.database import Database

from shared.store.documents import OutboxDocument, StoredDocument

ALIAS = "pledge"
COUNTED, TOTALS, MARKERS = "counted", "totals", "markers"

Rows = Collection[dict[str, Any]]


class Pledge(OutboxDocument):
    """One person's promise. `ref`, `withdraw_hash`, `nudge_at` and `offer` exist only while an address is tied to it.

    `made_at`: the exact time, for a day. `key`, `key_digest`: the form's idempotency key and what it came with, for a day.
    `nudge_key`: the same for the nudge page. `drop_ref_at`: when the tie to the address ends by itself.
    """

    id: Any = StringField(primary_key=True)
    reference: Any = StringField(required=True, unique=True)
    action: Any = StringField(required=True)
    theme: Any = IntField(required=True)
    area: Any = StringField(required=True)
    channel: Any = StringField(required=True)
    week: Any = StringField(required=True)
    made_at: Any = DateTimeField()
    state: Any = StringField(required=True)
    answer: Any = StringField()
    postponements: Any = IntField()
    ref: Any = StringField()
    withdraw_hash: Any = StringField()
    nudge_choice: Any = StringField()
    nudge_at: Any = DateTimeField()
    drop_ref_at: Any = DateTimeField()
    offer: Any = DictField(default=None)
    key: Any = StringField()
    key_digest: Any = StringField()
    nudge_key: Any = StringField()

    meta = {
        "collection": "pledges",
        "db_alias": ALIAS,
        "indexes": [
            {"fields": ["key"], "unique": True, "sparse": True},
            {"fields": ["ref"], "unique": True, "sparse": True},
            {"fields": ["withdraw_hash"], "sparse": True},
            {"fields": ["made_at"], "sparse": True},
            {"fields": ["drop_ref_at"], "sparse": True},
        ],
    }


class Poster(StoredDocument):
    """A poster's code, upper case. Pledges from it are counted in `totals`; where it hangs is for people to know."""

    code: Any = StringField(primary_key=True)
    place: Any = StringField()
    added_at: Any = DateTimeField()

    meta = {"collection": "posters", "db_alias": ALIAS}


class Published(StoredDocument):
    """The breakdowns as last published: {dimension: [{key, value, status}]}."""

    id: Any = StringField(primary_key=True)
    as_at: Any = DateTimeField()
    breakdowns: Any = DictField()

    meta = {"collection": "published", "db_alias": ALIAS}


DOCUMENTS = (Pledge, Poster, Published)


def pledges() -> Rows:
    rows: Rows = Pledge._get_collection()
    return rows


def by_reference(reference: str) -> Pledge | None:
    found: Pledge | None = Pledge.objects(reference=reference).first()
    return found


def by_id(pledge_id: str) -> Pledge | None:
    found: Pledge | None = Pledge.objects(id=pledge_id).first()
    return found


def by_key(key: str) -> Pledge | None:
    found: Pledge | None = Pledge.objects(key=key).first()
    return found


def by_ref(ref: str) -> Pledge | None:
    found: Pledge | None = Pledge.objects(ref=ref).first()
    return found


def by_withdraw_hash(hashed: str) -> Pledge | None:
    found: Pledge | None = Pledge.objects(withdraw_hash=hashed).first()
    return found


def with_exact_time_before(moment: datetime, limit: int) -> list[str]:
    """Ids of pledges whose exact time is older than `moment`."""
    return [row["_id"] for row in pledges().find({"made_at": {"$lt": moment}}, {"_id": 1}).limit(limit)]


def with_ref_to_drop(now: datetime, limit: int) -> list[str]:
    return [row["_id"] for row in pledges().find({"drop_ref_at": {"$lte": now}}, {"_id": 1}).limit(limit)]


def poster_exists(code: str) -> bool:
    return Poster.objects(code=code).first() is not None


def published() -> Published | None:
    found: Published | None = Published.objects(id="current").first()
    return found


def totals(db: Database[dict[str, Any]], kind: str) -> dict[str, dict[str, int]]:
    """key → counters, of one kind: `all` (key empty), theme, area, week, channel or poster."""
    return {row["key"]: row.get("counters", {}) for row in db[TOTALS].find({"kind": kind}, {"batches": 0})}


def prepare(db: Database[dict[str, Any]]) -> None:
    """Make every index that is missing; safe to run beside running processes."""
    for document in DOCUMENTS:
        document.ensure_indexes()
    db[COUNTED].create_index("arrived", sparse=True)
    db[COUNTED].create_index("batch", sparse=True)
    db[COUNTED].create_index("week")
    db[TOTALS].create_index("kind")
