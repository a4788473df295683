"""/whats-on: by day, narrowed by what is in the address, with ways on where there is nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.events.rules.seen import STALE_AFTER
from services.events.store import Group
from services.events.store.groups import groups
from services.events.store.posts import posts
from tests.pages.reading import tags, words
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, an_event, an_initiative, published


@pytest.fixture
def group(site: EventsSite) -> Group:
    return a_group(site.work)


def titles(page: Any) -> list[str]:
    """What a page lists as events, in its order."""
    return [words(part.partition(">")[2].partition("</a>")[0]) for part in page.text.split('href="/event/')[1:]]


def put(site: EventsSite, group: Group, title: str, **changes: Any) -> str:
    return str(published(site.work, group, an_event(title=title, **changes)).slug)


def test_by_day_in_order(site: EventsSite, group: Group) -> None:
    """Seven days from today, time first; what is later is on the next page, and what is over is not there."""
    put(site, group, "Late on Thursday", date="2026-06-11", starts="19:00", ends="20:00")
    put(site, group, "Early on Thursday", date="2026-06-11", starts="09:30", ends="10:00")
    put(site, group, "Today", date="2026-06-10", starts="18:00", ends="19:00")
    put(site, group, "Over already", date="2026-06-10", starts="09:00", ends="10:00")
    put(site, group, "Next week", date="2026-06-17")
    page = site.get("/whats-on")
    assert page.status_code == 200
    assert titles(page) == ["Today", "Early on Thursday", "Late on Thursday"]
    said = words(page.text)
    assert "3 things in the next 7 days, all of London" in said
    assert "Thursday 11 June 9:30am" in said
    (coming,) = [tag["href"] for tag in tags(page.text, "a") if tag.get("rel") == "next"]
    assert titles(site.get(coming)) == ["Next week"]
    assert "Back to today" in words(site.get(coming).text)


FILTERS = {
    "area=camden": ["Camden"],
    "area=online": ["Online"],
    "theme=2": ["Camden"],
    "alone=1": ["Online", "Camden"],
    "free=1": ["Online", "Hackney"],
    "access=captions": ["Online"],
    "access=captions&access=quiet": ["Online"],
    "access=bsl": [],
    "q=SÍNGING": ["Camden"],
    "q=camden+singing": ["Camden"],
    "q=singing+hackney": [],
    "q=(.*": [],
    "weekend=1": ["Hackney"],
    "from=2026-06-12": ["Camden", "Hackney"],
    "from=2026-06-12&to=2026-06-12": ["Camden"],
    "from=2020-01-01": ["Online", "Camden", "Hackney"],
    "area=hackney&weekend=1&free=1": ["Hackney"],
}


@pytest.fixture
def three(site: EventsSite, group: Group) -> EventsSite:
    put(site, group, "Online", date="2026-06-11", area="online", access=["captions", "quiet"])
    put(site, group, "Camden", date="2026-06-12", area="camden", theme=2, cost="paid", summary="Singing for fun", access=[])
    put(site, group, "Hackney", date="2026-06-13", area="hackney", alone=False)
    return site


def test_filters(three: EventsSite) -> None:
    """Each filter keeps what answers it and nothing else; words are looked for without accents and without meaning as patterns."""
    found = {query: titles(three.get(f"/whats-on?{query}")) for query in FILTERS}
    assert found == FILTERS


def test_the_form_keeps_what_was_asked(three: EventsSite) -> None:
    """The answers stand in the form again, and the link to the next days keeps them."""
    page = three.get("/whats-on?area=camden&alone=1&access=quiet&q=sing")
    chosen = [tag["value"] for tag in tags(page.text, "option") if "selected" in tag.attributes]
    assert {"camden", "quiet"} <= set(chosen)
    assert [tag["id"] for tag in tags(page.text, "input") if "checked" in tag.attributes] == ["alone"]
    (coming,) = [tag["href"] for tag in tags(page.text, "a") if tag.get("rel") == "next"]
    assert coming == "/whats-on?area=camden&access=quiet&alone=1&q=sing&from=2026-06-17"


BAD = {
    "area=atlantis": ("area", "Choose a borough"),
    "area=work-study": ("area", "Choose a borough"),
    "theme=9": ("theme", "Choose a theme"),
    "theme=x": ("theme", "Choose a theme"),
    "access=cake": ("access", "Choose what you need"),
    "from=tomorrow": ("from", "Give a day"),
    "from=9999-12-31": ("from", "Give a day"),
    "to=2026-02-30": ("to", "Give a day"),
    "to=2026-06-01": ("to", "The last day"),
    "from=2026-06-20&to=2026-06-19": ("to", "The last day"),
    "to=2026-12-31": ("to", "three months"),
    "weekend=1&to=2026-06-20": ("to", "not both"),
    "q=" + "x" * 101: ("q", "a few words"),
    "q=%E2%80%AE": ("q", "a few words"),
}


@pytest.mark.parametrize("query", BAD)
def test_what_cannot_be_understood(site: EventsSite, query: str) -> None:
    """A clear error at the field, the form with its answers, and never a fault of ours."""
    field, said = BAD[query]
    page = site.get(f"/whats-on?{query}")
    assert page.status_code == 422
    assert said in words(page.text)
    assert f'href="#{field}"' in page.text
    assert "Error:" in page.text.partition("</title>")[0]


def test_ways_on(site: EventsSite, group: Group) -> None:
    """Nothing here: the same borough on any day, next door, online, and running something oneself; each says how much there is."""
    put(site, group, "Bexley later", date="2026-06-25", area="bexley")
    put(site, group, "Greenwich this weekend", date="2026-06-13", area="greenwich")
    put(site, group, "Online this week", date="2026-06-11", area="online")
    page = site.get("/whats-on?area=bexley&weekend=1")
    said = words(page.text)
    assert "Nothing in Bexley this weekend yet" in said
    for way in (
        "Bexley, any day1 thing in the next month",
        "Next door in Greenwich1 thing this weekend",
        "Online1 thing this week",
        "Run something yourselfA walk",
    ):
        assert way in said, way
    hrefs = [tag["href"] for tag in tags(page.text, "a")]
    assert titles(site.get("/whats-on?area=bexley&to=2026-07-10")) == ["Bexley later"]
    assert {"/whats-on?area=bexley&to=2026-07-10", "/whats-on?area=greenwich&weekend=1", "/whats-on?area=online", "/groups"} <= set(hrefs)


@pytest.mark.parametrize("query", ["", "area=online", "area=bexley&q=nothing", "weekend=1"])
def test_every_empty_answer_leads_on(site: EventsSite, query: str) -> None:
    """Wherever nothing is found there are at least three ways on, and none of them is an error."""
    page = site.get(f"/whats-on?{query}")
    assert page.status_code == 200
    ways = [tag["href"] for tag in tags(page.text.partition('class="pick"')[2].partition("</ul>")[0], "a")]
    assert len(ways) >= 3
    assert all(site.get(way).status_code == 200 for way in ways if way != "/groups")


def test_a_day_with_very_much(site: EventsSite, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page ends after a whole day, and the next one begins there: nothing is lost between them."""
    monkeypatch.setattr("services.events.web.whats_on.MOST", 3)
    for number in range(5):
        put(site, group, f"Thursday {number}", date="2026-06-11")
    for number in range(2):
        put(site, group, f"Friday {number}", date="2026-06-12")
    page = site.get("/whats-on")
    assert len(titles(page)) == 5
    assert "5 things" in words(page.text)
    (coming,) = [tag["href"] for tag in tags(page.text, "a") if tag.get("rel") == "next"]
    assert coming == "/whats-on?from=2026-06-12"
    assert len(titles(site.get(coming))) == 2


def test_always_on(site: EventsSite, group: Group) -> None:
    """Initiatives stand below, by borough on a list of their own; one without boroughs is for all of London; old ones say so."""
    published(site.work, group, an_initiative(title="Benches", areas=["hackney", "camden"]))
    published(site.work, group, an_initiative(title="Training", areas=[]), now=site.clock() - STALE_AFTER - timedelta(hours=1))
    page = words(site.get("/whats-on?area=camden").text)
    assert "Hackney and Camden · Any day" in page
    assert "All of London · Any day" in page
    assert "May be out of date" in page
    assert "Benches" not in words(site.get("/whats-on?area=bexley").text)
    whole = site.get("/whats-on/always").text
    assert [words(part.partition(">")[2].partition("</h2>")[0]) for part in whole.split('<h2 class="govuk-heading-m day"')[1:]] == [
        "Camden",
        "Hackney",
        "All of London",
    ]
    one = words(site.get("/whats-on/always?area=hackney").text)
    assert "Benches" in one
    assert "Training" in one
    assert site.get("/whats-on/always?area=nowhere").status_code == 422
    posts().delete_many({})
    nothing = site.get("/whats-on/always?area=online")
    assert nothing.status_code == 200
    assert "Nothing that is always on here yet" in words(nothing.text)


def test_a_group_that_is_paused_is_gone_at_once(site: EventsSite, group: Group) -> None:
    """Even where its posts have not been reached yet: the lists ask the group."""
    slug = put(site, group, "Canal", date="2026-06-11")
    groups().update_one({"_id": group.id}, {"$set": {"paused_at": site.clock()}})
    assert titles(site.get("/whats-on")) == []
    assert site.get(f"/event/{slug}").status_code == 410
    assert site.get(f"/group/{group.slug}").status_code == 410


def test_printed_on(site: EventsSite, group: Group) -> None:
    """A printed list says where it came from and when."""
    site.clock.set(datetime(2026, 11, 24, 12, tzinfo=UTC))
    assert "Printed from http://localhost:8000/whats-on?area=hackney on Tuesday 24 November 2026." in words(
        site.get("/whats-on?area=hackney").text
    )


def test_what_is_found_is_published(site: EventsSite, group: Group) -> None:
    """Unset `listed` and it is nowhere: the lists ask for nothing else."""
    put(site, group, "Canal", date="2026-06-11")
    posts().update_many({}, {"$unset": {"listed": 1}})
    assert titles(site.get("/whats-on")) == []
