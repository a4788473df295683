"""events' documents, their indexes and every named query; one module a noun: groups, posts, places, review, notes."""

from typing import Any

from pymongo.database import Database

from services.events.store import groups, notes, places, posts, review
from services.events.store.groups import Group, Invitation, Rows
from services.events.store.notes import Note
from services.events.store.places import Roster, SignUp
from services.events.store.posts import Post
from services.events.store.review import Decision, Held, Report
from shared.privacy import erasure
from shared.security import revocations
from shared.store.documents import StoredDocument
from shared.store.indexes import Index, declared, make

__all__ = [
    "Decision",
    "Group",
    "Held",
    "Invitation",
    "Note",
    "Post",
    "Report",
    "Roster",
    "SignUp",
    "groups",
    "indexes",
    "notes",
    "outboxes",
    "places",
    "posts",
    "prepare",
    "review",
]

DOCUMENTS: tuple[type[StoredDocument], ...] = (*groups.DOCUMENTS, *posts.DOCUMENTS, *places.DOCUMENTS, *review.DOCUMENTS, *notes.DOCUMENTS)


def rows_of(document: type[StoredDocument]) -> Rows:
    rows: Rows = document._get_collection()
    return rows


def outboxes() -> list[Rows]:
    """The collections whose documents speak."""
    return [
        rows_of(Group),
        rows_of(Invitation),
        rows_of(Post),
        rows_of(SignUp),
        rows_of(Held),
        rows_of(Note),
        erasure.rows(rows_of(Note).database),
    ]


def indexes() -> list[Index]:
    return [*declared(DOCUMENTS), *groups.INDEXES, *places.INDEXES, *notes.INDEXES, *revocations.INDEXES, *erasure.INDEXES]


def prepare(db: Database[dict[str, Any]]) -> None:
    """Make every index that is missing; safe to run beside running processes."""
    make(db, indexes())
