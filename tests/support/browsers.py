"""The one browser of a test process (Playwright's sync API allows one at a time, so every test shares it), and what axe finds in it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.chromium import ARGUMENTS, find


@contextmanager
def chromium() -> Iterator[Browser]:
    """Runs inside the block; pages and contexts are its tests' own to make and close."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find(os.environ), args=ARGUMENTS, timeout=120_000)
        yield running
        running.close()


def faults(page: Page) -> list[str]:
    """What axe has against the page as it stands: each broken rule with what it was found in. Only that comes over: all that is
    right takes three times as long.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
    return [f"{fault['id']}: {fault['help']}: {[node['html'] for node in fault['nodes']]}" for fault in found]


def at_each(page: Page, widths: Sequence[int]) -> Iterator[int]:
    """The page that is open, as wide as each: loading it again for each costs more than what is asked of it."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        yield width
