"""The base of every document of ours.

`strict: False`, so that two versions of the code can run at once; indexes are made by `prepare` alone, never at first
use in a request; nothing calls `save()` on an existing document: changes are conditional updates.
"""

from typing import Any

from mongoengine import DateTimeField, DictField, Document, IntField, ListField


class StoredDocument(Document):
    meta: dict[str, Any] = {"abstract": True, "strict": False, "auto_create_index": False}


class OutboxDocument(StoredDocument):
    """A document whose changes speak: pending messages lie in it until the relay has published them.

    `outbox_base`: how many of its messages were published before; a message's `sequence` is base + its place.
    `pending_since`: set while something is pending, unset otherwise, so that the sparse index holds only those.
    """

    outbox: Any = ListField(DictField(), default=None)
    outbox_base: Any = IntField(default=0)
    pending_since: Any = DateTimeField()

    meta: dict[str, Any] = {
        "abstract": True,
        "strict": False,
        "auto_create_index": False,
        "indexes": [{"fields": ["pending_since"], "sparse": True}],
    }
