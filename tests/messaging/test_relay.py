"""From an outbox to the log: what the relay sends, in which form and order, and what it leaves behind."""

from collections import defaultdict
from typing import Any

import pytest

from services.pledge.operations import pledges
from services.pledge.store import Pledge
from services.pledge.store import pledges as rows
from shared.messaging import archive
from shared.messaging.background import make_relay
from shared.messaging.outbox import message, pending
from shared.messaging.records import Record
from shared.messaging.work import Work
from shared.runtime import logs
from shared.runtime.clock import cut_to_hour
from tests.support.builders import ADDRESS, a_nudge, a_promise, an_id, counted
from tests.support.commands_seen import commands_seen
from tests.support.engines import Broker
from tests.support.relays import HeldRelay, relay_everything
from tests.support.settings import A_MOMENT
from tests.support.waiting import until
from tests.support.wire import header, read_log

THE_HOUR = cut_to_hour(A_MOMENT)


def ids(records: list[Record]) -> list[str | None]:
    return [header(record, "ce_id") for record in records]


def make_with_everything(work: Work[Any]) -> Pledge:
    """A pledge from a poster with an address: it says three things."""
    with logs.correlation("corr-1"):
        return pledges.make(work, a_promise(poster="OLD-ST-3", channel="posters"), now=A_MOMENT, nudge=a_nudge())


def test_a_message_is_a_cloudevent_in_binary_form(work: Work[Any], log: Broker) -> None:
    """Its attributes are headers, its key is the pledge's id, its body the payload alone."""
    pledge = make_with_everything(work)
    relay_everything(work, [rows()])
    made, _ = sorted(read_log(log, "pledges.v1", 2), key=lambda record: header(record, "ce_type") or "")
    assert {name: value.decode() for name, value in made.headers} == {
        "ce_specversion": "1.0",
        "ce_id": pledge.outbox[0]["id"],
        "ce_type": "pledge.made.v1",
        "ce_source": "pledge",
        "ce_time": "2026-06-10T14:00:00Z",
        "ce_subject": pledge.id,
        "ce_sequence": "0",
        "ce_correlationid": "corr-1",
        "content-type": "application/json",
    }
    assert made.key == pledge.id.encode()
    assert made.value == (
        b'{"action": "check-in", "theme": 1, "area": "hackney", "week": "2026-W24", "channel": "posters",'
        b' "deltas": {"pledge": 1, "interaction": 1}}'
    )


def test_no_time_on_pledges_is_finer_than_the_hour(work: Work[Any], log: Broker) -> None:
    """Neither the header nor Kafka's own timestamp betrays a minute that we promise to forget."""
    make_with_everything(work)
    relay_everything(work, [rows()])
    records = read_log(log, "pledges.v1", 2)
    assert [record.time for record in records] == [THE_HOUR] * 2
    assert {header(record, "ce_time") for record in records} == {"2026-06-10T14:00:00Z"}


def test_an_offer_keeps_its_exact_time_and_shows_no_address(work: Work[Any], log: Broker) -> None:
    """contacts.v1 is short-lived and counts a shelf life from its time; the address is in the sealed box alone."""
    make_with_everything(work)
    relay_everything(work, [rows()])
    (offer,) = read_log(log, "contacts.v1", 1)
    assert offer.time == A_MOMENT
    assert ADDRESS.encode() not in (offer.value or b"")
    assert header(offer, "ce_sequence") == "2"


def test_a_poster_is_told_apart_from_its_pledge(work: Work[Any], log: Broker) -> None:
    """poster.used has neither sequence nor correlation, and its key is the code."""
    make_with_everything(work)
    relay_everything(work, [rows()])
    (used,) = [record for record in read_log(log, "pledges.v1", 2) if header(record, "ce_type") == "poster.used.v1"]
    assert used.key == b"OLD-ST-3"
    assert not {"ce_sequence", "ce_correlationid"} & set(dict(used.headers))
    assert used.value == b'{"code": "OLD-ST-3", "week": "2026-W24", "deltas": {"poster": 1}}'


def test_what_was_sent_is_gone_from_the_document(work: Work[Any]) -> None:
    """The outbox and its mark are unset, so that the sparse index holds only what is pending."""
    made = make_with_everything(work)
    relay_everything(work, [rows()])
    left = rows().find_one({"_id": made.id})
    assert left is not None
    assert not {"outbox", "pending_since"} & set(left)
    assert left["outbox_base"] == 3


def test_many_alike_are_cleared_with_one_update(work: Work[Any]) -> None:
    """Fifty documents with one message each cost one update, not fifty: each synced write costs milliseconds."""
    for _ in range(50):
        pledges.make(work, a_promise(), now=A_MOMENT)
    with commands_seen() as seen:
        relay_everything(work, [rows()])
    assert seen.updates_of("pledges") == 1
    assert rows().count_documents({"pending_since": {"$exists": True}}) == 0


def test_a_message_that_came_during_the_flight_is_kept(work: Work[Any], log: Broker) -> None:
    """Only what was sent is taken out; the new message goes with the next flight and has the next sequence."""
    pledge = pledges.make(work, a_promise(), now=A_MOMENT)
    other = pledges.make(work, a_promise(), now=A_MOMENT)
    relay = HeldRelay(work, [rows()])
    relay.send()
    pledges.answer(work, pledge.reference, "yes", now=A_MOMENT)
    with commands_seen() as seen:
        relay.land()
    assert seen.updates_of("pledges") == 2
    grown, cleared = (rows().find_one({"_id": id_}) for id_ in (pledge.id, other.id))
    assert grown is not None
    assert [entry["type"] for entry in grown["outbox"]] == ["pledge.kept.v1"]
    assert grown["outbox_base"] == 1
    assert cleared is not None
    assert "outbox" not in cleared
    until(lambda: not relay.step(), "nothing is pending")
    relay.close()
    sequences = [header(record, "ce_sequence") for record in read_log(log, "pledges.v1", 3) if record.key == pledge.id.encode()]
    assert sequences == ["0", "1"]


def test_each_document_speaks_in_order(work: Work[Any], log: Broker) -> None:
    """Whatever the batches, one pledge's messages are on the log as they happened, numbered without a gap."""
    made = [pledges.make(work, a_promise(), now=A_MOMENT) for _ in range(8)]
    relay = make_relay(work, [rows()])
    for turn in range(6):
        for number, pledge in enumerate(made):
            if (turn + number) % 2:
                pledges.answer(work, pledge.reference, "yes" if turn % 4 < 2 else "partly", now=A_MOMENT)
        relay.step()
    until(lambda: not relay.step(), "nothing is pending")
    relay.close()
    sequences: dict[bytes | None, list[str | None]] = defaultdict(list)
    for record in read_log(log, "pledges.v1", 8):
        sequences[record.key].append(header(record, "ce_sequence"))
    assert len(sequences) == 8
    assert all(found == [str(number) for number in range(len(found))] for found in sequences.values())
    assert sum(map(len, sequences.values())) > 20


def test_a_relay_that_dies_before_clearing_sends_again(work: Work[Any], log: Broker) -> None:
    """After the acknowledgement and before the clearing nothing is lost: the next relay sends the same ids once more."""
    pledge = make_with_everything(work)
    dead = HeldRelay(work, [rows()])
    dead.send()
    dead.close()
    relay_everything(work, [rows()])
    sent = ids(read_log(log, "pledges.v1", 4))
    assert sorted(map(str, sent)) == sorted([entry["id"] for entry in pledge.outbox[:2]] * 2)
    assert work.db[archive.COLLECTION].count_documents({}) == 2


def test_two_relays_at_once_only_cost_duplicates(work: Work[Any], log: Broker) -> None:
    """Both send the same documents; one clears, the other finds nothing to clear and takes nothing that came since."""
    pledge = pledges.make(work, a_promise(), now=A_MOMENT)
    one, two = HeldRelay(work, [rows()]), HeldRelay(work, [rows()])
    one.send()
    two.send()
    one.land()
    pledges.answer(work, pledge.reference, "yes", now=A_MOMENT)
    two.land()
    left = rows().find_one({"_id": pledge.id})
    assert left is not None
    assert [entry["type"] for entry in left["outbox"]] == ["pledge.kept.v1"]
    one.close()
    two.close()
    relay_everything(work, [rows()])
    assert len(set(ids(read_log(log, "pledges.v1", 3)))) == 2


def test_an_emptied_outbox_is_put_right(work: Work[Any]) -> None:
    """A document whose outbox was emptied but not unset does not stay among the pending for ever."""
    pledge = pledges.make(work, a_promise(), now=A_MOMENT)
    rows().update_one({"_id": pledge.id}, {"$set": {"outbox": []}})
    relay_everything(work, [rows()])
    left = rows().find_one({"_id": pledge.id})
    assert left is not None
    assert not {"outbox", "pending_since"} & set(left)


def test_a_row_that_was_never_counted_is_cleared(work: Work[Any], log: Broker) -> None:
    """A document made without `outbox_base` says its message once, and not at every step."""
    entry = message("pledge.made.v1", an_id(), counted(), now=A_MOMENT)
    rows().update_one({"_id": "bare"}, pending([entry], A_MOMENT), upsert=True)
    relay_everything(work, [rows()])
    assert len(read_log(log, "pledges.v1", 1)) == 1
    assert rows().find_one({"_id": "bare"}) == {"_id": "bare", "outbox_base": 1}


def test_a_type_of_a_newer_release_waits_for_its_relay(work: Work[Any], log: Broker) -> None:
    """What this release does not know stays where it is, and what follows it; everything else goes on."""
    newer, known = pledges.make(work, a_promise(), now=A_MOMENT), pledges.make(work, a_promise(), now=A_MOMENT)
    unknown = {**message("pledge.made.v1", newer.id, counted(), now=A_MOMENT), "type": "pledge.framed.v1"}
    rows().update_one({"_id": newer.id}, pending([unknown], A_MOMENT))
    pledges.answer(work, newer.reference, "yes", now=A_MOMENT)
    relay_everything(work, [rows()])
    keys = [record.key for record in read_log(log, "pledges.v1", 2)]
    assert sorted(map(bytes, filter(None, keys))) == sorted([newer.id.encode(), known.id.encode()])
    left = rows().find_one({"_id": newer.id})
    assert left is not None
    assert [entry["type"] for entry in left["outbox"]] == ["pledge.framed.v1", "pledge.kept.v1"]
    assert left["outbox_base"] == 1


def test_nothing_pending_is_nothing_to_do(work: Work[Any], log: Broker) -> None:
    """An idle relay says so, and does not even open a producer."""
    log.kill()
    assert make_relay(work, [rows()]).step() is False


@pytest.mark.parametrize("field", ["action", "area", "deltas"])
def test_no_emitter_can_make_poison(field: str) -> None:
    """A payload that readers would refuse is refused where it is made."""
    data = counted()
    del data[field]
    with pytest.raises(Exception, match=f"wrong fields: {field}"):
        message("pledge.made.v1", an_id(), data, now=A_MOMENT)
