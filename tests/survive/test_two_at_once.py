"""Two of a kind at once: workers with no lease between them, one that slept through its lease, consumers that come and go."""

import os
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from shared.runtime.processes import find
from tests.support.crowd import Answer, Crowd, Seen, pledge, pledge_and_answer
from tests.support.fleet import SERVICES, Fleet, Program
from tests.support.waiting import until
from tests.support.wholeness import order_kept, settled, whole
from tests.support.wire import header, read_log

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.proof, pytest.mark.timeout(180)]

CONSUMERS = [f"{service}-consumer" for service in SERVICES]
PUBLISHED, HANDLED = "messages_published_total", "messages_handled_total"


def pledges_of_all_kinds(port: int, number: int) -> Sequence[Answer]:
    """Every third with an address, the others with how it went."""
    if number % 3:
        return pledge_and_answer(port, number)
    return [pledge(port, number, email=f"person-{uuid.uuid4().hex}@example.org", consents={"reminders": True})]


def done_by(program: Program, metric: str) -> float:
    """How many messages it has published, or handled, so far."""
    lines = program.probe("/metrics")[1].splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric))


@contextmanager
def lawless(fleet: Fleet) -> Iterator[list[Program]]:
    """A worker of each service that asks nobody, beside the one that has the lease."""
    started = []
    for service in SERVICES:
        base = fleet.base + 100
        line = [sys.executable, "-m", "tests.faults.lawless", service]
        given = {"PATH": os.environ["PATH"], "MALLOC_ARENA_MAX": "2", **fleet.environment(service, PORT_BASE=base)}
        program = Program(f"{service}-lawless", base + find(service, "worker").offset, fleet.folder, line, given)
        program.launch()
        started.append(program)
    try:
        fleet.wait_ready(*started)
        yield started
    finally:
        for program in started:
            program.stop()


def test_workers_that_have_no_lease_between_them(living: Fleet, seen: Seen) -> None:
    """Both publish, fold and plan all the time: messages come twice on the log, their effects once, each document in order."""
    crowd = Crowd(living.base, pledges_of_all_kinds)
    with lawless(living) as others, crowd.at_work():
        regular = [living.members[f"{service}-worker"] for service in SERVICES]
        before = [done_by(program, PUBLISHED) for program in regular]
        time.sleep(5)
        mine = [done_by(program, PUBLISHED) - earlier for program, earlier in zip(regular, before, strict=True)]
        theirs = [done_by(program, PUBLISHED) for program in others]
        assert min(*mine, *theirs) > 0, "each had its part"
    settled(living)
    whole(living, crowd.made)
    assert order_kept(living, at_least=len(crowd.made))
    keys = {made["id"].encode() for made in crowd.made}
    ours = [header(record, "ce_id") for record in read_log(living.broker, "pledges.v1", len(keys)) if record.key in keys]
    seen(f"two workers each: {len(keys)} pledges, {len(ours)} records of {len(set(ours))} messages")
    assert len(ours) > len(set(ours)), "two sent the same"


def test_a_worker_that_slept_through_its_lease(living: Fleet) -> None:
    """Another takes over and publishes; the sleeper wakes with a batch in its hands, and what it does then changes nothing twice."""
    sleeper, crowd = living.members["pledge-worker"], Crowd(living.base, pledges_of_all_kinds)
    with crowd.at_work():
        until(lambda: done_by(sleeper, PUBLISHED) > 0, "it is at work")
        with sleeper.frozen():
            (other,) = living.start("pledge-worker", beside="-ahead", CLOCK_OFFSET=10)  # for its clock the sleeper's lease is over
            until(lambda: done_by(other, PUBLISHED) > 0, "the other has taken over")
        time.sleep(2)
        living.stop(other.log.stem)
        before = done_by(sleeper, PUBLISHED)
        until(lambda: done_by(sleeper, PUBLISHED) > before, "it works again", 20)
    settled(living)
    whole(living, crowd.made)
    assert order_kept(living, at_least=len(crowd.made))


def test_a_second_consumer_comes_and_goes(living: Fleet) -> None:
    """It joins under load, has its share of the messages, and leaves: each has its effect once."""
    crowd = Crowd(living.base, pledges_of_all_kinds, a_second=20)
    with crowd.at_work():
        one_more(living)
    settled(living)
    whole(living, crowd.made)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_consumers_come_and_go_and_are_killed(living: Fleet, seen: Seen) -> None:
    """Three times the second one leaves, three times it is killed; then the first ones are killed, and fresh ones take their place."""
    crowd = Crowd(living.base, pledges_of_all_kinds, a_second=20)
    with crowd.at_work():
        for _ in range(3):
            one_more(living)
            one_more(living, killed=True)
        for name in CONSUMERS:
            living.members[name].kill()
        living.start(*CONSUMERS)
    settled(living, 90)
    whole(living, crowd.made)
    seen(f"consumers came and went six times: {len(crowd.made)} pledges")


def one_more(fleet: Fleet, *, killed: bool = False) -> None:
    """A second consumer of each service, until each has handled something."""
    second = fleet.start(*CONSUMERS, beside="-second")
    for program in second:
        until(lambda: done_by(program, HANDLED) > 0, f"{program.log.stem} has its share", 60)  # noqa: B023
    for program in second:
        if killed:
            program.kill()
        fleet.stop(program.log.stem)
