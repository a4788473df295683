"""A world in which everything has happened once, for all of these tests; each finds it as it was, but for the log, which goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.audit.world import Cast, Snapshot, World, open_world, play
from tests.support.engines import Broker, Store
from tests.support.smtp import MailServer


@dataclass(frozen=True)
class Played:
    broker: Broker
    world: World
    cast: Cast
    snapshot: Snapshot
    moment: datetime
    mails: int


@pytest.fixture(scope="session")
def played(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with Broker(tmp_path_factory.mktemp("audit")) as broker, MailServer() as server, open_world(store, broker, server) as world:
        cast = play(world)
        yield Played(broker, world, cast, world.snapshot(), world.clock(), len(server.taken))


@pytest.fixture
def world(played: Played) -> World:
    played.world.restore(played.snapshot)
    played.world.clock.set(played.moment)
    del played.world.server.taken[played.mails :]
    return played.world


@pytest.fixture
def cast(played: Played) -> Cast:
    return played.cast
