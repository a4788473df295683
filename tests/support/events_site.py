"""events' real app on an empty database of the real store, asked as a browser asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask

from services.events.app import create_app
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.settings import A_MOMENT, MovableClock
from tests.support.sites import in_the_open
from tests.support.waiting import free_ports

Answer = Any  # werkzeug's TestResponse, whose `json` may be anything: the test says what it must be


@dataclass
class EventsSite:
    """`origin`: the site's own address, as PUBLIC_URL says it."""

    app: Flask
    clock: MovableClock
    origin: str

    @property
    def work(self) -> Any:
        return self.app.extensions["work"]

    def empty(self) -> None:
        """As on the first day: nothing stored, the clock put back."""
        for name in self.work.db.list_collection_names():
            self.work.db[name].delete_many({})
        self.clock.set(A_MOMENT)

    def get(self, path: str, **kwargs: Any) -> Answer:
        return self.app.test_client(use_cookies=False).get(path, base_url=self.origin, **kwargs)


@contextmanager
def events_site(store: Store, database: str, build_dir: Path, **changes: Any) -> Iterator[EventsSite]:
    """The app by itself. `changes`: settings by their variables' names."""
    clock = MovableClock()
    with bench("events", store, database, clock, BUILD_DIR=build_dir, **changes) as work:
        app = create_app(work.settings)
        app.extensions["clock"] = clock
        app.extensions["work"] = replace(app.extensions["work"], clock=clock)
        yield EventsSite(app, clock, work.settings.public_url)


@contextmanager
def listening(store: Store, database: str, build_dir: Path) -> Iterator[EventsSite]:
    """The app on a free port of this machine with the front door's files beside it, for a browser."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with events_site(store, database, build_dir, PUBLIC_URL=url) as site, in_the_open(site.app, port, build_dir):
        yield site
