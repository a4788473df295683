"""How it went: yes, partly, not yet, changed my mind; each told once, with what it changes."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from services.pledge import rules
from services.pledge.operations import contacts, pledges
from services.pledge.store import Pledge
from shared.messaging.work import Work
from shared.runtime.errors import Conflict, NotFound
from shared.security.references import new_reference
from shared.security.sealing import unseal
from shared.security.tokens import new_token
from tests.support.builders import a_nudge, a_promise, an_id
from tests.support.pledged import document, last_entry, said
from tests.support.settings import A_MOMENT, NOTIFY_KEYS, MovableClock


@pytest.fixture
def made(work: Work[Any]) -> Pledge:
    """An anonymous pledge."""
    return pledges.make(work, a_promise(), now=A_MOMENT)


@pytest.fixture
def confirmed(work: Work[Any]) -> Pledge:
    """A pledge with a confirmed address, its nudge on Saturday the 13th."""
    pledge = pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge())
    contacts.confirmed(work, pledge.ref, now=A_MOMENT)
    return pledge


def totals(pledge: Pledge) -> dict[str, int]:
    """What this pledge has added to each counter so far."""
    sums: Counter[str] = Counter()
    for _, deltas in said(pledge.id):
        sums.update(deltas)
    return {name: value for name, value in sums.items() if value}


# Yes and partly


def test_an_answer_is_told_with_what_it_changes(work: Work[Any], made: Pledge) -> None:
    """Without e-mail too; the pledge's own week, not the answer's."""
    pledges.answer(work, made.reference, "yes", now=A_MOMENT + timedelta(days=30))
    assert said(made.id)[-1] == ("pledge.kept.v1", {"kept": 1})
    assert last_entry(made.id)["data"]["week"] == "2026-W24"
    assert last_entry(made.id)["data"]["answer"] == "yes"
    assert document(made.id)["answer"] == "yes"


def test_the_newest_answer_counts(work: Work[Any], made: Pledge) -> None:
    """Yes, then partly, then yes: one kept in the end; the same again says nothing."""
    for answer in ("yes", "yes", "partly", "partly", "yes"):
        pledges.answer(work, made.reference, answer, now=A_MOMENT)
    assert totals(made) == {"pledge": 1, "interaction": 1, "kept": 1}
    assert len(said(made.id)) == 4


def test_answers_at_once_leave_one(work: Work[Any], made: Pledge) -> None:
    """Eight threads answer either way: the counters end with the stored answer alone."""
    start = threading.Barrier(4)

    def answer(number: int) -> None:
        start.wait()
        pledges.answer(work, made.reference, "yes" if number % 2 else "partly", now=A_MOMENT)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(answer, range(4)))
    stored = document(made.id)["answer"]
    assert totals(made) == {"pledge": 1, "interaction": 1, rules.COUNTER_OF_ANSWER[stored]: 1}


def test_notify_hears_whose_nudge_is_answered(work: Work[Any], made: Pledge, confirmed: Pledge) -> None:
    """The message carries the ref where there is one, and none where there is none."""
    for pledge in (made, confirmed):
        pledges.answer(work, pledge.reference, "partly", now=A_MOMENT)
    assert "ref" not in last_entry(made.id)["data"]
    assert last_entry(confirmed.id)["data"]["ref"] == confirmed.ref


def test_what_was_taken_back_cannot_be_answered(work: Work[Any], made: Pledge) -> None:
    """It says so, and an unknown reference is not found."""
    pledges.withdraw(work, made.reference, now=A_MOMENT)
    with pytest.raises(Conflict):
        pledges.answer(work, made.reference, "yes", now=A_MOMENT)
    with pytest.raises(NotFound):
        pledges.answer(work, new_reference(), "yes", now=A_MOMENT)


# Not yet


def test_not_yet_moves_the_nudge_twice_at_most(work: Work[Any], confirmed: Pledge, clock: MovableClock) -> None:
    """A week on each time, and the tie with it; the third time stores nothing and says so."""
    for number in (1, 2):
        pledge, moved = pledges.postpone(work, confirmed.reference, now=clock.move(days=3))
        assert moved
        assert pledge.nudge_at == rules.nudge_time(rules.NEXT_WEEK, clock())
        assert pledge.drop_ref_at == pledge.nudge_at + timedelta(days=90)
        assert document(confirmed.id)["postponements"] == number
        assert said(confirmed.id)[-1] == ("pledge.postponed.v1", {})
        assert last_entry(confirmed.id)["data"]["ref"] == confirmed.ref
    before = document(confirmed.id)
    _, moved = pledges.postpone(work, confirmed.reference, now=clock.move(days=3))
    assert not moved
    assert document(confirmed.id) == before


def test_without_a_confirmed_address_there_is_nothing_to_postpone(work: Work[Any], made: Pledge) -> None:
    """Nothing is stored for an anonymous or an unconfirmed pledge."""
    _, moved = pledges.postpone(work, made.reference, now=A_MOMENT)
    assert not moved
    pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT, key=an_id())
    before = document(made.id)
    _, moved = pledges.postpone(work, made.reference, now=A_MOMENT)
    assert not moved
    assert document(made.id) == before


def test_not_yet_at_once_is_counted_twice_at_most(work: Work[Any], confirmed: Pledge) -> None:
    """However many buttons are pressed in one moment."""
    start = threading.Barrier(4)

    def press(_: int) -> bool:
        start.wait()
        return pledges.postpone(work, confirmed.reference, now=A_MOMENT)[1]

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(press, range(4))) == 2
    assert [type_ for type_, _ in said(confirmed.id)].count("pledge.postponed.v1") == 2


# Changed my mind


def test_taking_it_back_takes_back_what_it_added(work: Work[Any], confirmed: Pledge) -> None:
    """The pledge, its confirmation and its answer; somebody did take part, so the interaction stays. Twice is as once."""
    pledges.answer(work, confirmed.reference, "yes", now=A_MOMENT)
    for _ in range(2):
        pledges.withdraw(work, confirmed.reference, now=A_MOMENT)
    assert totals(confirmed) == {"interaction": 1}
    assert [type_ for type_, _ in said(confirmed.id)].count("pledge.withdrawn.v1") == 1
    assert last_entry(confirmed.id)["data"]["ref"] == confirmed.ref


def test_withdrawing_and_answering_at_once_agree(work: Work[Any]) -> None:
    """In whichever order they are decided, nothing but the interaction is left of a pledge that was taken back."""
    for _ in range(5):
        pledge = pledges.make(work, a_promise(), now=A_MOMENT)
        start = threading.Barrier(2)

        def withdraw(start: threading.Barrier = start, reference: str = pledge.reference) -> None:
            start.wait()
            pledges.withdraw(work, reference, now=A_MOMENT)

        def answer(start: threading.Barrier = start, reference: str = pledge.reference) -> None:
            start.wait()
            try:
                pledges.answer(work, reference, "yes", now=A_MOMENT)
            except Conflict:
                return

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(withdraw), pool.submit(answer)]:
                done.result()
        assert totals(pledge) == {"interaction": 1}


def token_of(pledge: Pledge) -> str:
    sealed = document(pledge.id)["outbox"][1]["data"]["sealed"]
    return str(unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], sealed)["token"])


def test_the_mailed_link_takes_it_back(work: Work[Any], confirmed: Pledge) -> None:
    """It opens this pledge alone, works again without effect, and a made-up one opens nothing."""
    token = token_of(confirmed)
    assert pledges.with_token(token).id == confirmed.id
    for _ in range(2):
        assert pledges.withdraw_by_token(work, token, now=A_MOMENT).state == rules.WITHDRAWN
    assert totals(confirmed) == {"interaction": 1}
    with pytest.raises(NotFound):
        pledges.withdraw_by_token(work, new_token(), now=A_MOMENT)


def test_a_link_is_no_longer_good_when_the_address_was_replaced(work: Work[Any]) -> None:
    """Who holds the mail to a wrong address cannot touch the pledge after it was corrected."""
    pledge = pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge(address="wrong@example.org"))
    token = token_of(pledge)
    pledges.ask_for_nudge(work, pledge.reference, a_nudge(), now=A_MOMENT, key=an_id())
    with pytest.raises(NotFound):
        pledges.with_token(token)
