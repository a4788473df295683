"""A service put together for a test: its Work on an empty database with a clock that the test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import mongoengine

from shared.messaging import archive, dead_letters, watch
from shared.messaging.watch import Watch
from shared.messaging.work import Work
from shared.runtime.clock import Clock
from shared.store.connection import BACKGROUND, connect
from tests.support import commands_seen as _commands_seen  # noqa: F401 -- registers before any client is made
from tests.support.engines import Broker, Store
from tests.support.settings import settings_for


@contextmanager
def bench(service: str, store: Store, database: str, clock: Clock, broker: Broker | None = None, **changes: object) -> Iterator[Any]:
    """The service's Work, with every index made. `changes`: settings by their variables' names."""
    settings = settings_for(service, store, broker, database, **changes)
    db = connect(settings, kind=BACKGROUND)
    for module in (archive, dead_letters, watch, import_module(f"services.{service}.store")):
        module.prepare(db)
    try:
        yield Work(settings, db, clock, Watch(db if settings.watch else None, clock))
    finally:
        mongoengine.disconnect(alias=service)
