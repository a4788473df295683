"""Notes: what one contact is to be told that nobody else may read, on its way to notify."""

from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, StringField

from services.events.store.groups import ALIAS, Rows
from shared.messaging import handover
from shared.store.documents import OutboxDocument, StoredDocument


class Note(OutboxDocument):
    """A sealed note, kept until notify has it. The id is made of what it is about, so that giving it twice is once."""

    id: Any = StringField(primary_key=True)
    ref: Any = StringField(required=True)
    made_at: Any = DateTimeField(required=True)
    offer: Any = DictField(default=None)

    meta = {"collection": "notes", "db_alias": ALIAS, "indexes": ["made_at", "ref"]}


DOCUMENTS: tuple[type[StoredDocument], ...] = (Note,)
INDEXES = handover.indexes(Note._meta["collection"])


def notes() -> Rows:
    rows: Rows = Note._get_collection()
    return rows


def notes_to(ref: str) -> bool:
    """Whether there is one to this contact."""
    return notes().find_one({"ref": ref}, {"_id": 1}) is not None


def arrived(before: datetime) -> dict[str, Any]:
    """Those given before then that notify has, and that have nothing left to say."""
    return {"made_at": {"$lt": before}, "offer": {"$exists": False}, "pending_since": {"$exists": False}}


def given(before: datetime) -> dict[str, Any]:
    """Those given before then, wherever they are."""
    return {"made_at": {"$lt": before}}
