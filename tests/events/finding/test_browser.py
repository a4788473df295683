"""What people find, in a real browser: sound at an old phone's width, a phone's and a desk's, with and without JavaScript."""

import pytest
from playwright.sync_api import Browser, expect

from services.events.store.posts import posts
from tests.support.browsers import at_each, faults
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, an_event, an_initiative, published
from tests.support.walking import opened

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 1280)


@pytest.fixture(scope="module")
def paths(open_site: EventsSite) -> list[str]:
    """Every public page, in each of its states."""
    work = open_site.work
    group = a_group(work, slug="lea-side-walkers", trusted=True, link="https://walkers.example.org")
    booked = an_event(place_shown_to="placed", near="near Hackney Wick station", joining="book", capacity=20, bringing=2, date="2026-06-11")
    walk = published(work, group, booked)
    long = an_event(title="Donaudampfschifffahrtsgesellschaftskapitänstreffen", date="2026-06-13")
    published(work, group, long)
    over = published(work, group, an_event(date="2026-06-10", starts="08:00", ends="09:00"))
    off, down = (published(work, group, an_event(title=title, date="2026-06-12")) for title in ("Off", "Down"))
    ended = {"what": "cancel", "reason": "ill", "at": work.clock()}
    posts().update_one({"_id": off.id}, {"$set": {"state": "cancelled", "ended": ended}, "$unset": {"listed": 1}})
    posts().update_one({"_id": down.id}, {"$set": {"state": "taken-down"}, "$unset": {"listed": 1}})
    benches = published(work, group, an_initiative(phone="020 7946 0018"))
    training = published(work, group, an_initiative(title="Free training", areas=[], place=""))
    posts().update_one({"_id": training.id}, {"$unset": {"last_checked": 1}})
    events = [f"/event/{post.slug}" for post in (walk, over, off, down)]
    rest = ["/whats-on", "/whats-on?area=bexley&weekend=1", "/whats-on?area=nowhere", "/whats-on/always", f"/group/{group.slug}"]
    return [*events, *rest, *(f"/initiative/{post.slug}" for post in (benches, training))]


def test_every_page_is_sound(browser: Browser, open_site: EventsSite, paths: list[str]) -> None:
    """No fault that axe knows, nothing to scroll sideways, a green button only to save a place, nothing refused, nobody else asked."""
    asked: list[str] = []
    refused: list[str] = []
    with opened(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: refused.append(message.text))
        for path in paths:
            page.goto(f"{open_site.origin}{path}")
            for width in at_each(page, WIDTHS):
                assert faults(page) == [], f"{path} at {width} px"
                assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (path, width)
            assert page.locator(".govuk-button:not(.govuk-button--secondary)").count() == (path == paths[0]), path
            assert page.locator("h1").count() == 1, path
    assert all(url.startswith(open_site.origin) for url in asked)
    assert [words for words in refused if "status of 4" not in words] == []  # what is gone, and what cannot be understood


def test_found_without_javascript(browser: Browser, open_site: EventsSite, paths: list[str]) -> None:
    """Narrow the list with the plain form, open what it shows, go on to the group: on a phone, by what stands on the page."""
    with opened(browser, script=False) as page:
        page.goto(f"{open_site.origin}/whats-on")
        page.get_by_label("Borough").select_option("hackney")
        page.get_by_label("I can come alone").check()
        page.get_by_role("button", name="Show these").click()
        expect(page).to_have_url(f"{open_site.origin}/whats-on?area=hackney&access=&alone=1&q=&theme=&from=&to=")
        page.get_by_role("link", name="Evening walk along the canal").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Evening walk along the canal")
        expect(page.get_by_text("near Hackney Wick station")).to_be_visible()
        page.get_by_role("link", name="More from this group").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Lea Side Walkers")


def test_printed_for_the_wall(browser: Browser, open_site: EventsSite, paths: list[str]) -> None:
    """On paper: no filters and no menu; the days, help, and where it was printed from."""
    with opened(browser, width=800) as page:
        page.emulate_media(media="print")
        for path in ("/whats-on?area=hackney", "/whats-on/always?area=hackney"):
            page.goto(f"{open_site.origin}{path}")
            expect(page.get_by_text("Printed from")).to_be_visible()
            expect(page.locator(".filters")).to_be_hidden()
            expect(page.locator(".mast__menu")).to_be_hidden()
            expect(page.locator(".crisis")).to_be_visible()
            expect(page.locator(".list li").first).to_be_visible()
