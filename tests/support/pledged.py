"""Reading pledge's store in a test: one document, what it still has to say, and whether anything in it shows a person."""

from collections.abc import Iterator
from typing import Any

from services.pledge.store import pledges as rows


def document(pledge_id: str) -> dict[str, Any]:
    """The stored document, as it lies there."""
    found = rows().find_one({"_id": pledge_id})
    assert found is not None
    return found


def said(pledge_id: str) -> list[tuple[str, dict[str, int]]]:
    """(type, deltas) of everything pending, in order."""
    return [(entry["type"], entry["data"].get("deltas", {})) for entry in document(pledge_id).get("outbox", [])]


def last_entry(pledge_id: str) -> dict[str, Any]:
    entry: dict[str, Any] = document(pledge_id)["outbox"][-1]
    return entry


def texts_in(value: Any) -> Iterator[str]:
    """Every text anywhere in a document, names of fields too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    else:
        yield str(value)
