"""Requests around a store that is away: the first wait as long as the driver does, those that follow do not."""

import time
from collections.abc import Iterator
from typing import Any

import mongoengine
import pytest
from pymongo.database import Database
from pymongo.errors import ConnectionFailure

from shared.store.connection import API, connect, ping
from shared.store.patience import Patience
from tests.support.engines import Store
from tests.support.settings import settings_for
from tests.support.waiting import until

Db = Database[dict[str, Any]]
A_STEP = 0.4  # seconds: the driver waits half a second for a server, or not at all


@pytest.fixture
def db(own_store: Store) -> Iterator[Db]:
    yield connect(settings_for("pledge", own_store, None, "own", MONGO_SELECTION_MS=300), kind=API)
    mongoengine.disconnect(alias="pledge")


def refused_after(db: Db, patience: Patience) -> float:
    """How long one request waited to be refused."""
    began = time.monotonic()
    with patience.around(), pytest.raises(ConnectionFailure):
        ping(db)
    return time.monotonic() - began


def test_only_the_first_requests_wait(own_store: Store, db: Db) -> None:
    """Those within the patience; then none, until the store is back, which the next ones find by themselves."""
    patience = Patience(db, 300)
    with patience.around():
        ping(db)
    own_store.kill()
    waits = [refused_after(db, patience) for _ in range(14)]
    assert max(waits[:4]) > A_STEP, "a store that is back at once is worth the wait"
    assert max(waits[-10:]) < A_STEP / 4
    own_store.start()

    def answers() -> bool:
        try:
            with patience.around():
                ping(db)
        except ConnectionFailure:
            return False
        return True

    until(answers, "it is found again", 5)
    own_store.kill()
    assert max(refused_after(db, patience) for _ in range(4)) > A_STEP, "patience begins anew"


def test_a_process_that_starts_before_its_store_is_patient_too(own_store: Store, db: Db) -> None:
    """Nothing is known before the first request: that one looks."""
    with Patience(db, 300).around():
        ping(db)
