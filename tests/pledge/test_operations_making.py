"""Making a pledge: one write that holds the pledge and what it says, once for each form key."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.pledge import rules
from services.pledge.operations import keeping, pledges
from services.pledge.store import pledges as rows
from shared.messaging.work import Work
from shared.runtime import logs
from shared.runtime.clock import cut_to_hour
from shared.runtime.errors import KeyReused, NotFound
from shared.security.references import read_reference
from shared.security.sealing import unseal
from tests.support.builders import ADDRESS, a_nudge, a_promise, an_id
from tests.support.commands_seen import commands_seen
from tests.support.pledged import document, said, texts_in
from tests.support.settings import A_MOMENT, NOTIFY_KEYS, MovableClock


def test_an_anonymous_pledge_counts_at_once(work: Work[Any]) -> None:
    """Its codes, its week, a readable reference, and one message that adds a pledge and an interaction."""
    made = pledges.make(work, a_promise(area="camden", channel="booths"), now=A_MOMENT)
    stored = document(made.id)
    expected = {"action": "check-in", "theme": 1, "area": "camden", "channel": "booths", "week": "2026-W24", "state": rules.ANONYMOUS}
    assert expected.items() <= stored.items()
    assert read_reference(made.reference) == made.reference
    assert said(made.id) == [("pledge.made.v1", {"pledge": 1, "interaction": 1})]
    assert stored["outbox"][0]["subject"] == made.id
    assert stored["outbox"][0]["data"] == {
        **{name: stored[name] for name in ("action", "theme", "area", "week", "channel")},
        "deltas": {"pledge": 1, "interaction": 1},
    }


def test_one_pledge_is_one_write(work: Work[Any]) -> None:
    """State and messages in a single insert: there is no moment at which one is there without the other."""
    with commands_seen() as seen:
        pledges.make(work, a_promise(poster="OLD-ST-3"), now=A_MOMENT, nudge=a_nudge())
    writes = [command for command, _ in seen.commands if command in ("insert", "update", "delete", "findAndModify")]
    assert writes == ["insert"]


def test_a_poster_is_told_apart(work: Work[Any]) -> None:
    """The tally names the code and the week, and neither the pledge nor the request."""
    with logs.correlation("corr-1"):
        made = pledges.make(work, a_promise(poster="OLD-ST-3", channel="posters"), now=A_MOMENT)
    first, used = document(made.id)["outbox"]
    assert first["correlation"] == "corr-1"
    assert (used["subject"], used["correlation"]) == ("OLD-ST-3", None)
    assert used["data"] == {"code": "OLD-ST-3", "week": "2026-W24", "deltas": {"poster": 1}}
    assert made.id not in texts_in(used)
    assert "OLD-ST-3" not in texts_in(first)


def test_an_action_that_is_none_is_refused(work: Work[Any]) -> None:
    """Nothing is stored."""
    with pytest.raises(NotFound):
        pledges.make(work, a_promise(action="no-such-thing"), now=A_MOMENT)
    assert rows().count_documents({}) == 0


# The form's key


def test_the_same_form_twice_is_one_pledge(work: Work[Any], clock: MovableClock) -> None:
    """A double click, a retry, a replayed form: the pledge that the first one made, unchanged."""
    key = an_id()
    first = pledges.make(work, a_promise(), now=A_MOMENT, key=key)
    again = pledges.make(work, a_promise(), now=clock.move(hours=3), key=key)
    assert (again.id, again.reference) == (first.id, first.reference)
    assert rows().count_documents({}) == 1
    assert len(document(first.id)["outbox"]) == 1


@pytest.mark.parametrize("change", [{"area": "camden"}, {"action": "ask-twice"}, {"channel": "booths"}, {"poster": "OLD-ST-3"}])
def test_a_key_that_came_with_something_else_is_refused(work: Work[Any], change: dict[str, str]) -> None:
    """Another body under the same key is no repeat; nothing is stored or changed."""
    key = an_id()
    first = pledges.make(work, a_promise(), now=A_MOMENT, key=key)
    before = document(first.id)
    with pytest.raises(KeyReused):
        pledges.make(work, a_promise(**change), now=A_MOMENT, key=key)
    with pytest.raises(KeyReused):
        pledges.make(work, a_promise(), now=A_MOMENT, key=key, nudge=a_nudge())
    assert rows().count_documents({}) == 1
    assert document(first.id) == before


def test_the_same_key_at_once_makes_one_pledge(work: Work[Any]) -> None:
    """Eight threads post the same form in the same moment: one document, and each is answered with it."""
    key, start = an_id(), threading.Barrier(8)

    def post(_: int) -> str:
        start.wait()
        return str(pledges.make(work, a_promise(), now=A_MOMENT, key=key).id)

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(post, range(8)))
    assert len(ids) == 1
    assert rows().count_documents({}) == 1


def test_different_bodies_at_once_make_one_and_refuse_the_rest(work: Work[Any]) -> None:
    """Under one key the first wins, whichever it is."""
    key, start = an_id(), threading.Barrier(6)

    def post(area: str) -> str:
        start.wait()
        try:
            return str(pledges.make(work, a_promise(area=area), now=A_MOMENT, key=key).area)
        except KeyReused:
            return "refused"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(post, ["camden", "brent", "barnet", "ealing", "enfield", "newham"]))
    assert answers.count("refused") == 5
    assert rows().count_documents({}) == 1


def test_a_key_is_free_after_a_day(work: Work[Any], clock: MovableClock) -> None:
    """It is forgotten with the exact time; then the same key makes another pledge."""
    key = an_id()
    first = pledges.make(work, a_promise(), now=A_MOMENT, key=key)
    keeping.forget_exact_times(work, clock.move(hours=24, seconds=1))
    second = pledges.make(work, a_promise(area="camden"), now=clock(), key=key)
    assert second.id != first.id


def test_no_key_is_no_bar(work: Work[Any]) -> None:
    """Machines may leave it out: each call makes one."""
    assert len({pledges.make(work, a_promise(), now=A_MOMENT).id for _ in range(5)}) == 5


# With an address, as the JSON API makes it


def test_with_an_address_it_is_unconfirmed_and_offers_it_sealed(work: Work[Any]) -> None:
    """The offer holds what notify needs, opens with notify's key alone, and is kept until notify has it."""
    made = pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge())
    stored = document(made.id)
    assert stored["state"] == rules.UNCONFIRMED
    assert [type_ for type_, _ in said(made.id)] == ["pledge.made.v1", "contact.offered.v1"]
    offer = stored["outbox"][1]
    assert offer["subject"] == stored["ref"] == offer["data"]["ref"]
    assert offer["data"]["kind"] == "pledge"
    assert stored["offer"]["message"] == offer
    opened = unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], offer["data"]["sealed"])
    assert opened.pop("token")
    assert opened == {
        "address": ADDRESS,
        "reference": made.reference,
        "consents": [a_nudge().consent],
        "action": "check-in",
        "nudge_at": "2026-06-13T09:00:00+01:00",
    }


def test_no_message_about_the_pledge_names_the_contact(work: Work[Any]) -> None:
    """pledge.made never carries a ref: what counts cannot be tied to who was mailed."""
    made = pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge())
    first = document(made.id)["outbox"][0]
    assert made.ref not in texts_in(first)


@pytest.mark.parametrize("later", [False, True])
def test_nothing_of_the_address_is_stored_in_clear(work: Work[Any], later: bool) -> None:
    """Anywhere in the document, in any spelling: neither the address, its parts, nor the mailed token."""
    if later:
        made = pledges.make(work, a_promise(), now=A_MOMENT)
        made = pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT, key=an_id())
    else:
        made = pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge())
    stored = document(made.id)
    token = unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], stored["offer"]["message"]["data"]["sealed"])["token"]
    everything = "\n".join(texts_in(stored)).lower()
    for secret in (ADDRESS, "wilhelmina", "quill", "example.org", token.lower()):
        assert secret not in everything


def test_the_outbox_holds_no_exact_time_of_a_pledge(work: Work[Any]) -> None:
    """What is published of a pledge is cut to the hour before it is stored."""
    made = pledges.make(work, a_promise(), now=A_MOMENT)
    assert document(made.id)["outbox"][0]["time"] == cut_to_hour(A_MOMENT)
