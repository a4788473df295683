"""Many people at once for few places, against the real store: exactly as many have one as there are, and the others wait in order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from services.events.operations import places, sign_ups
from services.events.operations.sign_ups import Wish
from services.events.rules.places import LEFT, PLACED, QUEUED, Answer
from services.events.store import Post, SignUp, groups
from services.events.store.places import entries, head, of_slot
from tests.support.events_site import EventsSite
from tests.support.meanwhile import just_before
from tests.support.posts import a_group, an_event, published, republished

PEOPLE, PLACES, HANDS = 60, 10, 16


@pytest.fixture
def post(site: EventsSite) -> Post:
    return published(site.work, a_group(site.work), an_event(joining="book", capacity=PLACES, bringing=1))


def at_once(act: Callable[[Any], Any], over: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(act, over))


@contextmanager
def two_workers(site: EventsSite) -> Iterator[None]:
    """Inside, two of them do all that is due, again and again; after it, nothing is left to do."""
    over = Event()
    steps = (places.arrange, places.call, places.settle, places.sweep)

    def work() -> None:
        while not over.is_set():
            for step in steps:
                step(site.work, site.clock())

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        over.set()
        for worker in workers:
            worker.join()
    site.clock.move(seconds=11)
    while places.arrange(site.work, site.clock()) + places.sweep(site.work, site.clock()) + places.call(site.work, site.clock()):
        pass
    while places.settle(site.work, site.clock()):
        pass


def asks(site: EventsSite, post: Post, bringing: int = 0) -> Callable[[int], tuple[SignUp, Answer]]:
    def ask(number: int) -> tuple[SignUp, Answer]:
        wish = Wish("Sam", f"sam-{number}@example.org", bringing)
        return sign_ups.ask(site.work, post, post.slots[0]["id"], wish, now=site.clock(), key=f"key-{number}")

    return ask


def all_agree(slot: str) -> None:
    """The roster with itself, and its sign-ups with it; what each told."""
    found, decided = head(slot), entries(slot)
    assert found
    assert found.settled
    assert found.free == found.capacity - sum(one.party for one in decided if one.state == PLACED) >= 0
    assert found.waiting == sum(one.state == QUEUED for one in decided)
    assert {one.id: one.state for one in decided} == {one.id: one.state for one in of_slot(slot)}
    for one in of_slot(slot):
        told = [entry["type"] for entry in one.outbox]
        assert len(told) == len(set(told)), told
        assert ("sign-up.placed.v1" in told) + ("sign-up.queued.v1" in told) == 1


def test_sixty_for_ten(site: EventsSite, post: Post) -> None:
    """Each asks twice, as an impatient hand does; two workers are at it. Exactly ten have a place, fifty wait from 1 to 50."""
    ask, slot = asks(site, post), post.slots[0]["id"]
    with two_workers(site):
        said = at_once(ask, [number for number in range(PEOPLE) for _ in range(2)])
    answers = {found.id: answer for found, answer in said}
    assert len(answers) == PEOPLE
    assert all(answers[found.id] == answer for found, answer in said), "the second time was told otherwise"
    assert sum(answer.state == PLACED for answer in answers.values()) == PLACES
    assert sorted(answer.position for answer in answers.values() if answer.position) == list(range(1, PEOPLE - PLACES + 1))
    assert [one.position for one in entries(slot)] == [None] * PLACES + list(range(1, PEOPLE - PLACES + 1))
    all_agree(slot)


def test_some_leave_while_others_come(site: EventsSite, post: Post) -> None:
    """Each place that is given back is free once, however often that is pressed, and goes to whoever waits longest."""
    ask, slot = asks(site, post), post.slots[0]["id"]
    early = at_once(ask, range(PLACES + 5))
    going = [found for found, answer in early if answer.state == PLACED][:6]

    def act(number: int) -> None:
        if number < 2 * len(going):
            sign_ups.leave(going[number // 2], now=site.clock())
        else:
            ask(number + PEOPLE)

    with two_workers(site):
        places.settle(site.work, site.clock())
        at_once(act, range(2 * len(going) + 12))
    decided = entries(slot)
    assert {one.id for one in decided if one.state == LEFT} == {found.id for found in going}
    assert sum(one.state == PLACED for one in decided) == PLACES
    stayed = [one for one in decided if one.state != LEFT]
    assert [one.state for one in stayed] == [PLACED] * PLACES + [QUEUED] * (len(stayed) - PLACES), "somebody was overtaken"


def test_the_last_place_for_two(site: EventsSite, post: Post) -> None:
    """Parties of two: five of them are ten, and nobody has half a party's places."""
    ask, slot = asks(site, post, bringing=1), post.slots[0]["id"]
    with two_workers(site):
        said = at_once(ask, range(20))
    assert sum(answer.state == PLACED for _, answer in said) == PLACES // 2
    found = head(slot)
    assert found
    assert found.free == 0
    all_agree(slot)


def test_the_roster_is_made_by_somebody_else_this_moment(site: EventsSite, post: Post) -> None:
    """Between the look for it and the next: there is room, and nobody is told that it is full."""
    ask = asks(site, post)
    with just_before("find", "rosters", lambda: ask(1)):
        _found, answer = ask(2)
    assert answer.state == PLACED


def test_somebody_comes_while_others_are_told(site: EventsSite, post: Post) -> None:
    """The roster drops what was told, and nothing that was decided meanwhile."""
    ask, slot = asks(site, post), post.slots[0]["id"]
    ask(1)
    with just_before("update", "sign_ups", lambda: ask(2)):
        places.settle(site.work, site.clock())
    places.settle(site.work, site.clock())
    all_agree(slot)


# While somebody is being called


def two_places(site: EventsSite) -> tuple[Post, list[SignUp]]:
    """Two have a place, two wait; all have heard so."""
    post = published(site.work, a_group(site.work), an_event(joining="book", capacity=2))
    ask = asks(site, post)
    found = [ask(number)[0] for number in range(4)]
    places.settle(site.work, site.clock())
    return post, found


def states(post: Post) -> list[str]:
    return [one.state for one in entries(post.slots[0]["id"])]


def test_another_place_comes_free(site: EventsSite) -> None:
    """The mark that somebody is to be called stands, and the next step calls."""
    post, found = two_places(site)
    sign_ups.leave(found[0], now=site.clock())
    with just_before("update", "rosters", lambda: sign_ups.leave(found[1], now=site.clock())):
        places.call(site.work, site.clock())
    places.call(site.work, site.clock())
    assert states(post) == [LEFT, LEFT, PLACED, PLACED]


def test_the_event_becomes_smaller(site: EventsSite) -> None:
    """The place that was about to be given is none any more."""
    post, found = two_places(site)
    sign_ups.leave(found[0], now=site.clock())

    def smaller() -> None:
        group = groups.by_id(post.group)
        assert group
        republished(site.work, group, post, capacity=1)
        places.arrange(site.work, site.clock())

    with just_before("update", "rosters", smaller):
        places.call(site.work, site.clock())
    assert states(post) == [LEFT, PLACED, QUEUED, QUEUED]


def test_the_event_becomes_larger(site: EventsSite) -> None:
    """Those who wait are called, in order."""
    post, _found = two_places(site)
    group = groups.by_id(post.group)
    assert group
    republished(site.work, group, post, capacity=3)
    places.arrange(site.work, site.clock())
    places.call(site.work, site.clock())
    assert states(post) == [PLACED, PLACED, PLACED, QUEUED]
