"""The operators' commands, through the real command line."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from services.pledge.operations import pledges
from services.pledge.store import COUNTED
from services.pledge.store import pledges as rows
from shared.messaging import dead_letters
from shared.messaging.catalogue import topics_of
from shared.messaging.commands import as_worker
from shared.messaging.records import Partition, Record
from shared.messaging.work import Work, worker_lease
from tests.support.benches import bench
from tests.support.builders import a_promise, a_record
from tests.support.commands import run_command
from tests.support.engines import Broker, Store
from tests.support.relays import relay_everything
from tests.support.settings import A_MOMENT, MovableClock, environment_for
from tests.support.waiting import until
from tests.support.wire import committed, prepare, read_log

Environment = dict[str, str]


@pytest.fixture
def environment(store: Store, own_broker: Broker, database: str) -> Environment:
    return environment_for("pledge", store, own_broker, database)


@pytest.fixture
def desk(store: Store, database: str, clock: MovableClock, own_broker: Broker) -> Iterator[Work[Any]]:
    """The same store as the commands', to set up and to look."""
    with bench("pledge", store, database, clock, own_broker) as work:
        yield work


def set_aside(work: Work[Any], record: Record, state: str = dead_letters.POISON, reason: str = "bad") -> str:
    dead_letters.set_aside(work.db, record, state, reason, A_MOMENT)
    return dead_letters.letter_id(record)


def letter(offset: int, value: bytes | None = None) -> Record:
    record = replace(a_record(), partition=1, offset=offset)
    return record if value is None else replace(record, value=value)


def test_dead_letters_are_listed_and_shown_with_their_bytes(desk: Work[Any], environment: Environment) -> None:
    """Each open letter is a line with its state, tries, time and reason; `show` gives headers and bytes; pauses come last."""
    poison = set_aside(desk, letter(1, b"\xff\xfe"), reason="cannot be decoded: X")
    parked = set_aside(desk, letter(2), dead_letters.PARKED, "UnknownType")
    closed = set_aside(desk, letter(3))
    dead_letters.close_letter(desk.db, closed, dead_letters.DISCARDED, A_MOMENT)
    dead_letters.pause(desk.db, Partition("pledges.v1", 1), "ten", A_MOMENT)
    listed = run_command("pledge", environment, "dead-letters", "list")
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.splitlines() == [
        f"{poison}  poison  tries 1  2026-06-10 14:37  cannot be decoded: X",
        f"{parked}  parked  tries 1  2026-06-10 14:37  UnknownType",
        "pledges.v1-1  paused: mend or discard its letters, then `dead-letters resume pledges.v1-1`",
    ]
    shown = run_command("pledge", environment, "dead-letters", "show", poison)
    assert shown.returncode == 0, shown.stderr
    assert r"b'\xff\xfe'" in shown.stdout
    assert "ce_type: b'pledge.made.v1'" in shown.stdout
    assert "offset 1" in shown.stdout


def test_a_letter_is_retried_once_and_discarded_once(desk: Work[Any], environment: Environment) -> None:
    """A retry has its effect once; a closed or unknown letter says so with exit code 1; one that cannot be read stays."""
    good, bad, third = set_aside(desk, letter(1)), set_aside(desk, letter(2, b"{")), set_aside(desk, letter(3))
    done = run_command("pledge", environment, "dead-letters", "retry", good)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    again = run_command("pledge", environment, "dead-letters", "retry", good)
    assert (again.returncode, again.stderr) == (1, "This letter is closed: retried.\n")
    unreadable = run_command("pledge", environment, "dead-letters", "retry", bad)
    assert unreadable.returncode == 1
    assert "cannot be handled yet: the body is not a JSON object" in unreadable.stderr
    assert run_command("pledge", environment, "dead-letters", "discard", third).returncode == 0
    assert run_command("pledge", environment, "dead-letters", "discard", "no-such-letter").returncode == 1
    assert desk.db[COUNTED].count_documents({}) == 1
    assert [open_["_id"] for open_ in dead_letters.letters(desk.db)] == [bad]


def test_a_paused_partition_is_resumed(desk: Work[Any], environment: Environment) -> None:
    """The stored pause is lifted; without one the command says so."""
    dead_letters.pause(desk.db, Partition("pledges.v1", 1), "ten", A_MOMENT)
    assert run_command("pledge", environment, "dead-letters", "resume", "pledges.v1-1").returncode == 0
    assert dead_letters.paused(desk.db) == set()
    again = run_command("pledge", environment, "dead-letters", "resume", "pledges.v1-1")
    assert (again.returncode, again.stderr) == (1, "pledges.v1-1 is not paused.\n")


def test_prepare_makes_topics_and_indexes_and_may_be_repeated(environment: Environment, own_broker: Broker) -> None:
    """An empty store and broker are made ready; a second time changes nothing."""
    for _ in range(2):
        done = run_command("pledge", environment, "prepare")
        assert (done.returncode, done.stdout) == (0, "pledge: topics and indexes are there\n"), done.stderr
    for topic in topics_of("pledge"):
        assert read_log(own_broker, topic.name) == []
    assert committed(own_broker, "pledge") == {}


def test_republish_sends_archive_and_what_is_pending(desk: Work[Any], environment: Environment, own_broker: Broker) -> None:
    """It waits for the worker's lease, fills the log, clears what was pending, and says how much."""
    prepare(own_broker)
    pledges.make(desk, a_promise(), now=A_MOMENT)
    relay_everything(desk, [rows()])
    own_broker.restart()
    prepare(own_broker)
    pledges.make(desk, a_promise(), now=A_MOMENT)
    done = run_command("pledge", environment, "republish")
    assert (done.returncode, done.stdout) == (0, "pledge: 1 messages sent again, 0 addresses offered again\n"), done.stderr
    assert len(read_log(own_broker, "pledges.v1", 2)) == 2
    assert rows().count_documents({"pending_since": {"$exists": True}}) == 0
    assert worker_lease(desk).holds()


def has_lease(work: Work[Any], query: dict[str, Any]) -> bool:
    return work.db["leases"].count_documents(query) == 1


def test_a_long_command_keeps_the_workers_lease(desk: Work[Any], clock: MovableClock) -> None:
    """However long it takes, no worker folds or relays meanwhile; when it has ended one may at once."""
    worker = worker_lease(desk)
    with as_worker(desk):
        for _ in range(3):
            renewed = {"until": {"$gt": clock.move(seconds=5)}}
            until(partial(has_lease, desk, renewed), "the lease is renewed")
            assert not worker.holds()
    assert worker.holds()


def test_a_setting_that_is_wrong_is_named_before_anything_happens(environment: Environment) -> None:
    """Exit code 78, a line for each problem, no traceback; help needs no settings at all."""
    wrong = run_command("pledge", {**environment, "PLEDGE_KEY": "short", "ENVIRONMENT": "moon"}, "dead-letters", "list")
    assert wrong.returncode == 78
    lines = wrong.stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("setting: ") for line in lines)
    assert "PLEDGE_KEY must be 32 bytes in base64" in wrong.stdout
    assert wrong.stderr == ""
    assert run_command("pledge", {}, "dead-letters", "--help").returncode == 0
