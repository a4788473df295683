"""An address on its way to notify: kept until it has arrived, given again each day, the same message each time."""

from datetime import timedelta
from typing import Any

import pytest

from services.pledge.consumers import HANDLERS
from services.pledge.operations import keeping, pledges
from services.pledge.store import pledges as rows
from shared.messaging import handover
from shared.messaging.work import Work
from tests.support.builders import a_nudge, a_promise, an_envelope, an_id
from tests.support.engines import Broker
from tests.support.relays import relay_everything
from tests.support.settings import A_MOMENT, MovableClock
from tests.support.wire import header, read_log

Offered = tuple[str, str]  # the pledge's reference and the offer's id


@pytest.fixture
def offered(no_log: Work[Any]) -> Offered:
    """A pledge whose offer has left the outbox."""
    made = pledges.make(no_log, a_promise(), now=A_MOMENT, nudge=a_nudge())
    sent()
    return made.reference, made.offer["message"]["id"]


def sent() -> None:
    """As the relay leaves a document."""
    rows().update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})


def stored() -> dict[str, Any]:
    found = rows().find_one({})
    assert found is not None
    return found


def pending_ids() -> list[str]:
    return [entry["id"] for entry in stored().get("outbox", [])]


def received(work: Work[Any], message_id: str) -> None:
    data = {"ref": an_id(), "message_id": message_id}
    HANDLERS["contact.received.v1"](work, [an_envelope("contact.received.v1", data, source="notify")])


def test_the_blob_is_kept_until_notify_has_it(no_log: Work[Any], offered: Offered) -> None:
    """contact.received names the offer; then the sealed copy goes, and is not offered again."""
    assert stored()["offer"]["message"]["id"] == offered[1]
    received(no_log, an_id())
    assert "offer" in stored()
    received(no_log, offered[1])
    assert "offer" not in stored()
    received(no_log, offered[1])
    assert keeping.offer_again(no_log, A_MOMENT + timedelta(days=2)) == 0


def test_it_is_offered_again_each_day(no_log: Work[Any], offered: Offered, clock: MovableClock) -> None:
    """Not before a day has passed, once a day from then on, and the very same message: nothing is mailed twice."""
    _, id_ = offered
    assert keeping.offer_again(no_log, clock.move(hours=23, minutes=59)) == 0
    for _ in range(3):
        assert keeping.offer_again(no_log, clock.move(hours=24)) == 1
        assert pending_ids() == [id_]
        assert stored()["outbox"][0]["time"] == A_MOMENT
        assert keeping.offer_again(no_log, clock()) == 0
        sent()


def test_one_that_lies_pending_is_not_offered_on_top(no_log: Work[Any], clock: MovableClock) -> None:
    """With the broker away for days the outbox does not grow."""
    made = pledges.make(no_log, a_promise(), now=A_MOMENT, nudge=a_nudge())
    for _ in range(3):
        assert keeping.offer_again(no_log, clock.move(days=1)) == 0
    assert len(stored()["outbox"]) == len(made.outbox)
    assert handover.offer_again(rows(), clock(), at_once=True) == 0


def test_a_corrected_address_replaces_the_offer(no_log: Work[Any], offered: Offered, clock: MovableClock) -> None:
    """The former offer is never given again, and notify's word about it drops nothing of the new one."""
    reference, former = offered
    fixed = pledges.ask_for_nudge(no_log, reference, a_nudge(address="w.quill@example.org"), now=clock())
    sent()
    received(no_log, former)
    assert stored()["offer"]["message"]["id"] == fixed.offer["message"]["id"] != former
    assert keeping.offer_again(no_log, clock.move(days=1)) == 1
    assert pending_ids() == [fixed.offer["message"]["id"]]


def test_an_offer_withdrawn_meanwhile_is_not_given_again(no_log: Work[Any], offered: Offered, clock: MovableClock) -> None:
    """Changing one's mind before notify answered ends the handing over."""
    pledges.withdraw(no_log, offered[0], now=clock())
    sent()
    assert keeping.offer_again(no_log, clock.move(days=2)) == 0


def test_the_second_offer_is_the_first_on_the_wire(work: Work[Any], log: Broker, clock: MovableClock) -> None:
    """Same id, same key, same box, same time: notify's ledger sees one cause."""
    pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge())
    relay_everything(work, [rows()])
    keeping.offer_again(work, clock.move(days=1))
    relay_everything(work, [rows()])
    one, two = read_log(log, "contacts.v1", 2)
    assert header(one, "ce_id") == header(two, "ce_id")
    assert (one.key, one.value, one.time) == (two.key, two.value, two.time)
