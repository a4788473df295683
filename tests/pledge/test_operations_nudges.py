"""Tying an address to a pledge: asked for, corrected, confirmed, lost; in whatever order notify's word comes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from services.pledge import rules
from services.pledge.operations import contacts, keeping, pledges
from services.pledge.operations.contacts import TIE
from services.pledge.store import Pledge, by_ref
from services.pledge.store import pledges as rows
from shared.messaging.work import Work
from shared.runtime.errors import Conflict, NotFound
from shared.security.references import new_reference
from shared.security.sealing import unseal
from tests.support.builders import a_nudge, a_promise, an_id
from tests.support.pledged import document, last_entry, said
from tests.support.settings import A_MOMENT, NOTIFY_KEYS, MovableClock


@pytest.fixture
def made(work: Work[Any]) -> Pledge:
    """An anonymous pledge."""
    return pledges.make(work, a_promise(), now=A_MOMENT)


def asked(work: Work[Any], pledge: Pledge, **changes: Any) -> Pledge:
    return pledges.ask_for_nudge(work, pledge.reference, a_nudge(**changes), now=A_MOMENT, key=an_id())


def confirmed(work: Work[Any], pledge: Pledge) -> Pledge:
    tied = asked(work, pledge)
    contacts.confirmed(work, tied.ref, now=A_MOMENT)
    return tied


def opened(offer: dict[str, Any]) -> dict[str, Any]:
    return unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], offer["data"]["sealed"])


# Asking, and correcting


def test_asking_ties_an_address_to_it(work: Work[Any], made: Pledge) -> None:
    """Unconfirmed, with a new ref, the time it is for, and one offer; the counters hear nothing of it."""
    tied = asked(work, made, choice=rules.TWO_DAYS)
    assert tied.state == rules.UNCONFIRMED
    assert tied.nudge_at.isoformat() == "2026-06-12T08:00:00+00:00"
    assert [type_ for type_, _ in said(made.id)] == ["pledge.made.v1", "contact.offered.v1"]
    assert "replaces" not in last_entry(made.id)["data"]


def test_the_same_form_again_changes_nothing(work: Work[Any], made: Pledge) -> None:
    """One key with the same words: one offer, one ref."""
    key = an_id()
    first = pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT, key=key)
    before = document(made.id)
    again = pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT, key=key)
    assert again.ref == first.ref
    assert document(made.id) == before


def test_the_same_form_at_once_is_one_offer(work: Work[Any], made: Pledge) -> None:
    """Six threads, one key: one address is offered once."""
    key, start = an_id(), threading.Barrier(6)

    def post(_: int) -> str:
        start.wait()
        return str(pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT, key=key).ref)

    with ThreadPoolExecutor(6) as pool:
        refs = set(pool.map(post, range(6)))
    assert len(refs) == 1
    assert [type_ for type_, _ in said(made.id)].count("contact.offered.v1") == 1


@pytest.mark.parametrize("same_page", [True, False])
def test_a_corrected_address_gets_a_ref_of_its_own(work: Work[Any], made: Pledge, same_page: bool) -> None:
    """A page gone back to keeps its key, and what was mended there is heard; the new offer says which one it replaces."""
    key = an_id()
    first = pledges.ask_for_nudge(work, made.reference, a_nudge(address="wrong@example.org"), now=A_MOMENT, key=key)
    first_hash = document(made.id)["withdraw_hash"]
    fixed = pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT, key=key if same_page else an_id())
    assert fixed.ref != first.ref
    assert fixed.state == rules.UNCONFIRMED
    offer = last_entry(made.id)
    assert (offer["data"]["replaces"], offer["data"]["ref"]) == (first.ref, fixed.ref)
    assert opened(offer)["address"] == a_nudge().address
    assert document(made.id)["withdraw_hash"] != first_hash
    assert by_ref(first.ref) is None


def test_a_confirmed_pledge_is_not_tied_again(work: Work[Any], made: Pledge) -> None:
    """Its nudge is set: another address changes nothing and is told to nobody."""
    confirmed(work, made)
    before = document(made.id)
    asked(work, made, address="else@example.org")
    assert document(made.id) == before


def test_a_pledge_that_was_taken_back_has_nothing_to_nudge_about(work: Work[Any], made: Pledge) -> None:
    """It says so, kindly; an unknown reference is not found."""
    pledges.withdraw(work, made.reference, now=A_MOMENT)
    with pytest.raises(Conflict, match="make another"):
        asked(work, made)
    with pytest.raises(NotFound):
        pledges.ask_for_nudge(work, new_reference(), a_nudge(), now=A_MOMENT)


def test_again_asks_for_the_mail_once_more(work: Work[Any], made: Pledge) -> None:
    """Only while somebody is waiting for it."""
    pledges.send_again(work, made.reference, now=A_MOMENT)
    assert len(said(made.id)) == 1
    tied = asked(work, made)
    pledges.send_again(work, made.reference, now=A_MOMENT)
    assert last_entry(made.id)["type"] == "contact.again.v1"
    assert last_entry(made.id)["data"] == {"ref": tied.ref}
    contacts.confirmed(work, tied.ref, now=A_MOMENT)
    before = document(made.id)
    pledges.send_again(work, made.reference, now=A_MOMENT)
    assert document(made.id) == before


# notify's word


def test_confirmed_counts_once(work: Work[Any], made: Pledge, clock: MovableClock) -> None:
    """State, counter and the end of the tie in one step; the same word again changes nothing; the sealed copy goes."""
    tied = asked(work, made)
    contacts.confirmed(work, tied.ref, now=clock())
    stored = document(made.id)
    assert stored["state"] == rules.CONFIRMED
    assert said(made.id)[-1] == ("pledge.confirmed.v1", {"confirmed": 1})
    assert stored["drop_ref_at"] == tied.nudge_at + timedelta(days=90)
    assert "offer" not in stored
    contacts.confirmed(work, tied.ref, now=clock.move(hours=1))
    assert document(made.id) == stored


def test_a_late_confirmation_moves_the_nudge_to_the_next_morning(work: Work[Any], made: Pledge, clock: MovableClock) -> None:
    """Confirmed after the time it was for, the nudge comes at the next nine, as notify decides, and the tie lasts from then."""
    tied = asked(work, made)
    contacts.confirmed(work, tied.ref, now=clock.move(days=6))
    stored = document(made.id)
    assert stored["nudge_at"] == rules.nudge_comes(tied.nudge_at, clock()) > clock()
    assert stored["drop_ref_at"] == stored["nudge_at"] + timedelta(days=90)


def test_lost_leaves_an_anonymous_pledge_that_still_counts(work: Work[Any], made: Pledge) -> None:
    """Expired or suppressed: everything that ties it to an address goes, nothing is taken from the counters."""
    tied = asked(work, made)
    contacts.lost(work, tied.ref, now=A_MOMENT)
    stored = document(made.id)
    assert stored["state"] == rules.ANONYMOUS
    assert not set(TIE) & set(stored)
    assert said(made.id)[-1] == ("pledge.lapsed.v1", {})
    contacts.lost(work, tied.ref, now=A_MOMENT)
    assert document(made.id) == stored


def test_lost_after_a_confirmation_keeps_the_state(work: Work[Any], made: Pledge) -> None:
    """Somebody who says stop has still confirmed: the tie goes in silence."""
    tied = confirmed(work, made)
    before = said(made.id)
    contacts.lost(work, tied.ref, now=A_MOMENT)
    stored = document(made.id)
    assert stored["state"] == rules.CONFIRMED
    assert not set(TIE) & set(stored)
    assert said(made.id) == before


def test_confirmed_after_lost_changes_nothing(work: Work[Any], made: Pledge) -> None:
    """notify decides once; a word that comes late about a dropped ref is not followed."""
    tied = asked(work, made)
    contacts.lost(work, tied.ref, now=A_MOMENT)
    before = document(made.id)
    contacts.confirmed(work, tied.ref, now=A_MOMENT)
    assert document(made.id) == before


@pytest.mark.parametrize("word", [contacts.confirmed, contacts.lost])
def test_a_word_about_a_replaced_address_changes_nothing(work: Work[Any], made: Pledge, word: Any) -> None:
    """The wrong address confirms or expires after it was corrected: the right one still waits."""
    wrong = asked(work, made, address="wrong@example.org")
    fixed = asked(work, made)
    before = document(made.id)
    word(work, wrong.ref, now=A_MOMENT)
    assert document(made.id) == before
    contacts.confirmed(work, fixed.ref, now=A_MOMENT)
    assert document(made.id)["state"] == rules.CONFIRMED


def test_a_word_about_nobody_changes_nothing(work: Work[Any], made: Pledge) -> None:
    """Another service's contact, or one long gone."""
    before = document(made.id)
    for word in (contacts.confirmed, contacts.lost):
        word(work, an_id(), now=A_MOMENT)
    assert document(made.id) == before


@pytest.mark.parametrize("state", [rules.UNCONFIRMED, rules.CONFIRMED])
def test_a_tie_never_outlives_a_withdrawal_for_ever(work: Work[Any], made: Pledge, clock: MovableClock, state: str) -> None:
    """Withdrawn, the ref stays for the mailed link's sake, and goes with notify's word or after its ninety days."""
    tied = asked(work, made) if state == rules.UNCONFIRMED else confirmed(work, made)
    pledges.withdraw(work, made.reference, now=A_MOMENT)
    assert not {"nudge_at", "nudge_choice", "offer"} & set(document(made.id))
    if state == rules.UNCONFIRMED:
        contacts.lost(work, tied.ref, now=clock.move(days=7))
    else:
        keeping.drop_old_refs(work, clock.move(days=94))
    stored = document(made.id)
    assert not set(TIE) & set(stored)
    assert stored["state"] == rules.WITHDRAWN


def test_confirming_and_withdrawing_at_once_agree(work: Work[Any]) -> None:
    """Whichever comes first, the counters end where the states say: a confirmation taken back counts for nothing."""
    for _ in range(6):
        made = pledges.make(work, a_promise(), now=A_MOMENT)
        tied = asked(work, made)
        start = threading.Barrier(2)
        reference, ref = made.reference, tied.ref

        def withdraw(start: threading.Barrier = start, reference: str = reference) -> None:
            start.wait()
            pledges.withdraw(work, reference, now=A_MOMENT)

        def confirm(start: threading.Barrier = start, ref: str = ref) -> None:
            start.wait()
            contacts.confirmed(work, ref, now=A_MOMENT)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(withdraw), pool.submit(confirm)]:
                done.result()
        sums: dict[str, int] = {}
        for _, deltas in said(made.id):
            for name, value in deltas.items():
                sums[name] = sums.get(name, 0) + value
        assert {name: value for name, value in sums.items() if value} == {"interaction": 1}
        assert document(made.id)["state"] == rules.WITHDRAWN
    assert rows().count_documents({"state": rules.WITHDRAWN}) == 6
