"""How it went, and taking a pledge back: GET shows, POST acts, never a word of blame."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pledge import rules
from services.pledge.operations import pledges
from services.pledge.operations.pledges import Nudge
from shared.reference.actions import every_action
from shared.security.sealing import unseal
from shared.security.tokens import new_token
from tests.pages.reading import by_id, tags, words
from tests.support.pledge_site import ADDRESS, CONSENT, PledgeSite, complaints, heading, stored
from tests.support.settings import NOTIFY_KEYS
from tests.support.told import hear, hear_of_event, told


def _tell(site: PledgeSite, reference: str, answer: str) -> str:
    """Press a button; where it leads."""
    told = site.post(f"/did-it/{reference}", {"answer": answer})
    assert told.status_code == 303
    return str(told.location)


def _types(reference: str) -> list[str]:
    return [entry["type"] for entry in stored(reference).outbox]


# By reference


def test_a_reference_finds_its_page(site: PledgeSite) -> None:
    """However it is typed, the press leads to the pledge's own page."""
    reference = site.pledge()
    for typed in (reference, reference.lower(), f"  {reference[3:]} ", reference.replace("-", " ")):
        answer = site.post("/did-it", {"reference": typed})
        assert (answer.status_code, answer.location) == (303, f"/did-it/{reference}")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type your reference. It looks like CL-7K3M-9QXA"),
        ("CL-2222-2223", "That reference has a sign wrong. Check it against your photo or mail, sign by sign"),
        ("hello", "That reference has a sign wrong. Check it against your photo or mail, sign by sign"),
        ("x\u0000", "Part of this can’t be read. Type it again"),
        ("x" * 5001, "Use 5,000 characters or fewer. You have 5,001"),
    ],
)
def test_a_mistyped_reference_comes_back(site: PledgeSite, typed: str, sentence: str) -> None:
    """422 on the same page, saying what is wrong, with what was typed where it can be shown."""
    page = site.post("/did-it", {"reference": typed})
    assert page.status_code == 422
    assert complaints(page) == [sentence]
    if len(typed) < 20 and typed.isprintable():
        assert (by_id(page.text, "reference").get("value") or "") == typed


def test_a_lost_reference_is_answered_kindly(site: PledgeSite) -> None:
    """We can't look it up, and the pledge still counts."""
    assert "We can’t look it up for you: we don’t know who you are. Your pledge still counts." in words(site.get("/did-it").text)


# Four answers


def test_four_buttons_all_fine(site: PledgeSite) -> None:
    """One green button, four POSTs, no question asked back."""
    reference = site.pledge()
    page = site.get(f"/did-it/{reference}")
    buttons = tags(page.text, "button")
    assert [tag["value"] for tag in buttons] == ["yes", "partly", "not-yet", "changed-my-mind"]
    assert [tag["class"] for tag in buttons].count("govuk-button") == 1
    assert "Any answer is fine." in page.text


def test_looking_changes_nothing(site: PledgeSite) -> None:
    """A mail scanner that follows links answers nothing, whatever the link claims."""
    reference = site.confirmed()
    before = stored(reference).to_mongo()
    for claimed in ("", "yes", "partly", "not-yet", "changed-my-mind", "<script>"):
        page = site.get(f"/did-it/{reference}", query_string={"told": claimed})
        assert heading(page) == "How did it go?"
        assert "<script>" not in page.text
    assert stored(reference).to_mongo() == before


@pytest.mark.parametrize(("answer", "thanks"), [("yes", "Lovely. Thank you"), ("partly", "That counts too. Thank you")])
def test_yes_and_partly_are_kept_and_thanked(site: PledgeSite, answer: str, thanks: str) -> None:
    """The answer is stored and counted, and may be changed."""
    reference = site.pledge()
    where = _tell(site, reference, answer)
    assert where == f"/did-it/{reference}?told={answer}"
    assert heading(site.get(where)) == thanks
    assert stored(reference).answer == answer
    other = "partly" if answer == "yes" else "yes"
    _tell(site, reference, other)
    assert stored(reference).answer == other
    assert _types(reference).count("pledge.kept.v1") == 2


def _next_things(page: Any) -> list[str]:
    """Where the green and other buttons of the page lead."""
    return [tag["href"] for tag in tags(page.text, "a") if "govuk-button" in (tag.get("class") or "")]


def test_after_yes_one_next_thing(site: PledgeSite) -> None:
    """Something in her borough, the soonest; not next door, not what has been or is called off; else one other small thing."""
    reference = site.pledge(area="hackney")
    page = site.get(_tell(site, reference, "yes"))
    assert _next_things(page) == ["/pledge/pause-outside"], "the starter that comes after what was done"
    in_two_days = site.clock() + timedelta(days=2)
    hear_of_event(site.work, area="islington", starts=in_two_days, slug="next-door-1")
    hear_of_event(site.work, area="hackney", starts=site.clock() - timedelta(days=1), slug="over-1")
    later = hear_of_event(site.work, area="hackney", starts=in_two_days + timedelta(days=20), slug="later-1", title="Later <walk>")
    assert _next_things(site.get(f"/did-it/{reference}?told=yes")) == ["/event/later-1"]
    assert "Later &lt;walk&gt;" in site.get(f"/did-it/{reference}?told=yes").text
    sooner = hear_of_event(site.work, area="hackney", starts=in_two_days, slug="sooner-1")
    assert _next_things(site.get(f"/did-it/{reference}?told=yes")) == ["/event/sooner-1"]
    for post in (later, sooner):
        hear(site.work, told("event.cancelled", 5, post=post))
    assert _next_things(site.get(f"/did-it/{reference}?told=yes")) == ["/pledge/pause-outside"]


@pytest.mark.parametrize("area", ["not-said", "work-study"])
def test_after_yes_without_a_borough(site: PledgeSite, area: str) -> None:
    """No event is anybody's next thing who said no borough: one other action."""
    hear_of_event(site.work, area="hackney", starts=site.clock() + timedelta(days=2))
    page = site.get(_tell(site, site.pledge(area=area), "yes"))
    assert _next_things(page) == ["/pledge/pause-outside"]


@given(st.sampled_from([one.slug for one in every_action()]), st.sets(st.sampled_from([one.slug for one in every_action()])))
def test_the_next_action_is_another(done: str, offered: set[str]) -> None:
    """One of those offered, never the same; none only where nothing else is offered."""
    order = [one.slug for one in every_action()]
    found = rules.next_action(done, order, sorted(offered))
    assert (found is None) == (offered <= {done})
    assert found is None or (found in offered and found != done)


def test_not_yet_moves_the_nudge_twice_at_most(site: PledgeSite) -> None:
    """Each of the first two sets the nudge for next week; a third stores nothing and offers the calendar."""
    reference = site.confirmed()
    for _ in range(2):
        where = _tell(site, reference, "not-yet")
        page = site.get(where)
        assert heading(page) == "Next week, then"
        assert "We’ll nudge you once more on Wednesday 17 June, at 9 in the morning." in words(page.text)
    where = _tell(site, reference, "not-yet")
    page = site.get(where)
    assert heading(page) == "Whenever it suits you"
    assert f"/pledged/{reference}.ics" in page.text
    assert (stored(reference).postponements, _types(reference).count("pledge.postponed.v1")) == (2, 2)


@pytest.mark.parametrize("state", ["anonymous", "unconfirmed"])
def test_not_yet_without_a_nudge_stores_nothing(site: PledgeSite, state: str) -> None:
    """There is no mail to move: it says so kindly and offers the calendar."""
    reference = site.pledge() if state == "anonymous" else site.nudged()
    before = stored(reference).to_mongo()
    page = site.get(_tell(site, reference, "not-yet"))
    assert heading(page) == "Whenever it suits you"
    assert f"/pledged/{reference}.ics" in page.text
    assert stored(reference).to_mongo() == before


def test_a_changed_mind_is_done_without_a_question(site: PledgeSite) -> None:
    """One press takes it back, a second finds it taken back, and a late yes too."""
    reference = site.pledge()
    for answer in ("changed-my-mind", "changed-my-mind", "yes", "not-yet"):
        page = site.get(_tell(site, reference, answer))
        assert heading(page) in ("You’ve taken this pledge back", "Whenever it suits you")
    assert stored(reference).state == "withdrawn"
    assert stored(reference).answer is None
    assert _types(reference) == ["pledge.made.v1", "pledge.withdrawn.v1"]


@pytest.mark.parametrize("answer", ["", "no", "YES", "{'$ne': 1}", "y" * 5001])
def test_any_other_answer_is_no_answer(site: PledgeSite, answer: str) -> None:
    """422 with the four buttons, and nothing stored."""
    reference = site.pledge()
    page = site.post(f"/did-it/{reference}", {"answer": answer})
    assert page.status_code == 422
    assert complaints(page) == ["Press one of the four buttons. Any answer is fine"]
    assert _types(reference) == ["pledge.made.v1"]


# The mailed link


@pytest.fixture
def mailed(site: PledgeSite) -> tuple[str, str]:
    """A pledge whose owner said yes, and the token in its mails."""
    reference = site.pledge()
    pledges.ask_for_nudge(site.work, reference, Nudge(ADDRESS, "saturday", CONSENT), now=site.clock())
    sealed = stored(reference).outbox[-1]["data"]["sealed"]
    return reference, unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], sealed)["token"]


def test_the_withdraw_link_shows_then_acts(site: PledgeSite, mailed: tuple[str, str]) -> None:
    """Opening it changes nothing; its one button takes the pledge back; after that it says so, however often."""
    reference, token = mailed
    page = site.get(f"/withdraw/{token}")
    assert heading(page) == "Take your pledge back?"
    assert "go for a walk with someone" in page.text
    assert len(tags(page.text, "button")) == 1
    assert stored(reference).state == "unconfirmed"
    for _ in range(2):
        answer = site.post(f"/withdraw/{token}")
        assert (answer.status_code, answer.location) == (303, f"/withdraw/{token}")
        assert heading(site.get(answer.location)) == "You’ve taken this pledge back"
    assert _types(reference).count("pledge.withdrawn.v1") == 1


@pytest.mark.parametrize("token", ["", "abc", "A" * 22, "A" * 3000, "%7B%22$ne%22:1%7D"])
def test_a_link_that_is_no_good_says_what_to_do(site: PledgeSite, token: str) -> None:
    """404 for looking and pressing alike: the newest mail, or the reference."""
    for page in (site.get(f"/withdraw/{token or new_token()}"), site.post(f"/withdraw/{token or new_token()}")):
        assert page.status_code == 404
        assert heading(page) == "This link no longer works"
        assert "/did-it" in page.text


def test_a_token_is_good_for_nothing_else(site: PledgeSite, mailed: tuple[str, str]) -> None:
    """A withdraw token opens no result page, and a reference withdraws by no link."""
    reference, token = mailed
    assert site.get(f"/pledged/{token}").status_code == 404
    assert site.get(f"/did-it/{token}").status_code == 404
    assert site.post(f"/withdraw/{reference}").status_code == 404
    assert stored(reference).state == "unconfirmed"
