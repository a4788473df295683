"""Is it still on? Asked once a month by a link of its own, answered by one POST, and said to be old once after 60 days."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.events.clock import DUE
from services.events.consumers import HANDLERS
from services.events.operations import changing, drafts, notes, still_on
from services.events.rules.posts import PAST, PUBLISHED, SUBMITTED, TAKEN_DOWN
from services.events.store import Group, Post
from services.events.store.notes import notes as note_rows
from services.events.store.posts import posts
from shared.messaging import handover
from shared.reference.choices import codes
from shared.security.sealing import unseal
from tests.support.builders import an_envelope, an_id
from tests.support.events_site import Answer, EventsSite
from tests.support.meanwhile import just_before
from tests.support.posts import a_group, again, an_event, an_initiative, published
from tests.support.settings import NOTIFY_KEYS


def let_time_work(site: EventsSite) -> None:
    for due in DUE:
        due.step(site.work, site.clock.now)


@pytest.fixture
def group(site: EventsSite) -> Group:
    return a_group(site.work, organisers=[an_id(), an_id()])


@pytest.fixture
def post(site: EventsSite, group: Group) -> Post:
    return published(site.work, group, an_initiative())


def sealed_notes() -> list[dict[str, Any]]:
    """What notify will read, the oldest first."""
    rows = note_rows().find({}).sort("_id", 1)
    return [unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], row["offer"]["message"]["data"]["sealed"]) for row in rows]


def asked(site: EventsSite, days: int = 30) -> str:
    """After so many days: the path of the link that went to each organiser."""
    site.clock.move(days=days)
    let_time_work(site)
    return f"/still-on/{sealed_notes()[-1]['token']}"


def press(site: EventsSite, path: str, **fields: str) -> Answer:
    return site.app.test_client(use_cookies=False).post(path, base_url=site.origin, data=fields)


def told(post: Post) -> list[str]:
    """What the post has told, in order."""
    found = again(post)
    return [entry["type"] for entry in found.outbox or ()]


def heading(answer: Answer) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    assert found
    return found[1]


def cut_off(*_arguments: object) -> bool:
    """In the place of the update: the process ends."""
    raise SystemExit


# Asking


def test_each_organiser_is_asked_once_a_month(site: EventsSite, group: Group, post: Post) -> None:
    """Not before 30 days, then once each however often the clock looks, then again a month later; an event never."""
    published(site.work, group, an_event(date="2026-09-10"))
    site.clock.move(days=29, hours=23)
    let_time_work(site)
    assert sealed_notes() == []
    for days in (1, 0, 29):
        site.clock.move(days=days)
        let_time_work(site)
    assert sorted(row["ref"] for row in note_rows().find()) == sorted(group.organisers)
    first = sealed_notes()[0]
    assert (first["template"], first["values"]) == ("still-on", {"title": "Chatty benches", "post": post.id})
    assert len({one["token"] for one in sealed_notes()}) == 1
    site.clock.move(days=2)
    let_time_work(site)
    assert len({one["token"] for one in sealed_notes()}) == 2


def test_a_crash_between_the_notes_and_the_post(site: EventsSite, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next turn gives no second note, and the link that was mailed is the one that works."""
    site.clock.move(days=30)
    with monkeypatch.context() as cut:
        cut.setattr(still_on, "change_if", cut_off)
        with pytest.raises(SystemExit):
            still_on.ask(site.work, site.clock.now)
    assert len(sealed_notes()) == 2
    site.clock.move(minutes=1)
    let_time_work(site)
    assert len(sealed_notes()) == 2
    assert press(site, f"/still-on/{sealed_notes()[0]['token']}", has_room="yes").status_code == 303


@pytest.mark.parametrize("state", [TAKEN_DOWN, SUBMITTED])
def test_what_nobody_can_find_is_not_asked_about(site: EventsSite, post: Post, state: str) -> None:
    """Taken down: nobody is asked, nothing is said to be old, and the clock leaves it alone from then on."""
    posts().update_one({"_id": post.id}, {"$set": {"state": state}, "$unset": {"listed": 1}})
    site.clock.move(days=61)
    let_time_work(site)
    assert sealed_notes() == []
    assert "initiative.ageing.v1" not in told(post)
    assert [again(post).check_due, again(post).ageing_due] == [None, None]


def test_a_paused_groups_is_asked_about_once_it_is_shown_again(site: EventsSite, post: Post) -> None:
    """Meanwhile the clock looks once a day."""
    kept = again(post).listed
    posts().update_one({"_id": post.id}, {"$unset": {"listed": 1}})
    site.clock.move(days=30)
    let_time_work(site)
    assert sealed_notes() == []
    posts().update_one({"_id": post.id}, {"$set": {"listed": kept}})
    site.clock.move(days=1)
    let_time_work(site)
    assert len(sealed_notes()) == 2


# Answering


def test_the_whole_way(site: EventsSite, post: Post) -> None:
    """GET shows and changes nothing; POST checks it and says how much room there is; again is the same; people see it at once."""
    path = asked(site)
    before = again(post).to_mongo().to_dict()
    assert heading(site.get(path)) == "Is “Chatty benches” still on?"
    assert again(post).to_mongo().to_dict() == before
    assert press(site, path, has_room="ring-first").status_code == 303
    found = again(post)
    assert (found.last_checked, found.live["has_room"], found.draft["has_room"]) == (site.clock.now, "ring-first", "ring-first")
    assert (found.edition, found.state) == (2, PUBLISHED)
    assert told(post) == ["initiative.published.v1", "initiative.changed.v1"]
    assert found.outbox[-1]["data"]["changed"] == ["last_checked", "has_room"]
    assert heading(site.get(path)) == "Thank you. It’s still on"
    assert press(site, path, has_room="ring-first").status_code == 303
    assert again(post).edition == 2
    assert "Ring first" in site.get(f"/initiative/{post.slug}").text


def test_a_month_begins_with_the_answer(site: EventsSite, post: Post) -> None:
    """Who answers is not asked again for 30 days, and it is not old 60 days after it was published."""
    path = asked(site, 31)
    site.clock.move(days=5)
    press(site, path, has_room="yes")
    site.clock.move(days=26)
    let_time_work(site)
    assert len(sealed_notes()) == 2
    site.clock.move(days=3)
    let_time_work(site)
    assert "initiative.ageing.v1" not in told(post)


def test_words_that_wait_go_on_waiting(site: EventsSite, post: Post) -> None:
    """The answer shows nothing that nobody has read, and moderators go on hearing of it."""
    new = {**post.live, "title": "Chattier benches"}
    posts().update_one({"_id": post.id}, {"$set": {"waiting": new, "submitted_at": site.clock.now}})
    press(site, asked(site), has_room="full")
    found = again(post)
    assert (found.live["title"], found.live["has_room"]) == ("Chatty benches", "full")
    assert (found.waiting["title"], found.waiting["has_room"]) == ("Chattier benches", "full")
    assert found.submitted_at
    assert told(post)[-2:] == ["initiative.changed.v1", "post.submitted.v1"]


@pytest.mark.parametrize("typed", ["", "plenty", "yes\x00", "<b>"])
def test_a_room_that_is_none(site: EventsSite, post: Post, typed: str) -> None:
    """The same page with what to do, at the field; nothing is stored."""
    path = asked(site)
    answer = press(site, path, has_room=typed)
    assert answer.status_code == 422
    assert "Error:" in answer.text
    assert 'href="#has_room"' in answer.text
    assert again(post).last_checked < again(post).asked_to_check_at


def test_links_that_open_nothing(site: EventsSite, post: Post) -> None:
    """A made-up one, one that a newer has replaced, one after 35 days, one of something taken down: said kindly, and nothing changes."""
    old = asked(site)
    new = asked(site)
    for path in ("/still-on/x", "/still-on/" + "A" * 22, old):
        assert [site.get(path).status_code, press(site, path, has_room="yes").status_code] == [404, 404]
    posts().update_one({"_id": post.id}, {"$set": {"check_due": site.clock.now + timedelta(days=90)}})
    site.clock.move(days=35)
    assert [site.get(new).status_code, press(site, new, has_room="yes").status_code] == [410, 410]
    posts().update_one({"_id": post.id}, {"$set": {"asked_to_check_at": site.clock.now, "state": TAKEN_DOWN}})
    assert [site.get(new).status_code, press(site, new, has_room="yes").status_code] == [410, 410]
    assert again(post).last_checked == post.last_checked


def test_it_is_over(site: EventsSite, post: Post) -> None:
    """One press takes it off the lists for good and tells the others once; the link goes on saying so, and nobody is asked again."""
    path = asked(site)
    assert [press(site, path, over="yes", has_room="yes").status_code for _ in range(2)] == [303, 200]
    found = again(post)
    assert (found.state, found.listed, found.check_due, found.ageing_due) == (PAST, None, None, None)
    assert told(post) == ["initiative.published.v1", "initiative.taken-down.v1"]
    assert found.outbox[-1]["data"]["reason"] in codes("end")
    assert set(codes("end")).isdisjoint(codes("take-down"))
    page = site.get(path)
    assert (page.status_code, heading(page)) == (200, "Thank you. It’s over")
    assert press(site, path, has_room="yes").status_code == 200
    assert again(post).state == PAST
    site.clock.move(days=31)
    let_time_work(site)
    assert len(sealed_notes()) == 2
    seen = site.get(f"/initiative/{post.slug}")
    assert seen.status_code == 200
    assert "This has come to an end." in seen.text
    assert "may be out of date" not in seen.text
    assert "Chatty benches" not in site.get("/whats-on/always").text


def test_ended_while_somebody_changes_it(site: EventsSite, group: Group, post: Post) -> None:
    """It is ended as it then is, with new words that waited; nothing waits any more."""
    path = asked(site)

    def change() -> None:
        changed = drafts.save(again(post), {"title": "Talking benches", "areas": ["camden"]}, now=site.clock.now)
        changing.change(site.work, changed, group, ref=group.organisers[0], now=site.clock.now)

    with just_before("update", "posts", change):
        assert press(site, path, over="yes").status_code == 303
    found = again(post)
    assert (found.state, found.submitted_at, found.edition) == (PAST, None, 3)
    assert found.live["areas"] == ["camden"]


# Ageing


def test_it_ages_once(site: EventsSite, post: Post) -> None:
    """60 days without a word: said once; and once more only after another 60 that began with an answer."""
    path = asked(site, 60)
    let_time_work(site)
    assert told(post).count("initiative.ageing.v1") == 1
    site.clock.move(days=5)
    let_time_work(site)
    assert told(post).count("initiative.ageing.v1") == 1
    press(site, path, has_room="yes")
    site.clock.move(days=60)
    let_time_work(site)
    assert told(post).count("initiative.ageing.v1") == 2


# Notes


def test_a_note_is_offered_until_notify_has_it(site: EventsSite) -> None:
    """The same message each day; dropped when notify answers, gone a day later; the same occasion gives no second."""
    ref = an_id()
    for _ in range(2):
        notes.give(site.work, "care-reply:1", ref, notes.CARE_REPLY, {}, now=site.clock.now)
    (row,) = note_rows().find()
    assert len(row["outbox"]) == 1
    sent = row["outbox"][0]["id"]
    note_rows().update_one({}, {"$unset": {"outbox": 1, "pending_since": 1}})  # as the relay leaves it
    site.clock.set(site.clock.now + handover.AGAIN_AFTER)
    let_time_work(site)
    (row,) = note_rows().find()
    assert [entry["id"] for entry in row["outbox"]] == [sent]
    note_rows().update_one({}, {"$unset": {"outbox": 1, "pending_since": 1}})
    answer = an_envelope("contact.received.v1", {"ref": ref, "message_id": sent}, source="notify", subject=ref)
    for _ in range(2):
        HANDLERS["contact.received.v1"](site.work, [answer])
    (row,) = note_rows().find()
    assert "offer" not in row
    site.clock.move(days=1, seconds=1)
    let_time_work(site)
    assert note_rows().count_documents({}) == 0


def test_a_note_that_reaches_nobody_is_given_up(site: EventsSite) -> None:
    """After 35 days, by when no link in it would be good."""
    notes.give(site.work, "still-on:1", an_id(), notes.STILL_ON, {"title": "Benches"}, token="T" * 22, now=site.clock.now)
    site.clock.move(days=35, seconds=1)
    let_time_work(site)
    assert note_rows().count_documents({}) == 0
