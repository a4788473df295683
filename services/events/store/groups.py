"""Groups: who posts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import BooleanField, DateTimeField, DictField, ListField, StringField
from pymongo.collection import Collection

from shared.messaging import handover
from shared.store.documents import OutboxDocument, StoredDocument

ALIAS = "events"
Rows = Collection[dict[str, Any]]


class Group(OutboxDocument):
    """Who posts. What a group says of itself lies in `about`; what only staff may read lies in `private`, encrypted.

    `organisers`: the contact_refs of those who may post for it. `about`: {name, kind, what, areas, link, charity_number,
    statements: {dbs, insurance, distress}} as last saved; `approved`: the same as a reviewer approved it, which alone is shown.
    `private`: {phone, safeguarding_name, safeguarding_phone}, encrypted with events' own key. `trusted`: may put links into
    what it posts. `paused_at`: since when nothing of it is shown. `submitted_at`: while it waits to be reviewed, with its first
    post. `settling`: when it was paused or shown again, while its posts follow. `forget_at`: of a draft, when it goes if nobody saves
    it. `key`, `key_digest`: of the form or call that made
    it, until `key_until`.
    """

    id: Any = StringField(primary_key=True)
    slug: Any = StringField(required=True, unique=True)
    state: Any = StringField(required=True)
    organisers: Any = ListField(StringField())
    about: Any = DictField()
    approved: Any = DictField(default=None)
    private: Any = StringField()
    trusted: Any = BooleanField(default=False)
    made_at: Any = DateTimeField(required=True)
    saved_at: Any = DateTimeField()
    submitted_at: Any = DateTimeField()
    approved_at: Any = DateTimeField()
    paused_at: Any = DateTimeField()
    asked: Any = DictField(default=None)
    settling: Any = DateTimeField()
    forget_at: Any = DateTimeField()
    key: Any = StringField()
    key_digest: Any = StringField()
    key_until: Any = DateTimeField()

    meta = {
        "collection": "groups",
        "db_alias": ALIAS,
        "indexes": [
            "organisers",
            {"fields": ["submitted_at"], "sparse": True},
            {"fields": ["approved_at"], "sparse": True},
            {"fields": ["settling"], "sparse": True},
            {"fields": ["forget_at"], "sparse": True},
            {"fields": ["key"], "unique": True, "sparse": True},
            {"fields": ["key_until"], "sparse": True},
        ],
    }


class Invitation(OutboxDocument):
    """A second organiser, asked by the first: the sealed offer of an address, kept until notify has it.

    The id is the contact_ref that the invited one will have; the owner's yes (contact.confirmed) makes it an organiser's.
    """

    id: Any = StringField(primary_key=True)
    group: Any = StringField(required=True)
    made_at: Any = DateTimeField(required=True)
    offer: Any = DictField(default=None)

    meta = {"collection": "invitations", "db_alias": ALIAS, "indexes": ["group", "made_at"]}


DOCUMENTS: tuple[type[StoredDocument], ...] = (Group, Invitation)
INDEXES = handover.indexes(Invitation._meta["collection"])


def groups() -> Rows:
    rows: Rows = Group._get_collection()
    return rows


def invitations() -> Rows:
    rows: Rows = Invitation._get_collection()
    return rows


def by_id(group_id: str) -> Group | None:
    found: Group | None = Group.objects(id=group_id).first()
    return found


def by_slug(slug: str) -> Group | None:
    found: Group | None = Group.objects(slug=slug).first()
    return found


def by_key(key: str) -> Group | None:
    """The group that a form or call with this key made, for a day after it was sent."""
    found: Group | None = Group.objects(key=key).first()
    return found


def of_organiser(refs: Sequence[str]) -> list[Group]:
    """The groups that one of these refs may post for, the oldest first."""
    return sorted(Group.objects(organisers__in=list(refs)), key=lambda group: group.made_at) if refs else []


def with_organiser(ref: str) -> dict[str, Any]:
    """The groups that this ref may post for."""
    return {"organisers": ref}


def invitation(ref: str) -> Invitation | None:
    found: Invitation | None = Invitation.objects(id=ref).first()
    return found


def invitations_of(group_id: str) -> list[Invitation]:
    """Those that nobody has answered yet, the oldest first."""
    return sorted(Invitation.objects(group=group_id), key=lambda one: one.made_at)


def keys_before(document: type[OutboxDocument], moment: datetime, limit: int) -> list[str]:
    """The ids of those whose form's key has had its time."""
    return [row.id for row in document.objects(key_until__lte=moment).only("id").limit(limit)]


def known() -> list[Group]:
    """Those that were approved once, the newest first."""
    return list(Group.objects(approved_at__exists=True).order_by("-approved_at"))


def waiting() -> list[Group]:
    """Those that are to be read: with their first post, or because they have changed."""
    return list(Group.objects(submitted_at__exists=True).order_by("submitted_at"))


def settling(limit: int) -> list[Group]:
    """Those whose posts follow them just now."""
    return list(Group.objects(settling__exists=True).limit(limit))


def to_forget(moment: datetime, limit: int) -> list[Group]:
    """Drafts that nobody has saved for long."""
    return list(Group.objects(forget_at__lte=moment).limit(limit))


def these(ids: Sequence[str]) -> dict[str, Group]:
    """By their ids."""
    return {group.id: group for group in Group.objects(id__in=list(ids))}
