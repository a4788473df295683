"""The campaign team's figures: kept once, counted once, voided with a reason, corrected without an edit."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pledge.operations import counting, figures
from services.pledge.operations.figures import Flawed, NotAllowed, VoidAlready
from services.pledge.rules import campaign as rules
from services.pledge.rules.campaign import Flaw, whole_number
from services.pledge.store import COUNTED, TOTALS, totals
from services.pledge.store.campaign import figures as rows
from shared.messaging.work import Work
from shared.runtime.errors import Conflict, InvalidInput, KeyReused, NotFound
from tests.support.builders import an_id
from tests.support.campaigning import LAST_WEEK, TODAY, a_reach, a_tally, count_everything, member, typed
from tests.support.settings import MovableClock


def all_of_london(work: Work[Any]) -> dict[str, int]:
    count_everything(work)
    return {name: value for name, value in totals(work.db, counting.ALL).get("", {}).items() if value}


# Kept and counted


def test_what_each_kind_adds(work: Work[Any]) -> None:
    """Reach feeds reach alone, conversations interactions, people participants, paper pledges and interactions."""
    typed(work, a_reach())
    typed(work, a_tally(rules.CONVERSATIONS, number=40))
    typed(work, a_tally(rules.PEOPLE, number=90))
    typed(work, a_tally(rules.PAPER, number=25, channel="workshops", action="check-in"))
    assert all_of_london(work) == {"reach": 12_000, "interaction": 65, "participant": 90, "pledge": 25}
    assert totals(work.db, "area") == {"hackney": {"interaction": 65, "participant": 90, "pledge": 25}}
    assert totals(work.db, "theme")["1"] == {"pledge": 25, "interaction": 25}
    assert totals(work.db, "channel")["social-media"] == {"reach": 12_000}
    assert totals(work.db, "week") == {"2026-W24": {"reach": 12_000, "interaction": 65, "participant": 90, "pledge": 25}}


def test_it_counts_in_the_week_in_which_its_period_ends(work: Work[Any]) -> None:
    """However long the period was, so that a week's figure never changes because of another one's."""
    one = typed(work, a_reach(first=LAST_WEEK - timedelta(days=30), last=LAST_WEEK))
    assert one.week == "2026-W23"
    assert typed(work, a_tally(last=LAST_WEEK)).week == "2026-W23"


def test_the_same_form_twice_is_one_figure(work: Work[Any]) -> None:
    """Pressed twice, in turn or at once; with other words under the same key it is refused, and nothing is lost."""
    key, by = an_id(), member()
    threads = [Thread(target=figures.record, args=(a_reach(),), kwargs={"key": key, "by": by, "now": work.clock()}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert typed(work, a_reach(), key=key).id == figures.id_of(key)
    with pytest.raises(KeyReused):
        typed(work, a_reach(number=13_000), key=key)
    assert all_of_london(work) == {"reach": 12_000}
    assert rows().count_documents({}) == 1


@pytest.mark.parametrize(
    ("wrong", "flaw"),
    [
        ({"number": -5}, {"number": Flaw.TOO_SMALL}),
        ({"number": 0}, {"number": Flaw.TOO_SMALL}),
        ({"number": 9_000_000_000}, {"number": Flaw.TOO_LARGE}),
        ({"number": None}, {"number": Flaw.NO_NUMBER}),
        ({"last": TODAY + timedelta(days=1)}, {"last": Flaw.TO_COME}),
        ({"first": TODAY, "last": LAST_WEEK}, {"last": Flaw.TURNED}),
        ({"last": TODAY - timedelta(days=400), "first": TODAY - timedelta(days=401)}, {"last": Flaw.TOO_OLD}),
        ({"first": TODAY - timedelta(days=400)}, {"first": Flaw.TOO_LONG}),
        ({"first": None, "last": None}, {"first": Flaw.NO_DAY, "last": Flaw.NO_DAY}),
        ({"channel": "direct"}, {"channel": Flaw.NOT_CHOSEN}),
        ({"source": "a-friend"}, {"source": Flaw.NOT_CHOSEN}),
        ({"confidence": ""}, {"confidence": Flaw.NOT_CHOSEN}),
        ({"note": "x" * 501}, {"note": Flaw.TOO_WORDY}),
        ({"kind": "likes"}, {"kind": Flaw.NO_KIND}),
        ({"area": "atlantis"}, {"area": Flaw.NOT_CHOSEN}),
    ],
)
def test_figures_that_cannot_be(work: Work[Any], wrong: dict[str, Any], flaw: dict[str, Flaw]) -> None:
    """Each is named at its own field, and nothing is kept."""
    with pytest.raises(Flawed) as error:
        typed(work, a_reach(**wrong))
    assert error.value.flaws == flaw
    assert not rows().count_documents({})


def test_a_tally_needs_its_area(work: Work[Any]) -> None:
    """It may be that nobody said; but it is chosen."""
    with pytest.raises(Flawed) as error:
        typed(work, a_tally(area=""))
    assert error.value.flaws == {"area": Flaw.NOT_CHOSEN}
    assert typed(work, a_tally(area="not-said")).area == "not-said"


def test_paper_needs_its_action(work: Work[Any]) -> None:
    """So that each pledge has a theme, and themes still add up to London's total; nothing else asks for one."""
    for action in ("", "fly-to-the-moon"):
        with pytest.raises(Flawed) as error:
            typed(work, a_tally(rules.PAPER, action=action))
        assert error.value.flaws == {"action": Flaw.NOT_CHOSEN}
    assert typed(work, a_tally(rules.PEOPLE)).theme is None


def test_numbers_as_people_type_them() -> None:
    """With commas or spaces between thousands, with a sign; and what is no whole number is none."""
    assert [whole_number(text) for text in ("12,000", "12 000", " 1,234,567 ", "-5", "+7", "9000000000")] == [
        12_000,
        12_000,
        1_234_567,
        -5,
        7,
        9_000_000_000,
    ]
    assert [whole_number(text) for text in ("", "12.5", "1,2", "twelve", "1e6", "٣", "12,00", "0x10", "9" * 40)] == [None] * 9


@given(st.text(max_size=40))
def test_anything_typed_as_a_number(text: str) -> None:
    """Is a number or none, never an error."""
    found = whole_number(text)
    assert found is None or str(abs(found)) in text.replace(",", "").replace(" ", "").replace("\u00a0", "").lstrip("+-0") or found == 0


# Voided and corrected


def test_a_void_takes_away_what_was_added(work: Work[Any]) -> None:
    """In every cell, with its reason; the figure itself stays to be seen."""
    one = typed(work, a_tally(rules.PAPER, action="check-in"))
    assert all_of_london(work) == {"pledge": 40, "interaction": 40}
    figures.void(one.id, "counted-twice", "The booth has an event page", by=member(), now=work.clock())
    assert all_of_london(work) == {}
    assert all(not any(row["counters"].values()) for row in work.db[TOTALS].find({"kind": {"$ne": counting.TAKEN_BACK}}))
    assert figures.existing(one.id).void["reason"] == "counted-twice"
    assert work.db[COUNTED].count_documents({}) == 2
    assert counting.rebuild(work) == []


def test_a_void_of_a_void(work: Work[Any]) -> None:
    """Says when it was struck out, and changes nothing; so do two people at once."""
    one = typed(work, a_reach())
    figures.void(one.id, "typed-wrong", "", by=member(), now=work.clock())
    for verb in (lambda: figures.void(one.id, "other", "", by=member(), now=work.clock()), lambda: corrected(work, one.id)):
        with pytest.raises(VoidAlready) as error:
            verb()
        assert error.value.void["reason"] == "typed-wrong"
    assert all_of_london(work) == {}
    assert rows().count_documents({}) == 1


def corrected(work: Work[Any], id_: str, **changes: Any) -> Any:
    key = changes.pop("key", None) or an_id()
    return figures.correct(id_, a_reach(**{"number": 1_200, **changes}), key=key, by=member(), now=work.clock())


def test_two_people_void_it_at_once(work: Work[Any]) -> None:
    """One of them does, the others are told; it is taken away once."""
    one, told = typed(work, a_reach()), []

    def strike() -> None:
        try:
            figures.void(one.id, "other", "", by=member(), now=work.clock())
        except VoidAlready:
            told.append(1)

    threads = [Thread(target=strike) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 4
    assert all_of_london(work) == {}
    assert work.db[COUNTED].count_documents({}) == 2


def test_a_correction_is_a_void_and_a_new_figure(work: Work[Any]) -> None:
    """Both stay to be seen and name each other; only the new one counts; the same form again is the same correction."""
    one, key = typed(work, a_reach()), an_id()
    new = corrected(work, one.id, key=key)
    assert corrected(work, one.id, key=key).id == new.id
    old = figures.existing(one.id)
    assert (old.number, old.void["reason"], old.corrected_by, new.corrects) == (12_000, "corrected", new.id, one.id)
    assert old.next is None
    assert all_of_london(work) == {"reach": 1_200}
    with pytest.raises(KeyReused):
        corrected(work, one.id, key=key, number=7)


def test_a_correction_that_was_cut_short(work: Work[Any], clock: MovableClock) -> None:
    """Whoever dies between the void and the new figure leaves what the clock finishes, once."""
    one, key = typed(work, a_reach()), an_id()
    corrected(work, one.id, key=key)
    new_id = figures.id_of(key)
    stored = rows().find_one({"_id": new_id})
    assert stored
    rows().delete_one({"_id": new_id})
    next_ = {"id": new_id, "by": stored["by"], "at": stored["at"], "typed": figures._stored(a_reach(number=1_200))}
    rows().update_one({"_id": one.id}, {"$set": {"next": next_, "next_since": clock()}})
    assert figures.follow_up(work, clock.move(minutes=1)) == 1
    assert figures.follow_up(work, clock()) == 0
    again = rows().find_one({"_id": new_id})
    assert again
    same = [name for name in stored if name != "outbox"]
    assert {name: again[name] for name in same} == {name: stored[name] for name in same}
    assert all_of_london(work) == {"reach": 1_200}


def test_a_correction_that_changes_nothing(work: Work[Any]) -> None:
    """Is none: the figure stands."""
    one = typed(work, a_reach())
    with pytest.raises(Conflict):
        corrected(work, one.id, number=12_000)
    assert not figures.existing(one.id).void


def test_what_is_not_there_and_no_reason(work: Work[Any]) -> None:
    """Nothing to void, no reason, a reason too long."""
    with pytest.raises(NotFound):
        figures.void(an_id(), "other", "", by=member(), now=work.clock())
    one = typed(work, a_reach())
    for reason, note, field in (("", "", "reason"), ("because", "", "reason"), ("other", "x" * 501, "void_note")):
        with pytest.raises(InvalidInput) as error:
            figures.void(one.id, reason, note, by=member(), now=work.clock())
        assert list(error.value.fields) == [field]


# Who may


def test_a_member_for_some_boroughs(work: Work[Any]) -> None:
    """Types and voids tallies there, and nothing else."""
    local = member("hackney", "newham")
    one = typed(work, a_tally(), by=local)
    with pytest.raises(NotAllowed):
        typed(work, a_tally(area="brent"), by=local)
    with pytest.raises(NotAllowed):
        typed(work, a_reach(), by=local)
    other = typed(work, a_tally(area="brent"))
    with pytest.raises(NotAllowed):
        figures.void(other.id, "other", "", by=local, now=work.clock())
    with pytest.raises(NotAllowed):
        figures.correct(one.id, a_tally(area="brent"), key=an_id(), by=local, now=work.clock())
    figures.void(one.id, "other", "", by=local, now=work.clock())


# On the bus


def test_no_words_and_nobody_on_the_bus(work: Work[Any]) -> None:
    """What staff write, and who they are, stays in pledge's store."""
    by = member()
    one = typed(work, a_reach(note="Ask Wilhelmina Quill"), by=by)
    figures.void(one.id, "other", "She has left", by=by, now=work.clock())
    said = str([entry["data"] for row in rows().find() for entry in row["outbox"]])
    assert "Quill" not in said
    assert "left" not in said
    assert by.id not in said
    assert "Noor" not in str(list(rows().find()))
