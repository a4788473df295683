"""Small copies of what groups post, as events told: what a mail has to know at the moment it goes, and what waits for a reviewer."""

from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, StringField
from pymongo.database import Database

from services.notify.store.contacts import ALIAS
from shared.store.documents import StoredDocument
from shared.store.indexes import index

POSTS, GROUPS = "posts", "groups"
Copy = dict[str, Any]

INDEXES = tuple(
    made
    for name in (POSTS, GROUPS)
    for made in (index(name, "heard_at"), index(name, "waiting_since", sparse=True), index(name, "changed_at", sparse=True))
)


class HeardNote(StoredDocument):
    """Something that events has us tell one contact: the box as it came, opened only to send. The id is its message's."""

    id: Any = StringField(primary_key=True)
    sealed: Any = StringField(required=True)
    at: Any = DateTimeField(required=True)

    meta = {"collection": "notes", "db_alias": ALIAS, "indexes": ["at"]}


def note(message_id: str) -> HeardNote | None:
    found: HeardNote | None = HeardNote.objects(id=message_id).first()
    return found


def post_copy(db: Database[Copy], post_id: str) -> Copy:
    """What was heard of an event or an initiative; empty when nothing was."""
    return db[POSTS].find_one({"_id": post_id}) or {}


def group_copy(db: Database[Copy], group_id: str) -> Copy:
    return db[GROUPS].find_one({"_id": group_id}) or {}


def waiting(db: Database[Copy], name: str, until: datetime) -> list[Copy]:
    """The posts or groups that have waited for a reviewer since then or longer."""
    return list(db[name].find({"waiting_since": {"$lte": until}}, {"waiting_since": 1, "areas": 1}))


def changed_between(db: Database[Copy], since: datetime, until: datetime) -> list[Copy]:
    """What changed at once after it was published, in that time."""
    return list(db[POSTS].find({"changed_at": {"$gt": since, "$lte": until}}, {"changed_at": 1, "areas": 1}))
