"""What a service has published, kept so that a lost log can be filled again.

A row holds the message, its place in the log and an end; no row says when it was written to less than an hour, or the
archive would remember the second that a pledge promises to forget. `contacts.v1` is never archived.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shared.messaging.catalogue import CATALOGUE
from shared.messaging.envelope import Envelope
from shared.runtime.clock import cut_to_hour
from shared.runtime.errors import Unavailable
from shared.store.indexes import index, make

COLLECTION = "archive"
CORRELATION_KEPT = timedelta(days=7)
DUPLICATE_KEY = 11000
PAGE = 500
INDEXES = (index(COLLECTION, "expires"), index(COLLECTION, "untie_at", sparse=True))


def prepare(db: Database[dict[str, Any]]) -> None:
    make(db, INDEXES)


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
        "partition": partition,
        "offset": offset,
        "expires": cut_to_hour(now) + entry.archived,
        **({"correlation": envelope.correlation_id, "untie_at": cut_to_hour(now) + CORRELATION_KEPT} if envelope.correlation_id else {}),
    }


def in_log_order(db: Database[dict[str, Any]]) -> Iterator[Envelope]:
    """Every archived message as it now is, in the order of the log it was written to, and of one subject by its sequence."""
    return (envelope for _, envelope in by_topic(db))


def by_topic(db: Database[dict[str, Any]]) -> Iterator[tuple[str, Envelope]]:
    """The same with the topic that each lies on: the catalogue need not know its type, which a newer release may have written.

    The order is taken once, at the start: whoever sends these again moves their places meanwhile. Places alone would not
    do, for after a log was lost old and new messages have the same ones.
    """
    ids = _ids_in_order(db)
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        rows = {row["_id"]: row for row in db[COLLECTION].find({"_id": {"$in": page}})}
        yield from ((rows[id_]["topic"], _envelope(rows[id_])) for id_ in page if id_ in rows)


def _ids_in_order(db: Database[dict[str, Any]]) -> list[str]:
    rows = db[COLLECTION].find({}, {"topic": 1, "partition": 1, "offset": 1, "subject": 1, "sequence": 1})
    by_place = sorted(rows, key=lambda row: (row["topic"], row["partition"], row["offset"]))
    of_subject: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in by_place:
        of_subject[row["topic"], row["subject"]].append(row)
    in_turn = {subject: iter(sorted(own, key=lambda row: row["sequence"] or 0)) for subject, own in of_subject.items()}
    return [next(in_turn[row["topic"], row["subject"]])["_id"] for row in by_place]


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
        if error.details.get("writeConcernErrors"):
            raise Unavailable("the store wrote, but does not say that it will last") from error
        if any(problem["code"] != DUPLICATE_KEY for problem in error.details["writeErrors"]):
            raise
        return int(error.details["nInserted"])
