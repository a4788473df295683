"""Poison before a real consumer process: what follows goes on; ten in a row pause one partition, through every restart."""

import time
from dataclasses import replace
from typing import Any

import pytest

from shared.messaging.dead_letters import COLLECTION as LETTERS
from shared.messaging.records import Partition, Record
from tests.support.builders import a_record, on, without_header
from tests.support.crowd import Seen, pledge
from tests.support.fleet import SERVICES, Fleet, Program
from tests.support.waiting import until
from tests.support.wholeness import settled, whole
from tests.support.wire import write

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.proof]

HERE = Partition("pledges.v1", 2)
EVERYWHERE = [Partition("pledges.v1", number) for number in range(4)]


def one_of_each_kind() -> list[Record]:
    good = a_record()
    wrong = {"action": {"$ne": 1}, "deltas": "many"}
    return [
        replace(good, value=b"\xff\xfe\x00"),
        without_header("ce_id")(good),
        replace(good, value=None),
        a_record(data=wrong),
    ]


def counted_after(living: Fleet, before: list[Record]) -> float:
    """How long a pledge takes to be counted that lies behind these records when the consumer comes to them."""
    consumer, db = living.members["pledge-consumer"], living.database("pledge")
    consumer.freeze()
    if before:
        write(living.broker, before)
    made = pledge(living.base, 0).made
    assert made
    until(lambda: db.archive.find_one({"subject": made["id"]}) is not None, "it is on the log")
    message = db.archive.find_one({"subject": made["id"]}) or {}
    began = time.monotonic()
    consumer.thaw()
    until(lambda: db.counted.find_one({"_id": message["_id"]}) is not None, "it is counted")
    return time.monotonic() - began


def test_what_follows_poison_is_hardly_delayed(living: Fleet, seen: Seen) -> None:
    """Bytes that are no text, a missing header, a null body, wrong fields, before each partition's next pledge: 2 s at most.

    Each letter holds the bytes as they lay on the log.
    """
    db = living.database("pledge")
    poison = [on(place, record) for place in EVERYWHERE for record in one_of_each_kind()]
    plain = counted_after(living, [])
    behind = counted_after(living, poison)
    seen(f"counted {plain * 1000:.0f} ms after the consumer wakes, {behind * 1000:.0f} ms behind {len(poison)} poisonous records")
    assert behind < plain + 2
    for service in SERVICES:
        until(lambda: living.database(service)[LETTERS].count_documents({}) == len(poison), "each has its letter")  # noqa: B023
    letters = [(row["partition"], row["key"], row["value"], [tuple(header) for header in row["headers"]]) for row in db[LETTERS].find()]
    for record in poison:
        assert (record.partition, record.key, record.value, list(record.headers)) in letters
    forget_letters(living)


def test_ten_in_a_row_pause_a_partition_through_restarts(living: Fleet) -> None:
    """The process lives and is not ready, by the partition's name; other partitions go on; `resume` brings what waited behind.

    A killed process and one that was told to stop find the pause again.
    """
    db = living.database("pledge")
    write(living.broker, [on(HERE, replace(a_record(), value=f"{{{number}".encode())) for number in range(10)])
    consumer = living.members["pledge-consumer"]
    until(lambda: is_paused(consumer) and is_paused(living.members["notify-consumer"]), "the partition is paused for both who hear it")
    assert consumer.probe("/livez")[0] == 200
    made: list[dict[str, Any]] = []
    while not any(place_of(db, one["id"]) == HERE.number for one in made):
        made.append(pledge(living.base, 0).made or {})
        until(lambda: place_of(db, made[-1]["id"]) is not None, "it is on the log")
    waits = [one["id"] for one in made if place_of(db, one["id"]) == HERE.number]
    until(lambda: all(is_counted(db, one["id"]) for one in made if one["id"] not in waits), "the others are counted")
    for end in (consumer.kill, consumer.stop):
        end()
        consumer.launch()
        until(lambda: is_paused(consumer), "paused again", 30)
        assert consumer.probe("/livez")[0] == 200
    assert not any(is_counted(db, id_) for id_ in waits)
    living.command_each("dead-letters", "resume", str(HERE))
    until(lambda: all(is_counted(db, id_) for id_ in waits), "what waited is counted", 30)
    living.wait_ready()
    assert db[LETTERS].count_documents({}) == 10
    forget_letters(living)
    settled(living)
    whole(living, made)


def is_paused(consumer: Program) -> bool:
    return consumer.probe("/readyz")[0] == 503 and str(HERE) in consumer.problems.get("paused", "")


def place_of(db: Any, pledge_id: str) -> int | None:
    row = db.archive.find_one({"subject": pledge_id, "type": "pledge.made.v1"})
    return row["partition"] if row else None


def is_counted(db: Any, pledge_id: str) -> bool:
    row = db.archive.find_one({"subject": pledge_id, "type": "pledge.made.v1"})
    return row is not None and db.counted.find_one({"_id": row["_id"]}) is not None


def forget_letters(living: Fleet) -> None:
    """As these processes were found: notify hears this topic too, and the doctors of other tests would ask about both."""
    for service in SERVICES:
        living.database(service)[LETTERS].delete_many({})
