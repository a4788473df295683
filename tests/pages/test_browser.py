"""The shared parts in a real browser, at the widths of an old phone, a phone and a desk."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.demo_site import Site
from tests.support.browsers import at_each, faults

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 1280)
PATHS = ("/", "/form", "/form?lang=ar", "/problem", "/crisis", "/404.html", "/503.html", "/api")
EXPECTED = {"/problem": 503}


class Visit:
    """One person's browser: what it asked for, and what it complained of."""

    def __init__(self, browser: Browser, site: Site, *, width: int, script: bool = True, text: int = 100) -> None:
        self.site = site
        self.context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
        self.page: Page = self.context.new_page()
        self.asked: list[tuple[int, str]] = []
        self.complaints: list[str] = []
        self.page.on("response", lambda answer: self.asked.append((answer.status, answer.url)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.site.url}{path}")
        return self.page

    def check_requests(self, expected: int) -> None:
        """Only this site was asked, and only the page itself may be an error."""
        assert {urlsplit(url).netloc for _, url in self.asked} == {urlsplit(self.site.url).netloc}
        assert [status for status, _ in self.asked][:1] == [expected]
        assert all(status in (200, 304) for status, _ in self.asked[1:]), self.asked
        unexpected = [one for one in self.complaints if f"status of {expected}" not in one]
        assert unexpected == []


@pytest.fixture
def visit(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Visit]:
    asked = {"width": 390, **getattr(request, "param", {})}
    visit = Visit(browser, site, **asked)
    yield visit
    visit.context.close()


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_sound(visit: Visit, path: str) -> None:
    """A page has no fault that axe knows, does not scroll sideways, asks nobody else, and misses no file."""
    page = visit.go(path)
    for width in at_each(page, WIDTHS):
        assert faults(page) == [], f"{width} px"
        assert _fits(page), f"{width} px"
    visit.check_requests(EXPECTED.get(path, 200))


@pytest.mark.parametrize("path", ["/", "/form", "/crisis", "/503.html"])
@pytest.mark.parametrize("visit", [{"width": 320, "script": False}], indirect=True)
def test_pages_work_without_script(visit: Visit, path: str) -> None:
    """Without JavaScript a page is whole: it fits, and its help is one tap away."""
    page = visit.go(path)
    assert _fits(page)
    page.get_by_role("link", name="Need help now?").click()
    expect(page.locator("#help")).to_be_in_viewport()
    visit.check_requests(200)


def test_big_text_fits(visit: Visit) -> None:
    """With text at twice its size nothing is cut off or pushed aside."""
    for path in ("/", "/form", "/crisis"):
        page = visit.go(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert _fits(page), path


@pytest.mark.parametrize("visit", [{"width": width} for width in (320, 360, 390, 640, 1280)], indirect=True, ids=str)
def test_the_header_leaves_room_for_the_page(visit: Visit) -> None:
    """Name and help on one row, the whole menu on the next: 96 px together, in a wide font too, and no letter under 14 px."""
    page = visit.go("/")
    parts = page.locator(".mast__name, .mast__help, .mast__menu a")
    sizes = parts.evaluate_all("all => all.map(one => parseFloat(getComputedStyle(one).fontSize))")
    rows = page.locator(".mast__menu li").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert page.locator(".mast").evaluate("one => one.getBoundingClientRect().height") == 96
    assert len(set(rows)) == 1 < len(rows)
    assert min(sizes) >= 14


def test_errors_are_met_first(visit: Visit) -> None:
    """After a form comes back the focus is on the summary, and a link there goes to its field, unfolding what hides it."""
    page = visit.go("/form")
    page.fill("#email", "sam@example.org")
    page.get_by_role("button", name="Send my nudge").click()
    summary = page.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error: ")
    assert page.input_value("#email") == "sam@example.org"
    assert faults(page) == []
    for name in ("email", "postcode", "consent"):
        summary.locator(f"a[href='#{name}']").click()
        expect(page.locator(f"#{name}")).to_be_focused()


def test_a_double_click_sends_once(visit: Visit) -> None:
    """Two presses in a row send one form."""
    page = visit.go("/form")
    count = "event => { event.preventDefault(); window.sent = (window.sent || 0) + 1 }"
    page.evaluate(f"document.querySelector('form').addEventListener('submit', {count})")
    page.get_by_role("button", name="Send my nudge").dblclick()
    assert page.evaluate("window.sent") == 1


def test_a_form_says_which_button(visit: Visit) -> None:
    """The button that was pressed is part of what is sent."""
    page = visit.go("/form")
    for words, value in (("Send my nudge", "nudge"), ("I’ll do it without one", "done")):
        visit.site.posts.clear()
        page.get_by_role("button", name=words).click()
        page.wait_for_url(re.compile("/form$"))
        expect(page.locator(".govuk-error-summary")).to_be_visible()
        assert [sent["then"] for sent in visit.site.posts] == [value]


def test_keys_alone_suffice(visit: Visit) -> None:
    """The first Tab offers the way past the header, and it lands in the page."""
    page = visit.go("/form")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_every_control_is_big_enough(visit: Visit) -> None:
    """Whatever is tapped is at least 24 px each way, the link in a sentence excepted."""
    parts = "header a, footer a, .crisis a, .lines a, button, .govuk-button, summary, input, select"
    small = f"""() => [...document.querySelectorAll("{parts}")]
        .map(part => [part.textContent.trim() || part.id, part.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([name]) => name)"""
    for path in ("/", "/form", "/crisis"):
        assert visit.go(path).evaluate(small) == []
