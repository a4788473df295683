"""The log itself: what lies on it, byte for byte, and how to put anything on it."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from shared.messaging.broker import ensure_topics
from shared.messaging.catalogue import PARTITIONS, TOPICS
from shared.messaging.records import Partition, Record
from shared.runtime.clock import as_milliseconds, from_milliseconds
from shared.runtime.settings import CommonSettings
from tests.support.engines import Broker


def prepare(broker: Broker) -> None:
    """Make every topic of the catalogue."""
    settings = CommonSettings(public_url="http://localhost", mongo_uri="", kafka_bootstrap=broker.bootstrap, kafka_replication=1)
    ensure_topics(settings, list(TOPICS.values()))


def read_log(broker: Broker, topic: str, at_least: int = 0, seconds: float = 15.0) -> list[Record]:
    """Everything on a topic, by partition and offset; waits for `at_least` records, then a moment longer for more."""
    consumer = KafkaConsumer(bootstrap_servers=[broker.bootstrap], fetch_max_wait_ms=20, metrics_enabled=False)
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        found: list[Record] = []
        deadline = time.monotonic() + seconds
        quiet = 0
        while quiet < 3 or len(found) < at_least:
            assert time.monotonic() < deadline, f"{topic}: {len(found)} records, not {at_least}, within {seconds:.0f} s"
            batches = consumer.poll(timeout_ms=50)
            quiet = 0 if batches else quiet + 1
            found += [_record(item) for items in batches.values() for item in items]
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()


def write(broker: Broker, records: Sequence[Record]) -> list[Record]:
    """Put records on the log as they are, well formed or not, in order; with the places they got."""
    producer = KafkaProducer(bootstrap_servers=[broker.bootstrap], linger_ms=5, metrics_enabled=False)
    try:
        futures = [_send(producer, record) for record in records]
        places = [future.get(timeout=10) for future in futures]
    finally:
        producer.close()
    return [
        Record(record.topic, record.key, record.value, record.headers, record.time, place.partition, place.offset)
        for record, place in zip(records, places, strict=True)
    ]


def _send(producer: KafkaProducer, record: Record) -> Any:
    partition = record.partition if record.partition >= 0 else None
    return producer.send(
        record.topic, record.value, record.key, list(record.headers), partition=partition, timestamp_ms=as_milliseconds(record.time)
    )


def header(record: Record, name: str) -> str | None:
    """One header's text."""
    found = dict(record.headers).get(name)
    return None if found is None else found.decode()


def _record(item: Any) -> Record:
    return Record(
        topic=item.topic,
        key=item.key,
        value=item.value,
        headers=tuple((name, bytes(value)) for name, value in item.headers),
        time=from_milliseconds(item.timestamp),
        partition=item.partition,
        offset=item.offset,
    )


def committed(broker: Broker, group: str) -> dict[Partition, int]:
    """Where a group goes on, by partition."""
    admin = KafkaAdminClient(bootstrap_servers=[broker.bootstrap])
    try:
        found = admin.list_group_offsets([group])[group]
    finally:
        admin.close()
    return {Partition(tp.topic, tp.partition): place.offset for tp, place in found.items()}


def log_ends(broker: Broker, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The offset that the next record of each will get."""
    consumer = KafkaConsumer(bootstrap_servers=[broker.bootstrap], metrics_enabled=False)
    try:
        ends = consumer.end_offsets([TopicPartition(at.topic, at.number) for at in partitions])
    finally:
        consumer.close()
    return {Partition(tp.topic, tp.partition): end for tp, end in ends.items()}
