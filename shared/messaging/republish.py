"""Fill a lost log again: the archive in its old order with the old times, then the open offers, then what is pending.

Ids and sequences are the old ones, so a consumer that still has the effects changes nothing, and no mail goes twice.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from pymongo.database import Database

from shared.messaging import archive, handover
from shared.messaging.broker import Producer
from shared.messaging.envelope import Envelope, to_record
from shared.messaging.relay import Documents
from shared.runtime.clock import Clock
from shared.runtime.errors import Unavailable

BATCH = 500
LONGEST_WAIT = 60.0


def republish(
    db: Database[dict[str, Any]], outboxes: Sequence[Documents], open_producer: Callable[[], Producer], clock: Clock
) -> tuple[int, int]:
    """Returns (archived messages sent again, offers given again). The caller holds the worker's lease. Raises Unavailable."""
    producer = open_producer()
    sent = 0
    try:
        messages = archive.by_topic(db)
        while batch := list(islice(messages, BATCH)):
            places = _send(producer, batch)
            archive.move(db, places)
            sent += len(places)
    finally:
        producer.close()
    offers = sum(handover.offer_again(documents, clock(), at_once=True) for documents in outboxes)
    return sent, offers


def _send(producer: Producer, batch: Iterable[tuple[str, Envelope]]) -> list[tuple[str, int, int]]:
    tickets = [(envelope.id, producer.send(to_record(envelope, topic))) for topic, envelope in batch]
    until = time.monotonic() + LONGEST_WAIT
    while not all(ticket.done for _, ticket in tickets):
        if time.monotonic() > until:
            raise Unavailable("the broker does not acknowledge: nothing is lost, run republish again when it is back")
        time.sleep(0.005)
    if any(ticket.failed for _, ticket in tickets):
        raise Unavailable("the broker refused some messages: nothing is lost, run republish again")
    return [(id_, *ticket.place) for id_, ticket in tickets]
