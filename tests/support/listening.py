"""Consumers under a test's hand: handlers that note what they heard and fail when told, on a subscription joined once."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.messaging.broker import Subscription
from shared.messaging.consumer import Consumer, Handler
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.runtime.loop import Pulse
from tests.support.engines import Broker
from tests.support.waiting import until
from tests.support.wire import log_ends

Errors = Callable[[Envelope], Exception | None]


@dataclass
class Heard:
    """What a handler was called with: a list of ids for each call. `error_for` decides what it raises, before any effect."""

    calls: list[list[str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    error_for: Errors = lambda _envelope: None

    def __call__(self, _context: Any, envelopes: Sequence[Envelope]) -> None:
        self.calls.append([envelope.id for envelope in envelopes])
        for envelope in envelopes:
            if error := self.error_for(envelope):
                raise error
            self.done.append(envelope.id)

    def tries_of(self, id_: str) -> int:
        """How often this message was handed over, alone or with others."""
        return sum(id_ in call for call in self.calls)


@dataclass
class Listening:
    """One service's consumer, stepped by the test."""

    consumer: Consumer[Any]
    subscription: Subscription
    pulse: Pulse

    def until(self, holds: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
        until(lambda: bool(self.consumer.step() and False) or holds(), what, seconds)

    def for_a_while(self, seconds: float = 0.5) -> None:
        """Long enough for what is on the log to arrive, and for the stored pauses to be looked at where more than a second."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.consumer.step()
            time.sleep(0.01)


def listen(work: Work[Any], subscription: Subscription, handlers: Mapping[str, Handler[Any]]) -> Listening:
    """A new consumer, as a process that has just started has it."""
    pulse = Pulse()
    consumer = Consumer(work.db, work.settings.service, handlers, work, lambda: subscription, work.clock, pulse, look_every=0.1)
    return Listening(consumer, subscription, pulse)


def drain(subscription: Subscription, broker: Broker) -> None:
    """Pass over what an earlier test left on the log, and lift what it paused."""
    ends = log_ends(broker, subscription.assigned())
    last = {at: end - 1 for at, end in ends.items() if end}
    subscription.resume(ends)
    for at, offset in last.items():
        subscription.seek(at, offset)  # not behind it: a position that is beyond the end as last heard of is taken for a log that was lost

    def have_come() -> bool:
        for at, records in subscription.poll().items():
            if at in last and records[-1].offset >= last[at]:
                del last[at]
        return not last

    until(have_come, "the last record of every partition has come", 60)
    subscription.commit(ends)  # for who has to join again
