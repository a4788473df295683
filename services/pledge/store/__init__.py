"""pledge's documents, their indexes and every named query: no filter is written anywhere else.

`counted` and `totals` are plain collections (rows made and summed in bulk), and so are the copies of listings.py; the rest are mongoengine
documents.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, IntField, StringField
from pymongo.collection import Collection
from pymongo.database import Database

from services.pledge.store import campaign, listings
from shared.messaging import handover
from shared.privacy import erasure
from shared.security import revocations
from shared.store.documents import OutboxDocument, StoredDocument
from shared.store.indexes import Index, declared, index, make

ALIAS = "pledge"
COUNTED, TOTALS, MARKERS = "counted", "totals", "markers"

Rows = Collection[dict[str, Any]]


class Pledge(OutboxDocument):
    """One person's promise. `ref`, `withdraw_hash`, `nudge_at` and `offer` exist only while an address is tied to it.

    `made_at`: the exact time, for a day. `key`, `key_digest`: the form's idempotency key and what it came with, for a day.
    `nudge_key`, `nudge_asked_at`: a hash of what the nudge page's key came with, and when, for a day. `drop_ref_at`: when the
    tie to the address ends by itself. `struck_by`: the batch with which it was struck out as abuse.
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
    nudge_asked_at: Any = DateTimeField()
    struck_by: Any = StringField()

    meta = {
        "collection": "pledges",
        "db_alias": ALIAS,
        "indexes": [
            {"fields": ["key"], "unique": True, "sparse": True},
            {"fields": ["ref"], "unique": True, "sparse": True},
            {"fields": ["withdraw_hash"], "sparse": True},
            {"fields": ["made_at"], "sparse": True},
            {"fields": ["nudge_asked_at"], "sparse": True},
            {"fields": ["drop_ref_at"], "sparse": True},
            {"fields": ["struck_by"], "sparse": True},
            {"fields": ["week", "channel", "area"]},
        ],
    }


class Poster(StoredDocument):
    """A poster's code, upper case. Pledges from it are counted in `totals`; where it hangs is for people to know.

    `area`, `channel`: where one was chosen. `by`: the session of who made it in the console. `retired_at`: it hangs no more; who still
    scans it is let in as ever.
    """

    code: Any = StringField(primary_key=True)
    place: Any = StringField()
    area: Any = StringField()
    channel: Any = StringField()
    added_at: Any = DateTimeField()
    by: Any = StringField()
    retired_at: Any = DateTimeField()

    meta = {"collection": "posters", "db_alias": ALIAS}


class Published(StoredDocument):
    """What was published last: `breakdowns`, {dimension: [{key, value, status}]}, and the exact `counters` of that moment.

    `publication`: its id. `last_shown`: for the disclosure rule alone, each breakdown that was ever shown, as it was shown last.
    """

    id: Any = StringField(primary_key=True)
    as_at: Any = DateTimeField()
    publication: Any = StringField()
    counters: Any = DictField()
    breakdowns: Any = DictField()
    last_shown: Any = DictField()

    meta = {"collection": "published", "db_alias": ALIAS}


DOCUMENTS: tuple[type[StoredDocument], ...] = (Pledge, Poster, Published, *campaign.DOCUMENTS)


def pledges() -> Rows:
    rows: Rows = Pledge._get_collection()
    return rows


def outboxes() -> list[Rows]:
    """The collections whose documents speak."""
    return [pledges(), campaign.figures(), campaign.campaigns(), erasure.rows(pledges().database)]


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


def with_time_before(field: str, moment: datetime, limit: int) -> list[str]:
    """Ids of pledges whose `made_at`, `nudge_asked_at` or `drop_ref_at` lies before `moment`."""
    return [row["_id"] for row in pledges().find({field: {"$lt": moment}}, {"_id": 1}).limit(limit)]


def poster(code: str) -> Poster | None:
    found: Poster | None = Poster.objects(code=code).first()
    return found


def posters() -> list[Poster]:
    """All of them: as many as hang in London."""
    return list(Poster.objects)


def pledges_like(facts: Mapping[str, str], states: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows {_id, made_at} of pledges of this week, channel and area that are in one of these states; read as far as they are asked for."""
    asked = {**facts, "state": {"$in": list(states)}}
    yield from pledges().find(asked, {"made_at": 1}).batch_size(500)


def struck_by(batch: str) -> int:
    """How many pledges were struck out with it."""
    return pledges().count_documents({"struck_by": batch})


def ids_of_references(references: Sequence[str]) -> dict[str, str]:
    """Reference → id, of those that are there."""
    return {row["reference"]: row["_id"] for row in pledges().find({"reference": {"$in": list(references)}}, {"reference": 1})}


def published() -> Published | None:
    found: Published | None = Published.objects(id="current").first()
    return found


def totals(db: Database[dict[str, Any]], kind: str) -> dict[str, dict[str, int]]:
    """key → counters, of one kind: `all` or `taken-back` (key empty), theme, area, week, channel or poster."""
    return {row["key"]: row.get("counters", {}) for row in db[TOTALS].find({"kind": kind}, {"batches": 0})}


def indexes() -> list[Index]:
    return [
        *declared(DOCUMENTS),
        *handover.indexes(Pledge._meta["collection"]),
        *(index(COUNTED, field, sparse=True) for field in ("arrived", "batch", "batched_at")),
        index(COUNTED, "week"),
        index(TOTALS, "kind"),
        *listings.INDEXES,
        *revocations.INDEXES,
        *erasure.INDEXES,
    ]


def prepare(db: Database[dict[str, Any]]) -> None:
    """Make every index that is missing; safe to run beside running processes."""
    make(db, indexes())
