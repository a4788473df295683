"""What staff decide: the log of decisions, words set apart, and what people report."""

from typing import Any

from mongoengine import DateTimeField, DictField, ListField, StringField

from services.events.store.groups import ALIAS, Rows
from shared.store.documents import OutboxDocument, StoredDocument


class Decision(StoredDocument):
    """One decision of one member of staff: only ever added to. `about`: {kind, id}. `by`: the session's id, never a name in the log
    that outlives it; `content`: what was decided on, where it is no secret."""

    id: Any = StringField(primary_key=True)
    at: Any = DateTimeField(required=True)
    by: Any = StringField(required=True)
    by_name: Any = StringField()
    what: Any = StringField(required=True)
    about_kind: Any = StringField(required=True)
    about_id: Any = StringField(required=True)
    reasons: Any = ListField(StringField(), default=None)
    checklist: Any = ListField(StringField(), default=None)
    note: Any = StringField()
    content: Any = DictField(default=None)

    meta = {"collection": "decisions", "db_alias": ALIAS, "indexes": ["about_id", "at"]}


class Held(OutboxDocument):
    """Words set apart for the safeguarding role, encrypted with events' own key; `source`: {kind, id, field}.

    `waiting_since`: until somebody has decided. `ref`: the author's contact_ref where there is one, so that a care reply can reach them.
    """

    id: Any = StringField(primary_key=True)
    state: Any = StringField(required=True)
    source: Any = DictField(required=True)
    words: Any = StringField()
    phrases: Any = ListField(StringField(), default=None)
    areas: Any = ListField(StringField(), default=None)
    ref: Any = StringField()
    at: Any = DateTimeField(required=True)
    waiting_since: Any = DateTimeField()
    decided_at: Any = DateTimeField()
    reader: Any = DictField(default=None)

    meta = {
        "collection": "held",
        "db_alias": ALIAS,
        "indexes": [{"fields": ["waiting_since"], "sparse": True}, "source.id"],
    }


class Report(StoredDocument):
    """Something wrong with a page, said by anybody; `words` encrypted with events' own key."""

    id: Any = StringField(primary_key=True)
    post: Any = StringField(required=True)
    reason: Any = StringField(required=True)
    words: Any = StringField()
    at: Any = DateTimeField(required=True)
    waiting_since: Any = DateTimeField()
    decided_at: Any = DateTimeField()
    key: Any = StringField()

    meta = {
        "collection": "reports",
        "db_alias": ALIAS,
        "indexes": ["post", {"fields": ["waiting_since"], "sparse": True}, {"fields": ["key"], "unique": True, "sparse": True}],
    }


DOCUMENTS: tuple[type[StoredDocument], ...] = (Decision, Held, Report)


def decisions() -> Rows:
    rows: Rows = Decision._get_collection()
    return rows
