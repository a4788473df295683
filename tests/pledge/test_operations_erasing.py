"""Erased when notify asks: the pledge stays counted, and nothing in it leads to anybody; answered once nothing is left."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.pledge import rules
from services.pledge.consumers import HANDLERS
from services.pledge.operations import contacts, erasing, keeping, pledges
from services.pledge.operations.contacts import TIE
from services.pledge.operations.examine import examine
from services.pledge.store import Pledge
from services.pledge.store import pledges as rows
from shared.messaging.work import Work
from shared.privacy import erasure
from shared.runtime.errors import KeyReused
from tests.support.builders import a_nudge, a_promise, an_envelope, an_id
from tests.support.pledged import document, said, texts_in
from tests.support.settings import A_MOMENT, MovableClock


def asked(work: Work[Any], ref: str, id_: str = "") -> None:
    HANDLERS["erasure.asked.v1"](work, [an_envelope("erasure.asked.v1", {"ref": ref}, subject=ref, id=id_ or an_id(), source="notify")])


def published() -> None:
    """As the relay leaves documents whose messages are out."""
    rows().update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})


def answers(work: Work[Any], ref: str) -> int:
    row = erasure.rows(work.db).find_one({"_id": ref}) or {}
    return sum(entry["type"] == "erasure.done.v1" for entry in row.get("outbox", []))


def with_address(work: Work[Any], state: str = rules.UNCONFIRMED) -> Pledge:
    made = pledges.make(work, a_promise(), now=A_MOMENT, key=an_id(), nudge=a_nudge())
    if state != rules.UNCONFIRMED:
        contacts.confirmed(work, made.ref, now=A_MOMENT)
    if state == rules.WITHDRAWN:
        pledges.withdraw(work, made.reference, now=A_MOMENT)
    return made


@pytest.mark.parametrize("state", [rules.UNCONFIRMED, rules.CONFIRMED, rules.WITHDRAWN])
def test_nothing_leads_to_anybody(work: Work[Any], state: str) -> None:
    """Whatever it was: the tie, the sealed box and what the form came with are gone once nothing waits to be published; then it answers."""
    made = with_address(work, state)
    asked(work, made.ref)
    assert erasing.erase(work, A_MOMENT) == 0
    assert not {name for name in TIE if name != "ref"} & set(document(made.id))
    assert answers(work, made.ref) == 0, "the offer that waits to be published holds the sealed address"
    published()
    assert erasing.erase(work, A_MOMENT + erasure.LOOK_AGAIN) == 1
    left = document(made.id)
    assert not set(TIE) & set(left)
    assert made.ref not in set(texts_in(left))
    assert left["state"] == {rules.UNCONFIRMED: rules.ANONYMOUS}.get(state, state)
    assert answers(work, made.ref) == 1


def test_it_stays_counted(work: Work[Any]) -> None:
    """It lapses if nobody had confirmed it, and changes no counter."""
    made = with_address(work)
    asked(work, made.ref)
    erasing.erase(work, A_MOMENT)
    assert [(type_, deltas) for type_, deltas in said(made.id) if type_ == "pledge.lapsed.v1"] == [("pledge.lapsed.v1", {})]
    confirmed = with_address(work, rules.CONFIRMED)
    told = len(said(confirmed.id))
    asked(work, confirmed.ref)
    erasing.erase(work, A_MOMENT)
    assert len(said(confirmed.id)) == told


def test_a_ref_that_nothing_holds(work: Work[Any]) -> None:
    """Dropped before, or another service's: answered at once; the same message again is answered once."""
    asked(work, ref := an_id(), same := an_id())
    assert erasing.erase(work, A_MOMENT) == 1
    asked(work, ref, same)
    assert erasing.erase(work, A_MOMENT) == 0
    assert answers(work, ref) == 1


def test_asked_again_after_a_restore(work: Work[Any]) -> None:
    """A backup that was put back holds it once more: another message erases it once more."""
    made = with_address(work)
    published()
    before = document(made.id)
    asked(work, made.ref)
    erasing.erase(work, A_MOMENT)
    published()
    assert erasing.erase(work, A_MOMENT + erasure.LOOK_AGAIN) == 1
    rows().replace_one({"_id": made.id}, before)
    assert [finding.name for finding in examine(work, A_MOMENT) if "erased" in finding.name] == ["erased-and-held"]
    asked(work, made.ref)
    erasing.erase(work, A_MOMENT + erasure.LOOK_AGAIN)
    published()
    assert erasing.erase(work, A_MOMENT + 2 * erasure.LOOK_AGAIN) == 1
    assert "ref" not in document(made.id)
    assert answers(work, made.ref) == 2
    assert [finding.name for finding in examine(work, A_MOMENT) if "erased" in finding.name] == []


def test_late_is_found(work: Work[Any], clock: MovableClock) -> None:
    """What cannot be finished for an hour, say because nothing is published, is named."""
    made = with_address(work)
    asked(work, made.ref)
    erasing.erase(work, A_MOMENT)
    late = clock.move(minutes=61)
    assert "erasure-late" in {finding.name for finding in examine(work, late)}


def test_its_form_sent_once_more(work: Work[Any]) -> None:
    """Within its day: no second pledge, and nobody is tied to this one again; afterwards the key is free."""
    key = an_id()
    made = pledges.make(work, a_promise(), now=A_MOMENT, key=key, nudge=a_nudge())
    published()
    asked(work, made.ref)
    erasing.erase(work, A_MOMENT)
    published()
    erasing.erase(work, A_MOMENT + erasure.LOOK_AGAIN)
    with pytest.raises(KeyReused):
        pledges.make(work, a_promise(), now=A_MOMENT, key=key, nudge=a_nudge())
    assert rows().count_documents({}) == 1
    assert keeping.offer_again(work, A_MOMENT) == 0


def test_an_answer_after_it(work: Work[Any]) -> None:
    """Yes counts as ever; "not yet" stores nothing, for there is no address to nudge."""
    made = with_address(work, rules.CONFIRMED)
    published()
    asked(work, made.ref)
    erasing.erase(work, A_MOMENT)
    published()
    erasing.erase(work, A_MOMENT + erasure.LOOK_AGAIN)
    found, moved = pledges.postpone(work, made.reference, now=A_MOMENT)
    assert (moved, found.nudge_at) == (False, None)
    assert pledges.answer(work, made.reference, rules.YES, now=A_MOMENT).answer == rules.YES
    assert said(made.id)[-1] == ("pledge.kept.v1", {"kept": 1})
    assert "ref" not in document(made.id)["outbox"][-1]["data"]


def test_a_corrected_address_meanwhile(work: Work[Any]) -> None:
    """What was asked about is the ref before: the new one stands."""
    made = with_address(work)
    asked(work, made.ref)
    pledges.ask_for_nudge(work, made.reference, a_nudge(address="new.quill@example.org"), now=A_MOMENT)
    assert erasing.erase(work, A_MOMENT) == 1
    stored = document(made.id)
    assert stored["state"] == rules.UNCONFIRMED
    assert stored["ref"] != made.ref


STEPS = ("confirmed", "lost", "asked", "erase", "publish", "answer", "postpone", "withdraw")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(STEPS), min_size=3, max_size=12))
def test_in_any_order(work: Work[Any], steps: list[str]) -> None:
    """Late, doubled, crossed: in the end nothing leads to anybody, and what it told adds up to what it is."""
    for name in work.db.list_collection_names():
        work.db[name].delete_many({})
    made = with_address(work)
    now, told = A_MOMENT, list(document(made.id)["outbox"])
    for step in [*steps, "asked", "erase", "publish", "erase"]:
        now += 2 * erasure.LOOK_AGAIN
        match step:
            case "confirmed":
                contacts.confirmed(work, made.ref, now=now)
            case "lost":
                contacts.lost(work, made.ref, now=now)
            case "asked":
                asked(work, made.ref)
            case "erase":
                erasing.erase(work, now)
            case "publish":
                told += [entry for entry in document(made.id).get("outbox", []) if entry["id"] not in {one["id"] for one in told}]
                published()
            case "withdraw":
                pledges.withdraw(work, made.reference, now=now)
            case "postpone":
                pledges.postpone(work, made.reference, now=now)
            case _ if document(made.id)["state"] in rules.LIVE:
                pledges.answer(work, made.reference, rules.YES, now=now)
    left = document(made.id)
    assert not set(TIE) & set(left)
    added: dict[str, int] = {}
    for entry in told:
        for name, value in entry["data"].get("deltas", {}).items():
            added[name] = added.get(name, 0) + value
    assert {name: value for name, value in added.items() if value} == rules.stands_for(left["state"], left.get("answer"))


def test_whoever_notes_it_is_ahead(work: Work[Any], clock: MovableClock) -> None:
    """The consumer's clock may be a minute ahead of the worker's: what is to be erased is taken up at once."""
    made = with_address(work)
    published()
    clock.move(minutes=5)
    asked(work, made.ref)
    erasing.erase(work, A_MOMENT)
    published()
    assert erasing.erase(work, A_MOMENT + 2 * erasure.LOOK_AGAIN) == 1
