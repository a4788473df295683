"""What a service has published, kept so that a lost log can be filled again.

A row holds the message, its place in the log and an end; no row says when it was written to less than an hour, or the
archive would remember the second that a pledge promises to forget. `contacts.v1` is never archived.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shared.messaging.catalogue import CATALOGUE
from shared.messaging.envelope import Envelope
from shared.runtime.clock import cut_to_hour

COLLECTION = "archive"
DUPLICATE_KEY = 11000
PAGE = 500


def prepare(db: Database[dict[str, Any]]) -> None:
    rows = db[COLLECTION]
    rows.create_index([("topic", ASCENDING), ("partition", ASCENDING), ("offset", ASCENDING)])
    rows.create_index("expires")
    rows.create_index("archived_hour")


def store(db: Database[dict[str, Any]], published: Sequence[tuple[Envelope, int, int]], now: datetime) -> None:
    """Keep (envelope, partition, offset) of each archivable message; one that is there already stays as it is."""
    rows = [_row(*item, now) for item in published if CATALOGUE[item[0].type].archived is not None]
    insert_ignoring_duplicates(db[COLLECTION], rows)


def _row(envelope: Envelope, partition: int, offset: int, now: datetime) -> dict[str, Any]:
    entry = CATALOGUE[envelope.type]
    assert entry.archived is not None  # noqa: S101 -- `store` filters; this tells the type checker
    return {
        "_id": envelope.id,
        "type": envelope.type,
        "topic": entry.topic,
        "source": envelope.source,
        "subject": envelope.subject,
        "time": envelope.time,
        "sequence": envelope.sequence,
        "data": dict(envelope.data),
        "correlation": envelope.correlation_id,
        "partition": partition,
        "offset": offset,
        "archived_hour": cut_to_hour(now),
        "expires": cut_to_hour(now) + entry.archived,
    }


def in_log_order(db: Database[dict[str, Any]]) -> Iterator[Envelope]:
    """Every archived message, in the order of the log it was written to. Pages by place, so no cursor can time out."""
    after: tuple[str, int, int] | None = None
    while True:
        query = _later_than(after) if after else {}
        page = list(db[COLLECTION].find(query).sort([("topic", 1), ("partition", 1), ("offset", 1)]).limit(PAGE))
        for row in page:
            yield _envelope(row)
        if len(page) < PAGE:
            return
        last = page[-1]
        after = last["topic"], last["partition"], last["offset"]


def _later_than(place: tuple[str, int, int]) -> dict[str, Any]:
    topic, partition, offset = place
    return {
        "$or": [
            {"topic": {"$gt": topic}},
            {"topic": topic, "partition": {"$gt": partition}},
            {"topic": topic, "partition": partition, "offset": {"$gt": offset}},
        ]
    }


def _envelope(row: dict[str, Any]) -> Envelope:
    return Envelope(
        id=row["_id"],
        type=row["type"],
        source=row["source"],
        time=row["time"],
        subject=row["subject"],
        data=row["data"],
        sequence=row["sequence"],
        correlation_id=row.get("correlation"),
    )


def move(db: Database[dict[str, Any]], places: Sequence[tuple[str, int, int]]) -> None:
    """Note the new place (message id, partition, offset) of messages that were published again."""
    if places:
        moves = [UpdateOne({"_id": id_}, {"$set": {"partition": partition, "offset": offset}}) for id_, partition, offset in places]
        db[COLLECTION].bulk_write(moves, ordered=False)


def insert_ignoring_duplicates(collection: Collection[dict[str, Any]], rows: Sequence[dict[str, Any]]) -> int:
    """Insert `rows`; those whose id is there already are left as they are. The number that was new."""
    if not rows:
        return 0
    try:
        return len(collection.insert_many(list(rows), ordered=False).inserted_ids)
    except BulkWriteError as error:
        if any(problem["code"] != DUPLICATE_KEY for problem in error.details["writeErrors"]):
            raise
        return int(error.details["nInserted"])
