"""Indexes as data: `prepare` makes them, and a doctor compares them with what the store has.

A missing one is slow or, where it is a unique one, a guard that guards nothing; the store itself never says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from shared.store.documents import StoredDocument

ASCENDING = 1


@dataclass(frozen=True)
class Index:
    """`fields`: (name, direction) in order. Sparse: only documents that have the field."""

    collection: str
    fields: tuple[tuple[str, int], ...]
    unique: bool = False
    sparse: bool = False

    def __str__(self) -> str:
        kind = " ".join(word for word, holds in (("unique", self.unique), ("sparse", self.sparse)) if holds)
        return f"{self.collection}({', '.join(name for name, _ in self.fields)})" + (f", {kind}" if kind else "")


def index(collection: str, *names: str, unique: bool = False, sparse: bool = False) -> Index:
    """Over these fields, each ascending."""
    return Index(collection, tuple((name, ASCENDING) for name in names), unique, sparse)


def declared(documents: Iterable[type[StoredDocument]]) -> list[Index]:
    """What the documents' classes ask for."""
    return [
        Index(document._meta["collection"], tuple(spec["fields"]), bool(spec.get("unique")), bool(spec.get("sparse")))
        for document in documents
        for spec in document._meta["index_specs"]
    ]


def make(db: Database[dict[str, Any]], indexes: Sequence[Index]) -> None:
    """Make those that are missing; safe to run beside running processes."""
    for one in indexes:
        options: dict[str, Any] = {name: True for name, holds in (("unique", one.unique), ("sparse", one.sparse)) if holds}
        db[one.collection].create_index(list(one.fields), **options)


def missing(db: Database[dict[str, Any]], indexes: Sequence[Index]) -> list[Index]:
    """Those that the store has not, or has with another promise."""
    there = {
        Index(collection, tuple((name, int(way)) for name, way in found["key"]), bool(found.get("unique")), bool(found.get("sparse")))
        for collection in {one.collection for one in indexes}
        for found in db[collection].index_information().values()
    }
    return [one for one in indexes if one not in there]
