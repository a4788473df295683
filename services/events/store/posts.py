"""Posts: the events and initiatives of groups, drafts and published ones alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, IntField, ListField, StringField

from services.events.store.groups import ALIAS, Rows
from shared.store.documents import OutboxDocument, StoredDocument


class Post(OutboxDocument):
    """An event or an initiative. Three versions of its content lie apart, so that nobody ever sees what nobody has read:

    `draft`: as the organiser last saved it. `waiting`: as it was sent for review, since `submitted_at`. `live`: as people see
    it; its slots, with times in UTC, are beside it in `slots` [{id, starts, ends, capacity}].

    `slug`: its address, given when it is first published. `edition`: how often what people see has changed, the `.ics`
    SEQUENCE. `listed`: what the public lists ask for, there exactly while people can find it (published, its group not paused).
    `decision`: what a reviewer chose {what, by, by_name, at, reasons, note, checklist}; carried out at `decision_due`, until then
    undone by whoever likes. `asked`: what changes were asked for {reasons, note, at}. `reader`: who reads it {session, name, until}.
    `ended`: why it is no longer there {what, was, reason, at}; `closing_at`: since when it takes nobody any more, until that is done;
    `called_off_until`: the end that an event had before it was cancelled, so that calendars are told until then.
    `places_due`: when something happened to it that its rosters have to follow, until they have. `attendance` {people, conversations, at}:
    how many came, as its organiser counted. `eve_told`: the start that its organisers were told of the evening before.
    `note_due`: when the organiser's note about cancelling, in `ended` as `said`, is to be given to those who had signed up, until it has
    been; `note_after`: the last of them who has it.
    `forget_at`: of a draft, and of one that was sent back, when it goes if nobody saves it.
    `key`, `key_digest`: of the form or call that made it, until `key_until`. Of an initiative: `last_checked`, when its group last
    said that it still runs; `check_due`, when to ask it; `asked_to_check_at`, when it was asked, and `check_hash`, of the link it was
    asked by; `ageing_due`, when it may be out of date, until that was said.
    """

    id: Any = StringField(primary_key=True)
    kind: Any = StringField(required=True)
    group: Any = StringField(required=True)
    state: Any = StringField(required=True)
    slug: Any = StringField()
    draft: Any = DictField()
    saved_at: Any = DateTimeField()
    waiting: Any = DictField(default=None)
    submitted_at: Any = DateTimeField()
    live: Any = DictField(default=None)
    slots: Any = ListField(DictField(), default=None)
    published_at: Any = DateTimeField()
    changed_at: Any = DateTimeField()
    edition: Any = IntField(default=0)
    listed: Any = DictField(default=None)
    ends_at: Any = DateTimeField()
    decision: Any = DictField(default=None)
    decision_due: Any = DateTimeField()
    asked: Any = DictField(default=None)
    reader: Any = DictField(default=None)
    ended: Any = DictField(default=None)
    closing_at: Any = DateTimeField()
    called_off_until: Any = DateTimeField()
    places_due: Any = DateTimeField()
    eve_told: Any = DateTimeField()
    note_due: Any = DateTimeField()
    note_after: Any = StringField()
    attendance: Any = DictField(default=None)
    forget_at: Any = DateTimeField()
    key: Any = StringField()
    key_digest: Any = StringField()
    key_until: Any = DateTimeField()
    last_checked: Any = DateTimeField()
    asked_to_check_at: Any = DateTimeField()
    check_hash: Any = StringField()
    check_due: Any = DateTimeField()
    ageing_due: Any = DateTimeField()
    made_at: Any = DateTimeField(required=True)

    meta = {
        "collection": "posts",
        "db_alias": ALIAS,
        "indexes": [
            "group",
            {"fields": ["slug"], "unique": True, "sparse": True},
            {"fields": ["submitted_at"], "sparse": True},
            {"fields": ["decision_due"], "sparse": True},
            {"fields": ["ends_at"], "sparse": True},
            {"fields": ["changed_at"], "sparse": True},
            {"fields": ["closing_at"], "sparse": True},
            {"fields": ["called_off_until"], "sparse": True},
            {"fields": ["places_due"], "sparse": True},
            {"fields": ["note_due"], "sparse": True},
            {"fields": ["forget_at"], "sparse": True},
            {"fields": ["key"], "unique": True, "sparse": True},
            {"fields": ["key_until"], "sparse": True},
            {"fields": ["listed.starts"], "sparse": True},
            {"fields": ["listed.since"], "sparse": True},
            {"fields": ["check_due"], "sparse": True},
            {"fields": ["ageing_due"], "sparse": True},
            {"fields": ["check_hash"], "sparse": True},
        ],
    }


DOCUMENTS: tuple[type[StoredDocument], ...] = (Post,)


def posts() -> Rows:
    rows: Rows = Post._get_collection()
    return rows


def by_id(post_id: str) -> Post | None:
    found: Post | None = Post.objects(id=post_id).first()
    return found


def by_slug(kind: str, slug: str) -> Post | None:
    """Whatever its state: whoever shows it asks whether people may see it."""
    found: Post | None = Post.objects(slug=slug, kind=kind).first()
    return found


def by_key(key: str) -> Post | None:
    """The post that a form or call with this key made, for a day after it was sent."""
    found: Post | None = Post.objects(key=key).first()
    return found


def by_check_hash(hashed: str) -> Post | None:
    """The initiative whose group was asked by this link."""
    found: Post | None = Post.objects(check_hash=hashed).first()
    return found


def of_group(group_id: str) -> list[Post]:
    return list(Post.objects(group=group_id))


def waiting(limit: int) -> list[Post]:
    """What is to be reviewed, oldest first."""
    return list(Post.objects(submitted_at__exists=True).order_by("submitted_at").limit(limit))


def with_time_before(field: str, moment: datetime, limit: int) -> list[Post]:
    """Those whose `decision_due`, `ends_at`, `closing_at`, `places_due`, `note_due`, `forget_at`, `check_due` or `ageing_due` has come."""
    return list(Post.objects(**{f"{field}__lte": moment}).limit(limit))


def events_between(since: datetime, until: datetime) -> list[Post]:
    """The events that people can find and that start in that time, in order."""
    return list(Post.objects(listed__starts__gte=since, listed__starts__lt=until).order_by("listed.starts"))


def initiatives() -> list[Post]:
    """The initiatives that people can find; some hundreds at most."""
    return list(Post.objects(listed__since__exists=True))


def these(ids: Sequence[str]) -> list[Post]:
    return list(Post.objects(id__in=list(ids)))


def changed_since(moment: datetime) -> list[Post]:
    """What people see of these has changed since; the newest first."""
    return list(Post.objects(changed_at__gte=moment).order_by("-changed_at"))
