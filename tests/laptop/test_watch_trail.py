"""A pledge's way as the page tells it: every time is made by the real operations of two services, with a clock that the test moves."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from services.notify.delivery import open_delivery
from services.notify.operations import contacts
from services.notify.operations.sending import send_due
from services.pledge.operations import counting, pledges
from services.pledge.store import Pledge
from services.pledge.store import pledges as rows
from shared.laptop import tally, trail
from shared.laptop.outage import Window
from shared.laptop.trail import Mail, Timing, Trail, Way
from shared.messaging import archive
from shared.messaging.outbox import as_envelope
from shared.runtime.clock import as_milliseconds
from tests.support.benches import bench
from tests.support.builders import a_nudge, a_promise
from tests.support.engines import Broker, Store
from tests.support.relays import relay_everything
from tests.support.settings import MovableClock


class Desk:
    """Two services side by side; each verb is one process's part, so many milliseconds after the one before."""

    def __init__(self, pledge: Any, notify: Any, clock: MovableClock) -> None:
        self.pledge, self.notify, self.clock = pledge, notify, clock
        self.delivery = open_delivery(notify.settings)

    def wait(self, milliseconds: int) -> None:
        self.clock.move(milliseconds=milliseconds)

    def make(self, stored_after: int = 4, **changes: Any) -> Pledge:
        tapped = self.clock()
        self.wait(stored_after)
        return pledges.make(self.pledge, a_promise(**changes), now=tapped)

    def publish(self, after: int) -> None:
        self.wait(after)
        relay_everything(self.pledge, [rows()])

    def count(self, after: int) -> None:
        self.wait(after)
        counting.count(self.pledge, [one for one in archive.in_log_order(self.pledge.db) if one.type.startswith("pledge.")])

    def ask(self, made: Pledge, **changes: Any) -> None:
        pledges.ask_for_nudge(self.pledge, made.reference, a_nudge(**changes), now=self.clock())

    def hear(self, after: int) -> None:
        """notify's consumer takes in what is offered and pending."""
        self.wait(after)
        entries = [entry for row in rows().find() for entry in row.get("outbox", ())]
        for entry in entries:
            if entry["type"] == "contact.offered.v1":
                contacts.offered(self.notify, as_envelope(entry, "pledge", 1), self.clock())

    def send(self, after: int) -> None:
        self.wait(after)
        while send_due(self.notify, self.delivery):
            pass

    def look(self, still: Sequence[Window] = ()) -> Trail:
        return trail.follow(self.pledge.db, self.notify.db, tally.take(self.pledge.db), self.clock(), still)

    def only(self) -> Way:
        (way,) = self.look().ways
        return way

    def mail(self) -> Mail:
        found = self.only().mail
        assert found is not None, "no mail was asked for"
        return found


@pytest.fixture
def desk(store: Store, broker: Broker, clock: MovableClock, tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(store.fresh_database()) for _ in range(2))
        given: dict[str, Any] = {"DELIVERY": "file", "MAIL_DIR": tmp_path, "MAIL_FROM": "hello@example.org"}
        notify = stack.enter_context(bench("notify", store, second, clock, WATCH=1, **given))
        yield Desk(stack.enter_context(bench("pledge", store, first, clock, broker, WATCH=1)), notify, clock)


def test_each_stage_counts_from_the_tap(desk: Desk) -> None:
    """Stored, on Kafka and counted are milliseconds since the tap; what has not happened yet has no time."""
    desk.make(4, action="ask-twice")
    way = desk.only()
    assert (way.number, way.action, way.stored, way.published, way.place, way.counted, way.mail) == (
        1,
        "ask-twice",
        4,
        None,
        None,
        None,
        None,
    )
    desk.publish(8)
    desk.count(24)
    desk.count(500)
    row = desk.pledge.db[archive.COLLECTION].find_one()
    way = desk.only()
    assert (way.stored, way.published, way.counted) == (4, 12, 36)
    assert way.place == (row["partition"], row["offset"])


def test_nothing_is_counted_before_it_is_on_kafka(desk: Desk) -> None:
    """A relay that hears of the acknowledgement late does not make the row run backwards."""
    made = desk.make(4)
    counting.count(desk.pledge, [as_envelope(entry, "pledge", 0) for entry in made.outbox])
    desk.publish(8)
    way = desk.only()
    assert (way.stored, way.published, way.counted) == (4, 4, 4)


def test_a_mail_counts_from_its_form(desk: Desk) -> None:
    """Planned and handed over are milliseconds since the form with the address, however long after the tap that was sent."""
    made = desk.make()
    desk.publish(10)
    desk.wait(60_000)
    desk.ask(made)
    assert desk.mail() == Mail(None, None, None)
    desk.hear(40)
    assert desk.mail() == Mail(40, None, None)
    desk.send(331)
    assert desk.mail() == Mail(40, 371, None)


def test_a_corrected_address_begins_anew(desk: Desk) -> None:
    """The mail told of is the one to the newest address."""
    made = desk.make()
    desk.ask(made, address="wilhelmina.quil@example.org")
    desk.wait(5_000)
    desk.ask(made)
    desk.hear(30)
    desk.send(10)
    assert desk.mail() == Mail(30, 40, None)


def test_a_mail_that_is_held_back_says_why(desk: Desk) -> None:
    """The fourth first mail of a day to one address never goes: the row says so instead of waiting for ever."""
    for _ in range(4):
        desk.ask(desk.make())
        desk.wait(1_000)
    desk.hear(30)
    desk.send(10)
    mails = [way.mail for way in desk.look().ways]
    assert sorted(mail.ended or ("", "") for mail in mails if mail) == [("", "")] * 3 + [("suppressed", "daily-limit")]


def test_the_newest_come_first_and_twenty_are_enough(desk: Desk) -> None:
    """Rows are numbered from the first pledge of all, newest first."""
    for _ in range(trail.SHOWN + 2):
        desk.make()
        desk.wait(10)
    ways = desk.look().ways
    assert [way.number for way in ways] == list(range(trail.SHOWN + 2, 2, -1))
    assert ways[0].tapped > ways[-1].tapped


def test_what_has_no_exact_time_has_no_row(desk: Desk) -> None:
    """The demo's pledges and those of yesterday are in the numbers, not among the rows, and time nothing."""
    pledges.make(desk.pledge, a_promise(), now=desk.clock.now.replace(month=5))
    desk.make()
    desk.publish(8)
    desk.count(8)
    assert (desk.only().number, desk.look().timing) == (2, Timing(1, 20, 20))
    desk.clock.move(hours=25)
    assert desk.look() == Trail([], None)
    assert tally.take(desk.pledge.db).accepted == 2


def test_half_and_nearly_all(desk: Desk) -> None:
    """The figures are times that pledges really took: the middle one, and the one that 99 in 100 keep within."""
    for took in (100, 30, 20, 40):
        desk.make(0)
        desk.publish(5)
        desk.count(took - 5)
    assert desk.look().timing == Timing(4, 30, 100)


def test_what_waited_for_kafka_is_not_timed(desk: Desk) -> None:
    """Pledges that were on their way while Kafka was made to stand still say nothing about how quick it is."""
    desk.make(0)
    desk.publish(5)
    desk.count(15)
    desk.wait(1_000)
    began = as_milliseconds(desk.clock())
    desk.make(0)
    desk.publish(20_000)
    desk.count(100)
    assert desk.look([(began + 10, began + 20_010)]).timing == Timing(1, 20, 20)
    assert desk.look().timing == Timing(2, 20, 20_100)


def test_when_the_last_was_counted(desk: Desk) -> None:
    """The end of a run is the last count among its own pledges, and no earlier than Kafka's going on."""
    first, last = desk.make(), desk.make()
    desk.publish(10)
    desk.count(10)
    at = as_milliseconds(desk.clock())
    other = desk.make()
    counting.count(desk.pledge, [as_envelope(entry, "pledge", 0) for entry in other.outbox])
    found = tally.take(desk.pledge.db)
    assert trail.last_counted(desk.pledge.db, found, [first.id, last.id], at - 15) == at
    assert trail.last_counted(desk.pledge.db, found, [first.id, last.id], at + 2_000) == at + 2_000
