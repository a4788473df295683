"""Everybody at once: two moderators, two workers and an organiser on one post. Whoever is quicker, the store agrees with itself."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from services.events.operations import carrying_out, changing, drafts, pausing, review
from services.events.operations.examine import examine
from services.events.rules.posts import PUBLISH
from services.events.store import Post
from services.events.store.groups import groups
from services.events.store.posts import posts
from services.events.store.review import decisions_about
from shared.messaging.findings import NOTE
from shared.runtime.errors import CollaborationError, Conflict
from tests.support.builders import an_id
from tests.support.events_site import EventsSite
from tests.support.posts import again, an_event
from tests.support.reviewed import a_new_group, as_it_is, chosen, moderator, sent, shown
from tests.support.reviewers import to_ask, to_publish, to_take_down

Act = Callable[[], Any]


def at_once(acts: list[Act]) -> None:
    """Each in a thread of its own; that somebody else was quicker is an answer like any other."""
    gate = threading.Barrier(len(acts))
    wrong: list[BaseException] = []

    def act(one: Act) -> None:
        gate.wait()
        try:
            with suppress(CollaborationError):
                one()
        except BaseException as error:  # for the test to raise
            wrong.append(error)

    threads = [threading.Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


def amiss(site: EventsSite) -> list[str]:
    return [one.words for one in examine(site.work, site.clock()) if one.effect != NOTE]


def types(rows: Any, id_: str) -> list[str]:
    return [entry["type"] for entry in (rows.find_one({"_id": id_}) or {}).get("outbox", [])]


@pytest.fixture
def waiting(site: EventsSite) -> Post:
    """The first post of a new group."""
    return sent(site.work, a_new_group(site.work, an_id()), an_event())


def test_two_moderators_choose_differently(site: EventsSite, waiting: Post) -> None:
    """One of them has chosen, the other is told; what is carried out is that choice, and the log holds no other that stands."""
    sam, ruth = moderator(site.clock(), "Sam"), moderator(site.clock(), "Ruth")
    seen = review.seen_of(site.work, review.item(waiting.id, sam))
    told: list[str] = []

    def press(by: Any, choice: Any) -> None:
        try:
            review.choose(site.work, waiting.id, choice, seen, by=by, now=site.clock())
        except Conflict as error:
            told.append(error.message)

    at_once([lambda: press(sam, to_publish()), lambda: press(ruth, to_ask())])
    assert len(told) == 1
    void = {row.of for row in decisions_about([waiting.id]) if row.of}
    (stands,) = [row for row in decisions_about([waiting.id]) if not row.of and row.id not in void]
    site.clock.move(seconds=61)
    carrying_out.carry_out(site.work, site.clock())
    assert again(waiting).state == ("published" if stands.what == PUBLISH else "changes-asked")
    assert amiss(site) == []


def test_two_workers_with_a_new_group(site: EventsSite, waiting: Post) -> None:
    """Both carry out the same choice: the group is approved once, its post is shown once."""
    chosen(site.work, waiting)
    site.clock.move(seconds=61)
    at_once([lambda: carrying_out.carry_out(site.work, site.clock())] * 2)
    carrying_out.carry_out(site.work, site.clock())
    assert types(posts(), waiting.id) == ["post.submitted.v1", "event.published.v1"]
    assert types(groups(), waiting.group) == ["group.registered.v1", "group.decided.v1"]
    assert (again(waiting).edition, amiss(site)) == (1, [])


@pytest.mark.parametrize("seed", range(8))
def test_everybody_at_once(site: EventsSite, seed: int) -> None:
    """A choice falls due while its organiser changes, cancels and takes back, a moderator takes down, another pauses the group.

    Whoever was told that it is down or cancelled was told the truth, and it is never found again.
    """
    group = a_new_group(site.work, an_id())
    post = shown(site.work, group, an_event())
    drafts.save(post, {"title": "New words"}, now=site.clock.move(seconds=1))
    changing.change(site.work, again(post), as_it_is(group), ref=group.organisers[0], now=site.clock())
    chosen(site.work, again(post))
    drafts.save(again(post), {"starts": "17:30"}, now=site.clock.move(seconds=61))
    sam, now = moderator(site.clock()), site.clock()

    ends: list[str] = []  # as somebody was told

    def take_down() -> None:
        ends.append(review.take_down(site.work, post.id, to_take_down(), by=sam, now=now).state)

    def cancel() -> None:
        changing.cancel(again(post), as_it_is(group), "weather", now=now)
        ends.append("cancelled")

    def change() -> None:
        changing.change(site.work, again(post), as_it_is(group), ref=group.organisers[0], now=now)

    acts: list[Act] = [
        lambda: carrying_out.carry_out(site.work, now),
        lambda: carrying_out.carry_out(site.work, now),
        change,
        lambda: pausing.pause(site.work, group.id, by=sam, now=now),
        lambda: drafts.take_back(again(post), as_it_is(group), now=now),
        cancel,
        take_down,
    ]
    chance = random.Random(seed)
    at_once(chance.sample(acts, k=chance.randint(3, len(acts))))
    carrying_out.carry_out(site.work, now)
    changing.finish_closing(site.work, now)
    pausing.settle(site.work, now)
    found = again(post)
    assert not ends or (found.state in ends and not found.listed)
    assert amiss(site) == []
