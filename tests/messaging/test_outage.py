"""The broker away: frozen past the producer's patience, killed with its log, or not there at all."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from services.pledge.operations import pledges
from services.pledge.store import pledges as rows
from shared.messaging.background import make_relay
from shared.messaging.broker import Producer, Subscription, ensure_topics
from shared.messaging.catalogue import TOPICS
from shared.messaging.outbox import message, pending
from shared.messaging.relay import Relay
from shared.messaging.work import Work
from shared.runtime.errors import Unavailable
from tests.support.benches import bench
from tests.support.builders import a_promise, a_record, an_id
from tests.support.engines import Broker, Store
from tests.support.settings import A_MOMENT, MovableClock, settings_for
from tests.support.waiting import until
from tests.support.wire import header, prepare, read_log

pytestmark = pytest.mark.proof

SOON = {"KAFKA_BOOTSTRAP_MS": 500}
IMPATIENT = {"KAFKA_DELIVERY_MS": 1_500, "KAFKA_REQUEST_MS": 500}


def test_a_broker_frozen_past_the_delivery_time_out_loses_nothing(
    store: Store, database: str, clock: MovableClock, own_broker: Broker
) -> None:
    """kafka-python 3.0.12's producer never sends again once a batch in retry has expired: a new one takes over, twice in a row.

    Every message is on the log, and of each pledge its first occurrences are in order.
    """
    prepare(own_broker)
    with bench("pledge", store, database, clock, own_broker, **IMPATIENT) as work:
        relay = make_relay(work, [rows()])
        made = [pledges.make(work, a_promise(), now=A_MOMENT) for _ in range(3)]
        until(lambda: not relay.step(), "the first are out")
        for answer in ("yes", "partly"):
            with own_broker.frozen():
                for pledge in made:
                    pledges.answer(work, pledge.reference, answer, now=A_MOMENT)
                made.append(pledges.make(work, a_promise(), now=A_MOMENT))
                until(lambda: relay.step() and not relay.in_flight, "the relay gives its producer up", 20)
            until(lambda: not relay.step(), "nothing is pending", 30)
        relay.close()
    records = read_log(own_broker, "pledges.v1", 11)
    firsts: dict[bytes | None, list[str | None]] = {}
    for record in records:
        seen = firsts.setdefault(record.key, [])
        if (number := header(record, "ce_sequence")) not in seen:
            seen.append(number)
    assert sorted(map(len, firsts.values())) == [1, 2, 3, 3, 3]
    assert all(found == [str(number) for number in range(len(found))] for found in firsts.values())


def test_a_relay_goes_on_with_a_new_log(work: Work[Any], log: Broker) -> None:
    """After a broker's loss its producer is unknown there, and kafka-python would try with it for the whole delivery time-out.

    The relay notices that the broker answers others, and needs no restart of its own.
    """
    relay = Relay(work.db, [rows()], "pledge", lambda: Producer(work.settings), work.clock, work.watch, late_after=0.5)
    pledges.make(work, a_promise(), now=A_MOMENT)
    until(lambda: not relay.step(), "the first is out")
    log.restart()
    prepare(log)
    ref = an_id()  # on a topic that this producer has not used: there the library takes the loss for retention, and tries again
    rows().update_one({"_id": "row"}, pending([message("contact.again.v1", ref, {"ref": ref}, now=A_MOMENT)], A_MOMENT), upsert=True)
    until(lambda: not _step(relay.step), "nothing is pending", 20)
    relay.close()
    assert [record.key for record in read_log(log, "contacts.v1", 1)][-1] == ref.encode()


def test_a_late_broker_is_waited_for(store: Store, database: str, clock: MovableClock, own_broker: Broker) -> None:
    """While the broker answers nobody, the flight stays in the air: nothing is sent twice after a pause of any length."""
    prepare(own_broker)
    with bench("pledge", store, database, clock, own_broker, **SOON) as work:
        relay = Relay(work.db, [rows()], "pledge", lambda: Producer(work.settings), work.clock, work.watch, late_after=0.1)
        pledges.make(work, a_promise(), now=A_MOMENT)
        until(lambda: not relay.step(), "the first is out")
        pledges.make(work, a_promise(), now=A_MOMENT)
        with own_broker.frozen():
            began = time.monotonic()
            until(lambda: relay.step() and time.monotonic() - began > 1, "it has doubted once", 20)
            assert relay.in_flight == 1
        until(lambda: not relay.step(), "nothing is pending", 30)
        relay.close()
    assert len(read_log(own_broker, "pledges.v1", 2)) == 2


def _step(step: Callable[[], bool]) -> bool:
    """As the loop takes it: an error is a reason to come back."""
    try:
        return step()
    except Unavailable:
        return True


def test_pledges_are_taken_with_no_broker_at_all(store: Store, database: str, clock: MovableClock) -> None:
    """Making one asks nothing of Kafka; what it says waits in its document."""
    with bench("pledge", store, database, clock, None, **SOON) as work:
        made = pledges.make(work, a_promise(), now=A_MOMENT)
        with pytest.raises(Unavailable):
            make_relay(work, [rows()]).step()
        found = rows().find_one({"_id": made.id})
    assert found is not None
    assert len(found["outbox"]) == 1


def test_a_broker_that_is_away_is_unavailable_and_soon(store: Store, own_broker: Broker) -> None:
    """Producer, subscription and `prepare` say so within their bootstrap time-out, and leave no thread behind each time."""
    settings = settings_for("pledge", store, own_broker, "unused", **SOON)
    own_broker.kill()
    threads, began = threading.active_count(), time.monotonic()
    for attempt in (
        lambda: Producer(settings),
        lambda: Subscription(settings, "pledge", ["pledges.v1"]),
        lambda: ensure_topics(settings, list(TOPICS.values())),
    ):
        with pytest.raises(Unavailable, match="broker: "):
            attempt()
    assert time.monotonic() - began < 10
    until(lambda: threading.active_count() <= threads, "their threads have ended")


def test_a_producer_that_is_given_up_ends(store: Store, own_broker: Broker) -> None:
    """With something undelivered kafka-python's own close leaves a thread that goes on sending; ours leaves none."""
    prepare(own_broker)
    threads = threading.active_count()
    producer = Producer(settings_for("pledge", store, own_broker, "unused", **IMPATIENT))
    with own_broker.frozen():
        ticket = producer.send(a_record())
        producer.close()
        until(lambda: threading.active_count() <= threads, "its threads have ended")
    assert not ticket.done or ticket.failed
