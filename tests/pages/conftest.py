"""The build, the demo site and the browser that tests of pages share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from shared.web.build import BuildSettings, build
from tests.pages.demo_site import Site, serving
from tests.pages.sample_api import sample_document
from tests.support import chromium


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build directory, as the front door and the apps find it."""
    folder = tmp_path_factory.mktemp("build")
    (folder / "openapi.json").write_text(sample_document(), encoding="utf-8")
    build(BuildSettings(build_dir=str(folder)))
    return folder


@pytest.fixture(scope="session")
def site(built: Path) -> Iterator[Site]:
    with serving(str(built)) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.find(os.environ), args=chromium.ARGUMENTS)
        yield running
        running.close()
