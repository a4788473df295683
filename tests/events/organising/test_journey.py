"""From an empty phone to something that waits for a person: the pages of an organiser, without a browser."""

import uuid

import pytest

from services.events.rules.posts import CHANGES_ASKED, DRAFT, SUBMITTED
from services.events.store.groups import by_slug, groups
from services.events.store.posts import posts
from tests.pages.reading import words
from tests.support.events_site import EventsSite
from tests.support.organisers import EVENT, GROUP, LEAD, PHONE, Organiser, stored, typed


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


def entries(rows: object) -> list[str]:
    return [entry["type"] for row in rows.find({}) for entry in row.get("outbox", [])]  # type: ignore[attr-defined]


def test_from_nothing_to_being_read(priya: Organiser) -> None:
    """A group, an event saved page by page, a look at it, and both wait to be read, each with one message."""
    group = priya.group()
    post = priya.draft(group)
    page = priya.get(f"/groups/{group.slug}/{post.id}")
    assert "Evening walk along the canal" in page.text
    assert "Thursday 18 June, 6pm to 7:15pm" in words(page.text)
    assert "Still to do" not in page.text
    answer = priya.post(f"/groups/{group.slug}/{post.id}/send")
    assert answer.status_code == 303
    sent = stored(post.id)
    assert (sent.state, sent.submitted_at) == (SUBMITTED, priya.site.clock())
    assert sent.waiting["capacity"] == 20
    assert sent.waiting["access"] == ["step-free", "seated"]
    assert sent.waiting["alone"] is True
    assert sent.live is None
    assert sent.listed is None
    read = by_slug(group.slug)
    assert read is not None
    assert read.state == "submitted"
    assert entries(posts()) == ["post.submitted.v1"]
    assert entries(groups()) == ["group.registered.v1"]
    assert "Waiting 1 min; usually by 5pm next working day" in words(priya.get(f"/groups/{group.slug}").text)


def test_private_facts_are_locked(priya: Organiser) -> None:
    """A phone number and a name for staff alone are nowhere in the store in clear, and on the organiser's own page they are."""
    group = priya.group()
    assert PHONE not in str(list(groups().find({})))
    assert LEAD not in str(list(groups().find({})))
    page = priya.get(f"/groups/{group.slug}/about")
    assert (typed(page, "phone"), typed(page, "safeguarding_name")) == (PHONE, LEAD)


def test_a_draft_may_lack_anything(priya: Organiser) -> None:
    """An empty page saves; the preview says what is missing, each with a link to its page; sending says so as an error."""
    group = priya.group(phone="", **{"areas-hackney": ""})
    post = stored(priya.post(f"/groups/{group.slug}/new", {"kind": "event"}).location.split("/")[3])
    at = f"/groups/{group.slug}/{post.id}"
    for step in EVENT:
        assert priya.post(f"{at}/{step}", {}).status_code == 303
    page = priya.get(at)
    assert page.status_code == 200
    for link in (f"{at}/what#title", f"{at}/when#date", f"{at}/first#alone", f"/groups/{group.slug}/about#phone"):
        assert f'href="{link}"' in page.text
    refused = priya.post(f"{at}/send")
    assert refused.status_code == 422
    assert "<title>Error:" in refused.text
    assert stored(post.id).state == DRAFT
    assert entries(groups()) == []


def test_each_page_keeps_to_itself(priya: Organiser) -> None:
    """Saving one page changes nothing of another; an answer that is taken out is gone."""
    group = priya.group()
    post = priya.draft(group)
    priya.post(f"/groups/{group.slug}/{post.id}/when", {**EVENT["when"], "near": "", "place_shown_to": "everyone"})
    found = stored(post.id).draft
    assert "near" not in found
    assert found["title"] == "Evening walk along the canal"


def test_what_is_wrong_is_kept_on_the_page_and_the_rest_in_the_draft(priya: Organiser) -> None:
    """One bad answer costs none of the others: they are saved, and the bad one is shown again with a sentence."""
    group = priya.group()
    post = priya.draft(group)
    answer = priya.post(f"/groups/{group.slug}/{post.id}/when", {**EVENT["when"], "capacity": "-1", "place": "The library"})
    assert answer.status_code == 422
    assert typed(answer, "capacity") == "-1"
    assert "Type how many places there are, from 1 to 5,000" in answer.text
    found = stored(post.id).draft
    assert (found["place"], found["capacity"]) == ("The library", 20)


def test_twice_is_once(priya: Organiser) -> None:
    """A second tap makes no second group, no second draft, no second message."""
    key = str(uuid.uuid4())
    places = {priya.post("/groups/new", {"key": key, **GROUP}).location for _ in range(2)}
    assert len(places) == 1
    group = by_slug(places.pop().rpartition("/")[2])
    assert group is not None
    drafts = {priya.post(f"/groups/{group.slug}/new", {"key": key, "kind": "event"}).location for _ in range(2)}
    assert len(drafts) == 1
    post = priya.draft(group)
    for _ in range(2):
        assert priya.post(f"/groups/{group.slug}/{post.id}/send").status_code == 303
    assert entries(posts()) == ["post.submitted.v1"]


def test_gone_back_and_changed(priya: Organiser) -> None:
    """The same form sent again with another name is the same group with the new name."""
    key = str(uuid.uuid4())
    for name in ("Lea Side Walkers", "Lea Side Ramblers"):
        answer = priya.post("/groups/new", {**GROUP, "key": key, "name": name})
    group = by_slug(answer.location.rpartition("/")[2])
    assert group is not None
    assert group.about["name"] == "Lea Side Ramblers"
    assert groups().count_documents({}) == 1


def test_taken_back_and_deleted(priya: Organiser) -> None:
    """What waits can be taken back, and its group with it; a draft that has nothing left to tell can be deleted."""
    group = priya.group()
    post = priya.sent(group)
    at = f"/groups/{group.slug}/{post.id}"
    assert priya.get(f"{at}/what").status_code == 409
    assert priya.post(f"{at}/delete").status_code == 409
    assert priya.post(f"{at}/take-back").status_code == 303
    found, read = stored(post.id), by_slug(group.slug)
    assert (found.state, found.waiting, found.submitted_at) == (DRAFT, None, None)
    assert read is not None
    assert (read.state, read.submitted_at) == ("draft", None)
    posts().update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})  # what the relay does
    assert priya.post(f"{at}/delete").status_code == 303
    assert posts().count_documents({}) == 0


def test_changes_asked_are_shown_with_their_reasons(priya: Organiser) -> None:
    """The sentences of the reasons and the note are on the group's page; changed and sent again, they are gone."""
    group = priya.group()
    post = priya.sent(group)
    asked = {"reasons": ["access"], "note": "Is there a bench?", "at": priya.site.clock()}
    posts().update_one({"_id": post.id}, {"$set": {"state": CHANGES_ASKED, "asked": asked}, "$unset": {"waiting": 1, "submitted_at": 1}})
    for path in (f"/groups/{group.slug}", f"/groups/{group.slug}/{post.id}"):
        page = words(priya.get(path).text)
        assert "Please say more about access or cost" in page
        assert "Is there a bench?" in page
    priya.post(f"/groups/{group.slug}/{post.id}/access", {**EVENT["access"], "access_note": "A bench every 200 metres."})
    assert priya.post(f"/groups/{group.slug}/{post.id}/send").status_code == 303
    found = stored(post.id)
    assert (found.state, found.asked) == (SUBMITTED, None)


def test_an_approved_group_changes_its_words(priya: Organiser) -> None:
    """People see the former ones until the new ones are read; a phone number holds at once and asks for nobody; back again, none waits."""
    group = priya.group()
    groups().update_one({"_id": group.id}, {"$set": {"state": "approved", "approved": group.about}, "$unset": {"outbox": 1}})
    at = f"/groups/{group.slug}/about"
    for changes, waits in (({"phone": "020 7946 0199"}, False), ({"name": "Lea Ramblers"}, True), ({}, False)):
        priya.site.clock.move(seconds=1)
        assert priya.post(at, {**GROUP, **changes}).status_code == 303
        row = groups().find_one({"_id": group.id}) or {}
        assert (row["state"], row["approved"]["name"], "submitted_at" in row) == ("approved", "Lea Side Walkers", waits)
    assert entries(groups()) == ["group.registered.v1"] * 2
    assert (groups().find_one({"_id": group.id}) or {})["outbox"][-1]["data"]["taken_back"] is True


def test_an_initiative_has_three_pages(priya: Organiser) -> None:
    """It has no first time; the rest is sent as an event is."""
    group = priya.group()
    post = priya.sent(group, "initiative")
    assert post.waiting["areas"] == ["hackney"]
    assert priya.get(f"/groups/{group.slug}/{post.id}/first").status_code == 404
