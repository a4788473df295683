"""Whatever is sent to a page: a clear answer with the way out, crisis help on it, never a fault of ours, and nothing stored."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pages.reading import words
from tests.support.pledge_site import PledgeSite, heading, how_many

FORMS = ("/pledge/walk-together", "/did-it")
REFERENCE = "CL-2222-2222"
ALL_FORMS = (*FORMS, f"/pledged/{REFERENCE}/nudge", f"/pledged/{REFERENCE}/again", f"/did-it/{REFERENCE}", "/withdraw/" + "A" * 22)
PAGES = (
    "/",
    "/pledge",
    "/pledge/walk-together",
    "/p/OLD-ST-3",
    "/progress",
    "/did-it",
    "/privacy",
    "/accessibility",
    "/cookies",
    "/contact",
)


def _is_clear(page: Any) -> None:
    assert heading(page)
    assert "Samaritans" in page.text
    assert "Traceback" not in page.text


@pytest.mark.parametrize("path", ALL_FORMS)
def test_another_sites_form_is_left_alone(site: PledgeSite, path: str) -> None:
    """A press on somebody else's page, or a page without an origin, changes nothing."""
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        page = site.post(path, {"key": site.key(FORMS[0])}, headers=headers)
        assert page.status_code == 403
        _is_clear(page)
    assert how_many() == 0


@pytest.mark.parametrize("path", [*ALL_FORMS, *PAGES])
def test_another_host_is_not_ours(site: PledgeSite, path: str) -> None:
    """A page asked for by another name is not answered with our links."""
    client = site.app.test_client()
    for page in (client.get(path, base_url="http://evil.example"), client.post(path, base_url="http://evil.example")):
        assert page.status_code == 421
        _is_clear(page)


@pytest.mark.parametrize("path", ALL_FORMS)
def test_a_body_of_three_megabytes_is_refused(site: PledgeSite, path: str) -> None:
    """413, and the way out is said."""
    page = site.post(path, {"area": "x" * 3_000_000})
    assert page.status_code == 413
    assert "Send less than 64 KB" in words(page.text)
    _is_clear(page)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml", "image/png"])
def test_another_kind_of_body_is_refused(site: PledgeSite, path: str, kind: str) -> None:
    """A form takes a form."""
    page = site.post(path, data=b'{"area": "hackney"}', content_type=kind)
    assert page.status_code == 415
    _is_clear(page)
    assert how_many() == 0


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *((f"/{page}/{wrong}", "") for page in ("pledge", "pledged", "did-it", "withdraw", "p") for wrong in ("\xff", "\xc3(", "a\0b")),
        ("/", "x=%00"),
        ("/pledge", "channel=%ff"),
        ("/p/OLD-ST-3", "%ed%a0%80"),
    ],
)
def test_an_address_that_cannot_be_read(site: PledgeSite, path: str, query: str) -> None:
    """Invalid UTF-8, half a surrogate pair or NUL in a path or query is 400 with the way out."""
    page = site.get("/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": query})
    assert page.status_code == 400
    _is_clear(page)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(site: PledgeSite, path: str, method: str) -> None:
    """405, with the methods there are."""
    page = site.app.test_client().open(path, method=method, base_url=site.origin)
    assert page.status_code == 405
    assert "GET" in page.headers["Allow"]
    _is_clear(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_asked_for_its_head(site: PledgeSite, path: str) -> None:
    """A link checker asks for heads."""
    page = site.app.test_client().head(path, base_url=site.origin)
    assert (page.status_code, page.data) == (200, b"")


@pytest.mark.parametrize(
    "body", [b"%", b"key=%ff&area=%ff", b"area=%ed%a0%80", b"area=a&area=b", b"&&&===", b"area[$ne]=1", b"a=1&" * 300, b"\xff\xfe\x00"]
)
def test_a_broken_form_is_no_fault(site: PledgeSite, body: bytes) -> None:
    """Whatever stands in a form's body, the answer is 400 or 422 and nothing is stored."""
    page = site.post(FORMS[0], data=body, content_type="application/x-www-form-urlencoded")
    assert page.status_code in (400, 422)
    _is_clear(page)
    assert how_many() == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["area", "postcode", "key", "then", "channel", "poster"]), st.text(max_size=60)))
def test_no_form_breaks_the_page(site: PledgeSite, fields: dict[str, str]) -> None:
    """Any text in any field is a pledge or a page with its errors."""
    encodable = {name: value.encode("utf-8", "ignore").decode() for name, value in fields.items()}
    assert site.post(FORMS[0], encodable).status_code in (303, 422)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_no_reference_breaks_the_page(site: PledgeSite, typed: str) -> None:
    """Any text as a reference is found, or explained."""
    assert site.post("/did-it", {"reference": typed.encode("utf-8", "ignore").decode()}).status_code in (303, 422)


@pytest.mark.parametrize("sent", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7919*7919 }}", "%(x)s", "%s%n"])
def test_what_was_typed_is_shown_as_text(site: PledgeSite, sent: str) -> None:
    """Nothing that somebody types becomes part of the page, or of a template."""
    for page in (
        site.post(FORMS[0], {"key": sent, "area": sent, "postcode": sent, "channel": sent, "poster": sent}),
        site.post("/did-it", {"reference": sent}),
        site.get("/pledge", query_string={"channel": sent, "poster": sent}),
        site.get(f"/pledged/{sent.replace('/', '')}"),
    ):
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "62710561" not in page.text
