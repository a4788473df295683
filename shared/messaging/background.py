"""How a service's worker and consumer are put together."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from shared.messaging.broker import Producer, Subscription
from shared.messaging.catalogue import topics_heard_by
from shared.messaging.consumer import Consumer, Handler
from shared.messaging.relay import Documents, Relay
from shared.messaging.work import Work, run_loop, worker_lease
from shared.runtime.due import Due, Schedule
from shared.runtime.loop import Pulse
from shared.runtime.settings import CommonSettings

WORKER_NAP, CONSUMER_NAP = 0.5, 0.2

S = TypeVar("S", bound=CommonSettings)


def make_relay(work: Work[Any], outboxes: Sequence[Documents]) -> Relay:
    settings = work.settings
    return Relay(work.db, outboxes, settings.service, lambda: Producer(settings), work.clock, work.watch)


def run_worker(work: Work[S], outboxes: Sequence[Documents], due: Sequence[Due[Work[S]]], *, idle_nap: float = WORKER_NAP) -> None:
    """The relay and the clock in one thread; of several workers of a service, the lease lets one work at a time."""
    relay, lease = make_relay(work, outboxes), worker_lease(work)
    try:
        run_loop(work.settings, "worker", [relay.step, Schedule(due, work, work.clock).step], holds=lease.holds, idle_nap=idle_nap)
    finally:
        relay.close()
        lease.release()


def run_consumer(work: Work[S], handlers: Mapping[str, Handler[Work[S]]], *, idle_nap: float = CONSUMER_NAP) -> None:
    settings = work.settings
    pulse = Pulse()
    topics = topics_heard_by(settings.service)
    consumer = Consumer(
        work.db, settings.service, handlers, work, lambda: Subscription(settings, settings.service, topics), work.clock, pulse
    )
    try:
        run_loop(settings, "consumer", [consumer.step], pulse=pulse, idle_nap=idle_nap)
    finally:
        consumer.close()
