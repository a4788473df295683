"""Everything that pledge asks of its store in a pledge's life uses an index: one that does not dominates all others."""

from collections.abc import Sequence
from typing import Any

from services.pledge.clock import DUE
from services.pledge.consumers import HANDLERS
from services.pledge.operations import pledges, posters
from services.pledge.store import pledges as rows
from shared.messaging import dead_letters
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import as_envelope
from shared.messaging.records import Partition
from shared.messaging.work import Work
from tests.support.benches import bench
from tests.support.builders import a_nudge, a_promise, an_envelope, an_id, outcome
from tests.support.commands_seen import commands_seen
from tests.support.engines import Broker, Store
from tests.support.plans import scans
from tests.support.relays import relay_everything
from tests.support.settings import A_MOMENT, MovableClock
from tests.support.wire import prepare

WHOLE_BY_DESIGN = [
    "paused_partitions: {}",  # a handful of rows at most, read whole once a second
]


def a_life(work: Work[Any]) -> None:
    """Every verb, from the form to the last word, with its form sent twice."""
    key, token_free = an_id(), an_id()
    posters.known("OLD-ST-3")
    for _ in range(2):
        made = pledges.make(work, a_promise(), now=A_MOMENT, key=key)
    tied = pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT, key=token_free)
    pledges.send_again(work, made.reference, now=A_MOMENT)
    said(work, "contact.received.v1", {"ref": tied.ref, "message_id": tied.offer["message"]["id"]})
    said(work, "contact.confirmed.v1", outcome(tied.ref))
    pledges.answer(work, made.reference, "yes", now=A_MOMENT)
    pledges.postpone(work, made.reference, now=A_MOMENT)
    pledges.withdraw(work, made.reference, now=A_MOMENT)
    said(work, "contact.suppressed.v1", outcome(tied.ref, "stop"))
    other = pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge())
    said(work, "contact.expired.v1", outcome(other.ref, "unconfirmed"))


def said(work: Work[Any], type_: str, data: dict[str, Any]) -> None:
    HANDLERS[type_](work, [an_envelope(type_, data, source="notify")])


def own_messages() -> Sequence[Envelope]:
    return [as_envelope(entry, "pledge", None) for row in rows().find() for entry in row.get("outbox", [])]


def test_a_pledges_life_scans_nothing(store: Store, database: str, clock: MovableClock, own_broker: Broker) -> None:
    """Forms, messages, relay, clock, republishing: each filter that reached the store has an index, with things in every collection."""
    prepare(own_broker)
    with bench("pledge", store, database, clock, own_broker) as work:
        for number in range(30):
            pledges.make(work, a_promise(), now=A_MOMENT, key=an_id(), nudge=a_nudge() if number % 3 else None)
        dead_letters.pause(work.db, Partition("pledges.v1", 3), "ten", A_MOMENT)
        with commands_seen() as seen:
            a_life(work)
            HANDLERS["pledge.made.v1"](work, [message for message in own_messages() if message.type.startswith("pledge.")])
            relay_everything(work, [rows()])
            for days in (0, 1, 100):
                clock.move(days=days)
                for due in DUE:
                    due.step(work, clock())
            list(dead_letters.letters(work.db))
            dead_letters.paused(work.db)
        queries = [(name, query) for name, query in seen.queries if query or name != "pledges"]  # the test's own look at all pledges
        assert {"pledges", "counted", "totals", "archive", "dead_letters", "paused_partitions", "posters"} <= {name for name, _ in queries}
        assert scans(work.db, queries) == WHOLE_BY_DESIGN
