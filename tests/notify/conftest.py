"""notify on the real store, with a mail server that a test directs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.notify.app import create_app
from services.notify.delivery import open_delivery
from tests.notify.desk import Desk
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.settings import MovableClock
from tests.support.small_api import built
from tests.support.smtp import MailServer


@pytest.fixture(scope="session")
def built_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real build's files."""
    return built(tmp_path_factory.mktemp("notify-build"))


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def desk(store: Store, database: str, clock: MovableClock, mail_server: MailServer, built_pages: Path) -> Iterator[Desk]:
    mail_server.behave()
    mail_server.taken.clear()
    given = {
        "MAIL_FROM": "pledge@example.org",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": mail_server.port,
        "SMTP_STARTTLS": 0,
        "BUILD_DIR": built_pages,
    }
    with bench("notify", store, database, clock, **given) as bare:
        app = create_app(bare.settings)  # it opens the service's one connection anew
        work = app.extensions["work"] = replace(app.extensions["work"], clock=clock)
        app.extensions["clock"] = clock
        delivery = open_delivery(work.settings)
        yield Desk(work, delivery, mail_server, clock, app)
        delivery.close()
