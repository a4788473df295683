"""What pledge forgets, and when; poster codes; invented pledges."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from services.pledge import rules
from services.pledge.operations import contacts, demo, keeping, pledges, posters
from services.pledge.operations.contacts import TIE
from services.pledge.store import Poster
from services.pledge.store import pledges as rows
from shared.messaging.work import Work
from shared.reference.areas import areas
from shared.reference.themes import themes
from shared.runtime.errors import InvalidInput
from tests.support.builders import a_nudge, a_promise, an_id
from tests.support.pledged import document
from tests.support.settings import A_MOMENT, MovableClock

FOR_A_DAY = {"made_at", "key", "key_digest"}


def test_the_exact_time_goes_after_a_day(work: Work[Any], clock: MovableClock) -> None:
    """Not before, and then with the form's key; the week stays, and the pledge."""
    made = pledges.make(work, a_promise(), now=A_MOMENT, key=an_id())
    assert keeping.forget_exact_times(work, clock.move(hours=24)) == 0
    assert set(document(made.id)) >= FOR_A_DAY
    assert keeping.forget_exact_times(work, clock.move(seconds=1)) == 1
    stored = document(made.id)
    assert not set(stored) & FOR_A_DAY
    assert stored["week"] == "2026-W24"
    assert keeping.forget_exact_times(work, clock()) == 0


def test_the_nudge_pages_key_goes_after_its_own_day(work: Work[Any], clock: MovableClock) -> None:
    """Asked for a day and a half after the pledge was made, it stays a day and no longer."""
    made = pledges.make(work, a_promise(), now=A_MOMENT, key=an_id())
    pledges.ask_for_nudge(work, made.reference, a_nudge(), now=clock.move(hours=23), key=an_id())
    keeping.forget_exact_times(work, clock.move(hours=2))
    assert not set(document(made.id)) & FOR_A_DAY
    assert {"nudge_key", "nudge_asked_at"} <= set(document(made.id))
    keeping.forget_exact_times(work, clock.move(hours=22, seconds=1))
    assert not {"nudge_key", "nudge_asked_at"} & set(document(made.id))
    assert document(made.id)["state"] == rules.UNCONFIRMED


def test_a_tie_goes_ninety_days_after_the_nudge(work: Work[Any], clock: MovableClock) -> None:
    """Everything that leads to an address, at the hour that was promised; confirmed it stays."""
    made = pledges.make(work, a_promise(), now=A_MOMENT, nudge=a_nudge())
    contacts.confirmed(work, made.ref, now=A_MOMENT)
    end = made.nudge_at + timedelta(days=90)
    assert keeping.drop_old_refs(work, clock.set(end)) == 0
    assert keeping.drop_old_refs(work, clock.set(end + timedelta(seconds=1))) == 1
    stored = document(made.id)
    assert not set(TIE) & set(stored)
    assert stored["state"] == rules.CONFIRMED


def test_what_a_pledge_is_after_everything_was_forgotten(work: Work[Any], clock: MovableClock) -> None:
    """The codes, the week, the state, the answer; no time, no key, no tie."""
    made = pledges.make(work, a_promise(poster="OLD-ST-3"), now=A_MOMENT, key=an_id())
    pledges.ask_for_nudge(work, made.reference, a_nudge(), now=A_MOMENT, key=an_id())
    contacts.confirmed(work, document(made.id)["ref"], now=A_MOMENT)
    pledges.answer(work, made.reference, "yes", now=A_MOMENT)
    rows().update_one({"_id": made.id}, {"$unset": {"outbox": 1, "pending_since": 1}})  # as the relay leaves it
    clock.move(days=100)
    keeping.forget_exact_times(work, clock())
    keeping.drop_old_refs(work, clock())
    assert set(document(made.id)) == {"_id", "reference", "action", "theme", "area", "channel", "week", "state", "answer", "outbox_base"}


# Posters


def test_a_poster_code_is_read_as_people_type_it(work: Work[Any]) -> None:
    """Any case, spaces around it; one that nobody has added is counted as unknown."""
    assert posters.add("old-st-3", "Old Street", now=A_MOMENT)
    assert not posters.add("OLD-ST-3 ", "elsewhere", now=A_MOMENT)
    assert posters.known(" Old-St-3 ") == "OLD-ST-3"
    assert [(found.code, found.place) for found in Poster.objects] == [("OLD-ST-3", "Old Street")]
    for code in ("OLD-ST-4", "", "x" * 33, "OLD ST", "$ne", "a\x00b", "ﬁ", "ÅB"):
        assert posters.known(code) == posters.UNKNOWN


@pytest.mark.parametrize("code", ["", " ", "x" * 33, "OLD ST 3", "old_st", "unknown", "ÄB", "a\nb"])
def test_a_code_that_cannot_be_printed_is_refused(work: Work[Any], code: str) -> None:
    """With a sentence on how it should look."""
    with pytest.raises(InvalidInput) as caught:
        posters.add(code, "", now=A_MOMENT)
    assert "OLD-ST-3" in caught.value.fields["code"][0]


# Invented pledges


def test_demo_data_is_filled_once_and_shows_the_rule_at_work(work: Work[Any]) -> None:
    """Every theme and thirty areas have ten or more, three have fewer; a second time adds nothing; nobody is named."""
    made = demo.fill(work)
    assert made == rows().count_documents({}) > 300
    assert demo.fill(work) == 0
    found = list(rows().find({}, {"area": 1, "theme": 1, "week": 1, "ref": 1}))
    per_area, per_theme = Counter(row["area"] for row in found), Counter(row["theme"] for row in found)
    assert {area.slug for area in areas() if per_area[area.slug] < 10} == set(demo.FEW_AREAS)
    assert set(per_theme) == {theme.number for theme in themes()}
    assert min(per_theme.values()) >= 10
    assert 7 <= len({row["week"] for row in found}) <= 10
    assert not any("ref" in row for row in found)
