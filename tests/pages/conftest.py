"""The build and the demo site that tests of pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.web.build import BuildSettings, build
from tests.pages.demo_site import Site, serving
from tests.pages.sample_api import sample_document


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
