"""The form is no oracle: whoever types an address learns nothing of it, whatever its owner has asked for before.

For each way in which a slot may stand, somebody who is known there asks, then all is put back and a stranger asks: the same to the byte
once reference, id and key are masked, by the page and by JSON, and so is whatever the reference opens.
"""

import re
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.events.operations import changing, places, sign_ups
from services.events.operations.sign_ups import Wish
from services.events.rules.places import queue_closes
from services.events.store import Group, Post
from services.events.store.places import MOST_ENTRIES, rosters
from tests.support.events_site import Answer, EventsSite
from tests.support.posts import a_group, again, an_event, published

STRANGER = "stranger"
MASKS = (
    (re.compile(r"CL-[2-9A-Z]{4}-[2-9A-Z]{4}"), "CL"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"[a-z-]+@example\.org"), "typed"),
)
KEPT = ("sign_ups", "rosters", "posts", "held")
Seen = tuple[Any, ...]


@dataclass
class World:
    """An event, and who is known there. `party`: how many come with whoever asks now."""

    site: EventsSite
    post: Post
    bringing: int = 0

    def signs_up(self, name: str, bringing: int = 0) -> Any:
        found, _said = sign_ups.ask(self.site.work, self.post, self.slot["id"], Wish(name, address(name), bringing), now=self.site.clock())
        self.settles()
        return found

    def leaves(self, name: str) -> None:
        sign_ups.leave(self.signs_up(name), now=self.site.clock())
        self.settles()

    def settles(self) -> None:
        places.settle(self.site.work, self.site.clock())

    def turns(self, moment: Any) -> None:
        """The clock goes on, and rosters with it."""
        self.site.clock.set(moment)
        places.arrange(self.site.work, moment)
        self.settles()

    @property
    def slot(self) -> Any:
        return self.post.slots[0]


# How a slot may stand, and who is known there


def open_(world: World) -> Sequence[str]:
    world.signs_up("placed")
    world.signs_up("twice")
    world.signs_up("twice")
    world.leaves("left")
    return "placed", "twice", "left"


def queueing(world: World) -> Sequence[str]:
    known = open_(world)
    world.signs_up("filler", 1)
    world.signs_up("queued")
    world.signs_up("queued again")
    world.signs_up("queued again")
    return *known, "queued", "queued again"


def last_hours(world: World) -> Sequence[str]:
    known = open_(world)
    world.turns(queue_closes(world.slot["starts"]) + timedelta(minutes=1))
    world.signs_up("refused", 3)  # more than there are
    return *known, "refused"


def last_hours_and_full(world: World) -> Sequence[str]:
    known = queueing(world)
    world.turns(queue_closes(world.slot["starts"]) + timedelta(minutes=1))
    world.signs_up("refused")
    return *known, "refused"


def shut(world: World) -> Sequence[str]:
    known = queueing(world)
    world.turns(world.slot["starts"])
    return known


def full_to_the_limit(world: World) -> Sequence[str]:
    known = queueing(world)
    row = rosters().find_one({"_id": world.slot["id"]})
    assert row is not None
    filler = [{"id": str(number), "party": 1, "state": "queued", "position": number} for number in range(MOST_ENTRIES)]
    entries = [*row["entries"], *filler][:MOST_ENTRIES]
    rosters().update_one({"_id": world.slot["id"]}, {"$set": {"entries": entries, "waiting": MOST_ENTRIES}})
    return [name for name in known if name in ("placed", "queued again")]  # each asking takes a while here


def cancelled(world: World) -> Sequence[str]:
    known = queueing(world)
    changing.cancel(world.post, group_of(world), "ill", now=world.site.clock())
    world.turns(world.site.clock.move(seconds=11))
    return known


STANDS: tuple[Callable[[World], Sequence[str]], ...] = (
    open_,
    queueing,
    last_hours,
    last_hours_and_full,
    shut,
    full_to_the_limit,
    cancelled,
)


# Asking


def address(name: str) -> str:
    """All of one length, so that a form that is shown again is."""
    return f"{name.replace(' ', '-'):-<15}a@example.org"


def group_of(world: World) -> Group:
    found: Group = Group.objects(id=world.post.group).first()
    return found


@contextmanager
def put_back(site: EventsSite) -> Iterator[None]:
    """Whatever happens to the store inside has not happened."""
    before = {name: list(site.work.db[name].find({})) for name in KEPT}
    yield
    for name, rows in before.items():
        site.work.db[name].delete_many({})
        if rows:
            site.work.db[name].insert_many(rows)


def by_page(world: World, name: str, key: str, first_name: str = "Sam") -> Answer:
    sent = {"key": key, "first_name": first_name, "email": address(name), "bringing": str(world.bringing)}
    client = world.site.app.test_client(use_cookies=False)
    return client.post(f"/event/{world.post.slug}/join", base_url=world.site.origin, data=sent)


def by_json(world: World, name: str, key: str, first_name: str = "Sam") -> Answer:
    body = {"first_name": first_name, "email": address(name), "bringing": world.bringing}
    client = world.site.app.test_client(use_cookies=False)
    path = f"/api/v1/events/{world.post.id}/sign-ups"
    return client.post(path, base_url=world.site.origin, json=body, headers={"Idempotency-Key": key})


def told(world: World, ask: Any, name: str) -> list[Seen]:
    """All that somebody sees who types this address: the answer, once more with its key, with other words, and what its reference opens.

    Of the form that comes back for other words, the status: it says how many places are left, which everybody may know.
    """
    key = str(uuid.uuid4())
    answers = [ask(world, name, key), ask(world, name, key)]
    reused = ask(world, name, key, first_name="Kim").status_code
    if found := MASKS[0][0].search(f"{answers[0].headers} {answers[0].text}"):
        at = f"/event/{world.post.slug}/joined/{found[0]}"
        answers += [world.site.get(f"{at}{tail}") for tail in ("", ".ics", "/address")]
        world.settles()
        world.turns(max(world.site.clock(), queue_closes(world.slot["starts"]) + timedelta(minutes=1)))  # who waits now waits in vain
        answers += [world.site.get(at), ask(world, name, key)]
    return [(reused,), *(seen(answer) for answer in answers)]


def seen(answer: Answer) -> Seen:
    return answer.status_code, masked(str(sorted(answer.headers))), masked(answer.text)


def masked(text: str) -> str:
    text = text.replace("\r\n ", "")  # a calendar folds its long lines
    for pattern, sign in MASKS:
        text = pattern.sub(sign, text)
    return text


@pytest.mark.parametrize("stands", STANDS, ids=lambda stands: stands.__name__.strip("_"))
def test_nobody_can_tell(site: EventsSite, stands: Callable[[World], Sequence[str]]) -> None:
    """By the page, alone, and by JSON, with two more: for everybody who is known."""
    post = published(site.work, a_group(site.work), an_event(joining="book", capacity=4, bringing=3))
    world = World(site, post)
    known = stands(world)
    world.post = again(post)
    moment = site.clock()
    for ask, world.bringing in ((by_page, 0), (by_json, 2)):
        expected = None
        for name in (STRANGER, *known):
            with put_back(site):
                found = told(world, ask, name)
            site.clock.set(moment)
            expected = expected or found
            assert found == expected, f"{ask.__name__}: {name} is told something else than a stranger"
        assert expected
        assert expected[1][0] in (201, 303, 409)


def test_nobody_can_tell_by_the_clock(site: EventsSite) -> None:
    """Asked in turn, with hundreds in the queue: what sets them apart is less than what sets one request apart from the next."""
    world = World(site, published(site.work, a_group(site.work), an_event(joining="book", capacity=1)))
    world.signs_up("placed")
    world.signs_up("known")
    row = rosters().find_one({"_id": world.slot["id"]})
    assert row is not None
    waiting = [{"id": str(number), "party": 1, "state": "queued", "position": number} for number in range(2, 300)]
    rosters().update_one({"_id": world.slot["id"]}, {"$set": {"entries": [*row["entries"], *waiting], "waiting": 299}})
    took: dict[str, list[float]] = {"known": [], "new": []}
    for number in range(25):
        for who in took:
            began = time.perf_counter()
            answer = by_json(world, who if who == "known" else f"new-{number}", str(uuid.uuid4()))
            took[who].append(time.perf_counter() - began)
            assert answer.status_code == 201
    known, new = (statistics.median(times) for times in took.values())
    noise = max(statistics.quantiles(times, n=4)[2] - statistics.quantiles(times, n=4)[0] for times in took.values())
    assert abs(known - new) < max(2 * noise, 0.5 * new), (
        f"known {known * 1000:.1f} ms, new {new * 1000:.1f} ms, noise {noise * 1000:.1f} ms"
    )
