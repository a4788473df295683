"""events' app, for every test of its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.reference.build import build as build_postcodes
from shared.reference.postcodes import table_file
from shared.web.build import BuildSettings, build
from tests.support.engines import Store
from tests.support.events_site import EventsSite, events_site, listening


@pytest.fixture(scope="session")
def build_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The front door's files and the postcode table."""
    folder = tmp_path_factory.mktemp("events-build")
    build(BuildSettings(build_dir=str(folder)))
    build_postcodes(table_file(folder))
    return folder


@pytest.fixture(scope="module")
def standing(store: Store, build_dir: Path) -> Iterator[EventsSite]:
    """One app a module: tests take it as `site`."""
    with store.fresh_database() as name, events_site(store, name, build_dir) as made:
        yield made


@pytest.fixture
def site(standing: EventsSite) -> EventsSite:
    """The app with nothing in its store, at the clock's first moment: Wednesday 10 June 2026."""
    standing.empty()
    return standing


@pytest.fixture(scope="module")
def open_site(store: Store, build_dir: Path) -> Iterator[EventsSite]:
    """One that a browser can open, for a whole module."""
    with store.fresh_database() as name, listening(store, name, build_dir) as made:
        yield made
