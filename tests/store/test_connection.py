"""The connection: lazy, bounded by the driver's own time-outs, and durable."""

import time
from collections.abc import Iterator
from typing import Any

import mongoengine
import pytest
from pymongo.errors import AutoReconnect, ConnectionFailure

from shared.runtime.settings import CommonSettings
from shared.store.connection import API, BACKGROUND, connect, ping
from tests.support.engines import Store
from tests.support.settings import settings_for


@pytest.fixture
def settings(own_store: Store) -> Iterator[CommonSettings]:
    yield settings_for("pledge", own_store, None, "own", MONGO_SELECTION_MS=300)
    mongoengine.disconnect(alias="pledge")


def test_connecting_asks_nothing_of_the_store(own_store: Store, settings: CommonSettings) -> None:
    """A process starts with its store away, and works once it is there."""
    own_store.kill()
    db = connect(settings, kind=API)
    with pytest.raises(ConnectionFailure):
        ping(db)
    own_store.start()
    ping(db)


def test_a_store_that_is_away_is_said_so_soon(own_store: Store, settings: CommonSettings) -> None:
    """Within the selection time-out and a moment, for reading and writing, so that a page can answer 503."""
    db = connect(settings, kind=API)
    ping(db)
    own_store.kill()
    for attempt in (lambda: db.things.find_one({}), lambda: db.things.insert_one({})):
        began = time.monotonic()
        with pytest.raises(AutoReconnect):
            attempt()
        assert time.monotonic() - began < 3


def test_a_frozen_store_holds_an_api_for_four_seconds_at_most(own_store: Store, settings: CommonSettings) -> None:
    """Its connections are open and it says nothing: then the socket's time-out ends the wait, and after a thaw all is well."""
    db = connect(settings, kind=API)
    ping(db)
    began = time.monotonic()
    with own_store.frozen(), pytest.raises(AutoReconnect):
        db.things.insert_one({})
    assert time.monotonic() - began < 8
    ping(db)


@pytest.mark.parametrize(("kind", "seconds"), [(API, 4), (BACKGROUND, 30)])
def test_writes_are_durable_and_times_aware(store: Store, database: str, kind: str, seconds: int) -> None:
    """Majority and journal on each write; a slow batch is not cut short outside an api; times come back with their zone."""
    db = connect(settings_for("pledge", store, None, database), kind=kind)
    assert db.write_concern.document == {"w": "majority", "j": True}
    assert db.client.options.pool_options.socket_timeout == seconds
    assert db.codec_options.tz_aware
    assert not db.client.options.retry_writes
    assert db.name == database
    mongoengine.disconnect(alias="pledge")


@pytest.mark.proof
def test_what_was_acknowledged_survives_a_kill(own_store: Store, settings: CommonSettings) -> None:
    """The engine under the tests keeps the promise that the outbox is built on."""
    db = connect(settings, kind=BACKGROUND)
    for number in range(30):
        db.things.insert_one({"_id": number})
    own_store.restart()
    found: list[Any] = list(db.things.find())
    assert len(found) == 30
