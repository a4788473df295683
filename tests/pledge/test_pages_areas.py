"""A borough's page: its number as published and nothing more, what is on there, "Pledge here", one side of A4."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from services.pledge.store.listings import LISTINGS
from shared.reference.areas import areas
from shared.runtime.clock import LONDON
from tests.pages.reading import by_id, tags, words
from tests.support.browsers import at_each, faults
from tests.support.builders import an_id
from tests.support.pledge_site import PledgeSite, heading, hidden, how_many, stored
from tests.support.told import hear, hear_of_event, told

FIVE = ("hackney", "camden", "brent", "lambeth", "sutton")
SATURDAY = datetime(2026, 6, 13, 18, 30, tzinfo=LONDON)
WIDTHS = (320, 390, 1280)


def numbers_of(site: PledgeSite, area: str) -> str:
    """The words from the heading to the list of what is on."""
    return words(site.get(f"/area/{area}").text.partition("<h1")[2].partition(">On in")[0].partition(">")[2])


def published(site: PledgeSite, **more: int) -> None:
    site.counted(**{**dict.fromkeys(FIVE, 12), **more})


def test_every_area_has_its_page(site: PledgeSite) -> None:
    """All 33, each with its name, its census and the way to pledge there."""
    for area in areas():
        page = site.get(f"/area/{area.slug}")
        assert page.status_code == 200
        assert heading(page) == area.name
        assert f"Census 2021, {area.population_2021:,} who live" in words(page.text) or not area.compared
        assert f'href="/pledge?area={area.slug}"' in page.text


def test_before_anything_is_published(site: PledgeSite) -> None:
    """No number, and why; no moment at which something was counted."""
    said = numbers_of(site, "hackney")
    assert "Not shown yet Boroughs appear once five of them have 10 or more" in said
    assert "As at" not in said
    assert "No number yet" in said


def test_a_number_with_its_rate(site: PledgeSite) -> None:
    """As published, to the nearest 5; the rate is of that number and not of the true one."""
    published(site, hackney=13)
    said = numbers_of(site, "hackney")
    assert "Hackney 15 pledges so far. That’s 0.6 for every 10,000 people who live here." in said
    assert "As at 3:37pm, Wednesday 10 June 2026, to the nearest 5. People: Census 2021, 259,200 who live here." in said
    assert re.search(r"North East London NHS footprint of 2017 *15 pledges in the 1 of its 8 areas that we can show", said)


def test_few_says_so_and_none_looks_the_same(site: PledgeSite) -> None:
    """Four in Bexley and none in Barnet: the same words, and no rate."""
    published(site, bexley=4)
    bexley, barnet = numbers_of(site, "bexley"), numbers_of(site, "barnet")
    assert "Fewer than 10 pledges so far." in bexley
    assert "for every 10,000 people who live here" not in bexley
    same = [re.sub("[Bb]exley|246,500|[Bb]arnet|389,300", "", said).partition("is part of")[0] for said in (bexley, barnet)]
    assert same[0] == same[1]


def test_a_number_that_is_hidden_for_anothers_sake(site: PledgeSite) -> None:
    """One small cell alone: the smallest of the others says honestly that it is not shown."""
    counts = {area.slug: 20 + place for place, area in enumerate(areas())} | {"work-study": 30, "not-said": 40, "bexley": 3}
    site.counted(**counts)
    assert "Not shown just now With Barking and Dagenham’s number, somebody could work out a smaller one" in numbers_of(
        site, "barking-and-dagenham"
    )
    assert "Fewer than 10" in numbers_of(site, "bexley")


def test_the_city_has_no_rate(site: PledgeSite) -> None:
    """Only 8,600 live there: the number, and why there is no rate."""
    published(site, **{"city-of-london": 12})
    said = numbers_of(site, "city-of-london")
    assert "10 pledges so far." in said
    assert "We don’t work out a rate for the City: only 8,600 people live there" in said


@pytest.mark.parametrize("typed", ["E09000012", "e09000012", "Hackney", "HACKNEY", "%20hackney"])
def test_a_code_leads_to_the_one_address(site: PledgeSite, typed: str) -> None:
    """A GSS code or capitals: moved for good."""
    answer = site.get(f"/area/{typed}")
    assert (answer.status_code, answer.location) == (301, "/area/hackney")


@pytest.mark.parametrize("typed", ["atlantis", "E06000001", "work-study", "not-said", "hackneу", "x" * 500, "<b>", "hackney.csv"])
def test_an_unknown_one_lists_those_that_there_are(site: PledgeSite, typed: str) -> None:
    """404, kindly, with a way to each of the 33; nothing that was typed is repeated."""
    page = site.get(f"/area/{typed}")
    assert page.status_code == 404
    assert heading(page) == "We don’t know that borough"
    assert {tag["href"] for tag in tags(page.text, "a")} >= {f"/area/{area.slug}" for area in areas()}
    assert typed not in page.text.replace('class="', "")


def test_no_name_at_all_leads_to_the_table(site: PledgeSite) -> None:
    """/area/ is every borough."""
    assert site.get("/area/").location == "/progress?boroughs=table#borough-table"


def test_map_and_table_lead_here(site: PledgeSite) -> None:
    """Each tile, each entry of the phone's list and each row of the table, on both pages."""
    published(site)
    wanted = {f"/area/{area.slug}" for area in areas()}
    for path, times in (("/", 2), ("/progress", 3)):
        found = [tag["href"] for tag in tags(site.get(path).text, "a") if (tag.get("href") or "").startswith("/area/")]
        assert set(found) == wanted
        assert len(found) == times * len(wanted)


def test_rows_keep_their_places(site: PledgeSite) -> None:
    """Whoever kept a link to a borough's row still finds it."""
    published(site)
    page = site.get("/progress?boroughs=table")
    assert all(by_id(page.text, f"row-{area.slug}") for area in areas())


def test_pledge_here_knows_the_borough(site: PledgeSite) -> None:
    """Through the list of actions to the form, where it is chosen already and can be changed; the pledge counts there."""
    listed = site.get("/pledge?area=hackney")
    (link,) = [tag["href"] for tag in tags(listed.text, "a") if tag["href"].startswith("/pledge/walk-together")]
    form = site.get(link)
    assert '<option value="hackney" selected>' in form.text
    answer = site.post("/pledge/walk-together", {**hidden(form), "area": "hackney", "then": "done"})
    assert stored(str(answer.location).split("/")[2]).area == "hackney"


@pytest.mark.parametrize("typed", ["atlantis", "not-said", "", "E09000012x", "<b>"])
def test_a_borough_that_is_none_costs_nobody_a_pledge(site: PledgeSite, typed: str) -> None:
    """A mistyped link is a form with nothing chosen."""
    form = site.get(f"/pledge/walk-together?area={typed}")
    assert "selected>" not in form.text.partition('id="area"')[2].partition("</select>")[0].partition("</option>")[2]
    before = how_many()
    site.post("/pledge/walk-together", {**hidden(form), "then": "done"})
    assert how_many() == before + 1


def test_a_poster_and_a_borough_travel_together(site: PledgeSite) -> None:
    """What came on the link goes on with it."""
    listed = site.get("/pledge?channel=press&area=E09000012")
    assert '/pledge/walk-together?channel=press&amp;area=hackney"' in listed.text


# What is on


def test_what_is_on_here(site: PledgeSite) -> None:
    """In this very borough and in no neighbour, the soonest first, five at most, with the group's name; nothing after four weeks."""
    for days in range(7):
        hear_of_event(site.work, area="hackney", starts=SATURDAY + timedelta(days=days), title=f"Walk {days}", slug=f"walk-{days}")
    hear_of_event(site.work, area="camden", starts=SATURDAY, title="Next door")
    hear_of_event(site.work, area="hackney", starts=SATURDAY + timedelta(days=30), title="Far ahead")
    text = words(site.get("/area/hackney").text)
    assert "Sat 13 Jun, 6:30pm Walk 0 Lea Side Walkers Book a place Step-free You can come alone Free" in text
    assert [f"Walk {days}" in text for days in range(7)] == [True] * 5 + [False] * 2
    assert "Next door Book" not in text
    assert "Far ahead" not in text
    assert "Nothing in the next four weeks that we know of yet." in words(site.get("/area/barnet").text)


def test_what_is_always_on_here(site: PledgeSite) -> None:
    """Initiatives that name the borough, with their days in words; none of a paused group; none that was taken down."""
    post = an_id()
    hear(site.work, told("initiative.published", 0, post=post, areas=["hackney", "newham"], days="Tuesdays and Fridays"))
    hear(site.work, told("initiative.published", 0, post=an_id(), areas=[], title="All of London"))
    for area, is_there in (("hackney", True), ("newham", True), ("barnet", False)):
        assert ("Tuesdays and Fridays Chatty benches Lea Side Walkers" in words(site.get(f"/area/{area}").text)) is is_there
    hear(site.work, told("group.paused", 0, post=post, paused=True))
    assert "Chatty benches" not in site.get("/area/hackney").text
    hear(site.work, told("group.paused", 1, post=post, paused=False), told("initiative.taken-down", 1, post=post))
    assert "Always on" not in site.get("/area/hackney").text


def test_a_copy_of_an_older_release(site: PledgeSite) -> None:
    """One without its group's name is shown without."""
    hear_of_event(site.work, area="hackney", starts=SATURDAY)
    site.work.db[LISTINGS].update_many({}, {"$unset": {"group_name": 1}})
    page = site.get("/area/hackney")
    assert page.status_code == 200
    assert "Evening walk along the canal Book a place" in words(page.text)


# In a browser


@pytest.fixture(scope="module")
def busy(open_site: PledgeSite) -> PledgeSite:
    """Hackney with as much as its page ever shows, in long words."""
    published(open_site, bexley=4)
    for days in range(6):
        hear_of_event(open_site.work, area="hackney", starts=SATURDAY + timedelta(days=days), title="Conversations and more " * 3)
    for number in range(5):
        hear(
            open_site.work,
            told("initiative.published", 0, post=an_id(), title=f"Benches and more {number} " * 3, days="Every other Tuesday"),
        )
    return open_site


@pytest.mark.browser
def test_each_state_is_sound(browser: Browser, busy: PledgeSite) -> None:
    """With a number, without one, and an unknown borough: no fault that axe knows, nothing to scroll sideways, one green button."""
    page = browser.new_context().new_page()
    for path in ("/area/hackney", "/area/bexley", "/area/city-of-london", "/area/atlantis"):
        page.goto(f"{busy.origin}{path}")
        for width in at_each(page, WIDTHS):
            assert faults(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (path, width)
            assert page.locator(".govuk-button:not(.govuk-button--secondary)").count() <= 1
    page.context.close()


@pytest.mark.browser
def test_it_prints_on_one_side_of_a4(browser: Browser, busy: PledgeSite) -> None:
    """Even a full one, with the help numbers and the address; controls stay away."""
    page = browser.new_context().new_page()
    page.goto(f"{busy.origin}/area/hackney")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True))) == 1
    page.emulate_media(media="print")
    expect(page.get_by_text("116 123")).to_be_visible()
    expect(page.get_by_text(f"To make a pledge, go to {busy.origin}/area/hackney")).to_be_visible()
    expect(page.get_by_role("button", name="Pledge here")).to_be_hidden()
    page.context.close()


@pytest.mark.browser
def test_from_the_map_to_a_pledge_there(browser: Browser, busy: PledgeSite) -> None:
    """A tile, "Pledge here", an action, one press; on a phone from the list."""
    for width in (1280, 390):
        page = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False).new_page()
        page.goto(busy.origin)
        page.get_by_role("link", name=re.compile("^Hackney")).locator("visible=true").first.click()
        page.get_by_role("button", name="Pledge here").click()
        page.get_by_role("link", name="Check in with a friend or neighbour").click()
        expect(page.get_by_label("Borough you live in")).to_have_value("hackney")
        page.get_by_role("button", name="I’ll do it", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You’re in")
        assert stored(page.locator(".ref").inner_text()).area == "hackney"
        page.context.close()
