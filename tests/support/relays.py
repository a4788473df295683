"""Relays under a test's hand: a real producer whose acknowledgements the relay sees only when the test lets it."""

from collections.abc import Sequence
from typing import Any

from shared.messaging.background import make_relay
from shared.messaging.broker import Producer, Ticket
from shared.messaging.records import Record
from shared.messaging.relay import Documents, Relay
from shared.messaging.work import Work
from shared.runtime.settings import CommonSettings
from tests.support.waiting import until


class Gate:
    def __init__(self) -> None:
        self.is_open = False
        self.tickets: list[HeldTicket] = []


class HeldTicket(Ticket):
    """`acknowledged` is the truth; `done` is what the relay is told."""

    def __init__(self, ticket: Ticket, gate: Gate) -> None:
        self._ticket = ticket
        self._gate = gate

    @property
    def acknowledged(self) -> bool:
        return self._ticket.done and not self._ticket.failed

    @property
    def done(self) -> bool:
        return self._gate.is_open and self._ticket.done

    @property
    def failed(self) -> bool:
        return self._gate.is_open and self._ticket.failed

    @property
    def place(self) -> tuple[int, int]:
        return self._ticket.place


class HeldProducer(Producer):
    """A real producer, its tickets held."""

    def __init__(self, settings: CommonSettings, gate: Gate) -> None:
        super().__init__(settings)
        self._gate = gate

    def send(self, record: Record) -> Ticket:
        ticket = HeldTicket(super().send(record), self._gate)
        self._gate.tickets.append(ticket)
        return ticket


class HeldRelay(Relay):
    """A relay stopped between the broker's acknowledgement and the clearing."""

    def __init__(self, work: Work[Any], outboxes: Sequence[Documents]) -> None:
        self._gate = Gate()
        super().__init__(work.db, outboxes, work.settings.service, lambda: HeldProducer(work.settings, self._gate), work.clock, work.watch)

    def send(self) -> None:
        """Take off, and wait until the broker has acknowledged everything."""
        self.step()
        until(lambda: bool(self._gate.tickets) and all(ticket.acknowledged for ticket in self._gate.tickets), "all is acknowledged")

    def land(self) -> None:
        """Let the relay see that, and clear."""
        self._gate.is_open = True
        self.step()


def relay_everything(work: Work[Any], outboxes: Sequence[Documents]) -> None:
    """A relay of the work's own, until nothing is pending."""
    relay = make_relay(work, outboxes)
    until(lambda: not relay.step(), "nothing is pending")
    relay.close()
