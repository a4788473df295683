"""The store stands still, or is killed, under every kind of process: an api, a worker, a consumer, the sender."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from shared.security.tokens import new_token
from tests.support.crowd import Answer, Crowd, Seen, ask, pledge
from tests.support.fleet import Fleet
from tests.support.waiting import until
from tests.support.wholeness import settled, whole

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.proof]

TO_NOTICE = 5.0  # seconds that an api may take until it answers at once; a refused connection tells it sooner
NEEDS_STORE = ("/", "/progress", "/api/v1/campaign", "/pledged/CL-2222-2222", f"/stop/{new_token()}")
NEEDS_NONE = ("/crisis", "/static/")
A_MOMENT = 1.0


def turn(port: int, number: int) -> list[Answer]:
    """One pledge, and one of the pages that need the store."""
    return [pledge(port, number), ask(port, "GET", NEEDS_STORE[number % len(NEEDS_STORE)])]


def help_turn(style: str) -> Callable[[int, int], list[Answer]]:
    return lambda port, number: [ask(port, "GET", ("/crisis", style)[number % 2])]


def style_of(living: Fleet) -> str:
    """The path of the style sheet that pages name."""
    page = ask(living.base, "GET", "/crisis").body
    return "/static/" + page.partition('href="/static/')[2].partition('"')[0]


@contextmanager
def killed(living: Fleet) -> Iterator[None]:
    living.store.kill()
    try:
        yield
    finally:
        living.store.start()


def test_a_store_that_stands_still(living: Fleet, seen: Seen) -> None:
    """After 5 s every answer comes in less than one, 503 with Retry-After; crisis help and style never wait; all catch up by themselves."""
    away(living, living.store.frozen(), TO_NOTICE, 2.0, seen)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_store_that_is_killed_and_started_again(living: Fleet, seen: Seen) -> None:
    """The same, three times; a refused connection is noticed in half the time."""
    for _ in range(3):
        away(living, killed(living), TO_NOTICE / 2, 2.0, seen)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_store_frozen_past_every_time_out(living: Fleet, seen: Seen) -> None:
    """The same for a minute: longer than a worker, a consumer or the sender waits for an answer."""
    away(living, living.store.frozen(), TO_NOTICE, 55, seen)


def away(living: Fleet, outage: AbstractContextManager[None], notice: float, longer: float, seen: Seen) -> None:
    before, style = living.pids, style_of(living)
    assert style.endswith(".css")
    addresses = [f"person-{uuid.uuid4().hex[:12]}@example.org" for _ in range(6)]
    nudged = [with_address(living, address) for address in addresses[:3]]
    crowd, helped = Crowd(living.base, turn, hands=16, a_second=10), Crowd(living.base, help_turn(style), hands=1, a_second=10)
    with crowd.at_work(), helped.at_work():
        time.sleep(1)
        began = time.monotonic()
        with outage:
            time.sleep(notice + longer)
            ended = time.monotonic()
        until(lambda: pledge(living.base, 0).status == 201, "it is found again")
        back = time.monotonic() - ended
        nudged += [with_address(living, address) for address in addresses[3:]]
        time.sleep(1)
    then = [answer for answer in crowd.answers if began + notice < answer.at < ended - A_MOMENT / 2]
    slowest = max(answer.seconds for answer in then)
    seen(f"{len(then)} answers after {notice:.1f} s, the slowest {slowest * 1000:.0f} ms; back after {back:.1f} s")
    assert {answer.status for answer in then} == {503}
    assert all(int(answer.retry_after) > 0 for answer in then)
    assert slowest < A_MOMENT
    assert {answer.status for answer in helped.answers} == {200}
    assert max(answer.seconds for answer in helped.answers) < A_MOMENT
    settled(living)
    assert {answer.status for answer in crowd.answers} <= {200, 201, 404, 503}
    until(lambda: set(addresses) <= {mail.to for mail in living.mail.taken}, "every mail has come", 90)
    assert living.pids == before
    living.wait_ready()
    whole(living, [*crowd.made, *(answer.made or {} for answer in nudged)])


def with_address(living: Fleet, address: str) -> Answer:
    body = {"action": "walk-together", "email": address, "consents": {"reminders": True}}
    answer = ask(living.base, "POST", "/api/v1/pledges", json.dumps(body), key=str(uuid.uuid4()))
    assert answer.status == 201, answer.body
    return answer
