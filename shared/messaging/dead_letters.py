"""Messages that were set aside, in the consumer's own store, with their bytes; and the partitions that are paused.

The id is topic-partition-offset and a hash of the bytes: when a log is lost and filled again, an old dead letter does
not hide new poison at the same offset. A letter is written before the offset, so nothing is committed past it unseen.
"""

import hashlib
from collections.abc import Container, Iterator
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.messaging.records import Partition, Record
from shared.store.indexes import index, make

COLLECTION, PAUSES = "dead_letters", "paused_partitions"
POISON, PARKED, RETRIED, DISCARDED = "poison", "parked", "retried", "discarded"
OPEN = (POISON, PARKED)
INDEXES = (index(COLLECTION, "state", "at"), index(COLLECTION, "closed_at", sparse=True))


def prepare(db: Database[dict[str, Any]]) -> None:
    make(db, INDEXES)


def letter_id(record: Record) -> str:
    content = hashlib.sha256()
    for part in (record.key or b"", record.value or b"", *(name.encode() + value for name, value in record.headers)):
        content.update(len(part).to_bytes(8, "big") + part)
    return f"{record.topic}-{record.partition}-{record.offset}-{content.hexdigest()[:16]}"


def set_aside(db: Database[dict[str, Any]], record: Record, state: str, reason: str, now: datetime) -> None:
    """Write a dead letter; the same record again only counts the attempt."""
    letter = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "value": record.value,
        "headers": [[name, value] for name, value in record.headers],
        "time": record.time,
        "state": state,
        "reason": reason,
        "at": now,
    }
    db[COLLECTION].update_one({"_id": letter_id(record)}, {"$setOnInsert": letter, "$inc": {"attempts": 1}}, upsert=True)


def letters(db: Database[dict[str, Any]], states: tuple[str, ...] = OPEN) -> Iterator[dict[str, Any]]:
    """Letters in these states, oldest first."""
    yield from db[COLLECTION].find({"state": {"$in": list(states)}}).sort("at", 1)


def parked(db: Database[dict[str, Any]], types: Container[str]) -> list[str]:
    """The ids of the parked letters whose type is among these, oldest first. Only headers are read: there may be many others."""
    rows = db[COLLECTION].find({"state": PARKED}, {"headers": 1}).sort("at", 1)
    return [row["_id"] for row in rows if _header(row, "ce_type") in types]


def message_ids(db: Database[dict[str, Any]]) -> set[str]:
    """The ids of the messages in open letters, as far as a header tells one."""
    headers = (header for letter in db[COLLECTION].find({"state": {"$in": list(OPEN)}}, {"headers": 1}) for header in letter["headers"])
    return {bytes(value).decode("utf-8", "replace") for name, value in headers if name == "ce_id"}


def _header(letter: dict[str, Any], wanted: str) -> str | None:
    return next((bytes(value).decode("utf-8", "replace") for name, value in letter["headers"] if name == wanted), None)


def find(db: Database[dict[str, Any]], id_: str) -> dict[str, Any] | None:
    return db[COLLECTION].find_one({"_id": id_})


def close_letter(db: Database[dict[str, Any]], id_: str, state: str, now: datetime) -> bool:
    """Mark a letter retried or discarded; False when it is not open any more."""
    open_one = {"_id": id_, "state": {"$in": list(OPEN)}}
    return db[COLLECTION].update_one(open_one, {"$set": {"state": state, "closed_at": now}}).modified_count == 1


def condemn(db: Database[dict[str, Any]], id_: str, reason: str) -> None:
    """A parked letter that this release knows and still cannot handle is poison."""
    db[COLLECTION].update_one({"_id": id_, "state": PARKED}, {"$set": {"state": POISON, "reason": reason}, "$inc": {"attempts": 1}})


def as_record(letter: dict[str, Any]) -> Record:
    return Record(
        topic=letter["topic"],
        key=_bytes(letter["key"]),
        value=_bytes(letter["value"]),
        headers=tuple((name, bytes(value)) for name, value in letter["headers"]),
        time=letter["time"],
        partition=letter["partition"],
        offset=letter["offset"],
    )


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def pause(db: Database[dict[str, Any]], partition: Partition, reason: str, now: datetime) -> None:
    """Stop a partition for every consumer of this service, until `resume`."""
    row = {"topic": partition.topic, "partition": partition.number, "reason": reason, "since": now}
    db[PAUSES].update_one({"_id": str(partition)}, {"$setOnInsert": row}, upsert=True)


def resume(db: Database[dict[str, Any]], partition: str) -> bool:
    """Lift the stored pause of `topic-number`; False when there is none."""
    return db[PAUSES].delete_one({"_id": partition}).deleted_count == 1


def paused(db: Database[dict[str, Any]]) -> set[Partition]:
    return {Partition(row["topic"], row["partition"]) for row in db[PAUSES].find()}
