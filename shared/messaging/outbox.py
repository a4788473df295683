"""Pending messages, embedded in the document that an operation changes: one atomic write is state and message both.

`message()` makes an entry; `change_if()` changes an existing document and puts entries into it in one update, and
`first_messages()` gives the fields of a new one. The relay takes them from there.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.collection import Collection

from shared.messaging.catalogue import CATALOGUE, TOPICS
from shared.messaging.envelope import Envelope, checked
from shared.runtime.clock import cut_to_hour
from shared.runtime.logs import current_correlation

Entry = dict[str, Any]


def message(type_: str, subject: str, data: Mapping[str, Any], *, now: datetime) -> Entry:
    """One pending message. `data` is checked against the catalogue's schema here, so that no emitter can make poison.

    On a topic whose messages carry the hour only, the time is cut before it is stored anywhere.
    """
    topic = TOPICS[CATALOGUE[type_].topic]
    return {
        "id": str(uuid.uuid4()),
        "type": type_,
        "subject": subject,
        "time": cut_to_hour(now) if topic.hourly else now,
        "data": checked(type_, data),
        "correlation": None if CATALOGUE[type_].apart else current_correlation(),
    }


def pending(entries: Sequence[Entry], now: datetime) -> dict[str, Any]:
    """Mongo update operators that add `entries` to a document; empty when there are none."""
    if not entries:
        return {}
    return {"$push": {"outbox": {"$each": list(entries)}}, "$min": {"pending_since": now}}


def change_if(
    documents: Collection[dict[str, Any]],
    id_: str,
    facts: Mapping[str, Any],
    changes: Mapping[str, Any],
    entries: Sequence[Entry],
    now: datetime,
) -> bool:
    """One update that holds both the new state and the messages that tell of it, if `facts` still hold. False: somebody was quicker.

    `changes`: field → value; None unsets.
    """
    put = {name: value for name, value in changes.items() if value is not None}
    drop = [name for name, value in changes.items() if value is None]
    update = pending(entries, now)
    update |= {"$set": put} if put else {}
    update |= {"$unset": dict.fromkeys(drop, 1)} if drop else {}
    return documents.update_one({"_id": id_, **facts}, update).modified_count == 1


def first_messages(entries: Sequence[Entry], now: datetime) -> dict[str, Any]:
    """The outbox fields of a document that is being inserted."""
    return {"outbox": list(entries), "pending_since": now} if entries else {}


def as_envelope(entry: Mapping[str, Any], source: str, sequence: int | None) -> Envelope:
    return Envelope(
        id=entry["id"],
        type=entry["type"],
        source=source,
        time=entry["time"],
        subject=entry["subject"],
        data=entry["data"],
        sequence=None if CATALOGUE[entry["type"]].apart else sequence,
        correlation_id=entry.get("correlation"),
    )
