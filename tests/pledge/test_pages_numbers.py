"""Home and progress: true numbers, said with their rule and their date, and nobody given away."""

import random
from datetime import date

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from services.pledge.consumers import HANDLERS
from services.pledge.operations import posters
from services.pledge.operations.counting import rebuild
from services.pledge.operations.examine import examine
from services.pledge.operations.numbers import Cell
from services.pledge.operations.pledges import Promise, answer, make
from services.pledge.rules import disclosure
from services.pledge.web.borough_map import borough_map
from services.pledge.web.week_chart import FLOOR, TALLEST, bars, weeks
from shared.messaging.envelope import Envelope
from shared.messaging.findings import NOTE
from shared.reference.areas import areas
from tests.pages.reading import Tag, by_id, tags, words
from tests.support.builders import an_envelope, an_id
from tests.support.pledge_site import PledgeSite, heading, hidden

ENGLISH = Locale("en", "GB")
FIVE = ("hackney", "camden", "brent", "lambeth", "sutton")


def _fill(site: PledgeSite, area: str, count: int, **other: str) -> None:
    for _ in range(count):
        make(site.work, Promise("walk-together", area, other.get("channel", "direct")), now=site.clock())


def _five_boroughs(site: PledgeSite) -> None:
    """Twelve pledges in each of five boroughs, four in Bexley."""
    for area in FIVE:
        _fill(site, area, 12)
    _fill(site, "bexley", 4)
    site.count()


def _so_far(html: str) -> str:
    return words(html.partition('id="sofar">')[2].partition("</h2>")[0])


# Home


def test_home_on_the_first_morning(site: PledgeSite) -> None:
    """At 0 it is said in words, with no map and no table of noughts."""
    page = site.get("/")
    assert heading(page) == "Small things help. Pick one."
    assert _so_far(page.text) == "No pledges yet. Yours can be the first."
    assert "tiles" not in page.text


@pytest.mark.parametrize(("count", "said"), [(1, "1 pledge so far"), (12, "12 pledges so far")])
def test_home_on_the_first_day(site: PledgeSite, count: int, said: str) -> None:
    """A small true number, and why there is no map."""
    _fill(site, "hackney", count)
    site.count()
    page = site.get("/")
    assert _so_far(page.text) == said
    assert "Boroughs appear once five of them have 10 or more" in page.text
    assert "tiles" not in page.text


def test_home_with_a_map(site: PledgeSite) -> None:
    """The exact total, the map with rounded boroughs, and a list in its place on a phone; each link leads to a borough's page."""
    _five_boroughs(site)
    page = site.get("/")
    assert _so_far(page.text) == "64 pledges so far"
    text = words(page.text)
    assert "Hackney, 10 pledges" in text
    assert "Bexley, fewer than 10 pledges" in text
    assert "City of London, not compared" in text
    assert "As at 3:37pm, Wednesday 10 June." in text
    links = [tag["href"] for tag in tags(page.text, "a") if (tag.get("href") or "").startswith("/area/")]
    assert len(links) == 2 * len(areas())
    assert all(heading(site.get(link)) for link in set(links))


def test_home_speaks_to_who_is_not_well_before_any_number(site: PledgeSite) -> None:
    """ "You don't have to pledge anything" stands under the first heading."""
    _five_boroughs(site)
    text = site.get("/").text
    assert text.index("<h1") < text.index("You don’t have to pledge anything") < text.index('id="sofar"')
    assert len([tag for tag in tags(text, "a") if (tag.get("class") or "") == "govuk-button"]) == 1


def test_a_burst_reads_the_store_once_and_no_total_is_older_than_five_seconds(site: PledgeSite) -> None:
    """Within the moment the reading is kept; after it the new total shows."""
    site.get("/")
    _fill(site, "hackney", 3)
    site.count()
    site.clock.move(seconds=-2)
    assert "3 pledges" not in words(site.get("/").text)
    site.clock.move(seconds=1)
    assert "3 pledges so far" in words(site.get("/").text)


# A poster


def test_a_poster_leads_to_a_pledge_in_two_taps(site: PledgeSite) -> None:
    """The code in any case; three actions first; the pledge is counted for the poster and for the channel."""
    posters.add("OLD-ST-3", "Old Street, ticket hall", now=site.clock())
    page = site.get("/p/old-st-3")
    links = [tag["href"] for tag in tags(page.text, "a") if tag["href"].startswith("/pledge/")]
    assert [link.partition("?")[0].rpartition("/")[2] for link in links[:3]] == ["check-in", "walk-together", "pause-outside"]
    assert len(links) == 12
    form = site.get(links[1])
    assert site.post(links[1].partition("?")[0], {**hidden(form), "then": "done"}).status_code == 303
    site.count()
    totals = {row["_id"]: row["counters"] for row in site.work.db["totals"].find({})}
    assert totals["poster:OLD-ST-3"] == {"poster": 1}
    assert totals["channel:posters"]["pledge"] == 1


@pytest.mark.parametrize("code", ["NO-SUCH-1", "<b>", "x" * 500, "..", "OLD ST 3", "OLD/ST/3", ""])
def test_an_unknown_poster_goes_on(site: PledgeSite, code: str) -> None:
    """Nobody who scanned a poster is turned away; it is counted as an unknown one, and looking counts nothing."""
    page = site.get(f"/p/{code}")
    assert page.status_code == 200
    links = [tag["href"] for tag in tags(page.text, "a") if tag["href"].startswith("/pledge/")]
    assert links[0].endswith("?channel=posters&poster=UNKNOWN")
    site.count()
    assert site.work.db["totals"].count_documents({}) == 0


# Progress


def test_progress_before_anything(site: PledgeSite) -> None:
    """Five numbers at once: what is counted is 0, what nothing feeds is "Not collected yet"; breakdowns are words."""
    page = site.get("/progress")
    numbers = {
        tag["id"]: page.text.partition(f'<li class="number" id="{tag["id"]}">')[2].partition("</li>")[0] for tag in _numbers(page.text)
    }
    assert list(numbers) == ["pledge", "interaction", "reach", "participant", "kept"]
    assert {name for name, inside in numbers.items() if "Not collected yet" in inside} == {"reach", "participant"}
    assert "which is not the same as 0" in numbers["reach"]
    assert all('<span class="count">0</span>' in numbers[name] for name in ("pledge", "interaction", "kept"))
    assert "of 100,000" in numbers["interaction"]
    assert "We aim for 2 million." in numbers["reach"]
    for kind in ("Boroughs", "Weeks", "Themes", "Channels"):
        assert f"{kind} appear once five of them have 10 or more" in page.text
    assert '<svg class="chart"' not in page.text


def _numbers(html: str) -> list[Tag]:
    return [tag for tag in tags(html, "li") if tag.get("class") == "number"]


def test_progress_says_what_each_number_means(site: PledgeSite) -> None:
    """Each has its definition in place; what is counted has its hour."""
    text = words(site.get("/progress").text)
    assert "One pledge is one person choosing one action." in text
    assert "Pledges that people told us they did in full." in text
    assert text.count("As at 3:37pm, Wednesday 10 June") == 3
    assert "How we keep people safe in the numbers:" in text


def test_progress_shows_confirmed_and_partly_apart(site: PledgeSite) -> None:
    """Within pledges, how many were confirmed; beside kept, how many were done in part."""
    site.confirmed()
    for told in ("yes", "partly", "partly"):
        answer(site.work, site.pledge(), told, now=site.clock())
    site.count()
    text = words(site.get("/progress").text)
    assert "Pledges 4 1 of them confirmed by e-mail" in text
    assert "Kept 1 and 2 done in part" in text


def test_progress_by_borough_has_a_table_with_every_area(site: PledgeSite) -> None:
    """Each borough's row, few as words, the rate beside it, and those who said no borough at the end."""
    _five_boroughs(site)
    page = site.get("/progress?boroughs=table")
    rows = [tag["id"] for tag in tags(page.text, "tr") if tag.get("id")]
    assert rows == [f"row-{area.slug}" for area in areas()]
    assert _row(page.text, "hackney") == "Hackney 10 4"
    assert _row(page.text, "bexley") == "Bexley fewer than 10 too few to say"
    assert _row(page.text, "city-of-london") == "City of London fewer than 10 too few to say"
    assert by_id(page.text, "borough-table").get("open") == ""
    assert by_id(site.get("/progress").text, "borough-table").get("open") is None


def _row(html: str, slug: str) -> str:
    return words(html.partition(f'id="row-{slug}">')[2].partition("</tr>")[0].replace("<td", " <td"))


def test_small_numbers_are_nowhere_in_the_page(site: PledgeSite) -> None:
    """A borough's 4 appears neither in words nor in an attribute."""
    random_count = random.Random(7).randint(2, 9)
    for area in FIVE:
        _fill(site, area, 20)
    _fill(site, "bexley", random_count)
    site.count()
    for path in ("/", "/progress?boroughs=table"):
        inside = site.get(path).text
        assert f"Bexley, {random_count} pledges" not in inside
        assert f'data-value="{random_count}"' not in inside


def test_a_breakdown_of_an_older_release_is_still_shown(site: PledgeSite) -> None:
    """A theme, channel or area that this release does not know is shown by its code and breaks nothing."""
    _five_boroughs(site)
    cells = [{"key": key, "value": 20, "status": disclosure.PUBLISHED} for key in ("1", "2", "3", "4", "99")]
    site.work.db["published"].update_one(
        {"_id": "current"}, {"$set": {"breakdowns.theme": cells, "breakdowns.channel": [{**one, "key": "fax"} for one in cells]}}
    )
    site.clock.move(seconds=2)
    page = site.get("/progress")
    assert page.status_code == 200
    assert "fax" in words(page.text)


# The map, pure


def _cells(per_10_000: float) -> list[Cell]:
    return [
        Cell(area.slug, disclosure.round_half_up(round(area.population_2021 * per_10_000 / 10_000)), disclosure.PUBLISHED)
        for area in areas()
    ]


def test_no_map_before_the_rule_lets_boroughs_out() -> None:
    """With every cell withheld, or none, there is nothing to draw."""
    assert borough_map([]) is None
    assert borough_map([Cell(area.slug, None, disclosure.WITHHELD) for area in areas()]) is None


def test_a_large_campaign_has_the_classes_of_the_design() -> None:
    """At about 40 for every 10,000: under 30, 30 to 39, 40 to 49, 50 or more."""
    drawn = borough_map(_cells(40))
    assert drawn is not None
    assert (drawn.per, drawn.bounds) == (10_000, (30, 40, 50))
    assert {tile.kind for tile in drawn.tiles if tile.compared} <= {"k2", "k3"}


@given(st.floats(min_value=0.5, max_value=3_000))
def test_every_rate_is_in_its_class(per_10_000: float) -> None:
    """However large the campaign, a tile's class is the one of the rate in its table row, and the City is never compared."""
    drawn = borough_map(_cells(per_10_000))
    assert drawn is not None
    for tile in drawn.tiles:
        if not tile.compared:
            assert (tile.kind, tile.rate) == ("apart", None)
            continue
        assert tile.rate is not None
        low, middle, high = drawn.bounds
        expected = "k1" if tile.rate < low else "k2" if tile.rate < middle else "k3" if tile.rate < high else "k4"
        assert tile.kind == expected
    rates = [tile.rate for tile in drawn.tiles if tile.rate is not None]
    assert drawn.bounds[0] - 1 <= sum(rates) / len(rates) <= drawn.bounds[2] + 1  # the middle two classes hold the mean


def test_few_and_withheld_look_different() -> None:
    """Hatched is "fewer than 10" alone; a number hidden for another's sake is not called that."""
    cells = [*_cells(40)[:-2], Cell("wandsworth", None, disclosure.WITHHELD), Cell("westminster", None, disclosure.FEW)]
    drawn = borough_map(cells)
    assert drawn is not None
    assert {tile.area.slug: tile.kind for tile in drawn.tiles if tile.cell.value is None} == {"wandsworth": "apart", "westminster": "few"}
    assert drawn.hides_some


# The chart, pure


def test_a_week_without_pledges_is_a_small_one_and_not_a_gap() -> None:
    """Every week from the first to the last has its row, the one that goes on is marked."""
    shown = weeks([Cell("2026-W52", 40, disclosure.PUBLISHED), Cell("2027-W01", 20, disclosure.PUBLISHED)], "2027-W01")
    assert [(week.monday, week.value, week.status, week.part) for week in shown] == [
        (date(2026, 12, 21), 40, "published", False),
        (date(2026, 12, 28), None, "fewer-than-10", False),
        (date(2027, 1, 4), 20, "published", True),
    ]
    drawn = bars(shown, ENGLISH)
    assert [bar.label for bar in drawn] == ["21 Dec", "28", "4 Jan"]
    assert [bar.height for bar in drawn] == [TALLEST, 0, TALLEST // 2]
    assert all(bar.y + bar.height == FLOOR for bar in drawn)


def test_weeks_stay_hidden_until_the_rule_lets_them_out() -> None:
    """Withheld weeks are no chart."""
    assert weeks([Cell("2026-W20", None, disclosure.WITHHELD)], "2026-W20") == []
    assert weeks([], "2026-W20") == []


def test_only_the_last_eight_weeks_are_drawn() -> None:
    """The table has them all."""
    shown = weeks([Cell(f"2026-W{number}", 10 * number, disclosure.PUBLISHED) for number in range(10, 30)], "2026-W29")
    assert len(shown) == 20
    assert [bar.week.value for bar in bars(shown, ENGLISH)] == [10 * number for number in range(22, 30)]


# What other services tell


def _told(type_: str, **data: object) -> Envelope:
    at_hackney = {"theme": 5, "area": "hackney", "week": "2026-W24", "channel": "direct", "id": an_id(), "slot": an_id()}
    return an_envelope(type_, {**at_hackney, **data}, source="events")


def test_places_and_head_counts_are_counted_once(site: PledgeSite) -> None:
    """A place taken or queued for is an interaction, heard once or twice; participants are "not collected yet" until somebody counts."""
    took = _told("sign-up.placed.v1", event=an_id(), deltas={"interaction": 1})
    waits = _told("sign-up.queued.v1", event=an_id(), position=1, deltas={"interaction": 1})
    left = _told("sign-up.left.v1", event=an_id(), deltas={})
    for envelope in (took, waits, took, left):
        HANDLERS[envelope.type](site.work, [envelope])
    site.count()
    counters = site.get("/api/v1/campaign").json["counters"]
    assert counters["interaction"] == {"value": 2, "status": "counted"}
    assert counters["participant"] == {"value": None, "status": "not-collected"}
    came = _told("attendance.recorded.v1", people=14, conversations=9, deltas={"participant": 14, "interaction": 9})
    put_right = _told("attendance.recorded.v1", people=12, deltas={"participant": -2})
    for envelope in (came, put_right, came):
        HANDLERS[envelope.type](site.work, [envelope])
    site.count()
    site.clock.move(seconds=5)
    counters = site.get("/api/v1/campaign").json["counters"]
    assert counters["interaction"] == {"value": 11, "status": "counted"}
    assert counters["participant"] == {"value": 12, "status": "counted"}
    assert not [one for one in examine(site.work, site.clock()) if one.effect != NOTE], "the doctor takes them for what they are"
    assert rebuild(site.work) == []
