"""What a service keeps of what it published, and how a lost log is filled again from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from services.pledge.consumers import HANDLERS
from services.pledge.operations import pledges
from services.pledge.store import COUNTED, TOTALS
from services.pledge.store import pledges as rows
from shared.messaging import archive
from shared.messaging.broker import Producer
from shared.messaging.envelope import Envelope, from_record
from shared.messaging.republish import republish
from shared.messaging.work import Work
from shared.privacy.messages import forget_messages
from shared.runtime import logs
from tests.support.builders import a_nudge, a_promise, an_envelope
from tests.support.engines import Broker
from tests.support.relays import relay_everything
from tests.support.settings import A_MOMENT, MovableClock
from tests.support.wire import header, prepare, read_log

PRECISE = ("minute", "second", "microsecond")


def published(work: Work[Any], *, nudged: bool = False) -> str:
    """A pledge with its answer, on the log; its id."""
    with logs.correlation("corr-1"):
        made = pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge() if nudged else None)
        pledges.answer(work, made.reference, "yes", now=A_MOMENT)
    relay_everything(work, [rows()])
    return str(made.id)


def times_in(value: Any) -> list[datetime]:
    if isinstance(value, datetime):
        return [value]
    inner: Sequence[Any] = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [time for item in inner for time in times_in(item)]


def test_no_row_remembers_a_time_finer_than_the_hour(work: Work[Any]) -> None:
    """Neither the message's time nor when it was written: the archive outlives the day after which a pledge forgets."""
    published(work, nudged=True)
    found = list(work.db[archive.COLLECTION].find())
    assert len(found) == 2
    times = [time for row in found for time in times_in(row)]
    assert len(times) >= 4
    assert all(getattr(time, part) == 0 for time in times for part in PRECISE)


def test_no_sealed_address_is_archived(work: Work[Any]) -> None:
    """contacts.v1 is cleared without a copy; its blob stays in the pledge until notify has it."""
    published(work, nudged=True)
    assert work.db[archive.COLLECTION].distinct("topic") == ["pledges.v1"]


def test_a_row_knows_its_place_on_the_log(work: Work[Any], log: Broker) -> None:
    """Partition and offset are the acknowledgement's own."""
    id_ = published(work)
    places = {row["_id"]: (row["partition"], row["offset"]) for row in work.db[archive.COLLECTION].find()}
    records = read_log(log, "pledges.v1", 2)
    assert places == {header(record, "ce_id"): (record.partition, record.offset) for record in records}
    assert {record.key for record in records} == {id_.encode()}


def test_correlation_leaves_after_a_week_and_the_row_after_its_life(work: Work[Any], clock: MovableClock) -> None:
    """What ties a message to a mail goes first; the message itself after 400 days."""
    published(work)
    rows_ = work.db[archive.COLLECTION]
    assert rows_.count_documents({"correlation": "corr-1"}) == 2
    clock.move(days=6, hours=23)
    forget_messages(work, clock())
    assert rows_.count_documents({"correlation": {"$exists": True}}) == 2
    clock.move(hours=1, minutes=1)
    forget_messages(work, clock())
    assert rows_.count_documents({"correlation": {"$exists": True}}) == 0
    assert rows_.count_documents({}) == 2
    clock.move(days=394)
    forget_messages(work, clock())
    assert rows_.count_documents({}) == 0


def test_an_archived_message_is_stored_once(no_log: Work[Any]) -> None:
    """Sent again after a crash, it keeps the place that it was first noted with."""
    envelope = an_envelope()
    archive.store(no_log.db, [(envelope, 1, 5)], A_MOMENT)
    archive.store(no_log.db, [(envelope, 1, 9), (an_envelope(), 1, 10)], A_MOMENT)
    assert sorted(row["offset"] for row in no_log.db[archive.COLLECTION].find()) == [5, 10]


def test_order_is_the_logs_and_within_a_subject_the_sequence(no_log: Work[Any]) -> None:
    """After a log was lost, older and newer rows have the same places: a subject's own order must not suffer by that."""
    one, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    rows_ = [
        (an_envelope(subject=one, sequence=0), 0, 50),
        (an_envelope(subject=other, sequence=0), 0, 51),
        (an_envelope(subject=one, sequence=1), 0, 0),  # on the new log
        (an_envelope(subject=other, sequence=1), 0, 52),
    ]
    archive.store(no_log.db, rows_, A_MOMENT)
    order = [(envelope.subject, envelope.sequence) for envelope in archive.in_log_order(no_log.db)]
    assert order == [(one, 0), (one, 1), (other, 0), (other, 1)]


@pytest.mark.parametrize("already", [0, 3])
def test_a_lost_log_is_filled_again(work: Work[Any], log: Broker, clock: MovableClock, already: int) -> None:
    """The same messages with their ids, times and sequences, in each subject's order, and the archive knows their new places.

    `already`: what was published on the new log before anybody filled it.
    """
    ids = [published(work) for _ in range(4)]
    before = read_log(log, "pledges.v1", 8)
    log.restart()
    prepare(log)
    clock.move(days=3)
    new = [published(work) for _ in range(already)]
    sent, offered = republish(work.db, [rows()], lambda: Producer(work.settings), clock)
    assert (sent, offered) == (8 + 2 * already, 0)
    after = [record for record in read_log(log, "pledges.v1", 8 + 4 * already) if (record.key or b"").decode() in ids]
    assert {record.key: [r.headers for r in before if r.key == record.key] for record in before} == {
        record.key: [r.headers for r in after if r.key == record.key] for record in after
    }
    assert {record.time for record in after} == {record.time for record in before}
    places = {row["_id"]: (row["partition"], row["offset"]) for row in work.db[archive.COLLECTION].find()}
    last = {header(record, "ce_id"): (record.partition, record.offset) for record in read_log(log, "pledges.v1", 8 + 4 * already)}
    assert places == last
    assert len(new) == already


def test_republishing_onto_a_log_that_is_not_lost_ends(no_log: Work[Any], broker: Broker) -> None:
    """Each message is sent once more, though the places move while they are read; more than one page of them."""
    count = archive.PAGE + 20
    archive.store(no_log.db, [(an_envelope(), 0, number) for number in range(count)], A_MOMENT)
    prepare(broker)
    settings = no_log.settings.__class__(**{**vars(no_log.settings), "kafka_bootstrap": broker.bootstrap})
    sent, _ = republish(no_log.db, [rows()], lambda: Producer(settings), no_log.clock)
    assert sent == count


def test_what_a_newer_release_published_comes_back_too(work: Work[Any], log: Broker, clock: MovableClock) -> None:
    """Gone back to this release, its republish sends a type that it does not know as it was, and everything behind it."""
    first, second = published(work), published(work)
    work.db[archive.COLLECTION].update_one({"subject": first, "sequence": 1}, {"$set": {"type": "pledge.framed.v1"}})
    log.restart()
    prepare(log)
    assert republish(work.db, [rows()], lambda: Producer(work.settings), clock) == (4, 0)
    types = {(record.key, header(record, "ce_type")) for record in read_log(log, "pledges.v1", 4)}
    assert types == {
        (first.encode(), "pledge.made.v1"),
        (first.encode(), "pledge.framed.v1"),
        (second.encode(), "pledge.made.v1"),
        (second.encode(), "pledge.kept.v1"),
    }


def test_nothing_counts_twice_after_a_republish(work: Work[Any], log: Broker, clock: MovableClock) -> None:
    """A consumer that kept its effects changes nothing when everything comes again."""
    published(work)
    published(work)
    handle(work, read_log(log, "pledges.v1", 4))
    counted = list(work.db[COUNTED].find())
    log.restart()
    prepare(log)
    republish(work.db, [rows()], lambda: Producer(work.settings), clock)
    handle(work, read_log(log, "pledges.v1", 4))
    assert list(work.db[COUNTED].find()) == counted
    assert work.db[TOTALS].count_documents({}) == 0


def handle(work: Work[Any], records: Sequence[Any]) -> None:
    envelopes: list[Envelope] = [from_record(record) for record in records]
    for envelope in envelopes:
        HANDLERS[envelope.type](work, [envelope])


def test_open_offers_are_given_again_at_once(work: Work[Any], log: Broker, clock: MovableClock) -> None:
    """An address that notify may have lost with the log is offered again, the same message; one that it has is not."""
    open_, closed = (pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge()) for _ in range(2))
    relay_everything(work, [rows()])
    rows().update_one({"_id": closed.id}, {"$unset": {"offer": 1}})
    log.restart()
    prepare(log)
    _, offered = republish(work.db, [rows()], lambda: Producer(work.settings), clock)
    assert offered == 1
    relay_everything(work, [rows()])
    (again,) = read_log(log, "contacts.v1", 1)
    assert header(again, "ce_id") == open_.offer["message"]["id"]
    assert again.time == A_MOMENT
