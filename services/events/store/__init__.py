"""events' documents, their indexes and every named query; one module a noun, when the nouns come."""

from typing import Any

from pymongo.database import Database

from shared.security import revocations
from shared.store.documents import StoredDocument
from shared.store.indexes import Index, declared, make

DOCUMENTS: tuple[type[StoredDocument], ...] = ()


def indexes() -> list[Index]:
    return [*declared(DOCUMENTS), *revocations.INDEXES]


def prepare(db: Database[dict[str, Any]]) -> None:
    """Make every index that is missing; safe to run beside running processes."""
    make(db, indexes())
