"""pledge's app, for tests of its pages and its JSON."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.messaging.work import Work
from shared.reference import datafile
from shared.reference.actions import every_action
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.pledge_site import PledgeSite, listening, pledge_site
from tests.support.settings import MovableClock


@pytest.fixture(scope="module")
def standing(store: Store, build_dir: Path) -> Iterator[PledgeSite]:
    """One app a module: tests take it as `site`. A test that needs other settings stands in a module without it."""
    with store.fresh_database() as name, pledge_site(store, name, build_dir) as made:
        yield made


@pytest.fixture
def site(standing: PledgeSite) -> PledgeSite:
    """The app with nothing in its store, at the clock's first moment."""
    standing.empty()
    return standing


@pytest.fixture(scope="module")
def open_site(store: Store, build_dir: Path) -> Iterator[PledgeSite]:
    """One that a browser can open, for a whole module."""
    with store.fresh_database() as name, listening(store, name, build_dir) as made:
        yield made


@pytest.fixture
def work(store: Store, database: str, clock: MovableClock) -> Iterator[Work[Any]]:
    """pledge on an empty store, with no app and no broker: for its operations."""
    with bench("pledge", store, database, clock) as found:
        yield found


@pytest.fixture
def retire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Gives an action its last day, in a copy of the catalogue's file."""

    def last_day(slug: str, day: str) -> None:
        catalogue = datafile.read("actions")
        next(row for row in catalogue["actions"] if row["slug"] == slug)["retired_on"] = day
        folder = shutil.copytree(datafile.FOLDER, tmp_path / "data")
        (folder / "actions.json").write_text(json.dumps(catalogue), "utf-8")
        monkeypatch.setattr(datafile, "FOLDER", folder)
        every_action.cache_clear()

    yield last_day
    monkeypatch.undo()
    every_action.cache_clear()
