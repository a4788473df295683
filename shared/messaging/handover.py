"""Handing an address over to notify: the owner keeps the sealed offer in its own document until notify says it has it.

Once a day it is offered again: the same message with the same id, so that nothing is mailed twice. This is why
`contacts.v1` needs no archive, and why an offer survives the loss of the whole log.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.collection import Collection

from shared.messaging.outbox import Entry, pending
from shared.store.indexes import Index, index

AGAIN_AFTER = timedelta(days=1)
FIELD = "offer"


def kept(entry: Entry, now: datetime) -> dict[str, Any]:
    """The value of a document's `offer` field: the message as it was published, and when to offer it again."""
    return {"message": entry, "due": now + AGAIN_AFTER}


def received(documents: Collection[dict[str, Any]], message_ids: Sequence[str]) -> int:
    """notify has these: drop the blobs. How many; none that was dropped before, or replaced by a newer offer."""
    return documents.update_many({"offer.message.id": {"$in": list(message_ids)}}, {"$unset": {FIELD: 1}}).modified_count


def offer_again(documents: Collection[dict[str, Any]], now: datetime, *, at_once: bool = False, limit: int = 100) -> int:
    """Publish every offer that is due once more (with `at_once`, every one that is still open). The number offered.

    One that lies pending already is left alone: the relay has yet to send it for the first time.
    """
    due = {"offer.due": {"$exists": True}} if at_once else {"offer.due": {"$lte": now}}
    count = 0
    for document in _some(documents, due, 0 if at_once else limit):
        offer = document[FIELD]
        changed = pending([offer["message"]], now) | {"$set": {"offer.due": now + AGAIN_AFTER}}
        id_ = offer["message"]["id"]
        same = {"_id": document["_id"], "offer.message.id": id_, "offer.due": offer["due"], "outbox.id": {"$ne": id_}}
        count += documents.update_one(same, changed).modified_count
    return count


def _some(documents: Collection[dict[str, Any]], query: dict[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    yield from list(documents.find(query, {FIELD: 1}).limit(limit))


def indexes(collection: str) -> tuple[Index, ...]:
    """What a collection needs whose documents hold offers."""
    return (index(collection, "offer.due", sparse=True), index(collection, "offer.message.id", sparse=True))
