"""notify on the real store, with a mail server that a test directs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mongoengine
import pytest

from services.notify.app import create_app
from services.notify.delivery import open_delivery
from tests.notify.desk import Desk
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.settings import MovableClock, settings_for
from tests.support.small_api import built
from tests.support.smtp import MailServer

MADE_UP = {"MAIL_FROM": "pledge@example.org", "SMTP_HOST": "127.0.0.1", "SMTP_STARTTLS": 0}


@pytest.fixture(scope="session")
def built_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real build's files."""
    return built(tmp_path_factory.mktemp("notify-build"))


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
def desk(store: Store, prepared: str, clock: MovableClock, mail_server: MailServer, built_pages: Path) -> Iterator[Desk]:
    mail_server.behave()
    mail_server.taken.clear()
    settings = settings_for("notify", store, None, prepared, **MADE_UP, SMTP_PORT=mail_server.port, BUILD_DIR=built_pages)
    app = create_app(settings)
    work = app.extensions["work"] = replace(app.extensions["work"], clock=clock)
    app.extensions["clock"] = clock
    for name in work.db.list_collection_names():
        work.db[name].delete_many({})
    delivery = open_delivery(settings)
    yield Desk(work, delivery, mail_server, clock, app)
    delivery.close()
    mongoengine.disconnect(alias="notify")
