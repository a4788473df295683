"""Everything that pledge asks of its store in a pledge's life uses an index: one that does not dominates all others."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle
from typing import Any

from services.pledge.clock import DUE
from services.pledge.consumers import HANDLERS
from services.pledge.operations import figures, listings, numbers, pausing, pledges, posters, report, striking
from services.pledge.store import pledges as rows
from services.pledge.store.campaign import batches_until, figures_before
from services.pledge.store.listings import LISTINGS
from shared.messaging import dead_letters
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import as_envelope
from shared.messaging.records import Partition
from shared.messaging.work import Work
from tests.support.benches import bench
from tests.support.builders import a_nudge, a_promise, an_envelope, an_id, outcome
from tests.support.campaigning import a_reach, a_tally, carry_out, member, paused, typed
from tests.support.commands_seen import commands_seen
from tests.support.engines import Broker, Store
from tests.support.plans import scans
from tests.support.relays import relay_everything
from tests.support.settings import A_MOMENT, MovableClock
from tests.support.told import hear, hear_of_event, told
from tests.support.wire import prepare

AREAS = ("hackney", "brent", "sutton")
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


def a_week(work: Work[Any]) -> None:
    """What groups posted, heard of and shown: an event, one that was taken down, a group that is paused and shown again."""
    hear(work, told("event.taken-down", 1, post=hear_of_event(work)), told("initiative.published", 0, post=an_id()))
    hear(work, *(told("group.paused", at, post=an_id(), paused=not at) for at in (0, 1)))
    hear_of_event(work)
    listings.ThisWeek(work).at(A_MOMENT)
    listings.company(work, "hackney", A_MOMENT)
    listings.company(work, "not-said", A_MOMENT)
    listings.on_in(work, "hackney", A_MOMENT)
    listings.always_on_in(work, "hackney")


def a_report_day(work: Work[Any]) -> None:
    """What the campaign team does: figures, a correction, a batch struck out, a pause, the week's table, posters."""
    one = typed(work, a_reach())
    typed(work, a_tally())
    figures.correct(one.id, a_reach(number=70), key=an_id(), by=member(), now=A_MOMENT)
    chosen = striking.choose("2026-W24", "direct", "hackney", "")
    striking.strike_out(chosen, "test", "", key=an_id(), by=member(), now=A_MOMENT)
    carry_out(work)
    paused(work)
    pausing.resume("It is over.", by=member(), now=A_MOMENT)
    report.report(work, "2026-W24", A_MOMENT)
    figures_before(A_MOMENT + timedelta(days=1), 50)
    batches_until(A_MOMENT, 50)
    posters.add("OLD-ST-3", "Old Street", now=A_MOMENT, by=member())
    posters.retire("OLD-ST-3", by=member(), now=A_MOMENT)
    numbers.Numbers(work).at(A_MOMENT)


def said(work: Work[Any], type_: str, data: dict[str, Any]) -> None:
    HANDLERS[type_](work, [an_envelope(type_, data, source="notify")])


def own_messages() -> Sequence[Envelope]:
    return [as_envelope(entry, "pledge", None) for row in rows().find() for entry in row.get("outbox", [])]


def test_a_pledges_life_scans_nothing(store: Store, database: str, clock: MovableClock, own_broker: Broker) -> None:
    """Forms, messages, relay, clock, republishing: each filter that reached the store has an index, with things in every collection."""
    prepare(own_broker)
    with bench("pledge", store, database, clock, own_broker) as work:
        for number in range(30):
            hear_of_event(work)
            pledges.make(work, a_promise(), now=A_MOMENT, key=an_id(), nudge=a_nudge() if number % 3 else None)
        dead_letters.pause(work.db, Partition("pledges.v1", 3), "ten", A_MOMENT)
        with commands_seen() as seen:
            a_life(work)
            a_week(work)
            a_report_day(work)
            HANDLERS["pledge.made.v1"](work, [message for message in own_messages() if message.type.startswith("pledge.")])
            relay_everything(work, [rows()])
            for days in (0, 1, 100):
                clock.move(days=days)
                for due in DUE:
                    due.step(work, clock())
            list(dead_letters.letters(work.db))
            dead_letters.paused(work.db)
        queries = [(name, query) for name, query in seen.queries if query or name != "pledges"]  # the test's own look at all pledges
        assert {"pledges", "counted", "totals", "archive", "dead_letters", "paused_partitions", "posters", "listings"} <= {
            name for name, _ in queries
        }
        assert scans(work.db, queries) == WHOLE_BY_DESIGN


def test_the_first_pages_events_cost_the_same_however_many_there_are(work: Work[Any]) -> None:
    """With some days of events or with more than a year of them: the same few queries, which read the same few documents."""
    pattern = work.db[LISTINGS].find_one({"_id": hear_of_event(work)})
    assert pattern
    read = []
    for days in (4, 400):
        work.db[LISTINGS].delete_many({})
        moments = [A_MOMENT + timedelta(hours=8 * number) for number in range(1, 3 * days)]
        rows_ = [{**pattern, "_id": an_id(), "starts": at, "area": area} for at, area in zip(moments, cycle(AREAS), strict=False)]
        work.db[LISTINGS].insert_many(rows_)
        with commands_seen() as seen:
            shown = listings.ThisWeek(work).at(A_MOMENT)
        spans = [query["starts"] for name, query in seen.queries if name == LISTINGS]
        read.append((len(shown), len(spans), [work.db[LISTINGS].count_documents({"starts": span}) for span in spans]))
    assert read[0] == read[1] == (3, 2, [1, 2])
