"""The one browser of a test process. Playwright's sync API allows one at a time, so every test shares it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.support.chromium import ARGUMENTS, find


@contextmanager
def chromium() -> Iterator[Browser]:
    """Runs inside the block; pages and contexts are its tests' own to make and close."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find(os.environ), args=ARGUMENTS, timeout=120_000)
        yield running
        running.close()
