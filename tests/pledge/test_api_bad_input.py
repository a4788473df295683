"""Whatever is sent to the JSON API: problem+json that says what to do, never a fault of ours, nothing stored."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.pledge_site import PledgeSite, how_many

PATH = "/api/v1/pledges"
JSON = "application/json"
GOOD = b'{"action": "walk-together"}'


def _raw(site: PledgeSite, body: bytes, kind: str | None = JSON, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.app.test_client().post(PATH, data=body, content_type=kind, headers=named, base_url=site.origin)


def _is_problem(answer: Any, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert set(answer.json) >= {"type", "title", "status", "detail"}
    assert answer.json["status"] == status
    assert how_many() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"walk-together"',
        b"1",
        b'{"action": "walk-together", "action": "check-in"}',
        b'{"action": NaN}',
        b'{"action": "\xff"}',
        '{"action": "walk-together"}'.encode("utf-16"),
        b"[" * 60_000,
        b"action=walk-together",
    ],
)
def test_a_body_that_is_no_json_object(site: PledgeSite, body: bytes) -> None:
    """400 that says what a body is."""
    _is_problem(_raw(site, body), 400)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\udfff x"])
@pytest.mark.parametrize("field", ["action", "email", "borough", "channel", "postcode"])
def test_signs_that_are_no_characters(site: PledgeSite, text: str, field: str) -> None:
    """NUL and half a surrogate pair are 400, and the field is named."""
    answer = (
        _raw(site, b'{"action": "walk-together", "%s": "%s"}' % (field.encode(), text.encode()))
        if field != "action"
        else _raw(site, b'{"action": "%s"}' % text.encode())
    )
    _is_problem(answer, 400)
    assert field in answer.json["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", None])
def test_another_content_type(site: PledgeSite, kind: str | None) -> None:
    """415, even where the body would be good JSON."""
    _is_problem(_raw(site, GOOD, kind), 415)


def test_three_megabytes(site: PledgeSite) -> None:
    """413 before anything is read."""
    _is_problem(_raw(site, json.dumps({"action": "x" * 3_000_000}).encode()), 413)


def test_another_host(site: PledgeSite) -> None:
    """421: links in mails would otherwise bear a stranger's name."""
    _is_problem(site.app.test_client().post(PATH, json={"action": "walk-together"}, base_url="http://evil.example"), 421)


def test_another_site_with_a_cookie(site: PledgeSite) -> None:
    """A browser that carries a cookie may not be sent here from elsewhere; a program without one may call from anywhere."""
    browser = site.app.test_client()
    browser.set_cookie("session", "1")
    sent = {"json": {"action": "walk-together"}, "base_url": site.origin, "headers": {"Origin": "https://evil.example"}}
    _is_problem(browser.post(PATH, **sent), 403)
    assert site.app.test_client().post(PATH, **sent).status_code == 201


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["action", "borough", "postcode", "email", "channel", "nudge", "consents", "x"]),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats(allow_nan=False)
            | st.text(max_size=30)
            | st.sampled_from(["walk-together", "hackney", "kim@example.org", "saturday"]),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_no_body_is_a_fault(site: PledgeSite, body: dict[str, Any]) -> None:
    """Any JSON object is a pledge or a problem."""
    answer = _raw(site, json.dumps(body).encode())
    assert answer.status_code in (201, 400, 422)
    assert answer.status_code == 201 or answer.content_type == "application/problem+json"
