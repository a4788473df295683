import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support import small_api

Make = Callable[..., Flask]
PUBLIC_URL = "http://localhost"


@pytest.fixture
def make(build_dir: Path) -> Make:
    """The small app with other settings."""

    def with_settings(**changed: Any) -> Flask:
        return small_api.create(small_api.settings(build_dir, **{"public_url": PUBLIC_URL, **changed}))

    return with_settings


@pytest.fixture
def client(make: Make) -> FlaskClient:
    return make().test_client()


def heading(page: str) -> str:
    """The words of a page's h1."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found, "the page has no heading"
    return found[1].strip()
