"""The only place that knows kafka-python (pinned >=3.0.12,<3.1). Its traps, measured, and what is done about each:

- `poll(timeout_ms > 0)` spins on a frozen broker, and `poll(0)` alone never joins a group: so a patient poll until
  partitions are assigned, then `poll(0)` with the loop's nap, and once a second 50 ms so that a lost membership rejoins.
- The idempotent producer never recovers once a batch in retry has expired: so its delivery time-out is an hour, and on
  any failed future the relay throws the producer away and sends the batch again with a new one.
- A producer made before a fork sends nothing: so each is made lazily, in the process that uses it.
- Without `crc32c` (a C extension) everything is three times slower: it is a dependency, and asserted here.
- Rebalance callbacks run on the library's I/O loop: none is used.
- A join that is taken back while the broker still waits for others leaves Tansu's group waiting for minutes: so it is not.
- `close()` raises while something is undelivered, and leaves a thread that goes on sending: so that thread is told to end.
- A constructor that finds no broker leaves its I/O thread and sockets behind: so the client under it is closed here.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import crc32c as _crc32c  # noqa: F401 -- kafka-python picks it up by itself; this line makes its absence an error
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import CommitFailedError, CorruptRecordError, IllegalStateError, KafkaError, TopicAlreadyExistsError
from kafka.net.compat import KafkaNetClient
from kafka.structs import OffsetAndMetadata

from shared.messaging.catalogue import PARTITIONS, Topic
from shared.messaging.records import Partition, Record
from shared.runtime.clock import as_milliseconds, from_milliseconds
from shared.runtime.errors import RestartNeeded, Unavailable
from shared.runtime.settings import CommonSettings

JOIN_POLL_MS, PATIENT_POLL_MS, PATIENT_EVERY = 1_000, 50, 1.0
MOST_A_POLL = 100


def _connection(settings: CommonSettings, role: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap.split(","),
        "client_id": f"{settings.service}-{role}",
        "bootstrap_timeout_ms": settings.kafka_bootstrap_ms,
        "security_protocol": settings.kafka_security,
    }
    if settings.kafka_ca_file:
        options["ssl_cafile"] = settings.kafka_ca_file
    if settings.kafka_security.startswith("SASL"):
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password,
        }
    return options


def _open(kind: Any, settings: CommonSettings, role: str, *topics: str, **options: Any) -> Any:
    """A client of the library. Raises Unavailable, with nothing left open, when the broker cannot be reached."""
    clients: list[Any] = []

    def make_client(**configuration: Any) -> Any:
        clients.append(KafkaNetClient(**configuration))
        return clients[-1]

    try:
        return kind(*topics, **_connection(settings, role), kafka_client=make_client, **options)
    except KafkaError as error:
        for client in clients:
            client.close()
        raise Unavailable(f"broker: {type(error).__name__}") from error


class Ticket:
    """What became of one record that was sent."""

    def __init__(self, future: Any) -> None:
        self._future = future

    @property
    def done(self) -> bool:
        return bool(self._future.is_done)

    @property
    def failed(self) -> bool:
        return self.done and not self._future.succeeded()

    @property
    def place(self) -> tuple[int, int]:
        """(partition, offset) of an acknowledged record."""
        return self._future.value.partition, self._future.value.offset


class Producer:
    """Sends records. Raises Unavailable when the broker cannot be reached at all."""

    def __init__(self, settings: CommonSettings) -> None:
        self._producer = _open(
            KafkaProducer,
            settings,
            "relay",
            metrics_enabled=False,
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=settings.kafka_delivery_ms,
            request_timeout_ms=settings.kafka_request_ms,
            linger_ms=5,
            batch_size=65_536,
            max_block_ms=1_000,
            allow_auto_create_topics=False,
        )
        if not self._producer.config["enable_idempotence"]:
            raise AssertionError("kafka-python has turned idempotence off")

    def send(self, record: Record) -> Ticket:
        """Hand one record over; the ticket says later what became of it."""
        try:
            future = self._producer.send(
                record.topic, record.value, record.key, list(record.headers), timestamp_ms=as_milliseconds(record.time)
            )
        except KafkaError as error:
            raise Unavailable(f"broker: {type(error).__name__}") from error
        return Ticket(future)

    def close(self) -> None:
        """End without waiting: what was not acknowledged is still in its document."""
        try:
            self._producer.close(timeout=0)
        except (KafkaError, RuntimeError):
            self._producer._sender.force_close()
            self._producer._closed = True


class Subscription:
    """Reads topics as a member of a group. Not thread-safe: one a process."""

    def __init__(self, settings: CommonSettings, group: str, topics: Sequence[str]) -> None:
        self._consumer = _open(
            KafkaConsumer,
            settings,
            "consumer",
            *topics,
            metrics_enabled=False,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            session_timeout_ms=settings.kafka_session_ms,
            heartbeat_interval_ms=max(settings.kafka_session_ms // 4, 500),
            fetch_max_wait_ms=settings.kafka_fetch_wait_ms,
            max_poll_records=MOST_A_POLL,
        )
        self._patient_at = 0.0

    def poll(self) -> dict[Partition, list[Record]]:
        """What has arrived, at most 100 records, in order within each partition.

        Raises RestartNeeded at a record that the library cannot take apart: it would raise once, then hand out nothing more of
        that partition and say nothing. A process that ends again and again is noticed.
        """
        try:
            found = self._consumer.poll(timeout_ms=self._patience(), max_records=MOST_A_POLL)
        except CorruptRecordError as error:
            raise RestartNeeded("a record on the log cannot be taken apart") from error
        return {_partition(tp): [_record(item) for item in items] for tp, items in found.items()}

    def _patience(self) -> int:
        """How long this poll may wait. A membership that must be renewed gets long polls, every other second: short ones may
        take a minute to join again, and long ones alone would spin for as long as a broker is frozen."""
        if not self._consumer.assignment():
            return JOIN_POLL_MS
        now = time.monotonic()
        if now < self._patient_at:
            return 0
        if self._consumer._coordinator.need_rejoin():  # kafka-python's own word for it; it has no public one
            self._patient_at = now + JOIN_POLL_MS / 1000 + PATIENT_EVERY
            return JOIN_POLL_MS
        self._patient_at = now + PATIENT_EVERY
        return PATIENT_POLL_MS

    def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Store where to go on. A lost membership is no error: what follows is read again, and changes nothing."""
        try:
            self._consumer.commit({_tp(at): OffsetAndMetadata(offset, "", -1) for at, offset in next_offsets.items()}, timeout_ms=5_000)
        except CommitFailedError:
            return
        except KafkaError as error:
            raise Unavailable(f"broker: {type(error).__name__}") from error

    def assigned(self) -> set[Partition]:
        return {_partition(tp) for tp in self._consumer.assignment()}

    def pause(self, partitions: Iterable[Partition]) -> None:
        self._consumer.pause(*self._still_mine(partitions))

    def resume(self, partitions: Iterable[Partition]) -> None:
        self._consumer.resume(*self._still_mine(partitions))

    def seek(self, partition: Partition, offset: int) -> None:
        for tp in self._still_mine([partition]):
            self._consumer.seek(tp, offset)

    def _still_mine(self, partitions: Iterable[Partition]) -> list[Any]:
        mine = self._consumer.assignment()
        return [tp for tp in map(_tp, partitions) if tp in mine]

    def beyond_the_end(self) -> list[Partition]:
        """Assigned partitions whose log ends before our own position: another log has taken its place."""
        return [_partition(tp) for tp in self._consumer.assignment() if self._is_beyond(tp)]

    def _is_beyond(self, tp: Any) -> bool:
        try:
            end, position = self._consumer.highwater(tp), self._consumer.position(tp, timeout_ms=0)
        except (KafkaError, IllegalStateError, TypeError):
            return False
        return end is not None and position is not None and end < position

    @property
    def cluster_id(self) -> str | None:
        """The broker cluster's own id, as far as the client has learnt it."""
        found = getattr(getattr(self._consumer, "_client", None), "cluster", None)
        return getattr(found, "cluster_id", None)

    def close(self) -> None:
        """Leave the group. One that is still joining goes without a word, as a killed one does: the session's end removes it."""
        coordinator = self._consumer._coordinator
        if not coordinator.stable():
            coordinator.reset_generation()  # it then has no membership to take back
        try:
            self._consumer.close(autocommit=False, timeout_ms=2_000)
        except (KafkaError, RuntimeError):
            return


def read_everything(settings: CommonSettings, topics: Sequence[str], *, seconds: float = 30.0) -> Iterator[Record]:
    """Every record on these topics, from the first to the last that was there when its partition was first looked at.

    By no group, so nobody else's reading is changed. Raises Unavailable when nothing comes for `seconds`, or a record cannot be
    taken apart.
    """
    consumer = _open(
        KafkaConsumer,
        settings,
        "reader",
        metrics_enabled=False,
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        fetch_max_wait_ms=settings.kafka_fetch_wait_ms,
    )
    try:
        places = [TopicPartition(topic, number) for topic in topics for number in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends: dict[Any, int] = {}
        until = time.monotonic() + seconds
        while any(tp not in ends or consumer.position(tp) < ends[tp] for tp in places):
            found = consumer.poll(timeout_ms=PATIENT_POLL_MS)
            known = {tp: end for tp in places if tp not in ends and (end := consumer.highwater(tp)) is not None}
            ends |= known
            if found or known:
                until = time.monotonic() + seconds
            elif time.monotonic() > until:
                raise Unavailable(f"broker: nothing more could be read for {seconds:.0f} s")
            for tp, items in found.items():
                yield from (_record(item) for item in items if item.offset < ends.get(tp, item.offset + 1))
    except KafkaError as error:
        raise Unavailable(f"broker: {type(error).__name__}") from error
    finally:
        consumer.close(autocommit=False, timeout_ms=2_000)


def committed(settings: CommonSettings, group: str) -> dict[Partition, int]:
    """Where a group goes on, by partition: what lies before has been handled. Raises Unavailable."""
    admin = _open(KafkaAdminClient, settings, "reader")
    try:
        found = admin.list_group_offsets([group])[group]
    except KafkaError as error:
        raise Unavailable(f"broker: {type(error).__name__}") from error
    finally:
        admin.close()
    return {_partition(tp): place.offset for tp, place in found.items()}


def ensure_topics(settings: CommonSettings, topics: Sequence[Topic]) -> list[str]:
    """Make the topics that are missing; the names made. Raises Unavailable."""
    if not topics:
        return []
    admin = _open(KafkaAdminClient, settings, "prepare")
    try:
        there = set(admin.list_topics())
        missing = [topic for topic in topics if topic.name not in there]
        new = [NewTopic(topic.name, PARTITIONS, settings.kafka_replication, topic_configs=topic.configuration) for topic in missing]
        if new:
            admin.create_topics(new)
        return [topic.name for topic in missing]
    except TopicAlreadyExistsError:  # another `prepare` was quicker
        return []
    except KafkaError as error:
        raise Unavailable(f"broker: {type(error).__name__}") from error
    finally:
        admin.close()


def _tp(at: Partition) -> Any:
    return TopicPartition(at.topic, at.number)


def _partition(tp: Any) -> Partition:
    return Partition(tp.topic, tp.partition)


def _record(item: Any) -> Record:
    return Record(
        topic=item.topic,
        key=item.key,
        value=item.value,
        headers=tuple((name, bytes(value)) for name, value in item.headers if value is not None),
        time=from_milliseconds(item.timestamp),
        partition=item.partition,
        offset=item.offset,
    )
