"""Events on pledge's pages: this week on the first page, company beside a pledge; and nothing where there is nothing."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from services.pledge.operations import pledges
from services.pledge.store.listings import LISTINGS
from shared.runtime.clock import LONDON
from tests.pages.reading import words
from tests.support.browsers import faults
from tests.support.pledge_site import Answer, PledgeSite
from tests.support.settings import A_MOMENT
from tests.support.told import hear, hear_of_event, told

SATURDAY = datetime(2026, 6, 13, 18, 30, tzinfo=LONDON)
WEEK, COMPANY = "This week in London", "Like company?"


def section(page: Answer, id_: str) -> str:
    """The words of a section that is labelled by a heading with this id."""
    return words(page.text.partition(f'aria-labelledby="{id_}"')[2].partition("</section>")[0].partition(">")[2])


def test_a_card_says_what_helps_to_decide(site: PledgeSite) -> None:
    """Day and time in London, borough, how to join, whether alone, cost: and no number of places, which only events knows."""
    hear_of_event(site.work, starts=SATURDAY, title="Walk & talk <slowly>", slug="walk-and-talk-5d1c9d")
    page = site.get("/")
    assert "Sat 13 Jun, 6:30pm · Hackney Walk & talk <slowly> Book a place Step-free You can come alone Free" in section(page, "week")
    assert 'href="/event/walk-and-talk-5d1c9d"' in page.text
    assert "places" not in section(page, "week")


def test_what_does_not_hold_is_not_said(site: PledgeSite) -> None:
    """Nothing to book, easier with somebody, a price, no access facts, online."""
    hear_of_event(site.work, starts=SATURDAY, joining="turn-up", alone=False, cost="paid", access=[], area="online", title="Online tea")
    assert section(site.get("/"), "week").partition("Online tea")[2].strip().startswith("Just turn up It costs something See everything")
    assert "· Online" in section(site.get("/"), "week")


def test_nothing_is_said_of_an_empty_week(site: PledgeSite) -> None:
    """No heading, no empty list: neither without any event, nor with one that is further away, or whose group is paused."""
    assert WEEK not in site.get("/").text
    hear_of_event(site.work, starts=SATURDAY + timedelta(days=14))
    site.clock.move(seconds=2)
    assert WEEK not in site.get("/").text
    post = hear_of_event(site.work, starts=SATURDAY)
    site.clock.move(seconds=2)
    assert WEEK in site.get("/").text
    hear(site.work, told("group.paused", 0, post=post, paused=True))
    site.clock.move(seconds=2)
    assert WEEK not in site.get("/").text


def test_company_beside_a_pledge(site: PledgeSite) -> None:
    """On each page of a pledge that counts: what is next door, though something further away comes sooner; two at most."""
    for area, days in (("sutton", 0), ("haringey", 1), ("camden", 2), ("hackney", 3)):
        hear_of_event(site.work, area=area, starts=SATURDAY + timedelta(days=days))
    for reference in (site.pledge(area="hackney"), site.nudged(), site.confirmed()):
        assert COMPANY in site.get(f"/pledged/{reference}").text
    shown = section(site.get(f"/pledged/{site.pledge(area='hackney')}"), "near")
    assert ("Haringey" in shown, "Camden" in shown, "Sutton" in shown) == (True, False, False)
    assert "Hackney" in shown
    assert "Sutton" in section(site.get(f"/pledged/{site.pledge()}"), "near")


def test_no_company_where_there_is_none(site: PledgeSite) -> None:
    """Without an event in four weeks there is no heading; nor on the page of a pledge that was taken back."""
    reference = site.pledge()
    assert COMPANY not in site.get(f"/pledged/{reference}").text
    hear_of_event(site.work, starts=SATURDAY + timedelta(days=27))
    assert COMPANY not in site.get(f"/pledged/{reference}").text
    hear_of_event(site.work, starts=SATURDAY)
    assert COMPANY in site.get(f"/pledged/{reference}").text
    pledges.withdraw(site.work, reference, now=A_MOMENT)
    assert COMPANY not in site.get(f"/pledged/{reference}").text


@pytest.mark.browser
@pytest.mark.parametrize("listed", [0, 3])
def test_both_pages_are_sound_on_a_phone(browser: Browser, open_site: PledgeSite, listed: int) -> None:
    """With cards and without, long titles and all: no fault that axe knows, nothing to scroll sideways."""
    open_site.work.db[LISTINGS].delete_many({})
    for number, area in enumerate(("hackney", "kensington-and-chelsea", "barking-and-dagenham")[:listed]):
        hear_of_event(open_site.work, area=area, starts=SATURDAY + timedelta(hours=number), title="Conversations and more " * 3)
    open_site.clock.move(seconds=2)
    reference = open_site.pledge()
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    for path, heading in (("/", WEEK), (f"/pledged/{reference}", COMPANY)):
        page.goto(f"{open_site.origin}{path}")
        expect(page.get_by_role("heading", name=heading)).to_have_count(1 if listed else 0)
        _is_sound(page, path)
    page.context.close()


def _is_sound(page: Page, where: str) -> None:
    assert faults(page) == [], where
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), where
