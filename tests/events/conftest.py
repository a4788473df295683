"""events' app, for every test of its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engines import Store
from tests.support.events_site import EventsSite, events_site, listening


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
