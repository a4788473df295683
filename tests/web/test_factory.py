"""What every app has: headers, a correlation id, its clock, health, metrics by pattern."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared.runtime.clock import moved, utc_now
from tests.support import small_api
from tests.web.conftest import PUBLIC_URL, Make

PATHS = ["/hello/x", "/nowhere", "/error/unforeseen", "/error/store-away", "/api/v1/things", "/api/v1/nowhere", "/livez"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_security_headers(client: FlaskClient, path: str) -> None:
    """Pages, problems, JSON and failures alike: nothing is loaded from elsewhere, framed, sniffed or kept."""
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers
    assert "Set-Cookie" not in headers


def test_a_view_may_set_how_long_it_is_kept(client: FlaskClient) -> None:
    """A view that says how long its answer may be kept is left alone."""
    assert client.get("/kept").headers["Cache-Control"] == "max-age=60"


def test_https_is_remembered_only_where_it_is(make: Make) -> None:
    """HSTS is sent where the public address is https."""
    client = make(environment="production", public_url="https://pledge.example.org").test_client()
    assert "max-age" in client.get("/hello/x", headers={"Host": "pledge.example.org"}).headers["Strict-Transport-Security"]


def test_a_correlation_id_comes_back(client: FlaskClient) -> None:
    """A UUID is taken over; anything else could be a name or a line break, and gets a new one."""
    mine = str(uuid.uuid4())
    assert client.get("/hello/x", headers={"X-Correlation-Id": mine}).headers["X-Correlation-Id"] == mine
    for sent in ("", "ada@example.org", f"{{{mine}}}", mine.replace("-", ""), "x" * 36):
        given = client.get("/hello/x", headers={"X-Correlation-Id": sent}).headers["X-Correlation-Id"]
        assert given not in (sent, mine)
        assert str(uuid.UUID(given)) == given
    assert client.get("/nowhere").headers["X-Correlation-Id"] != client.get("/nowhere").headers["X-Correlation-Id"]


def test_the_clock_is_the_apps_own(build_dir: Path) -> None:
    """A view asks the app's clock, which a test or a laptop may move."""
    app = small_api.create(small_api.settings(build_dir, public_url=PUBLIC_URL), clock=moved(timedelta(days=7).total_seconds()))
    assert app.test_client().get("/time").get_json()["now"] > (utc_now() + timedelta(days=6)).isoformat()


def test_ready_means_that_the_store_answers(build_dir: Path, client: FlaskClient) -> None:
    """With the store away a process is alive but not ready, and says what it waits for, not the store's own words."""
    assert client.get("/readyz").get_json() == {"ready": True, "problems": {}}
    away = small_api.create(small_api.settings(build_dir, public_url=PUBLIC_URL), store_answers=False).test_client()
    assert away.get("/livez").status_code == 200
    answer = away.get("/readyz")
    assert answer.status_code == 503
    assert "store" in answer.get_json()["problems"]
    assert small_api.SECRET not in answer.text


def test_metrics_are_by_pattern(client: FlaskClient) -> None:
    """What a person typed into an address, or a method somebody made up, never becomes a label."""
    client.get("/hello/quillfeather")
    client.get("/quillfeather")
    client.open("/hello/x", method="QUILLFEATHER")
    lines = client.get("/metrics").text
    assert 'route="/hello/<name>"' in lines
    assert 'route="unmatched"' in lines
    assert 'method="other"' in lines
    assert "quillfeather" not in lines.lower()
