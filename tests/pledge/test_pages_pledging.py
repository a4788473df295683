"""From a list or a poster to a pledge: two taps, one pledge, and a kind word for whatever goes wrong."""

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.pledge.web.reading import origin
from shared.reference.actions import every_action
from tests.pages.reading import by_id, tags, words
from tests.support.pledge_site import PledgeSite, complaints, heading, hidden, how_many, stored

WALK = "/pledge/walk-together"


def _fields(site: PledgeSite, **changes: str) -> dict[str, str]:
    return {"key": site.key(WALK), "area": "", "postcode": "", "then": "done", **changes}


def _value(html: str, field: str) -> str:
    return by_id(html, field).get("value") or ""


def _chosen(html: str) -> str:
    return next((tag["value"] for tag in tags(html, "option") if tag.get("selected") is not None), "")


# The list, the page of one


def test_the_list_has_every_action_and_carries_the_channel_on(site: PledgeSite) -> None:
    """Whoever came by a poster is still known to have done so after the list."""
    page = site.get("/pledge?channel=posters&poster=OLD-ST-3")
    links = [tag["href"] for tag in tags(page.text, "a") if tag["href"].startswith("/pledge/")]
    assert links == [f"/pledge/{one.slug}?channel=posters&poster=OLD-ST-3" for one in every_action()]


def test_the_page_of_an_action_offers_two_buttons_and_no_more(site: PledgeSite) -> None:
    """Two taps: one green button, one other, and nothing that must be filled in."""
    page = site.get(WALK)
    buttons = tags(page.text, "button")
    assert [tag["value"] for tag in buttons] == ["done", "nudge"]
    assert [tag["class"] for tag in buttons] == ["govuk-button", "govuk-button govuk-button--secondary"]
    assert _chosen(page.text) == ""
    assert uuid.UUID(hidden(page)["key"])


@pytest.mark.parametrize("slug", [one.slug for one in every_action()])
def test_every_action_can_be_opened_and_pledged(site: PledgeSite, slug: str) -> None:
    """Whatever its words in the catalogue, its page and its result page can be drawn."""
    assert site.get(f"/pledge/{slug}").status_code == 200
    assert site.get(f"/pledged/{site.pledge(slug)}").status_code == 200


def test_every_opening_has_a_key_of_its_own(site: PledgeSite) -> None:
    """Two people who open the page make two pledges."""
    assert site.key(WALK) != site.key(WALK)


def test_an_unknown_action_leads_to_the_list(site: PledgeSite) -> None:
    """A mistyped address is 404, with the actions to choose from, and keeps the channel."""
    page = site.get("/pledge/walk-togehter?channel=press")
    assert page.status_code == 404
    assert heading(page) == "We don’t know that one"
    assert "/pledge/walk-together?channel=press" in page.text


# Making one


@pytest.mark.parametrize(("then", "leads_to"), [("done", ""), ("nudge", "/nudge"), ("", ""), ("elsewhere", "")])
def test_both_buttons_store_an_anonymous_pledge(site: PledgeSite, then: str, leads_to: str) -> None:
    """The pledge counts at once, whichever button; only the next page differs."""
    answer = site.post(WALK, _fields(site, then=then))
    assert answer.status_code == 303
    _, pledged, reference, *rest = answer.location.split("/")
    assert (pledged, "".join(f"/{part}" for part in rest)) == ("pledged", leads_to)
    found = stored(reference)
    assert (found.state, found.action, found.theme, found.area, found.channel) == ("anonymous", "walk-together", 1, "not-said", "direct")
    assert [entry["type"] for entry in found.outbox] == ["pledge.made.v1"]


@pytest.mark.parametrize(
    ("area", "postcode", "means"),
    [
        ("hackney", "", "hackney"),
        ("work-study", "", "work-study"),
        ("", "SW1A 1AA", "westminster"),
        ("", "e8 1dy", "hackney"),
        ("", " E8  1DY ", "hackney"),
        ("hackney", "E8 1DY", "hackney"),
    ],
)
def test_a_borough_or_a_postcode_says_where(site: PledgeSite, area: str, postcode: str, means: str) -> None:
    """Either will do, both where they agree; the postcode itself is kept nowhere."""
    reference = site.pledge(area=area, postcode=postcode)
    found = stored(reference)
    assert found.area == means
    if postcode:
        kept = re.split(r"\W+", str(found.to_mongo()).upper())  # by whole words: the end of a postcode may be a part of an id
        assert not {*postcode.upper().split()} & {*kept}


def test_a_replayed_form_makes_one_pledge(site: PledgeSite) -> None:
    """A double tap, a retry and the other button after Back give the pledge that the first one made."""
    fields = _fields(site, area="hackney")
    first = site.post(WALK, fields)
    again = site.post(WALK, fields)
    other_button = site.post(WALK, fields | {"then": "nudge"})
    assert first.location == again.location
    assert other_button.location == f"{first.location}/nudge"
    assert how_many() == 1


def test_eight_at_once_make_one_pledge(site: PledgeSite) -> None:
    """However the sends race, one form is one pledge, and each is shown it."""
    fields = _fields(site)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.post(WALK, fields), range(8)))
    assert {(one.status_code, one.location) for one in answers} == {(303, answers[0].location)}
    assert how_many() == 1


def test_a_reused_key_with_another_answer_is_told_so(site: PledgeSite) -> None:
    """The first pledge stands; pressing once more makes a second one, with a fresh key."""
    fields = _fields(site, area="hackney")
    site.post(WALK, fields)
    page = site.post(WALK, fields | {"area": "camden"})
    assert page.status_code == 422
    assert complaints(page) == [
        "This page was sent before with another answer, and that pledge counts. To make one more, press the button again"
    ]
    assert _chosen(page.text) == "camden"
    fresh = hidden(page)["key"]
    assert fresh != fields["key"]
    assert site.post(WALK, fields | {"area": "camden", "key": fresh}).status_code == 303
    assert how_many() == 2


@pytest.mark.parametrize("key", ["", "no-key", "' or 1=1", "0" * 36, "\u0000", "x" * 6000])
def test_a_malformed_key_costs_one_more_press(site: PledgeSite, key: str) -> None:
    """Nothing is stored, everything is kept, and the page that comes back has a good key."""
    page = site.post(WALK, _fields(site, area="hackney", key=key))
    assert page.status_code == 422
    assert complaints(page) == ["Part of this page was lost on its way. Press the button once more"]
    assert _chosen(page.text) == "hackney"
    assert how_many() == 0
    assert site.post(WALK, {"key": hidden(page)["key"], "area": "hackney"}).status_code == 303


@pytest.mark.parametrize(
    ("area", "postcode", "field", "sentence"),
    [
        ("mordor", "", "area", "Choose a borough, or say you’d rather not"),
        ("{'$ne': 1}", "", "area", "Choose a borough, or say you’d rather not"),
        ("", "E8", "postcode", "Type a full postcode, like E8 1DY, or leave it empty"),
        ("", "not one", "postcode", "Type a full postcode, like E8 1DY, or leave it empty"),
        ("", "M1 1AE", "postcode", "We don’t know that postcode in London. Check it, or leave it empty and choose from the list"),
        (
            "camden",
            "E8 1DY",
            "area",
            "You gave a borough and a postcode. Which one did you mean? Choose “Rather not say” in the list, or empty the postcode",
        ),
        (
            "work-study",
            "E8 1DY",
            "area",
            "You gave a borough and a postcode. Which one did you mean? Choose “Rather not say” in the list, or empty the postcode",
        ),
    ],
)
def test_a_wrong_place_is_said_at_its_field(site: PledgeSite, area: str, postcode: str, field: str, sentence: str) -> None:
    """422 on the same address: the sentence on top and at the field, what was typed still there, "Error:" in the title."""
    page = site.post(WALK, _fields(site, area=area, postcode=postcode))
    assert page.status_code == 422
    assert complaints(page) == [sentence]
    assert sentence in words(page.text.partition(f'id="{field}-error"')[2].partition("</p>")[0])
    assert _value(page.text, "postcode") == postcode
    assert "<title>Error: " in page.text
    assert how_many() == 0


def test_a_wrong_postcode_is_not_folded_away(site: PledgeSite) -> None:
    """What is wrong or filled in can be seen; else it is folded away, so that list and postcode are not both filled in unseen."""
    wrong = site.post(WALK, _fields(site, postcode="E8"))
    assert [tag.get("open") for tag in tags(wrong.text, "details")] == [""]
    assert [tag.get("open") for tag in tags(site.get(WALK).text, "details")] == [None]


def test_an_action_that_ended_while_its_page_was_open(site: PledgeSite, retire: Callable[[str, str], None]) -> None:
    """The press stores nothing and meets a page that says so and names others; the same for who opens it anew."""
    fields = _fields(site)
    retire("walk-together", "2026-06-01")
    for page in (site.post(WALK, fields), site.get(WALK)):
        assert page.status_code == 410
        assert heading(page) == "That one has ended"
        assert "/pledge/check-in" in page.text
        assert "/pledge/walk-together" not in page.text
    assert how_many() == 0


# Where somebody came from


@pytest.mark.parametrize(
    ("sent", "channel"), [("press", "press"), ("PRESS", "press"), ("", "direct"), ("tv-advert", "direct"), ("\u0007", "direct")]
)
def test_a_channel_is_counted_and_an_unknown_one_is_direct(site: PledgeSite, sent: str, channel: str) -> None:
    """A mistyped link costs nobody a pledge."""
    assert stored(site.pledge(channel=sent)).channel == channel


def test_the_form_repeats_channel_and_poster(site: PledgeSite) -> None:
    """What the link said is sent with the form, and comes back with its errors."""
    page = site.get(f"{WALK}?channel=posters&poster=OLD-ST-3")
    assert {name: hidden(page)[name] for name in ("channel", "poster")} == {"channel": "posters", "poster": "OLD-ST-3"}
    back = site.post(WALK, {**hidden(page), "area": "mordor"})
    assert {name: hidden(back)[name] for name in ("channel", "poster")} == {"channel": "posters", "poster": "OLD-ST-3"}


@pytest.mark.parametrize("poster", ["<script>", "../../x", "A" * 40, "a b"])
def test_a_poster_that_is_no_code_is_not_carried_on(poster: str) -> None:
    """What a stranger writes into a link does not travel through our pages."""
    assert origin("posters", poster).query == "?channel=posters"


def test_the_page_can_be_gone_back_to(site: PledgeSite) -> None:
    """The browser may keep the form with its key, so that Back and the other button is the same pledge."""
    assert "no-store" not in site.get(WALK).headers["Cache-Control"]
    assert "no-store" in site.get(f"/pledged/{site.pledge()}").headers["Cache-Control"]
