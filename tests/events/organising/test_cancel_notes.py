"""An organiser's own words about what she cancels: the reason goes at once, these when a person has read them."""

from typing import Any

import pytest

from services.events.operations import cancel_notes, carrying_out, changing, notes, places, review, sign_ups
from services.events.operations.examine import examine
from services.events.operations.sign_ups import Wish
from services.events.rules import posts as rules
from services.events.store import Group, Post, SignUp
from services.events.store.places import by_id
from services.events.store.posts import posts
from services.events.store.review import held_waiting
from shared.messaging.outbox import change_if
from shared.runtime.errors import Conflict
from shared.security.sessions import SAFEGUARDING
from tests.pages.reading import words
from tests.support.events_site import EventsSite
from tests.support.organisers import Organiser, stored, typed
from tests.support.posts import a_group, again, an_event, published
from tests.support.reviewers import Reviewer

NOTE = "Huw has a cold.\nWe walk again in two weeks."


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


@pytest.fixture
def group(priya: Organiser) -> Group:
    return a_group(priya.site.work, organisers=list(priya.refs))


@pytest.fixture
def post(priya: Organiser, group: Group) -> Post:
    return published(priya.site.work, group, an_event(joining="book", capacity=2))


def signed_up(site: EventsSite, post: Post, name: str) -> SignUp:
    wish = Wish(name, f"{name.lower()}@example.org")
    found, _answer = sign_ups.ask(site.work, post, post.slots[0]["id"], wish, now=site.clock())
    places.settle(site.work, site.clock())
    return by_id(found.id) or found


def cancel(priya: Organiser, group: Group, post: Post, **fields: str) -> Any:
    return priya.post(f"/groups/{group.slug}/{post.id}/cancel", {"reason": "ill", **fields})


def worked(site: EventsSite) -> None:
    """What the worker does within a second or two of a cancelling."""
    for step in (places.arrange, places.settle, changing.finish_closing):
        step(site.work, site.clock())


def read(site: EventsSite, post: Post, what: str = "publish") -> None:
    """A reviewer's choice, and the minute after it."""
    answer = Reviewer(site).choose(stored(post.id), what)
    assert answer.status_code == 303, words(answer.text)
    carrying_out.carry_out(site.work, site.clock.move(seconds=61))


def given(site: EventsSite) -> dict[str, str]:
    """The notes that were given: whom to."""
    return {row["_id"]: row["ref"] for row in site.work.db["notes"].find({})}


def test_the_reason_goes_at_once_and_the_words_wait(priya: Organiser, group: Group, post: Post) -> None:
    """The page says why, without the words; the review desk has them; published they are on the page and in a note to each."""
    site = priya.site
    placed, queued = [signed_up(site, post, name) for name in ("Sam", "Amina")], signed_up(site, post, "Joe")
    left = signed_up(site, post, "Kim")
    sign_ups.leave(left, now=site.clock())
    sign_ups.ask(site.work, post, post.slots[0]["id"], Wish("Sam", "sam@example.org"), now=site.clock())
    sign_ups.ask(site.work, post, post.slots[0]["id"], Wish("Ada", None), now=site.clock())
    places.settle(site.work, site.clock())
    assert cancel(priya, group, post, note=NOTE.replace("\n", "\r\n")).status_code == 303
    worked(site)
    assert again(post).state == rules.CANCELLED
    page = words(site.get(f"/event/{post.slug}").text)
    assert "This isn’t happening: whoever leads it is ill." in page
    assert "Huw" not in page
    assert "Being checked Once a person has read them" in words(priya.get(f"/groups/{group.slug}/{post.id}").text)
    desk = words(Reviewer(site).get(f"/staff/review/{post.id}").text)
    assert "cancelled, a note about it waits" in desk
    assert "Note about cancelling" in desk
    assert "Huw has a cold." in desk
    assert cancel_notes.give(site.work, site.clock()) == 0
    read(site, post)
    assert again(post).state == rules.CANCELLED
    assert again(post).listed is None
    assert "Huw has a cold.<br>We walk again in two weeks." in site.get(f"/event/{post.slug}").text
    cancel_notes.give(site.work, site.clock())
    assert set(given(site).values()) == {one.ref for one in (*placed, queued)}
    assert cancel_notes.give(site.work, site.clock()) == 0
    assert "were mailed to everyone" in words(priya.get(f"/groups/{group.slug}/{post.id}").text)


def test_what_is_told_of_it(priya: Organiser, group: Group, post: Post) -> None:
    """That it waits, again after the cancelling, and no more once it was read; never as a change of the event, nothing of it in clear."""
    cancel(priya, group, post, note=NOTE)
    worked(priya.site)
    read(priya.site, post)
    told = [(entry["type"].split(".")[1], entry["data"].get("taken_back", False)) for entry in again(post).outbox]
    expected = [
        ("published", False),
        ("closing", False),
        ("submitted", False),
        ("cancelled", False),
        ("submitted", False),
        ("submitted", True),
    ]
    assert told == expected
    assert "Huw" not in str(again(post).outbox)


def test_the_doctor_finds_nothing_amiss(priya: Organiser, group: Group, post: Post) -> None:
    """Whether words wait, wait on after the cancelling, or were read: what was told says the same as the post."""
    site = priya.site
    for step in (lambda: cancel(priya, group, post, note=NOTE), lambda: worked(site), lambda: read(site, post)):
        step()
        assert [one for one in examine(site.work, site.clock()) if (one.name, one.about) == ("told-otherwise", post.id)] == []
    posts().update_one({"_id": post.id}, {"$set": {"submitted_at": site.clock()}})
    assert [one.name for one in examine(site.work, site.clock()) if (one.name, one.about) == ("told-otherwise", post.id)] == [
        "told-otherwise"
    ]


def test_in_batches_given_once(priya: Organiser, group: Group, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a batch is begun again, each has one note."""
    site = priya.site
    monkeypatch.setattr(cancel_notes, "SIGN_UPS_A_STEP", 2)
    for name in ("Sam", "Amina", "Joe", "Kim", "Ada"):
        signed_up(site, post, name)
    cancel(priya, group, post, note=NOTE)
    worked(site)
    read(site, post)
    assert cancel_notes.give(site.work, site.clock()) == 2
    change_if(posts(), post.id, {}, {"note_after": None}, (), site.clock())  # as after a crash before the mark
    steps = [cancel_notes.give(site.work, site.clock()) for _ in range(4)]
    assert steps == [2, 2, 1, 0]
    assert len(given(site)) == 5


def test_read_while_it_is_being_cancelled(priya: Organiser, group: Group, post: Post) -> None:
    """Those who signed up hear first that it is off."""
    site = priya.site
    signed_up(site, post, "Sam")
    cancel(priya, group, post, note=NOTE)
    read(site, post)
    assert again(post).state == rules.CLOSING
    assert cancel_notes.give(site.work, site.clock()) == 0
    worked(site)
    cancel_notes.give(site.work, site.clock())
    assert len(given(site)) == 1


@pytest.mark.parametrize("note", ["See www.example.org", "a" * 281, "<b>Sorry</b>"])
def test_words_that_cannot_be_taken(priya: Organiser, group: Group, post: Post, note: str) -> None:
    """Nothing is cancelled yet; the reason and the words come back."""
    answer = cancel(priya, group, post, note=note, reason="weather")
    assert answer.status_code == 422
    assert "Error:" in answer.text
    assert typed(answer, "reason") == "weather"
    assert again(post).state == rules.PUBLISHED
    assert cancel(priya, group, post, note=NOTE, reason="").status_code == 422
    assert again(post).state == rules.PUBLISHED


def test_words_added_later(priya: Organiser, group: Group, post: Post) -> None:
    """Once, until the day is over; changes that a reviewer asks for are made by sending them again."""
    site, path = priya.site, f"/groups/{group.slug}/{post.id}"
    assert priya.post(f"{path}/note", {"note": NOTE}).status_code == 409  # nothing is cancelled
    cancel(priya, group, post)
    worked(site)
    assert "Would you like to add a few words?" in words(priya.get(path).text)
    assert priya.post(f"{path}/note", {"note": ""}).status_code == 422
    answer = priya.post(f"{path}/note", {"note": "Write to me@example.org"})
    assert "Leave out web and e-mail addresses: people get this by mail" in words(answer.text)
    assert typed(answer, "note") == "Write to me@example.org"
    for _ in range(2):
        assert priya.post(f"{path}/note", {"note": NOTE}).status_code == 303
    assert priya.post(f"{path}/note", {"note": "Another."}).status_code == 409
    read(site, post, "ask-for-changes")
    assert (again(post).state, again(post).waiting) == (rules.CANCELLED, None)
    assert "Please change this" in words(priya.get(path).text)
    assert priya.post(f"{path}/note", {"note": "Another."}).status_code == 303
    read(site, post)
    assert "Another." in words(site.get(f"/event/{post.slug}").text)
    assert priya.post(f"{path}/note", {"note": "And another."}).status_code == 409
    assert Organiser(site).post(f"{path}/note", {"note": NOTE}).status_code == 404


def test_too_late(priya: Organiser, group: Group, post: Post) -> None:
    """After the day nobody is asked for words, and what is read then is shown and not mailed."""
    site = priya.site
    signed_up(site, post, "Sam")
    cancel(priya, group, post, note=NOTE)
    worked(site)
    site.clock.set(post.slots[0]["ends"])
    read(site, post)
    cancel_notes.give(site.work, site.clock())
    assert given(site) == {}
    assert again(post).note_due is None
    with pytest.raises(Conflict):
        cancel_notes.offer(site.work, again(post), "More.", ref=priya.refs[0], now=site.clock())


def test_hard_words(priya: Organiser, group: Group, post: Post) -> None:
    """The event is cancelled all the same; a moderator neither reads nor publishes them until they are passed on; she sees help."""
    site = priya.site
    cancel(priya, group, post, note="I don’t want to be here any more.")
    worked(site)
    assert again(post).state == rules.CANCELLED
    assert "Thank you for telling us" in words(priya.get(f"/groups/{group.slug}/{post.id}").text)
    sam = Reviewer(site)
    assert "want to be here" not in words(sam.get(f"/staff/review/{post.id}").text)
    assert sam.choose(stored(post.id), "publish").status_code == 409
    (row,) = held_waiting()
    wren = Reviewer(site, "Wren", roles=(SAFEGUARDING,))
    assert "Note about cancelling" in words(wren.get(f"/staff/held/{row.id}").text)
    assert wren.post(f"/staff/held/{row.id}", {"do": "withhold"}).status_code == 303
    assert again(post).waiting is None
    assert again(post).state == rules.CANCELLED
    assert "want to be here" not in words(site.get(f"/event/{post.slug}").text)


def test_taken_down_meanwhile(priya: Organiser, group: Group, post: Post) -> None:
    """Nothing of it is said any more."""
    site = priya.site
    signed_up(site, post, "Sam")
    cancel(priya, group, post, note=NOTE)
    worked(site)
    read(site, post)
    Reviewer(site).choose(stored(post.id), "take-down")
    assert again(post).state == rules.TAKEN_DOWN
    cancel_notes.give(site.work, site.clock())
    assert given(site) == {}
    assert notes.CANCEL_NOTE == "cancel-note"
    assert review.item(post.id, Reviewer(site).session).post.note_due is None
