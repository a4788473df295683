"""The four pages that a public service owes its visitors, true of this software and of who runs it."""

import pytest

from shared.privacy.retention import RETENTION
from tests.pages.reading import tags, words
from tests.support.pledge_site import PledgeSite, heading

HEADINGS = {"/privacy": "Privacy", "/accessibility": "Accessibility", "/cookies": "Cookies", "/contact": "Tell us something"}


@pytest.mark.parametrize(("path", "title"), HEADINGS.items())
def test_each_is_there_and_linked_from_every_page(site: PledgeSite, path: str, title: str) -> None:
    """Four notices, one tap from the first page; without the host's details nothing is invented."""
    page = site.get(path)
    assert heading(page) == title
    assert path in [tag["href"] for tag in tags(site.get("/").text, "a")]
    assert "mailto:" not in page.text
    assert "None" not in words(page.text)


def test_the_privacy_notice_shows_the_retention_table(site: PledgeSite) -> None:
    """What the clock works by is what people read."""
    text = words(site.get("/privacy").text)
    for kept in RETENTION:
        assert kept.what in text
        assert kept.how_long in text


def test_the_cookie_page_tells_the_truth(site: PledgeSite) -> None:
    """No page sets a cookie, the one that answers a form included."""
    reference = site.nudged()
    answers = [site.get(path) for path in ("/", "/pledge", f"/pledged/{reference}", f"/did-it/{reference}", "/cookies", "/api/v1/campaign")]
    answers.append(site.post(f"/did-it/{reference}", {"answer": "yes"}))
    assert [one.headers.get("Set-Cookie") for one in answers] == [None] * len(answers)
    assert "set no cookies" in site.get("/cookies").text
