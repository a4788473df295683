"""Batches struck out as abuse: what is chosen and nothing else, once, whoever dies; the numbers and the mails follow."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from services.pledge import rules
from services.pledge.operations import contacts, counting, pledges, striking
from services.pledge.operations.striking import Chosen
from services.pledge.store import by_id, totals
from services.pledge.store import pledges as rows
from services.pledge.store.campaign import batches
from shared.messaging.work import Work
from shared.runtime.errors import Conflict, Forbidden, InvalidInput, KeyReused
from tests.support.builders import a_nudge, a_promise, an_id
from tests.support.campaigning import carry_out, count_everything, member
from tests.support.settings import A_MOMENT, MovableClock

FACTS = {"week": "2026-W24", "channel": "digital", "area": "hackney"}


def make(work: Work[Any], many: int = 1, **changes: Any) -> list[str]:
    given = {"channel": "digital", **changes}
    return [str(pledges.make(work, a_promise(**given), now=work.clock()).id) for _ in range(many)]


def strike(work: Work[Any], chosen: Chosen | None = None, **changes: Any) -> Any:
    given: dict[str, Any] = {"key": an_id(), "by": member(), "now": work.clock(), **changes}
    return striking.strike_out(chosen or Chosen(FACTS), "automated", "Forty in ten seconds", **given)


def states(ids: list[str]) -> list[str]:
    return [found.state for id_ in ids if (found := by_id(id_))]


def all_of_london(work: Work[Any]) -> dict[str, int]:
    count_everything(work)
    return {name: value for name, value in totals(work.db, counting.ALL).get("", {}).items() if value}


def test_a_large_batch(work: Work[Any]) -> None:
    """Is struck out in steps of a hundred, each pledge once; what does not fit stays."""
    wanted, others = make(work, 230), [*make(work, 3, area="brent"), *make(work, 3, channel="press")]
    batch = strike(work)
    assert striking.carry_out(work, work.clock()) == 1
    assert rows().count_documents({"state": rules.VOIDED}) == 100
    carry_out(work)
    assert set(states(wanted)) == {rules.VOIDED}
    assert set(states(others)) == {rules.ANONYMOUS}
    assert striking.existing(batch.id).struck == 230
    assert striking.existing(batch.id).open_since is None
    assert all_of_london(work) == {"pledge": 6, "interaction": 6}
    assert totals(work.db, "area")["hackney"] == {"pledge": 3, "interaction": 3}
    assert counting.rebuild(work) == []


def test_two_workers_at_once(work: Work[Any]) -> None:
    """Strike out each pledge once."""
    make(work, 40)
    batch = strike(work)
    threads = [Thread(target=carry_out, args=(work,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [entry["type"] for row in rows().find() for entry in row["outbox"]]
    assert told.count("pledge.voided.v1") == 40
    assert striking.existing(batch.id).struck == 40
    assert all_of_london(work) == {}


def test_who_pledges_after_the_decision(work: Work[Any], clock: MovableClock) -> None:
    """Is not struck out with what was there, even if the clock gets to it later."""
    (old,) = make(work)
    strike(work)
    clock.move(seconds=1)
    (new,) = make(work)
    carry_out(work)
    assert states([old, new]) == [rules.VOIDED, rules.ANONYMOUS]


@pytest.mark.parametrize("how", ["anonymous", "answered", "confirmed", "withdrawn"])
def test_what_each_took_with_it(work: Work[Any], how: str) -> None:
    """Whatever it had added goes, the interaction as well; of one that was taken back the interaction alone was left."""
    (id_,) = make(work)
    made = by_id(id_)
    assert made
    if how == "answered":
        pledges.answer(work, made.reference, "yes", now=A_MOMENT)
    elif how == "confirmed":
        tied = pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT)
        contacts.confirmed(work, tied.ref, now=A_MOMENT)
    elif how == "withdrawn":
        pledges.withdraw(work, made.reference, now=A_MOMENT)
    assert all_of_london(work)["interaction"] == 1
    strike(work)
    carry_out(work)
    assert all_of_london(work) == {}


def test_its_mails_stop(work: Work[Any]) -> None:
    """notify hears that it was taken back, with its ref; what tells of the striking out names nobody."""
    (id_,) = make(work)
    made = by_id(id_)
    assert made
    tied = pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT)
    strike(work)
    carry_out(work)
    row = rows().find_one({"_id": id_})
    assert row
    told = {entry["type"]: entry["data"] for entry in row["outbox"]}
    assert told["pledge.withdrawn.v1"]["ref"] == tied.ref
    assert not any(told["pledge.withdrawn.v1"]["deltas"].values())
    assert "ref" not in told["pledge.voided.v1"]
    assert "offer" not in row
    assert "nudge_at" not in row
    contacts.lost(work, tied.ref, now=A_MOMENT)
    again = by_id(id_)
    assert again
    assert (again.state, again.ref) == (rules.VOIDED, None)


def test_its_maker_cannot_bring_it_back(work: Work[Any]) -> None:
    """Answers and nudges are refused as of one that was taken back."""
    (id_,) = make(work)
    made = by_id(id_)
    assert made
    strike(work)
    carry_out(work)
    verbs: list[Callable[[], Any]] = [
        lambda: pledges.answer(work, made.reference, "yes", now=A_MOMENT),
        lambda: pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT),
    ]
    for verb in verbs:
        with pytest.raises(Conflict):
            verb()
    pledges.withdraw(work, made.reference, now=A_MOMENT)
    assert all_of_london(work) == {}


def test_by_references(work: Work[Any]) -> None:
    """Those that are named and no others; twice is refused, for then none is left."""
    wanted, other = make(work, 3), make(work)
    references = [str(found.reference) for id_ in wanted if (found := by_id(id_))]
    chosen = striking.choose("", "", "", "\n".join([references[0].lower(), *references]))
    assert sorted(chosen.ids) == sorted(wanted)
    assert striking.how_many(chosen, work.clock()) == 3
    batch = strike(work, chosen)
    carry_out(work)
    assert set(states(wanted)) == {rules.VOIDED}
    assert states(other) == [rules.ANONYMOUS]
    assert striking.existing(batch.id).struck == 3
    with pytest.raises(Conflict):
        strike(work, chosen)


def test_references_that_cannot_be(work: Work[Any]) -> None:
    """A sign wrong, one that we have not, too many."""
    (id_,) = make(work)
    there = by_id(id_)
    assert there
    for text in ("CL-7K3M-9QXB", f"{there.reference} CL-7K3M-9QXA", " ".join([there.reference] * 201)):
        with pytest.raises(InvalidInput) as error:
            striking.choose("", "", "", text)
        assert list(error.value.fields) == ["references"]


def test_the_same_form_twice(work: Work[Any]) -> None:
    """Is one decision, also once it is carried out; with something else under its key it is refused."""
    make(work, 2)
    key = an_id()
    first = strike(work, key=key)
    carry_out(work)
    assert strike(work, key=key).id == first.id
    make(work, area="brent")
    with pytest.raises(KeyReused):
        strike(work, Chosen({**FACTS, "area": "brent"}), key=key)
    assert batches().count_documents({}) == 1


def test_who_may(work: Work[Any]) -> None:
    """Whoever looks after all of London; nothing fits, nothing is decided; a reason is needed."""
    make(work)
    with pytest.raises(Forbidden):
        strike(work, by=member("hackney"))
    with pytest.raises(Conflict):
        strike(work, Chosen({**FACTS, "week": "2026-W01"}))
    with pytest.raises(InvalidInput):
        striking.strike_out(Chosen(FACTS), "because", "", key=an_id(), by=member(), now=work.clock())
    assert not batches().count_documents({})
