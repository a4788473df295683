"""The engines and the browser that every test may share; whatever else, a test builds with functions of tests/support/."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from tests.support.browsers import chromium
from tests.support.engines import Broker, Store
from tests.support.grouping import pytest_collection_modifyitems as pytest_collection_modifyitems
from tests.support.settings import MovableClock
from tests.support.sites import build_dir as build_dir
from tests.support.stack import stack as stack

# No wall-clock limit on an example: the machine is shared, and the store has slow moments of its own.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A SecantusDB for the whole run."""
    with Store(tmp_path_factory.mktemp("store")) as running:
        yield running


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Tansu for the whole run: its log goes on from test to test, and no test may freeze or kill it."""
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Tansu of this test's own, empty: to freeze, kill and restart."""
    with Broker(tmp_path_factory.mktemp("own-broker")) as running:
        yield running


@pytest.fixture
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A SecantusDB of this test's own: to freeze, kill and restart."""
    with Store(tmp_path_factory.mktemp("own-store")) as running:
        yield running


@pytest.fixture
def database(store: Store) -> Iterator[str]:
    """The name of an empty database on the shared store."""
    with store.fresh_database() as name:
        yield name


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running
