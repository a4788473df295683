"""The doctor's command on a running system, and what it looks at in every service."""

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.events.store import indexes as events_indexes
from services.pledge.operations import counting
from services.pledge.operations.examine import examine
from services.pledge.store import indexes
from services.pledge.store import pledges as rows
from shared.messaging import archive, dead_letters, watch
from shared.messaging.doctor import look_at_common
from shared.messaging.findings import AMISS, LOST, NOTE, Finding, Report, diagnose
from shared.messaging.handover import AGAIN_AFTER
from shared.messaging.records import Partition
from shared.messaging.work import worker_lease
from shared.security import revocations
from tests.audit.world import Cast, World
from tests.support.builders import a_record, an_id
from tests.support.commands import run_command
from tests.support.engines import Store
from tests.support.relays import relay_everything
from tests.support.settings import environment_for

pytestmark = pytest.mark.xdist_group("audit")

Found = set[tuple[str, str, str]]
Break = Callable[[World, Cast], Found]


def look(world: World) -> list[Finding]:
    worker_lease(world.pledge).holds()  # what a running worker does
    return list(look_at_common(world.pledge, indexes(), [rows()], world.clock()))


def found(world: World) -> Found:
    return {(one.effect, one.name, one.about) for one in look(world) if one.effect != NOTE}


def noted(world: World) -> set[str]:
    return {one.name for one in look(world) if one.effect == NOTE}


def test_a_service_in_order_has_no_findings(world: World) -> None:
    """Every index is there, a worker is at work, and nothing lies about."""
    assert found(world) == set()
    assert noted(world) == set()


# Each thing that can be wrong in any service, once


def lose_pending_since(world: World, cast: Cast) -> Found:
    made = world.make()
    rows().update_one({"_id": made.id}, {"$unset": {"pending_since": 1}})
    return {(LOST, "pending-unseen", made.id)}


def be_pending_with_nothing(world: World, cast: Cast) -> Found:
    rows().update_one({"_id": cast.plain.id}, {"$set": {"pending_since": world.clock()}})
    return {(AMISS, "pending-empty", cast.plain.id)}


def be_pending_too_long(world: World, cast: Cast) -> Found:
    world.make()
    world.clock.move(minutes=2)
    return {(AMISS, "pending-too-long", "pledges")}


def be_offered_too_long(world: World, cast: Cast) -> Found:
    message = {"id": an_id(), "time": world.clock() - timedelta(days=1, hours=1)}
    rows().update_one({"_id": cast.waiting.id}, {"$set": {"offer": {"message": message, "due": world.clock() + AGAIN_AFTER}}})
    return {(AMISS, "offer-open-too-long", "pledges")}


def set_aside(world: World, cast: Cast) -> Found:
    record = a_record()
    dead_letters.set_aside(world.pledge.db, record, dead_letters.POISON, "no fields", world.clock())
    return {(AMISS, "dead-letter", dead_letters.letter_id(record))}


def park_for_days(world: World, cast: Cast) -> Found:
    record = a_record()
    dead_letters.set_aside(world.pledge.db, record, dead_letters.PARKED, "UnknownType", world.clock() - timedelta(days=2))
    return {(AMISS, "dead-letter", dead_letters.letter_id(record))}


def pause_partition(world: World, cast: Cast) -> Found:
    dead_letters.pause(world.pledge.db, Partition("pledges.v1", 2), "poison", world.clock())
    return {(AMISS, "partition-paused", "pledges.v1-2")}


def lose_place(world: World, cast: Cast) -> Found:
    row = world.pledge.db[archive.COLLECTION].find_one({"subject": cast.plain.id})
    assert row
    world.pledge.db[archive.COLLECTION].update_one({"_id": row["_id"]}, {"$unset": {"offset": 1}})
    return {(AMISS, "archive-without-place", row["_id"])}


def keep_exact_times(world: World, cast: Cast) -> Found:
    world.pledge.db[watch.COLLECTION].insert_one({"message_id": an_id(), "stage": watch.STORED, "ms": 1})
    return {(AMISS, "watch-kept", "watch")}


BREAKS: list[Break] = [
    lose_pending_since,
    be_pending_with_nothing,
    be_pending_too_long,
    be_offered_too_long,
    set_aside,
    park_for_days,
    pause_partition,
    lose_place,
    keep_exact_times,
]


@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: break_.__name__)
def test_each_is_found_and_named(world: World, cast: Cast, break_: Break) -> None:
    """Broken once, exactly that is found."""
    expected = break_(world, cast)
    assert found(world) == expected


def test_a_worker_that_is_gone_is_found(world: World) -> None:
    """Its lease has run out, and nobody has taken it."""
    worker_lease(world.pledge).holds()
    world.clock.move(seconds=10)
    wrong = {one.name for one in look_at_common(world.pledge, indexes(), [rows()], world.clock()) if one.effect != NOTE}
    assert wrong == {"no-worker"}


def test_a_missing_index_is_found(world: World) -> None:
    """One that is gone, and one that has lost its promise; what every hearer needs is among a service's own."""
    world.pledge.db["pledges"].drop_index("key_1")
    world.pledge.db["counted"].drop_index("arrived_1")
    world.pledge.db["counted"].create_index("arrived")
    try:
        assert found(world) == {
            (AMISS, "index-missing", "pledges(key), unique sparse"),
            (AMISS, "index-missing", "counted(arrived), sparse"),
        }
    finally:
        world.pledge.db["counted"].drop_index("arrived_1")
        world.pledge.db["counted"].create_index("arrived", sparse=True)
        world.pledge.db["pledges"].create_index("key", unique=True, sparse=True)
    assert set(revocations.INDEXES) < set(events_indexes())


def test_what_is_on_its_way_is_a_note(world: World) -> None:
    """Pending and offered since a moment, and parked since today, are told and are nothing wrong."""
    world.ask(world.make())
    dead_letters.set_aside(world.pledge.db, a_record(), dead_letters.PARKED, "UnknownType", world.clock())
    assert found(world) == set()
    assert noted(world) == {"pending", "offers", "parked"}


# Looking again


def test_only_what_every_look_saw_is_a_finding() -> None:
    """What has gone by the second look was on its way; what comes later waits for the next time; it ends early once nothing is left."""
    looks = iter([["a", "b"], ["b", "c"], ["c"]])

    def scripted() -> list[Finding]:
        return [*(Finding(LOST, name, "", "") for name in next(looks)), Finding(NOTE, "n", "", "")]

    began = time.monotonic()
    assert [one.name for one in diagnose(scripted, patience=30)] == ["n"]
    assert time.monotonic() - began < 10
    assert next(looks, None) is None


def test_it_stays_healthy_beside_people_and_processes_at_work(world: World) -> None:
    """While pledges are made, published, counted and folded all the time, no look at them sticks."""
    over, made = threading.Event(), 0

    def work() -> None:
        nonlocal made
        while not over.is_set():
            for _ in range(5):
                world.make(poster="OLD-ST-3")
                made += 1
            relay_everything(world.pledge, [rows()])
            known = {row["_id"] for row in world.pledge.db["counted"].find({}, {"_id": 1})}
            counting.count(world.pledge, [one for one in archive.in_log_order(world.pledge.db) if one.id not in known])
            counting.fold(world.pledge, world.clock())

    at_work = threading.Thread(target=work)
    at_work.start()
    try:
        seen = []
        while made < 60:
            diagnosis = diagnose(lambda: [*examine(world.pledge, world.clock())], patience=8)
            seen += [one for one in diagnosis if one.effect != NOTE]
    finally:
        over.set()
        at_work.join()
    assert seen == []


# The command


@pytest.fixture
def environment(world: World, store: Store) -> dict[str, str]:
    """Of the same store; a clock moved to where the world's stands."""
    offset = (world.clock() - type(world.clock)().now).total_seconds()
    given = environment_for("pledge", store, None, world.pledge.db.name)
    return {**given, "KAFKA_BOOTSTRAP": world.pledge.settings.kafka_bootstrap, "CLOCK_OFFSET": str(offset)}


def test_the_command_names_what_is_wrong_and_ends_with_1(world: World, cast: Cast, environment: dict[str, str]) -> None:
    """In words for people, in one line of JSON for programs; healthy it ends with 0, with a wrong setting 78, without a store 1."""
    worker_lease(world.pledge).holds()
    world.pledge.db["pledges"].delete_one({"_id": cast.plain.id})
    said = run_command("pledge", environment, "doctor", "--patience", "0")
    assert said.returncode == 1, said.stderr
    assert "  lost     document-gone: pledge " + cast.plain.id in said.stdout
    told: dict[str, Any] = json.loads(run_command("pledge", environment, "doctor", "--json", "--patience", "0").stdout)
    assert (told["service"], told["healthy"]) == ("pledge", False)
    assert "document-gone" in {one.name for one in Report.from_json(told).wrong}
    away = run_command("pledge", {**environment, "MONGO_URI": "mongodb://127.0.0.1:1/pledge", "MONGO_SELECTION_MS": "100"}, "doctor")
    assert (away.returncode, away.stdout) == (1, "")
    assert away.stderr.startswith("The store does not answer")
    assert run_command("pledge", {**environment, "MONGO_SELECTION_MS": "soon"}, "doctor").returncode == 78
    assert run_command("pledge", environment, "doctor", "--patience", "never").returncode == 2
