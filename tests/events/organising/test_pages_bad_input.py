"""What the forms are sent that nobody should send: a clear sentence, answers kept, never a fault of ours, nothing half stored."""

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.events.store.groups import groups
from services.events.store.posts import posts
from tests.pages.reading import words
from tests.support.events_site import EventsSite
from tests.support.organisers import EVENT, GROUP, Organiser, stored, typed


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "a" * 10_000, "Use 80 characters or fewer. You have 10,000"),
        ("name", "Lea \u202eediS", "Some signs in this can’t be seen"),
        ("name", "Le\u200ba Side", "Some signs in this can’t be seen"),
        ("name", "<b>Lea Side</b>", "Leave out what looks like code"),
        ("name", "", "Type the group’s name"),
        ("what", "See www.example.org", "Leave out web and e-mail addresses here"),
        ("link", "javascript:alert(1)", "Type a web address like"),
        ("phone", "ring me", "Type a phone number like"),
        ("charity_number", "none", "Type a charity number like"),
        ("kind", "gang", "Choose what kind of group it is"),
    ],
)
def test_a_group_s_bad_answer(priya: Organiser, field: str, value: str, sentence: str) -> None:
    """422 on the same page, with the sentence at the top and at the field, and every answer still there."""
    answer = priya.post("/groups/new", {**GROUP, field: value})
    assert answer.status_code == 422
    assert words(answer.text).count(sentence) == 2
    assert f'href="#{field}"' in answer.text
    assert typed(answer, "safeguarding_name") == GROUP["safeguarding_name"]
    assert "<title>Error:" in answer.text
    assert groups().count_documents({}) == 0
    if field == "name" and value and "<" not in value:
        assert value in answer.text


@pytest.mark.parametrize(
    ("step", "field", "value", "sentence"),
    [
        ("what", "title", "a" * 10_000, "Use 80 characters or fewer"),
        ("what", "description", "<script>alert(1)</script>", "Leave out what looks like code"),
        ("what", "description", "https://example.org", "Leave out web and e-mail addresses"),
        ("what", "theme", "99", "Choose what it helps with most"),
        ("what", "theme", "x", "Type a whole number"),
        ("when", "date", "2026-06-09", "That day is over"),
        ("when", "date", "soon", "Type the day like 28 November 2026"),
        ("when", "ends", "17:00", "It would end 23 hours after it starts"),
        ("when", "capacity", "0", "Type how many places there are"),
        ("when", "capacity", "-1", "Type how many places there are"),
        ("when", "capacity", "1000000000", "Type how many places there are"),
        ("when", "bringing", "4", "Type how many people each may bring"),
        ("when", "area", "paris", "Choose one of the answers"),
        ("access", "cost", "dear", "Choose one of the answers"),
        ("first", "alone", "perhaps", "Choose yes or no"),
        ("first", "greeter", "Priya\x07", "can’t be read"),
    ],
)
def test_a_post_s_bad_answer(priya: Organiser, step: str, field: str, value: str, sentence: str) -> None:
    """422 on the same page, and the draft keeps what it had."""
    group = priya.group()
    post = priya.draft(group)
    answer = priya.post(f"/groups/{group.slug}/{post.id}/{step}", {**EVENT[step], field: value})
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert f'href="#{field}"' in answer.text
    assert stored(post.id).draft == post.draft


def test_clocks_go_forward(priya: Organiser) -> None:
    """Half past one on that night is no time; the sentence says why."""
    group = priya.group()
    post = priya.draft(group)
    answer = priya.post(f"/groups/{group.slug}/{post.id}/when", {**EVENT["when"], "date": "2027-03-28", "starts": "01:30", "ends": "04:00"})
    assert answer.status_code == 422
    assert "The clocks go forward that night" in words(answer.text)


def test_ten_megabytes(priya: Organiser) -> None:
    """More than we take is said to be more than we take."""
    assert priya.post("/groups/new", {**GROUP, "what": "a" * 10_000_000}).status_code == 413


def test_nothing_typed_is_ever_run(priya: Organiser) -> None:
    """Whatever was saved in a draft is shown as it was typed."""
    group = priya.group(name='Tom & Jerry\'s "Walkers"')
    post = priya.draft(group, what={"title": '3 < 5 & "so" on', "description": "I <3 tea"})
    for path in (
        f"/groups/{group.slug}",
        f"/groups/{group.slug}/{post.id}",
        f"/groups/{group.slug}/{post.id}/what",
        f"/groups/{group.slug}/about",
    ):
        page = priya.get(path)
        assert page.status_code == 200
        assert '"Walkers"' not in page.text.replace("&#34;", "")
        assert "3 < 5" not in page.text
    assert "I <3 tea" in words(priya.get(f"/groups/{group.slug}/{post.id}").text)


def test_a_button_of_a_page_that_is_out_of_date(priya: Organiser) -> None:
    """Each answers kindly: 409 with words, or as if pressed once."""
    group = priya.group()
    post = priya.draft(group)
    at = f"/groups/{group.slug}/{post.id}"
    assert priya.post(f"{at}/cancel", {"reason": "ill"}).status_code == 409
    assert priya.post(f"{at}/take-back").status_code == 303
    priya.post(f"{at}/send")
    assert priya.post(f"{at}/what", EVENT["what"]).status_code == 409
    posts().update_one({"_id": post.id}, {"$set": {"state": "taken-down"}})
    for path in ("send", "what", "delete"):
        assert priya.post(f"{at}/{path}", EVENT["what"]).status_code == 409


def test_a_second_organiser_needs_an_address_and_a_known_group(priya: Organiser) -> None:
    """The address is kept on the page; nothing is sent before the group has been read."""
    group = priya.group()
    bad = priya.post(f"/groups/{group.slug}/organisers", {"email": "kim at example"})
    assert (bad.status_code, typed(bad, "email")) == (422, "kim at example")
    early = priya.post(f"/groups/{group.slug}/organisers", {"email": "kim.pell@example.org"})
    assert early.status_code == 422
    assert "once your group has been read" in words(early.text)


_FIELDS = [*GROUP, *(name for step in EVENT.values() for name in step), "key", "then", "reason", "email"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(_FIELDS), st.text(max_size=60), max_size=8), st.data())
def test_any_form_has_an_answer(priya: Organiser, fields: dict[str, Any], data: st.DataObject) -> None:
    """Any fields to any button: a page or a way on, never a fault of ours."""
    group = groups().find_one({}) or {}
    post = posts().find_one({}) or {}
    if not post:
        made = priya.group()
        post, group = {"_id": priya.draft(made).id}, {"slug": made.slug}
    one = f"/groups/{group['slug']}/{post['_id']}"
    paths = ["/groups/new", f"/groups/{group['slug']}/about", f"/groups/{group['slug']}/new", f"/groups/{group['slug']}/organisers"]
    paths += [f"{one}/{tail}" for tail in ("what", "when", "access", "first", "send", "take-back", "again", "cancel")]
    path = data.draw(st.sampled_from(paths))
    fields = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    assert priya.post(path, {"key": str(uuid.uuid4()), **fields}).status_code in (303, 404, 409, 422)
