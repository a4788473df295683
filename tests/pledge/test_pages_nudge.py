"""The page that asks for an address: after the pledge, once, with exact words, and nothing typed is lost."""

import pytest

from shared.reference import consents
from shared.security.sealing import unseal
from tests.pages.reading import by_id, tags, words
from tests.support.pledge_site import ADDRESS, CONSENT, PledgeSite, complaints, heading, hidden, stored
from tests.support.settings import NOTIFY_KEYS


def _path(site: PledgeSite, slug: str = "walk-together") -> str:
    return f"/pledged/{site.pledge(slug)}/nudge"


def _fields(site: PledgeSite, path: str, **changes: str) -> dict[str, str]:
    return {"key": site.key(path), "when": "saturday", "email": ADDRESS, "consent": CONSENT, **changes}


def _reference(path: str) -> str:
    return path.split("/")[2]


def _offers(reference: str) -> list[dict[str, object]]:
    return [entry for entry in stored(reference).outbox if entry["type"] == "contact.offered.v1"]


def _chosen(html: str) -> str:
    return next(tag["value"] for tag in tags(html, "input") if tag.get("type") == "radio" and tag.get("checked") is not None)


def test_it_asks_for_three_things(site: PledgeSite) -> None:
    """Three times with their days, Saturday chosen; an address; one consent in its exact words, not ticked."""
    page = site.get(_path(site))
    assert heading(page) == "One nudge, when you want it"
    text = words(page.text)
    assert "In 2 days · Friday 12 June" in text
    assert "Saturday morning · 13 June" in text
    assert "Next week · Wednesday 17 June" in text
    assert _chosen(page.text) == "saturday"
    assert consents.current("reminders").words in text
    assert by_id(page.text, "consent").get("checked") is None
    assert "each mail has a Stop link" in text


def test_an_address_is_tied_to_the_pledge_and_only_notify_can_read_it(site: PledgeSite) -> None:
    """The pledge waits for its owner's yes; the address lies sealed beside it and nowhere in clear."""
    path = _path(site)
    answer = site.post(path, _fields(site, path, when="2-days"))
    assert (answer.status_code, answer.location) == (303, path.removesuffix("/nudge"))
    found = stored(_reference(path))
    assert (found.state, found.nudge_choice) == ("unconfirmed", "2-days")
    (offer,) = _offers(_reference(path))
    assert ADDRESS not in str(found.to_mongo())
    opened = unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], str(offer["data"]["sealed"]))  # type: ignore[index]  # an outbox entry is a plain dict
    assert (opened["address"], opened["consents"], opened["reference"]) == (ADDRESS, [CONSENT], _reference(path))


def test_half_empty_it_comes_back_whole(site: PledgeSite) -> None:
    """Both errors in the order of the page, the time kept, the key kept."""
    path = _path(site)
    key = site.key(path)
    page = site.post(path, {"key": key, "when": "next-week"})
    assert page.status_code == 422
    assert complaints(page) == ["Type your e-mail, or choose “No nudge, thanks”", "Tick the box, so that we may send it"]
    assert "<title>Error: " in page.text
    assert _chosen(page.text) == "next-week"
    assert hidden(page)["key"] == key
    assert stored(_reference(path)).state == "anonymous"


@pytest.mark.parametrize(
    "email",
    [
        "kim",
        "kim@",
        "@example.org",
        "kim pell@example.org",
        '"kim\\"pell"@example.org',
        "kím@example.org",
        "kim@exämple.org",
        "a" * 300 + "@example.org",
        "kim@example.org, sam@example.org",
        "<b>kim</b>@example.org",
    ],
)
def test_an_address_that_no_mail_reaches_is_kept_and_explained(site: PledgeSite, email: str) -> None:
    """What was typed is still there to be mended, the box still ticked, and the sentence shows what an address looks like."""
    path = _path(site)
    page = site.post(path, _fields(site, path, email=email))
    assert page.status_code == 422
    assert complaints(page) == ["Type an e-mail address like name@example.org"]
    assert by_id(page.text, "email")["value"] == email
    assert by_id(page.text, "consent").get("checked") is not None
    assert stored(_reference(path)).state == "anonymous"


@pytest.mark.parametrize("email", ["kim@example.org\r\nBcc: sam@example.org", "kim\u0000@example.org", "k" * 5001])
def test_an_address_with_signs_that_no_address_has(site: PledgeSite, email: str) -> None:
    """Line breaks, NUL and 5,001 characters are refused at the field, and nothing is stored."""
    path = _path(site)
    page = site.post(path, _fields(site, path, email=email))
    assert page.status_code == 422
    assert len(complaints(page)) == 1
    assert "#email" in page.text
    assert stored(_reference(path)).state == "anonymous"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("when", "tomorrow", "Choose when to nudge you"),
        ("when", "", "Choose when to nudge you"),
        ("consent", "", "Tick the box, so that we may send it"),
        ("consent", "nudge-2020-01", "We have changed these words since you opened the page. Read them, then tick the box"),
        ("key", "no-key", "Part of this page was lost on its way. Press the button once more"),
        ("key", "", "Part of this page was lost on its way. Press the button once more"),
    ],
)
def test_every_other_field_is_checked(site: PledgeSite, field: str, value: str, sentence: str) -> None:
    """One sentence for the field that is wrong; a consent to older words is no consent to these."""
    path = _path(site)
    page = site.post(path, _fields(site, path, **{field: value}))
    assert page.status_code == 422
    assert complaints(page) == [sentence]
    assert by_id(page.text, "email")["value"] == ADDRESS
    assert stored(_reference(path)).state == "anonymous"


def test_sent_twice_it_is_one_offer(site: PledgeSite) -> None:
    """A double tap hands the address over once."""
    path = _path(site)
    fields = _fields(site, path)
    assert [site.post(path, fields).status_code for _ in range(2)] == [303, 303]
    assert len(_offers(_reference(path))) == 1


def test_a_wrong_address_can_be_mended(site: PledgeSite) -> None:
    """The new address replaces the old, whether the page was opened anew or gone back to."""
    path = _path(site)
    fields = _fields(site, path, email="kim@exmaple.org")
    site.post(path, fields)
    site.post(path, fields | {"email": ADDRESS})
    site.post(path, _fields(site, path, email="pell@example.org"))
    first, second, third = (offer["data"] for offer in _offers(_reference(path)))
    assert second["replaces"] == first["ref"]  # type: ignore[index]  # an outbox entry is a plain dict
    assert third["replaces"] == second["ref"]  # type: ignore[index]
    assert stored(_reference(path)).ref == third["ref"]  # type: ignore[index]


def test_a_confirmed_pledge_is_not_asked_again(site: PledgeSite) -> None:
    """Its page says that the nudge is set, and a POST from an old page changes nothing."""
    reference = site.confirmed()
    path = f"/pledged/{reference}/nudge"
    before = stored(reference).to_mongo()
    for answer in (site.get(path), site.post(path, {"key": "x", "email": "sam@example.org"})):
        assert (answer.status_code, answer.location) == (303, f"/pledged/{reference}")
    assert "Your nudge is set." in site.get(f"/pledged/{reference}").text
    assert stored(reference).to_mongo() == before


def test_a_withdrawn_pledge_has_nothing_to_nudge_about(site: PledgeSite) -> None:
    """Its nudge page leads to the page that says so."""
    reference = site.pledge()
    site.post(f"/did-it/{reference}", {"answer": "changed-my-mind"})
    answer = site.post(f"/pledged/{reference}/nudge", {"email": ADDRESS})
    assert (answer.status_code, answer.location) == (303, f"/pledged/{reference}")
    assert stored(reference).state == "withdrawn"
