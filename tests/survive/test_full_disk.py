"""The store has no room to write, then has it again.

Its process may write no file beyond a limit, which is what a quota does; no root is needed for it, and no disk is filled.
"""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.crowd import Answer, Crowd, Seen, ask, pledge
from tests.support.fleet import Fleet
from tests.support.waiting import until
from tests.support.wholeness import settled, whole

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.proof]

TO_NOTICE = 0.5
A_MOMENT = 1.0


def turn(port: int, number: int) -> list[Answer]:
    return [pledge(port, number), ask(port, "GET", "/crisis")]


@contextmanager
def no_room(living: Fleet) -> Iterator[None]:
    """Its engine gives up at the first write that fails, as it must; with room again, an operator starts it again."""
    pid = living.store.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        living.store.restart()


def test_a_store_whose_disk_is_full(living: Fleet, seen: Seen) -> None:
    """No pledge is said to be made that is not kept; each is told at once to come back; with room again all processes go on."""
    before = living.pids
    crowd = Crowd(living.base, turn, hands=2, a_second=15)
    with crowd.at_work():
        time.sleep(1)
        began = time.monotonic()
        with no_room(living):
            time.sleep(3)
            ended = time.monotonic()
        until(lambda: pledge(living.base, 0).status == 201, "pledges are taken again")
        back = time.monotonic() - ended
        time.sleep(0.5)
    meanwhile = [answer for answer in crowd.answers if began + TO_NOTICE < answer.at < ended - A_MOMENT]
    refused = [answer for answer in meanwhile if answer.method == "POST"]
    slowest = max(answer.seconds for answer in meanwhile)
    seen(f"{len(refused)} pledges refused, the slowest answer {slowest * 1000:.0f} ms; taken again after {back:.1f} s")
    assert {answer.status for answer in refused} == {503}
    assert all(int(answer.retry_after) > 0 for answer in refused)
    assert {answer.status for answer in crowd.answers if answer.path == "/crisis"} == {200}
    assert slowest < A_MOMENT
    assert {answer.status for answer in crowd.answers} == {200, 201, 503}
    settled(living)
    assert living.pids == before
    living.wait_ready()
    whole(living, crowd.made)
