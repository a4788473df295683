"""A walk through pages in a real browser: opened as somebody, and sound wherever it leads."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Browser, Page

from tests.support.browsers import faults


class Site(Protocol):
    @property
    def origin(self) -> str: ...


class SignedIn(Protocol):
    @property
    def site(self) -> Site: ...

    @property
    def cookie(self) -> str: ...


@contextmanager
def opened(browser: Browser, by: SignedIn | None = None, *, width: int = 390, script: bool = True) -> Iterator[Page]:
    """A page of somebody who has signed in; without `by`, of anybody."""
    context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=script, locale="en-GB")
    if by:
        context.add_cookies([{"name": "session", "value": by.cookie, "url": by.site.origin}])
    try:
        yield context.new_page()
    finally:
        context.close()


def is_sound(page: Page, where: str, script: bool = True) -> None:
    """No fault that axe knows, nothing to scroll sideways, at most one green button. A picture for SHOTS, if somebody wants one."""
    if shots := os.environ.get("SHOTS"):
        width = (page.viewport_size or {"width": 0})["width"]
        name = where.replace("/", "-").replace(" ", "-").strip("-")
        page.screenshot(path=Path(shots) / f"{name}-{width}.png", full_page=True)
    if script:  # axe is a script
        assert faults(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), where
    assert page.locator("main .govuk-button:not(.govuk-button--secondary):visible").count() <= 1, where
