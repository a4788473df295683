"""After publishing: facts change at once, words wait; cancelled in two halves; over by itself; posted again."""

from datetime import timedelta
from typing import Any

import pytest

from services.events.clock import DUE
from services.events.operations import changing
from services.events.operations.facts import slots_of
from services.events.rules.posts import CANCELLED, CLOSING, DRAFT, PAST, PUBLISHED
from services.events.store import Group, Post
from services.events.store.groups import by_id as group_by_id
from services.events.store.posts import posts
from tests.pages.reading import words
from tests.support.events_site import EventsSite
from tests.support.organisers import EVENT, Organiser, stored
from tests.support.posts import a_group, again, an_event, an_initiative, published


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


def live(priya: Organiser, **changes: Any) -> tuple[Group, Post]:
    """A published event of hers, as her own form would have made it."""
    group = a_group(priya.site.work, organisers=list(priya.refs))
    post = published(priya.site.work, group, an_event(**changes))
    posts().update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})
    return group, again(post)


def told(post: Post) -> list[tuple[str, Any]]:
    row = posts().find_one({"_id": post.id}) or {}
    return [(entry["type"], entry["data"].get("changed")) for entry in row.get("outbox", [])]


def test_time_and_places_change_at_once(priya: Organiser) -> None:
    """People see the new time with the next edition, in the same slot; reviewers are told which facts changed; nothing waits."""
    group, post = live(priya)
    slot = post.slots[0]["id"]
    at = f"/groups/{group.slug}/{post.id}"
    answers = {**EVENT["when"], "date": "2026-06-19", "place_shown_to": "everyone", "near": ""}
    assert priya.post(f"{at}/when", answers).location == at
    assert again(post).live["date"] == "2026-06-18"
    assert "You have saved changes that nobody sees yet" in words(priya.get(at).text)
    assert priya.post(f"{at}/send").status_code == 303
    now = again(post)
    assert (now.live["date"], now.live["capacity"], now.edition, now.waiting) == ("2026-06-19", 20, 2, None)
    assert (now.slots[0]["id"], now.slots[0]["capacity"]) == (slot, 20)
    types = told(now)
    assert [name for name, _ in types] == ["event.changed.v1", "post.submitted.v1"]
    assert types[1][1] == ["bringing", "capacity", "date", "joining"]


def test_an_idle_answer_is_no_change(priya: Organiser) -> None:
    """Places typed for an event that nobody books are left out of what is sent, so there is nothing to bring to people."""
    group, post = live(priya)
    at = f"/groups/{group.slug}/{post.id}"
    same = {"date": "2026-06-18", "starts": "18:00", "ends": "19:15", "joining": "turn-up", "place_shown_to": "everyone", "area": "hackney"}
    priya.post(f"{at}/when", {**same, "place": post.live["place"], "capacity": "20"})
    page = words(priya.get(at).text)
    assert "nobody sees yet" not in page
    assert "Bring the changes to people" not in page
    assert priya.post(f"{at}/send").status_code == 303
    assert told(again(post)) == []


def test_words_wait_and_facts_do_not(priya: Organiser) -> None:
    """A new title is not seen until it is read; the day, changed with it, is; and what is then read is both."""
    group, post = live(priya)
    at = f"/groups/{group.slug}/{post.id}"
    priya.post(f"{at}/what", {**EVENT["what"], "title": "Morning walk"})
    priya.post(f"{at}/when", {**EVENT["when"], "date": "2026-06-19"})
    priya.post(f"{at}/send")
    now = again(post)
    assert (now.live["title"], now.live["date"]) == ("Evening walk along the canal", "2026-06-19")
    assert (now.waiting["title"], now.waiting["date"]) == ("Morning walk", "2026-06-19")
    assert (now.state, now.submitted_at) == (PUBLISHED, priya.site.clock())
    assert [name for name, _ in told(now)] == ["event.changed.v1", "post.submitted.v1", "post.submitted.v1"]
    page = words(priya.get(f"/groups/{group.slug}").text)
    assert "New words are being checked. Waiting 1 min" in page


def test_a_fact_changed_while_words_wait_keeps_them(priya: Organiser) -> None:
    """More places, while a title waits: the places are live, the title still waits, and carries the places with it."""
    group, post = live(priya, joining="book", capacity=20)
    at = f"/groups/{group.slug}/{post.id}"
    when = {**EVENT["when"], "place_shown_to": "everyone", "near": "", "bringing": ""}
    priya.post(f"{at}/what", {**EVENT["what"], "title": "Morning walk"})
    priya.post(f"{at}/when", when)
    priya.post(f"{at}/send")
    priya.post(f"{at}/when", {**when, "capacity": "30"})
    priya.post(f"{at}/send")
    now = again(post)
    assert (now.live["title"], now.live["capacity"]) == ("Evening walk along the canal", 30)
    assert (now.waiting["title"], now.waiting["capacity"]) == ("Morning walk", 30)


def test_new_words_taken_back(priya: Organiser) -> None:
    """What people see stays, and nobody is to read anything."""
    group, post = live(priya)
    at = f"/groups/{group.slug}/{post.id}"
    priya.post(f"{at}/what", {**EVENT["what"], "title": "Morning walk"})
    priya.post(f"{at}/send")
    assert priya.post(f"{at}/take-back").status_code == 303
    now = again(post)
    assert (now.state, now.waiting, now.submitted_at) == (PUBLISHED, None, None)
    assert now.live["title"] == "Evening walk along the canal"


def test_hard_words_in_a_place_are_not_shown_at_once(priya: Organiser) -> None:
    """A place is a fact, but one that holds a hard sentence waits as words do, and its author sees help."""
    group, post = live(priya)
    at = f"/groups/{group.slug}/{post.id}"
    priya.post(f"{at}/when", {**EVENT["when"], "place": "I want to kill myself", "place_shown_to": "everyone", "near": ""})
    priya.post(f"{at}/send")
    now = again(post)
    assert now.live["place"] == "By the yellow bench, Wick Lane"
    assert now.waiting["place"] == "I want to kill myself"
    assert "Thank you for telling us" in words(priya.get(f"/groups/{group.slug}").text)


def test_cancelled_in_two_halves(priya: Organiser) -> None:
    """Nobody finds it from the POST on; the worker finishes it, once; both say so with the reason's code."""
    group, post = live(priya)
    at = f"/groups/{group.slug}/{post.id}"
    assert priya.post(f"{at}/cancel", {"reason": ""}).status_code == 422
    for _ in range(2):
        assert priya.post(f"{at}/cancel", {"reason": "ill"}).status_code == 303
    now = again(post)
    assert (now.state, now.listed, now.edition) == (CLOSING, None, 2)
    for _ in range(2):
        changing.finish_closing(priya.site.work, priya.site.clock())
    now = again(post)
    assert (now.state, now.closing_at, now.ends_at) == (CANCELLED, None, None)
    assert [name for name, _ in told(now)] == ["event.closing.v1", "event.cancelled.v1"]
    assert "Cancelled Whoever leads it is ill" in words(priya.get(f"/groups/{group.slug}").text)


def test_taken_down_while_closing(priya: Organiser) -> None:
    """What staff took down in that second is not cancelled on top."""
    group, post = live(priya)
    changing.cancel(post, group, "ill", now=priya.site.clock())
    posts().update_one({"_id": post.id}, {"$set": {"state": "taken-down"}})
    assert changing.finish_closing(priya.site.work, priya.site.clock()) == 1
    assert again(post).state == "taken-down"
    assert changing.finish_closing(priya.site.work, priya.site.clock()) == 0


def test_over_by_itself_and_posted_again(priya: Organiser) -> None:
    """After its end it is past and in no list; posting it again is a draft with the same words and no day."""
    group, post = live(priya)
    priya.site.clock.set(post.slots[0]["ends"] - timedelta(seconds=1))
    for kind in DUE:
        kind.step(priya.site.work, priya.site.clock())
    assert again(post).state == PUBLISHED
    priya.site.clock.move(seconds=1)
    for kind in DUE:
        kind.step(priya.site.work, priya.site.clock())
    now = again(post)
    assert (now.state, now.listed, now.ends_at) == (PAST, None, None)
    answer = priya.post(f"/groups/{group.slug}/{post.id}/again", {"key": "0a2f0c0e-6f0a-4f10-9d5e-000000000001"})
    made = stored(answer.location.split("/")[3])
    assert made.state == DRAFT
    assert made.draft == {name: value for name, value in now.live.items() if name != "date"}
    assert priya.post(f"/groups/{group.slug}/{made.id}/send").status_code == 422


def test_an_initiative_is_over_when_its_group_says_so(priya: Organiser) -> None:
    """Asked on its own page, once; gone from every list, kept under “Over”; its page says so; it can be posted again. No event has it."""
    group = a_group(priya.site.work, organisers=list(priya.refs))
    post, event = (published(priya.site.work, group, one) for one in (an_initiative(), an_event()))
    at = f"/groups/{group.slug}/{post.id}"
    assert "Is it over?" in words(priya.get(at).text)
    assert "Is it over?" not in words(priya.get(f"/groups/{group.slug}/{event.id}").text)
    assert priya.post(f"/groups/{group.slug}/{event.id}/end").status_code == 409
    assert [priya.post(f"{at}/end").status_code for _ in range(2)] == [303, 303]
    now = again(post)
    assert (now.state, now.listed, now.edition) == (PAST, None, 2)
    assert [name for name, _ in told(now)] == ["initiative.published.v1", "initiative.taken-down.v1"]
    page = words(priya.get(f"/groups/{group.slug}").text)
    assert "Until Wed 10 Jun" in page
    assert "Over It has come to an end." in page
    assert priya.post(f"{at}/again").status_code == 303
    assert again(event).state == PUBLISHED


def test_saved_while_it_was_being_sent(priya: Organiser) -> None:
    """Words that were checked are the words that are sent: a save in between makes the sender look again."""
    group, post = live(priya)
    priya.post(f"/groups/{group.slug}/{post.id}/what", {**EVENT["what"], "title": "Morning walk"})
    read, found = again(post), group_by_id(group.id)
    assert found is not None
    priya.site.clock.move(seconds=1)
    priya.post(f"/groups/{group.slug}/{post.id}/what", {**EVENT["what"], "title": "Night walk"})
    with pytest.raises(Exception, match="Somebody else has changed this"):
        changing.change(priya.site.work, read, found, ref=priya.refs[0], now=priya.site.clock())
    assert again(post).waiting is None


def test_a_past_time_that_stays_may_stay(priya: Organiser) -> None:
    """While it is on, the place can still be changed: only a new time has to be to come."""
    group, post = live(priya)
    priya.site.clock.set(slots_of(post.live)[0]["starts"] + timedelta(minutes=5))
    at = f"/groups/{group.slug}/{post.id}"
    same = {"date": "2026-06-18", "starts": "18:00", "ends": "19:15", "joining": "turn-up", "place_shown_to": "everyone", "area": "hackney"}
    assert priya.post(f"{at}/when", {**same, "place": "The library"}).status_code == 303
    assert priya.post(f"{at}/send").status_code == 303
    assert again(post).live["place"] == "The library"
    assert priya.post(f"{at}/when", {**same, "place": "The library", "starts": "18:01"}).status_code == 422
