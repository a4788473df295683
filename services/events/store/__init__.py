"""events' documents, their indexes and every named query; one module a noun, when the nouns come."""

from typing import Any

from pymongo.database import Database

from shared.store.documents import StoredDocument

DOCUMENTS: tuple[type[StoredDocument], ...] = ()


def prepare(_db: Database[dict[str, Any]]) -> None:
    """Make every index that is missing; safe to run beside running processes."""
    for document in DOCUMENTS:
        document.ensure_indexes()
