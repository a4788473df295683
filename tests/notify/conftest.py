"""notify on the real store, with a mail server that a test directs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify.desk import MADE_UP, Desk, open_desk
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.settings import MovableClock
from tests.support.smtp import MailServer


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def prepared(store: Store) -> Iterator[str]:
    """A database with every index, for all of these tests: making it costs more than most of them."""
    with store.fresh_database() as name:
        with bench("notify", store, name, MovableClock(), **MADE_UP):
            pass
        yield name


@pytest.fixture
def desk(store: Store, prepared: str, clock: MovableClock, mail_server: MailServer, build_dir: Path) -> Iterator[Desk]:
    with open_desk(store, prepared, mail_server, clock, BUILD_DIR=build_dir) as desk:
        yield desk
