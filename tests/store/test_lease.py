"""The lease: one owner at a time, taken over when its time is up."""

from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.store.lease import Lease
from tests.support.engines import Store
from tests.support.settings import MovableClock


@pytest.fixture
def db(store: Store, database: str) -> Any:
    client: MongoClient[dict[str, Any]] = MongoClient(store.uri(database), tz_aware=True)
    with client:
        yield client[database]


def test_of_two_owners_one_holds_it(db: Database[dict[str, Any]], clock: MovableClock) -> None:
    """While one owner renews, another never gets it."""
    first, second = Lease(db, "worker", clock), Lease(db, "worker", clock)
    for _ in range(10):
        assert first.holds()
        assert not second.holds()
        clock.move(seconds=3)


def test_a_dead_owner_is_followed_after_its_time(db: Database[dict[str, Any]], clock: MovableClock) -> None:
    """A lease that is not renewed is free after its six seconds, and not before; then the first has lost it."""
    first, second = Lease(db, "worker", clock), Lease(db, "worker", clock)
    assert first.holds()
    clock.move(seconds=6)
    assert not second.holds()
    clock.move(seconds=0.001)
    assert second.holds()
    assert not first.holds()


def test_a_released_lease_is_free_at_once(db: Database[dict[str, Any]], clock: MovableClock) -> None:
    """Letting go lets the next one in without waiting; letting go of somebody else's changes nothing."""
    first, second = Lease(db, "worker", clock), Lease(db, "worker", clock)
    assert first.holds()
    second.release()
    assert not second.holds()
    first.release()
    assert second.holds()


def test_leases_of_two_names_are_apart(db: Database[dict[str, Any]], clock: MovableClock) -> None:
    """Holding one does not keep anybody from another."""
    assert Lease(db, "worker", clock).holds()
    assert Lease(db, "sender", clock).holds()


def test_a_wanted_lease_is_handed_over(db: Database[dict[str, Any]], clock: MovableClock) -> None:
    """An operator's command gets it from a living worker within a renewal, keeps it, and the worker has it back afterwards."""
    worker, command = Lease(db, "worker", clock), Lease(db, "worker", clock)
    assert worker.holds()
    command.want()
    assert not command.holds()
    clock.move(seconds=2)
    assert not worker.holds()
    assert command.holds()
    clock.move(seconds=30)
    assert command.holds()
    assert not worker.holds()
    command.release()
    assert worker.holds()


def test_a_wish_runs_out(db: Database[dict[str, Any]], clock: MovableClock) -> None:
    """A command that asked and died keeps nobody from the lease for long."""
    worker, command = Lease(db, "worker", clock), Lease(db, "worker", clock)
    assert worker.holds()
    command.want()
    clock.move(seconds=2)
    assert not worker.holds()
    clock.move(seconds=12.001)
    assert worker.holds()


def test_renewing_costs_a_write_each_third_of_its_length(db: Database[dict[str, Any]], clock: MovableClock) -> None:
    """Between renewals the store is not asked: `holds` is called twenty times a second."""
    lease = Lease(db, "worker", clock)
    assert lease.holds()
    db["leases"].delete_one({})
    clock.move(seconds=1.9)
    assert lease.holds()
    assert db["leases"].find_one() is None
    clock.move(seconds=0.1)
    assert lease.holds()
    assert db["leases"].find_one() is not None
