"""What several flows through the whole stack need beside it."""

import json
from collections.abc import Iterator

import mongoengine
import pytest

from services.events.settings import Settings
from shared.messaging.work import Work, start_work
from tests.support.stack import Stack


@pytest.fixture
def events_settings(stack: Stack) -> Settings:
    """events' settings, as its processes were started with them."""
    return Settings.load(json.loads(stack.laptop.environment_file("events").read_text())["set"])


@pytest.fixture
def work(events_settings: Settings) -> Iterator[Work[Settings]]:
    """events' own store, as its operations use it."""
    yield start_work(events_settings)
    mongoengine.disconnect(alias="events")
