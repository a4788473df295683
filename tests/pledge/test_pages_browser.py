"""pledge's pages in a real browser: the journey at phone width, with and without JavaScript, every page sound at three widths."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from services.pledge.operations import pledges
from services.pledge.operations.pledges import Promise, make
from tests.support.browsers import at_each, faults
from tests.support.chromium import ARGUMENTS, find
from tests.support.pledge_site import ADDRESS, PledgeSite, how_many

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 1280)
PAGES = (
    "/",
    "/pledge",
    "/pledge/zsa-training",
    "/p/OLD-ST-3",
    "/progress?boroughs=table",
    "/did-it",
    "/privacy",
    "/contact",
    "/pledge/none",
)


@contextmanager
def opened(browser: Browser, *, width: int = 390, height: int = 800, script: bool = True) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.fixture(scope="module")
def filled(open_site: PledgeSite) -> PledgeSite:
    """With a map, a chart and tables to show."""
    for area in ("barnet", "brent", "camden", "hackney", "lambeth", "sutton"):
        for count in range(12):
            make(open_site.work, Promise("walk-together", area, "direct"), now=open_site.clock() - timedelta(weeks=count % 6))
    make(open_site.work, Promise("walk-together", "bexley", "direct"), now=open_site.clock())
    open_site.count()
    return open_site


def _is_sound(page: Page, where: str) -> None:
    """No fault that axe knows, nothing to scroll sideways, at most one green button."""
    assert faults(page) == [], where
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), where
    assert page.locator(".govuk-button:not(.govuk-button--secondary)").count() <= 1, where


def test_every_page_is_sound(browser: Browser, filled: PledgeSite) -> None:
    """Each page by itself, at the width of an old phone, a phone and a desk; and nobody else is asked for anything."""
    asked: list[str] = []
    with opened(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        for path in PAGES:
            page.goto(f"{filled.origin}{path}")
            for width in at_each(page, WIDTHS):
                _is_sound(page, f"{path} at {width} px")
    assert all(url.startswith(filled.origin) for url in asked)


def test_every_state_of_a_pledge_is_sound(browser: Browser, filled: PledgeSite) -> None:
    """The pages behind a reference, in each of a pledge's states and after each answer."""
    anonymous, unconfirmed, confirmed, withdrawn = filled.pledge("know-where"), filled.nudged(), filled.confirmed(), filled.pledge()
    pledges.withdraw(filled.work, withdrawn, now=filled.clock())
    answered = filled.pledge()
    pledges.answer(filled.work, answered, "yes", now=filled.clock())
    paths = [f"/pledged/{reference}" for reference in (anonymous, unconfirmed, confirmed, withdrawn, "CL-2222-2223", "CL-2222-2222")]
    paths += [
        f"/pledged/{anonymous}/nudge",
        f"/did-it/{anonymous}",
        f"/did-it/{anonymous}?told=not-yet-without-nudge",
        f"/did-it/{answered}?told=yes",
        f"/withdraw/{'A' * 22}",
    ]
    with opened(browser) as page:
        for path in paths:
            page.goto(f"{filled.origin}{path}")
            for width in at_each(page, [320, 1280]):
                _is_sound(page, f"{path} at {width} px")


def test_the_button_is_above_the_fold_on_the_smallest_phone(browser: Browser, filled: PledgeSite) -> None:
    """Nobody has to scroll to pledge."""
    with opened(browser, width=320, height=640) as page:
        page.goto(filled.origin)
        expect(page.get_by_role("button", name="Make a pledge")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("script", [True, False])
def test_from_a_poster_to_an_answer(browser: Browser, filled: PledgeSite, script: bool) -> None:
    """Two taps to a pledge, then a nudge whose form first comes back with its errors, then how it went."""
    with opened(browser, script=script) as page:
        page.goto(f"{filled.origin}/p/old-st-3")
        page.get_by_role("link", name="Go for a walk with someone").click()
        page.get_by_role("button", name="I’ll do it, and nudge me by e-mail").click()
        page.get_by_label("Your e-mail").fill(ADDRESS)
        page.get_by_role("button", name="Send my nudge").click()
        expect(page.get_by_role("alert")).to_contain_text("Tick the box, so that we may send it")
        assert page.title().startswith("Error: ")
        _is_sound(page, "the nudge page with an error") if script else None
        expect(page.get_by_label("Your e-mail")).to_have_value(ADDRESS)
        page.get_by_label("Yes: keep my e-mail").check()
        page.get_by_role("button", name="Send my nudge").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You’re in")
        expect(page.get_by_text("Your pledge is safe.")).to_be_visible()
        reference = page.locator(".ref").inner_text()
        page.get_by_role("link", name="/did-it").click()
        page.get_by_label("Your reference").fill(reference.lower())
        page.get_by_role("button", name="Find my pledge").click()
        page.get_by_role("button", name="Partly").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("That counts too. Thank you")


def test_back_and_the_other_button_is_the_same_pledge(browser: Browser, filled: PledgeSite) -> None:
    """Who goes back for a nudge does not count twice, with the page kept as browsers keep it (Playwright asks them not to).

    A headless shell, as the npm package has it, keeps no page at all: there Back is a fresh page, and this has nothing to show.
    """
    keeping = browser.browser_type.launch(
        executable_path=find(os.environ), args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
    )
    with keeping, opened(keeping) as page:
        page.goto(f"{filled.origin}/pledge/check-in")
        before = how_many()
        page.get_by_role("button", name="I’ll do it", exact=True).click()
        reference = page.locator(".ref").inner_text()
        why_not = page.context.new_cdp_session(page)
        why_not.send("Page.enable")
        not_kept: list[str] = []
        why_not.on("Page.backForwardCacheNotUsed", lambda said: not_kept.extend(one["reason"] for one in said["notRestoredExplanations"]))
        page.go_back(wait_until="commit")
        page.get_by_role("button", name="I’ll do it, and nudge me by e-mail").wait_for()
        if "BackForwardCacheDisabledForDelegate" in not_kept:
            pytest.skip("this browser never keeps a page for Back")
        page.get_by_role("button", name="I’ll do it, and nudge me by e-mail").click()
        page.wait_for_url(re.compile("/nudge$"))
        assert reference in page.url
        assert how_many() == before + 1


def test_a_double_click_is_one_pledge(browser: Browser, filled: PledgeSite) -> None:
    """However fast the finger."""
    with opened(browser, script=False) as page:
        page.goto(f"{filled.origin}/pledge/check-in")
        before = how_many()
        page.get_by_role("button", name="I’ll do it", exact=True).dblclick()
        expect(page.get_by_role("heading", level=1)).to_have_text("You’re in")
        assert how_many() == before + 1


def test_right_to_left_fits(browser: Browser, filled: PledgeSite) -> None:
    """In the other direction nothing is pushed out of the page."""
    with opened(browser) as page:
        for path in ("/", "/pledge/walk-together", "/progress", "/area/hackney", "/data/dictionary", "/did-it"):
            page.goto(f"{filled.origin}{path}?lang=ar")
            assert page.locator("html").get_attribute("dir") == "rtl"
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
