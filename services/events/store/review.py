"""What staff decide: the log of decisions, words set apart, and what people report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, ListField, StringField

from services.events.store.groups import ALIAS, Rows
from shared.store.documents import OutboxDocument, StoredDocument


class Decision(StoredDocument):
    """One decision of one member of staff: only ever added to. `about_kind`, `about_id`: what was decided on. `by`: the session's
    id; `by_name` goes at `name_until`. `of`: the decision that this one undoes, or that came to nothing. `content`: what was
    decided on, where it is no secret."""

    id: Any = StringField(primary_key=True)
    at: Any = DateTimeField(required=True)
    by: Any = StringField(required=True)
    by_name: Any = StringField()
    name_until: Any = DateTimeField()
    what: Any = StringField(required=True)
    about_kind: Any = StringField(required=True)
    about_id: Any = StringField(required=True)
    of: Any = StringField()
    reasons: Any = ListField(StringField(), default=None)
    checklist: Any = ListField(StringField(), default=None)
    note: Any = StringField()
    content: Any = DictField(default=None)

    meta = {"collection": "decisions", "db_alias": ALIAS, "indexes": ["about_id", "at", {"fields": ["name_until"], "sparse": True}]}


class Held(OutboxDocument):
    """Words set apart for the safeguarding role, encrypted with events' own key; `source`: {kind, id, field}.

    The id is made of source and words with our key, so the same words in the same place are set apart once. `waiting_since`: until
    somebody has decided. `ref`: the author's contact_ref where there is one, so that a care reply can reach them; `replied_at`:
    that one went. `escalated_at`: somebody else was told; it stays on the list. `forget_at`: when the words go.
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
    replied_at: Any = DateTimeField()
    escalated_at: Any = DateTimeField()
    forget_at: Any = DateTimeField()
    reader: Any = DictField(default=None)

    meta = {
        "collection": "held",
        "db_alias": ALIAS,
        "indexes": [
            {"fields": ["waiting_since"], "sparse": True},
            {"fields": ["forget_at"], "sparse": True},
            {"fields": ["ref"], "sparse": True},
            "source.id",
        ],
    }


class Report(StoredDocument):
    """Something wrong with a page, said by anybody; `words` encrypted with events' own key, until `forget_at`.

    The id is made of the form's key with our own, so that a form sent twice is one report.
    """

    id: Any = StringField(primary_key=True)
    post: Any = StringField(required=True)
    group: Any = StringField(required=True)
    areas: Any = ListField(StringField(), default=None)
    reason: Any = StringField(required=True)
    words: Any = StringField()
    at: Any = DateTimeField(required=True)
    waiting_since: Any = DateTimeField()
    decided_at: Any = DateTimeField()
    decided: Any = StringField()
    forget_at: Any = DateTimeField()

    meta = {
        "collection": "reports",
        "db_alias": ALIAS,
        "indexes": [
            "post",
            "group",
            {"fields": ["waiting_since"], "sparse": True},
            {"fields": ["forget_at"], "sparse": True},
        ],
    }


DOCUMENTS: tuple[type[StoredDocument], ...] = (Decision, Held, Report)


def decisions() -> Rows:
    rows: Rows = Decision._get_collection()
    return rows


def held() -> Rows:
    rows: Rows = Held._get_collection()
    return rows


def reports() -> Rows:
    rows: Rows = Report._get_collection()
    return rows


def decisions_about(ids: Sequence[str]) -> list[Decision]:
    """Oldest first."""
    return sorted(Decision.objects(about_id__in=list(ids)), key=lambda one: one.at)


def held_by_id(id_: str) -> Held | None:
    found: Held | None = Held.objects(id=id_).first()
    return found


def held_in(source_ids: Sequence[str]) -> list[Held]:
    """Everything that was ever set apart of these posts, groups, reports or sign-ups."""
    return list(Held.objects(source__id__in=list(source_ids)))


def held_waiting() -> list[Held]:
    """What nobody has decided on yet, oldest first."""
    return list(Held.objects(waiting_since__exists=True).order_by("waiting_since"))


def held_of_refs_since(refs: Sequence[str], moment: datetime) -> bool:
    """Whether one of these people wrote something since `moment` that was set apart."""
    return any(one.at >= moment for one in Held.objects(ref__in=list(refs)).only("at")) if refs else False


def report_by_id(id_: str) -> Report | None:
    found: Report | None = Report.objects(id=id_).first()
    return found


def reports_waiting() -> list[Report]:
    """Those that nobody has decided on yet, oldest first."""
    return list(Report.objects(waiting_since__exists=True).order_by("waiting_since"))


def reports_about_group(group_id: str) -> int:
    return int(Report.objects(group=group_id).count())
