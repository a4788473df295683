"""Erased when notify asks: the place is given back first, then nothing of a sign-up leads to anybody; a group has an organiser less."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from services.events.consumers import HANDLERS
from services.events.operations import erasing, notes, organisers, places, sign_ups
from services.events.operations.examine import examine
from services.events.operations.sign_ups import Wish
from services.events.rules import places as rules
from services.events.store import Group, Post, SignUp, outboxes
from services.events.store.groups import by_id as group_by_id
from services.events.store.places import by_id, entry, head
from services.events.store.places import sign_ups as rows
from services.events.store.review import held as held_rows
from shared.messaging.work import Work
from shared.privacy import erasure, retention
from shared.security.tokens import hash_token, new_token
from tests.pages.reading import words
from tests.support.builders import an_envelope
from tests.support.events_site import EventsSite
from tests.support.pledged import texts_in
from tests.support.posts import a_group, an_event, published

ADDRESS, NAME, NEED = "wilhelmina.quill@example.org", "Wilhelmina", "A chair with arms, please"


@pytest.fixture
def work(site: EventsSite) -> Work[Any]:
    found: Work[Any] = site.work
    return found


@pytest.fixture
def group(work: Work[Any]) -> Group:
    return a_group(work)


@pytest.fixture
def walk(work: Work[Any], group: Group) -> Post:
    return published(work, group, an_event(joining="book", capacity=1))


def signs_up(work: Work[Any], post: Post, address: str = ADDRESS, **more: Any) -> SignUp:
    wish = Wish(NAME, address, access_needs=more.pop("needs", NEED), **more)
    made, _answer = sign_ups.ask(work, post, post.slots[0]["id"], wish, now=work.clock(), key=str(uuid.uuid4()))
    return made


def asked(work: Work[Any], ref: str) -> None:
    HANDLERS["erasure.asked.v1"](work, [an_envelope("erasure.asked.v1", {"ref": ref}, subject=ref, source="notify")])


def publish(work: Work[Any]) -> None:
    """As the relay leaves documents whose messages are out; the answers stay, for the test to see."""
    for collection in outboxes():
        if collection.name != erasure.COLLECTION:
            collection.update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})


def run(work: Work[Any], steps: int = 6) -> None:
    """The worker, for some seconds."""
    for step in range(steps):
        now = work.clock() + step * 2 * erasure.LOOK_AGAIN
        erasing.erase(work, now)
        places.settle(work, now)
        places.call(work, now)
        publish(work)


def answers(work: Work[Any], ref: str) -> int:
    row = erasure.rows(work.db).find_one({"_id": ref}) or {}
    return sum(found["type"] == "erasure.done.v1" for found in row.get("outbox", []))


def document(found: SignUp) -> dict[str, Any]:
    return rows().find_one({"_id": found.id}) or {}


def wrong(work: Work[Any]) -> set[str]:
    return {finding.name for finding in examine(work, work.clock()) if "eras" in finding.name}


@pytest.mark.parametrize("settled", [True, False])
def test_a_place(work: Work[Any], walk: Post, settled: bool) -> None:
    """Given back before anything else, to whoever waits; then name, need, link and ref are gone, and it is answered."""
    made, other = signs_up(work, walk), signs_up(work, walk, "kit.lane@example.org")
    if settled:
        places.settle(work, work.clock())
    asked(work, made.ref)
    erasing.erase(work, work.clock())
    left = entry(made.slot, made.id)
    assert left is not None
    assert left.state == rules.LEFT
    assert answers(work, made.ref) == 0
    run(work)
    assert answers(work, made.ref) == 1
    left_over = document(made)
    assert left_over["state"] == rules.LEFT
    assert not set(erasing.GONE) & set(left_over)
    assert made.ref not in set(texts_in(left_over))
    assert (by_id(other.id) or other).state == rules.PLACED
    assert wrong(work) == set()


def test_in_the_queue_and_a_repeat(work: Work[Any], walk: Post) -> None:
    """Whoever waits leaves the queue; what was asked for twice by one person goes twice."""
    first, queued = signs_up(work, walk, "kit.lane@example.org"), signs_up(work, walk)
    again = signs_up(work, walk)
    assert again.state == rules.REPEAT
    places.settle(work, work.clock())
    for ref in (queued.ref, again.ref):
        asked(work, ref)
    run(work)
    found = head(first.slot)
    assert found is not None
    assert (found.waiting, found.taken) == (0, 1)
    assert [answers(work, one.ref) for one in (queued, again)] == [1, 1]
    for one in (queued, again):
        assert not set(erasing.GONE) & set(document(one))


def test_signing_up_anew(work: Work[Any], walk: Post) -> None:
    """Whoever was erased is a stranger, and welcome."""
    made = signs_up(work, walk)
    asked(work, made.ref)
    run(work)
    new = signs_up(work, walk)
    places.settle(work, work.clock())
    assert (by_id(new.id) or new).state == rules.PLACED


def test_hard_words(work: Work[Any], walk: Post) -> None:
    """What somebody wrote that was set apart goes with them, read or not; its line stays, with nothing in it."""
    made = signs_up(work, walk, needs="I want to kill myself")
    assert held_rows().count_documents({"ref": made.ref}) == 1
    asked(work, made.ref)
    run(work)
    (row,) = held_rows().find()
    assert not {"ref", "words", "phrases", "waiting_since"} & set(row)


def test_an_organiser_and_an_invitation(work: Work[Any], group: Group, walk: Post) -> None:
    """The group loses its organiser, and what it posted stays; an invitation goes, and notes with it."""
    ref = group.organisers[0]
    invited = organisers.invite(work, group, ADDRESS, now=work.clock())
    notes.give(work, f"still-on:{ref}", ref, notes.STILL_ON, {"title": "Walk"}, now=work.clock())
    for one in (ref, invited.id):
        asked(work, one)
    erasing.erase(work, work.clock())
    assert answers(work, ref) == answers(work, invited.id) == 0, "what is pending goes out first"
    run(work)
    assert answers(work, ref) == answers(work, invited.id) == 1
    assert not erasing.holds(ref)
    assert (group_by_id(group.id) or group).organisers == [other for other in group.organisers if other != ref]
    assert walk.state == "published"


def test_a_ref_of_somebody_elses(work: Work[Any]) -> None:
    """A pledge's: there is nothing of it here, and that is the answer."""
    asked(work, ref := str(uuid.uuid4()))
    assert erasing.erase(work, work.clock()) == 1
    assert answers(work, ref) == 1


def test_the_links_afterwards(site: EventsSite, work: Work[Any], walk: Post) -> None:
    """The mailed link, the answer by its reference, the fix of the address, the calendar: kind words, and nobody's name."""
    made = signs_up(work, walk)
    places.settle(work, work.clock())
    token = new_token()
    rows().update_one({"_id": made.id}, {"$set": {"leave_hash": hash_token(token)}})
    asked(work, made.ref)
    run(work)
    gone = site.get(f"/place/{token}")
    assert gone.status_code == 404
    assert "asked us to erase" in words(gone.text)
    at = f"/event/{walk.slug}/joined/{made.reference}"
    for path in (at, f"{at}.ics", f"{at}/address"):
        answer = site.get(path)
        assert answer.status_code == 200
        assert NAME not in answer.text
    client = site.app.test_client(use_cookies=False)
    for path, fields in ((f"{at}/again", {}), (f"{at}/address", {"email": ADDRESS}), (f"/place/{token}", {})):
        answer = client.post(path, data=fields, base_url=site.origin, headers={"Origin": site.origin})
        assert answer.status_code in (303, 404, 409)
    assert not set(erasing.GONE) & set(document(made))
    deleted = client.delete(f"/api/v1/sign-ups/{made.id}", base_url=site.origin, headers={"Authorization": f"Bearer {token}"})
    assert deleted.status_code in (401, 403, 404)


def test_after_the_day(work: Work[Any], walk: Post) -> None:
    """What went by itself a week after it is answered at once."""
    made = signs_up(work, walk)
    places.settle(work, work.clock())
    publish(work)
    sign_ups.forget(work, walk.slots[0]["ends"] + retention.A_PLACE.lasts + timedelta(seconds=1))
    asked(work, made.ref)
    assert erasing.erase(work, work.clock()) == 1
