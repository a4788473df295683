"""The four pages that a public service owes its visitors, true of this software and of who runs it."""

import pytest

from services.pledge.web.notices import how_long
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
    page = site.get("/privacy")
    text = words(page.text)
    with site.app.test_request_context(base_url=site.origin):
        rows = [words(f"<td>{kept.what}</td><td>{how_long(kept)}</td><td>{kept.since}</td>") for kept in RETENTION]
    for row in rows:
        assert row in text
    assert "7 days; at once if you give it back" in text
    assert "for good; as a number" in text
    assert 'href="/my-data"' in page.text


def test_the_cookie_page_tells_the_truth(site: PledgeSite) -> None:
    """No page sets a cookie, the one that answers a form included."""
    reference = site.nudged()
    answers = [site.get(path) for path in ("/", "/pledge", f"/pledged/{reference}", f"/did-it/{reference}", "/cookies", "/api/v1/campaign")]
    answers.append(site.post(f"/did-it/{reference}", {"answer": "yes"}))
    assert [one.headers.get("Set-Cookie") for one in answers] == [None] * len(answers)
    assert "set no cookies" in site.get("/cookies").text
