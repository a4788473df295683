"""/local/watch when there is little to see: no stack, no store, and presses from elsewhere."""

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.laptop.mailbox import Mailbox
from shared.laptop.places import Laptop
from shared.laptop.serve import create_app
from shared.runtime.settings import TEST, CommonSettings
from tests.support.waiting import free_ports

HELP = "116 123"


class Site:
    """The laptop's pages; its stack has no supervisor, no store and no broker."""

    def __init__(self, folder: Path, build_dir: Path) -> None:
        laptop = Laptop(port=min(free_ports(1)[0], 60_000), data=folder, build=build_dir)
        given: dict[str, Any] = {"environment": TEST, "public_url": laptop.url, "build_dir": str(build_dir)}
        given |= {"mongo_uri": laptop.mongo_uri("pledge"), "kafka_bootstrap": laptop.bootstrap}
        self._client = create_app(laptop, Mailbox(laptop.mails), CommonSettings(**given)).test_client()
        self._url = laptop.url

    def ask(self, method: str, path: str, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.open(path, method=method, base_url=self._url, headers=named)


@pytest.fixture
def site(build_dir: Path, tmp_path: Path) -> Site:
    return Site(tmp_path, build_dir)


def test_without_stores_it_says_so(site: Site) -> None:
    """While the stores are away the page is a clear 503 with help lines, not a fault."""
    answer = site.ask("GET", "/local/watch")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert HELP in answer.text


def test_without_a_broker_the_button_says_so(site: Site) -> None:
    """Kafka that does not run cannot be stopped: 503, and where to look."""
    answer = site.ask("POST", "/local/stop-kafka")
    assert (answer.status_code, "Kafka’s broker is not running" in answer.text) == (503, True)


@pytest.mark.parametrize("path", ["/local/stop-kafka", "/local/send-nudges"])
def test_only_its_own_page_may_press(site: Site, path: str) -> None:
    """A page on another site, or a link, presses no button."""
    assert site.ask("POST", path, Origin="http://elsewhere.example").status_code == 403
    assert site.ask("POST", path, Sec_Fetch_Site="cross-site").status_code == 403
    assert site.ask("GET", path).status_code == 405
