"""The open data: every public breakdown as CSV and JSON, each column explained, hidden, 0 and missing apart, cheap to fetch."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from services.pledge.operations.numbers import Cell, Edition
from services.pledge.operations.open_data import COLUMNS, Files, tables
from services.pledge.operations.pledges import Promise, make, withdraw
from services.pledge.rules import disclosure
from services.pledge.store import TOTALS
from services.pledge.web.data_words import COLUMNS as COLUMN_WORDS
from services.pledge.web.data_words import STATUSES, TABLES
from shared.reference.areas import area_codes, areas
from shared.reference.channels import channels
from shared.reference.counters import counters
from shared.reference.groupings import groupings
from shared.reference.themes import themes
from tests.pages.reading import by_id, tags, words
from tests.support.browsers import at_each, faults
from tests.support.disclosure import Moment, another_world, editions, hidden
from tests.support.pledge_site import PledgeSite, heading
from tests.support.settings import A_MOMENT

FIVE = ("hackney", "camden", "brent", "lambeth", "sutton")
PAGES = ("/data", "/data/dictionary", "/data/method", "/data/definitions", "/data/licence")
FILES = [f"{name}.{form}" for name in COLUMNS for form in ("csv", "json")]


def published(site: PledgeSite, **more: int) -> None:
    site.counted(**{**dict.fromkeys(FIVE, 12), **more})


def rows(site: PledgeSite, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(site.get(f"/data/{name}.csv").text)))


def json_rows(site: PledgeSite, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(f"/data/{name}.json").json["rows"]
    return found


# The files


def test_both_forms_say_the_same(site: PledgeSite) -> None:
    """Row by row and column by column; what is nothing in JSON is an empty cell in CSV."""
    published(site, bexley=4)
    for name in COLUMNS:
        plain, parsed = rows(site, name), json_rows(site, name)
        assert len(plain) == len(parsed) > 0
        for one, other in zip(plain, parsed, strict=True):
            for column, value in other.items():
                expected = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                assert one[column] == expected


def test_every_file_says_where_it_comes_from(site: PledgeSite) -> None:
    """The edition's id and moment and the licence in each row of a CSV file, and once at the head of a JSON one, with whom we owe."""
    published(site)
    (page,) = {words(site.get("/data").text)}
    found = {row[column] for name in COLUMNS for row in rows(site, name) for column in ("publication", "as_at", "licence")}
    heads = [site.get(f"/data/{name}.json").json for name in COLUMNS]
    (publication,) = {head["publication"] for head in heads}
    assert found == {publication, "2026-06-10T14:37:21+00:00", "OGL-UK-3.0"}
    assert publication.startswith("2026-06-10-")
    assert publication in page
    assert all("Office for National Statistics" in " ".join(head["attribution"]) for head in heads)


def test_hidden_none_and_missing_are_three_things(site: PledgeSite) -> None:
    """Bexley's 4 is hidden, kept is 0, reach is not collected: three statuses, and only the 0 has a number."""
    published(site, bexley=4)
    areas_, totals = ({row[key]: row for row in rows(site, name)} for name, key in (("areas", "area"), ("totals", "counter")))
    assert (areas_["bexley"]["pledges"], areas_["bexley"]["status"]) == ("", "fewer-than-10")
    assert (areas_["barnet"]["pledges"], areas_["barnet"]["status"]) == ("", "fewer-than-10")
    assert (totals["kept"]["value"], totals["kept"]["status"]) == ("0", "published")
    assert (totals["reach"]["value"], totals["reach"]["status"]) == ("", "not-collected")
    assert {row["status"] for row in rows(site, "themes")} == {"withheld"}
    gone = next(cell for cell in json_rows(site, "areas") if cell["area"] == "bexley")
    assert (gone["pledges"], gone["rate_per_10000"], gone["status"]) == (None, None, "fewer-than-10")


def test_areas_have_codes_people_and_rates(site: PledgeSite) -> None:
    """All 33 with their GSS code, then who gave no borough; a rate follows from the published number alone; none for the City."""
    published(site, hackney=13, **{"city-of-london": 12, "not-said": 20})
    found = {row["area"]: row for row in rows(site, "areas")}
    assert list(found) == list(area_codes())
    assert [found[area.slug]["gss_code"] for area in areas()] == [area.gss for area in areas()]
    hackney = found["hackney"]
    assert (hackney["pledges"], hackney["population"], hackney["population_source"]) == ("15", "259200", "Census 2021")
    assert hackney["rate_per_10000"] == "0.6"
    assert (found["city-of-london"]["pledges"], found["city-of-london"]["rate_per_10000"]) == ("10", "")
    assert (found["not-said"]["gss_code"], found["not-said"]["pledges"]) == ("", "20")


def test_groupings_have_their_days_and_say_what_is_in_them(site: PledgeSite) -> None:
    """Added up from what is published; one with a hidden borough says how many are in it and has no rate."""
    published(site, **{**dict.fromkeys((one.slug for one in areas()), 11), "bexley": 4, "havering": 3})
    found = {row["grouping"]: row for row in rows(site, "groupings")}
    assert len(found) == len(groupings())
    whole, part = found["icb-south-west"], found["icb-south-east"]
    assert (whole["areas"], whole["areas_shown"], whole["pledges"], whole["status"]) == ("6", "6", "60", "published")
    assert whole["rate_per_10000"]
    assert (part["areas"], part["areas_shown"], part["pledges"], part["status"]) == ("6", "5", "50", "in-part")
    assert part["rate_per_10000"] == ""
    assert (found["icb-west-and-north"]["valid_from"], found["icb-west-and-north"]["valid_to"]) == ("2026-04-01", "")
    assert found["footprint-north-west"]["valid_to"] == "2022-06-30"


def test_weeks_are_iso_weeks_without_a_gap(site: PledgeSite) -> None:
    """From the first to this one; a week in which nobody pledged looks like a small one; the present one is not complete."""
    for weeks_ago in (6, 5, 4, 3, 1):
        for _ in range(12):
            make(site.work, Promise("walk-together", "hackney", "direct"), now=A_MOMENT - timedelta(weeks=weeks_ago))
    site.count()
    found = rows(site, "weeks")
    assert [row["iso_week"] for row in found] == [f"2026-W{week}" for week in range(18, 25)]
    assert [row["status"] for row in found] == ["published"] * 4 + ["fewer-than-10"] + ["published"] + ["fewer-than-10"]
    assert [row["complete"] for row in found] == ["true"] * 6 + ["false"]
    assert found[0]["monday"] == "2026-04-27"


def test_themes_and_channels_are_all_there(site: PledgeSite) -> None:
    """Each with its code, hidden or not."""
    published(site)
    assert [row["theme"] for row in rows(site, "themes")] == [str(one.number) for one in themes()]
    assert [row["channel"] for row in rows(site, "channels")] == [one.slug for one in channels()]


def test_an_edition_of_another_release(site: PledgeSite) -> None:
    """A row that this release knows and the edition does not is missing; one that only the edition knows breaks nothing."""
    published(site)
    cells = [{"key": key, "value": 20, "status": disclosure.PUBLISHED} for key in ("1", "2", "3", "4", "99")]
    changed = {"breakdowns.theme": cells, "breakdowns.channel": [], "publication": "2026-06-10-0ther"}
    site.work.db["published"].update_one({"_id": "current"}, {"$set": changed})
    site.clock.move(seconds=2)
    assert [(row["pledges"], row["status"]) for row in rows(site, "themes")] == [("20", "published")] * 4 + [("", "missing")] * 2
    assert {row["status"] for row in rows(site, "channels")} == {"missing"}


def test_before_the_first_edition(site: PledgeSite) -> None:
    """No file, and a kind word; the pages say so."""
    for name in FILES:
        answer = site.get(f"/data/{name}")
        assert answer.status_code == 404
        assert "Nothing has been published yet" in words(answer.text)
    assert "Nothing has been published yet" in words(site.get("/data").text)


@pytest.mark.parametrize("name", ["people.csv", "areas.xlsx", "areas", "..%2fareas.csv", "<b>.csv", "areas.csv.csv", "a" * 300 + ".json"])
def test_a_file_that_there_is_not(site: PledgeSite, name: str) -> None:
    """A kind 404, never a fault of ours."""
    published(site)
    assert site.get(f"/data/{name}").status_code == 404


# Cheap, and kindly limited


def test_a_copy_that_is_still_good_costs_nothing(site: PledgeSite) -> None:
    """With the tag or the moment of its copy a program hears "not modified", as often as it asks; a new edition comes whole."""
    published(site)
    first = site.get("/data/weeks.csv")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert first.headers["Content-Disposition"].startswith('attachment; filename="weeks-2026-06-10-')
    for headers in ({"If-None-Match": first.headers["ETag"]}, {"If-Modified-Since": first.headers["Last-Modified"]}):
        again = [site.get("/data/weeks.csv", headers=headers) for _ in range(70)]
        assert {(answer.status_code, answer.data) for answer in again} == {(304, b"")}
    site.clock.move(hours=1)
    published(site)
    fresh = site.get("/data/weeks.csv", headers={"If-None-Match": first.headers["ETag"]})
    assert (fresh.status_code, fresh.headers["ETag"] != first.headers["ETag"]) == (200, True)


def test_a_few_more_pledges_are_no_new_edition(site: PledgeSite) -> None:
    """An hour later, with nine more: the same files under the same id; with ten, the next; the page's total is never late."""
    published(site)
    first = site.get("/data/areas.json").json
    site.clock.move(hours=1)
    for _ in range(9):
        make(site.work, Promise("walk-together", "hackney", "direct"), now=site.clock())
    site.count()
    assert site.get("/data/areas.json").json == first
    assert site.get("/api/v1/campaign").json["counters"]["pledge"]["value"] == 69
    make(site.work, Promise("walk-together", "hackney", "direct"), now=site.clock())
    site.count()
    assert site.get("/data/areas.json").json["publication"] != first["publication"]


def test_taken_back_is_told_to_the_rule(site: PledgeSite) -> None:
    """Ten made and one taken back: what falls from ten stays at ten, though nine are left, as long as the fall would tell."""
    first, second = (make(site.work, Promise("walk-together", "barnet", "direct"), now=site.clock()) for _ in range(2))
    published(site, barnet=9, bexley=4)
    for _ in range(12):
        make(site.work, Promise("walk-together", "hackney", "direct"), now=site.clock())
    for pledge in (first, second):
        withdraw(site.work, pledge.reference, now=site.clock())
    site.clock.move(hours=1)
    site.count()
    assert site.work.db[TOTALS].find_one({"_id": "taken-back:"})["counters"]["pledge"] == -2
    assert site.work.db[TOTALS].find_one({"_id": "area:barnet"})["counters"]["pledge"] == 9
    found = {row["area"]: row for row in rows(site, "areas")}
    assert (found["hackney"]["pledges"], found["barnet"]["pledges"]) == ("25", "10")


# Nothing that is published together gives a hidden cell back


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    st.fixed_dictionaries(dict.fromkeys(area_codes(), st.sampled_from([0, 3, 9, 10, 12, 13, 17, 25]))),
    st.lists(st.integers(1, 9), min_size=6, max_size=6),
    st.lists(st.integers(0, 9), min_size=7, max_size=7),
    st.data(),
)
def test_no_two_files_together_give_a_hidden_area_back(
    counts: dict[str, int], by_theme: list[int], by_week: list[int], data: st.DataObject
) -> None:
    """Areas, groupings, rates, totals, themes, weeks, channels, all of one edition: another world of pledges has the very same files.

    Each pledge has an area, a theme, a week and a channel. In the other world one hidden area holds another number.
    """
    (table,) = editions([Moment(counts)])
    if not (small := hidden(table)):
        return
    key = data.draw(st.sampled_from(small))
    other = another_world([Moment(counts)], 0, key)
    assert other is not None
    total = sum(counts.values())
    margins = {
        "theme": _share(total, {str(one.number): weight for one, weight in zip(themes(), by_theme, strict=True)}),
        "week": _share(total, {f"2026-W{18 + place}": weight + 1 for place, weight in enumerate(by_week)}),
        "channel": _share(total, {one.slug: 1 for one in channels()}),
    }
    worlds = [_pledges({"area": area, **margins}) for area in (counts, other)]
    assert [one["area"] for one in worlds[0]].count(key) != [one["area"] for one in worlds[1]].count(key)
    assert _everything(worlds[0]) == _everything(worlds[1])


def _share(total: int, weights: dict[str, int]) -> dict[str, int]:
    whole = sum(weights.values())
    shared = {key: total * weight // whole for key, weight in weights.items()}
    first = next(iter(shared))
    return {**shared, first: shared[first] + total - sum(shared.values())}


def _pledges(margins: dict[str, dict[str, int]]) -> list[dict[str, str]]:
    """People with these numbers in each breakdown."""
    columns = {kind: [key for key, count in counts.items() for _ in range(count)] for kind, counts in margins.items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _everything(world: list[dict[str, str]]) -> dict[str, bytes]:
    """All that is published of it."""
    keys = {
        "area": list(area_codes()),
        "theme": [str(one.number) for one in themes()],
        "week": sorted({one["week"] for one in world}),
        "channel": [one.slug for one in channels()],
    }
    breakdowns = {}
    for kind, every in keys.items():
        counts = {key: sum(one[kind] == key for one in world) for key in every}
        breakdowns[kind] = tuple(Cell(key, value, status) for key, (value, status) in disclosure.first(counts).cells.items())
    return dict(Files().of(Edition("2026-06-10-same", A_MOMENT, {"pledge": len(world), "interaction": len(world)}, breakdowns)))


def test_the_files_of_a_small_borough_do_not_hold_its_number(site: PledgeSite) -> None:
    """Seven in Bexley, whose rate would be 0.3: it is nowhere, and what remains of the total leaves it open."""
    published(site, bexley=7, barnet=2)
    for name in FILES:
        assert "0.28" not in site.get(f"/data/{name}").text
    left = 69 - sum(int(row["pledges"]) for row in rows(site, "areas") if row["pledges"])
    assert left not in (7, 9)


# The pages


def test_the_dictionary_has_every_column_and_status(site: PledgeSite) -> None:
    """Each column of each file has its words, and no words are left over; each status that a table can have is explained."""
    assert set(COLUMN_WORDS) == {column for columns in COLUMNS.values() for column in columns}
    assert set(TABLES) == set(COLUMNS)
    page = site.get("/data/dictionary")
    for name, columns in COLUMNS.items():
        part = page.text.partition(f'<h2 class="govuk-heading-l" id="{name}"')[2].partition("</dl>")[0]
        assert [cell.partition("</code>")[0] for cell in part.split("<code>")[3:]] == list(columns)
    published(site, bexley=4)
    seen = {row["status"] for name in COLUMNS for row in rows(site, name)}
    assert seen <= set(STATUSES)
    assert all(f"<code>{status}</code>" in page.text for status in STATUSES)


def test_every_table_has_its_columns() -> None:
    """An empty edition has them too."""
    empty = Edition("2026-06-10-none", A_MOMENT, {}, {"area": (), "theme": (), "week": (), "channel": ()})
    for table in tables(empty):
        assert all(tuple(row) == table.columns or set(row) == set(table.columns) for row in table.rows)
    assert Files().of(empty)["weeks.csv"].decode() == ",".join(COLUMNS["weeks"]) + "\r\n"


def test_each_page_leads_to_the_others(site: PledgeSite) -> None:
    """Files, dictionary, method, definitions, licence; each with its heading, and all from the foot of every page."""
    for path in PAGES:
        page = site.get(path)
        assert page.status_code == 200
        links = {tag["href"] for tag in tags(page.text, "a")}
        assert {other for other in PAGES if other != path} <= links
        assert heading(page)
    assert 'href="/data"' in site.get("/").text
    for name in FILES:
        assert (f'href="/data/{name}"' in site.get("/data").text) is False
    published(site)
    assert all(f'href="/data/{name}"' in site.get("/data").text for name in FILES)


def test_definitions_have_an_anchor_each_and_progress_leads_there(site: PledgeSite) -> None:
    """Every counter's number says how it is counted, where all definitions are."""
    definitions = site.get("/data/definitions").text
    progress = site.get("/progress").text
    for counter in counters():
        assert by_id(definitions, counter.id)
        assert f'href="/data/definitions#{counter.id}"' in progress
        assert counter.definition in words(definitions)


def test_the_method_says_what_the_rule_does(site: PledgeSite) -> None:
    """With the rule's own numbers, voids and what cannot be hidden."""
    said = words(site.get("/data/method").text)
    assert "Under 10, we say “fewer than 10”. None at all looks the same. Over that, we go to the nearest 5." in said
    assert "after 10 more pledges" in said
    assert "each could still be one of 4 or more" in said
    assert "What turns out to be abuse is struck out, with its reason. It then comes off everywhere" in said
    assert "London’s total is exact" in said


def test_the_licence_names_it_and_whom_we_owe(site: PledgeSite) -> None:
    """The Open Government Licence, and each source in its own words."""
    said = words(site.get("/data/licence").text)
    assert "under the Open Government Licence, version 3" in said
    assert "Contains OS data © Crown copyright and database right" in said
    assert "Census 2021" in said


@pytest.mark.browser
def test_every_page_is_sound(browser: Browser, open_site: PledgeSite) -> None:
    """No fault that axe knows, nothing to scroll sideways, nobody else asked for anything."""
    published(open_site, bexley=4)
    page = browser.new_context().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(f"{open_site.origin}{path}")
        for width in at_each(page, (320, 390, 1280)):
            assert faults(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (path, width)
    assert all(url.startswith(open_site.origin) for url in asked)
    page.context.close()
