"""The relay: publishes what lies pending in the service's documents, waits for the acknowledgement, then clears it.

Oldest document first, in order within a document. A batch stays in flight over several steps; a late acknowledgement
is not a failed one. A process that dies between acknowledgement and clearing publishes the batch again: consumers
notice by the message id, and nothing doubles.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from shared.messaging import archive
from shared.messaging.broker import Producer, Ticket
from shared.messaging.catalogue import CATALOGUE
from shared.messaging.envelope import Envelope, to_record
from shared.messaging.outbox import as_envelope
from shared.messaging.watch import PUBLISHED, Watch
from shared.runtime import metrics
from shared.runtime.clock import Clock
from shared.runtime.crash_points import reach
from shared.runtime.errors import Unavailable
from shared.runtime.logs import log

MOST_DOCUMENTS = 500
CLEARED_AT_ONCE = 100  # one update of all 500, on a store that is busy, takes longer than its answer is waited for
A_SHORT_WAIT = 0.02  # seconds a step may look at a flight before it lets the other loop have its turn
LATE_AFTER = 10.0  # seconds in flight after which a producer is doubted

Documents = Collection[dict[str, Any]]


@dataclass(frozen=True)
class Aboard:
    """One document's share of a batch: its first `count` pending messages, sent when `base` had gone before."""

    collection: Documents
    id: Any
    base: int
    sent: Sequence[tuple[Envelope, Ticket]]

    @property
    def count(self) -> int:
        return len(self.sent)


class Relay:
    """`outboxes`: the collections whose documents may hold pending messages."""

    def __init__(
        self,
        db: Database[dict[str, Any]],
        outboxes: Sequence[Documents],
        source: str,
        open_producer: Callable[[], Producer],
        clock: Clock,
        watch: Watch,
        late_after: float = LATE_AFTER,
    ) -> None:
        self._db = db
        self._outboxes = outboxes
        self._source = source
        self._open_producer = open_producer
        self._clock = clock
        self._watch = watch
        self._late_after = late_after
        self._producer: Producer | None = None
        self._other: Producer | None = None
        self._flight: list[Aboard] = []
        self._doubt_at = 0.0

    def step(self) -> bool:
        """Send a batch, or look at the one in flight. True when there was anything to do."""
        if not self._flight:
            self._flight = self._take_off()
        if not self._flight:
            return False
        tickets = [ticket for aboard in self._flight for _, ticket in aboard.sent]
        if any(ticket.failed for ticket in tickets):
            self._give_up("a send failed")
        elif _all_done(tickets):
            self._land()
        elif time.monotonic() > self._doubt_at:
            self._doubt()
        return True

    @property
    def in_flight(self) -> int:
        """How many messages are sent and not yet cleared."""
        return sum(aboard.count for aboard in self._flight)

    def close(self) -> None:
        for producer in (self._producer, self._other):
            if producer:
                producer.close()
        self._producer = self._other = None
        self._flight = []

    def _take_off(self) -> list[Aboard]:
        documents = [(collection, document) for collection in self._outboxes for document in _waiting(collection) if _sendable(document)]
        metrics.record_pending(self._source, len(documents))
        if not documents:
            return []
        producer = self._producer = self._producer or self._open_producer()
        self._doubt_at = time.monotonic() + self._late_after
        try:
            flight = [self._board(producer, collection, document) for collection, document in documents]
        except Unavailable:
            self._give_up("the broker does not take records")
            raise
        reach("relay.after-send")
        return flight

    def _board(self, producer: Producer, collection: Documents, document: dict[str, Any]) -> Aboard:
        base = document.get("outbox_base", 0)
        envelopes = [as_envelope(entry, self._source, base + place) for place, entry in enumerate(_sendable(document))]
        return Aboard(collection, document["_id"], base, [(envelope, producer.send(to_record(envelope))) for envelope in envelopes])

    def _give_up(self, reason: str) -> None:
        """A producer that failed once may never send again: the next step reads the same documents with a new one."""
        log().warning("relay starts a new producer", reason=reason, count=len(self._flight))
        self.close()

    def _doubt(self) -> None:
        """A late flight: is the broker away, or has it forgotten this producer, which then tries for ever?

        Another producer tells. While none can be opened the flight may yet arrive; where one can, this one has a moment more.
        """
        if self._other:
            self._give_up("the broker answers, but not to this one")
            return
        try:
            self._other = self._open_producer()
        except Unavailable:
            self._doubt_at = time.monotonic() + self._late_after
        else:
            self._doubt_at = time.monotonic() + self._late_after / 5

    def _land(self) -> None:
        reach("relay.after-ack")
        published = [(envelope, *ticket.place) for aboard in self._flight for envelope, ticket in aboard.sent]
        archive.store(self._db, published, self._clock())
        reach("relay.after-archive")
        self._watch.mark_each(PUBLISHED, [(envelope.id, {"partition": part, "offset": offset}) for envelope, part, offset in published])
        _clear(self._flight)
        reach("relay.after-clear")
        self._flight = []
        if self._other:
            self._other.close()
            self._other = None
        for envelope, _, _ in published:
            metrics.record_published(self._source, envelope.type)


def _waiting(collection: Documents) -> list[dict[str, Any]]:
    """The oldest that have something pending; what an interrupted clearing left without anything is put right on the way."""
    query = collection.find({"pending_since": {"$exists": True}}, {"outbox": 1, "outbox_base": 1})
    found = list(query.sort("pending_since", 1).limit(MOST_DOCUMENTS))
    if empty := [document["_id"] for document in found if not document.get("outbox")]:
        collection.update_many({"_id": {"$in": empty}, "outbox.0": {"$exists": False}}, {"$unset": {"outbox": 1, "pending_since": 1}})
    return [document for document in found if document.get("outbox")]


def _sendable(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Its first messages, up to one of a type that only a newer release knows: that one, and what follows it, waits for its relay."""
    return list(takewhile(lambda entry: entry["type"] in CATALOGUE, document["outbox"]))


def _all_done(tickets: Sequence[Ticket]) -> bool:
    until = time.monotonic() + A_SHORT_WAIT
    while not all(ticket.done for ticket in tickets):
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return all(not ticket.failed for ticket in tickets)


def _clear(flight: Sequence[Aboard]) -> None:
    """One or two updates for each hundred documents alike, conditional on what had gone before: each synced write costs milliseconds."""
    groups: dict[tuple[str, int, int], list[Aboard]] = defaultdict(list)
    for aboard in flight:
        groups[(aboard.collection.name, aboard.base, aboard.count)].append(aboard)
    for alike in groups.values():
        for start in range(0, len(alike), CLEARED_AT_ONCE):
            _clear_alike(alike[start : start + CLEARED_AT_ONCE])


def _clear_alike(alike: Sequence[Aboard]) -> None:
    collection, base, count, ids = alike[0].collection, alike[0].base, alike[0].count, [aboard.id for aboard in alike]
    same = {"_id": {"$in": ids}, "outbox_base": base or {"$in": [0, None]}}  # None: a row that was never counted
    emptied = collection.update_many(
        {**same, "outbox": {"$size": count}}, {"$unset": {"outbox": 1, "pending_since": 1}, "$inc": {"outbox_base": count}}
    )
    if emptied.modified_count < len(ids):  # some have had another message meanwhile: take only what was sent
        sent = [envelope.id for aboard in alike for envelope, _ in aboard.sent]
        collection.update_many(same, {"$pull": {"outbox": {"id": {"$in": sent}}}, "$inc": {"outbox_base": count}})
