"""GET of the reference data and of the campaign's numbers."""

from datetime import datetime

import pytest

from services.pledge.operations.pledges import Promise, answer, make
from shared.reference.actions import every_action
from shared.reference.areas import area_codes, areas
from shared.reference.channels import channels
from shared.reference.themes import themes
from tests.support.pledge_site import PledgeSite


def test_every_action_can_be_pledged_by_its_slug(site: PledgeSite) -> None:
    """What the list names, the POST takes."""
    items = site.get("/api/v1/actions").json["items"]
    assert [one["slug"] for one in items] == [one.slug for one in every_action()]
    for one in items:
        assert site.send({"action": one["slug"]}).status_code == 201


def test_every_area_can_be_named_by_slug_and_code(site: PledgeSite) -> None:
    """33 of them, the same under both names."""
    items = site.get("/api/v1/areas").json["items"]
    assert [(one["slug"], one["gss"]) for one in items] == [(area.slug, area.gss) for area in areas()]
    assert site.get("/api/v1/boroughs").json["items"] == items


def test_an_area_has_its_number_as_published(site: PledgeSite) -> None:
    """By slug or code, under both names, with the rate of the published number, the edition, and the groupings with their days."""
    site.counted(hackney=13, camden=12, brent=12, lambeth=12, sutton=12, bexley=4)
    found = site.get("/api/v1/areas/hackney").json
    assert (found["pledges"], found["status"], found["rate_per_10000"]) == (15, "published", 0.6)
    assert found["publication"] == site.get("/api/v1/campaign").json["published"]["publication"]
    assert [(one["code"], one["valid_to"]) for one in found["groupings"]] == [
        ("footprint-north-east", "2022-06-30"),
        ("icb-north-east", None),
    ]
    for path in ("areas/E09000012", "boroughs/hackney", "boroughs/e09000012"):
        assert site.get(f"/api/v1/{path}").json == found
    few = site.get("/api/v1/areas/bexley").json
    assert (few["pledges"], few["status"], few["rate_per_10000"]) == (None, "fewer-than-10", None)


def test_an_area_before_the_first_edition(site: PledgeSite) -> None:
    """Missing is neither 0 nor hidden."""
    found = site.get("/api/v1/areas/hackney").json
    assert (found["pledges"], found["status"], found["publication"], found["as_at"]) == (None, "missing", None, None)


@pytest.mark.parametrize("typed", ["atlantis", "not-said", "work-study", "E06000001", "%00", "x" * 900])
def test_an_area_that_there_is_not(site: PledgeSite, typed: str) -> None:
    """A problem that says where all of them are listed."""
    answer_ = site.get(f"/api/v1/areas/{typed}")
    assert (answer_.status_code, answer_.content_type) == (400 if typed == "%00" else 404, "application/problem+json")


def test_themes_have_the_numbers_that_actions_name(site: PledgeSite) -> None:
    """An action's theme is one of the list."""
    numbers = {one["number"] for one in site.get("/api/v1/themes").json["items"]}
    assert {one["theme"] for one in site.get("/api/v1/actions").json["items"]} <= numbers


@pytest.mark.parametrize("path", ["actions", "areas", "boroughs", "themes", "campaign", "pledges"])
def test_other_methods_are_problems_that_name_what_there_is(site: PledgeSite, path: str) -> None:
    """405 with Allow, as problem+json."""
    answer_ = site.app.test_client().delete(f"/api/v1/{path}", base_url=site.origin)
    assert (answer_.status_code, answer_.content_type) == (405, "application/problem+json")
    assert answer_.headers["Allow"]


# The campaign


def test_the_campaign_before_anything(site: PledgeSite) -> None:
    """Counted is 0, not collected is null; the targets; four empty breakdowns."""
    body = site.get("/api/v1/campaign").json
    assert set(body) == {"as_at", "targets", "counters", "breakdowns", "published"}
    assert body["published"] is None
    assert body["targets"] == {"reach": 2_000_000, "interaction": 100_000}
    assert body["counters"] == {
        "pledge": {"value": 0, "status": "counted", "confirmed": 0},
        "interaction": {"value": 0, "status": "counted"},
        "reach": {"value": None, "status": "not-collected"},
        "participant": {"value": None, "status": "not-collected"},
        "kept": {"value": 0, "status": "counted", "partly": 0},
    }
    assert set(body["breakdowns"]) == {"theme", "area", "week", "channel"}


def test_the_campaign_says_when(site: PledgeSite) -> None:
    """`as_at` is a moment with its zone."""
    assert datetime.fromisoformat(site.get("/api/v1/campaign").json["as_at"]) == site.clock()


def test_the_campaign_counts(site: PledgeSite) -> None:
    """Pledges with those confirmed, interactions, kept with those in part."""
    site.confirmed()
    for told in ("yes", "partly"):
        answer(site.work, site.pledge(), told, now=site.clock())
    site.count()
    counters = site.get("/api/v1/campaign").json["counters"]
    assert counters["pledge"] == {"value": 3, "status": "counted", "confirmed": 1}
    assert counters["interaction"]["value"] == 3
    assert counters["kept"] == {"value": 1, "status": "counted", "partly": 1}


def test_breakdowns_give_nobody_away(site: PledgeSite) -> None:
    """Every cell that could be counted is there; small ones are "fewer-than-10" whatever they hold, others to the nearest 5."""
    for place, count in (("hackney", 13), ("camden", 12), ("brent", 12), ("lambeth", 12), ("sutton", 12), ("bexley", 4)):
        for _ in range(count):
            make(site.work, Promise("walk-together", place, "direct"), now=site.clock())
    site.count()
    breakdowns = site.get("/api/v1/campaign").json["breakdowns"]
    cells = {one["key"]: one for one in breakdowns["area"]}
    assert set(cells) == set(area_codes())
    assert cells["hackney"] == {"key": "hackney", "value": 15, "status": "published"}
    assert cells["bexley"] == {"key": "bexley", "value": None, "status": "fewer-than-10"}
    assert cells["barnet"] == {"key": "barnet", "value": None, "status": "fewer-than-10"}
    for kind, keys in (("theme", {str(one.number) for one in themes()}), ("channel", {one.slug for one in channels()})):
        assert {one["key"] for one in breakdowns[kind]} == keys
        assert {(one["value"], one["status"]) for one in breakdowns[kind]} == {(None, "withheld")}
