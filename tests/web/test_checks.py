"""What is refused before a view sees it, and that each refusal has its status and says what to do."""

from urllib.parse import unquote_to_bytes

import pytest
from flask import Response
from flask.testing import FlaskClient
from werkzeug.test import create_environ

from tests.web.conftest import Make, heading

FORM = {"email": "a@example.org"}


@pytest.mark.parametrize("host", ["evil.example", "localhost:9", "localhost.evil.example", "", "user@localhost"])
def test_another_host_is_refused(client: FlaskClient, host: str) -> None:
    """Only the public address's host is ours: links made for another one could mislead."""
    answer = client.get("/hello/x", headers={"Host": host})
    assert answer.status_code == 421
    assert heading(answer.text) == "That address isn’t ours"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_probes_come_by_any_host(client: FlaskClient, path: str) -> None:
    """A probe asks by the pod's address, so its Host is not looked at."""
    assert client.get(path, headers={"Host": "10.0.0.9:8001"}).status_code == 200


@pytest.mark.parametrize(
    ("environment", "public_url", "host", "status"),
    [
        ("production", "https://pledge.example.org", "pledge.example.org", 200),
        ("production", "https://pledge.example.org", "PLEDGE.example.org", 200),
        ("production", "https://pledge.example.org", "pledge.example.org:443", 200),
        ("production", "https://pledge.example.org", "pledge.example.org:80", 421),
        ("production", "https://pledge.example.org", "localhost", 421),
        ("production", "https://pledge.example.org", "127.0.0.1:443", 421),
        ("production", "http://pledge.example.org:8000", "pledge.example.org:8000", 200),
        ("production", "http://pledge.example.org:8000", "pledge.example.org", 421),
        ("laptop", "http://localhost:8000", "127.0.0.1:8000", 200),
        ("laptop", "http://localhost:8000", "localhost:8000", 200),
        ("laptop", "http://localhost:8000", "127.0.0.1:8001", 421),
        ("laptop", "http://localhost:8000", "127.0.0.1", 421),
    ],
)
def test_whose_host_is_ours(make: Make, environment: str, public_url: str, host: str, status: int) -> None:
    """In production only the public address counts; a laptop also answers as localhost and 127.0.0.1, on its port."""
    client = make(environment=environment, public_url=public_url).test_client()
    assert client.get("/hello/x", headers={"Host": host}).status_code == status


def asked(client: FlaskClient, path: str, query: str = "") -> Response:
    """A request as a server hands it over: the test client would mend what is broken in it."""
    environ = create_environ()
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    environ["QUERY_STRING"] = query
    answer = Response.from_app(client.application, environ, buffered=True)
    assert isinstance(answer, Response)
    return answer


@pytest.mark.parametrize("path", ["/hello/%FF", "/hello/%ED%A0%80", "/hello/%00", "/nowhere/%C3%28", "/api/v1/things/%FF", "/livez%00"])
def test_a_path_that_cannot_be_read_is_400(client: FlaskClient, path: str) -> None:
    """Invalid UTF-8, half a surrogate pair or NUL in a path is refused, and not read as some other path."""
    answer = asked(client, path)
    assert answer.status_code == 400
    assert "can’t be read" in (answer.json or {})["detail"] if path.startswith("/api") else answer.get_data(as_text=True)


@pytest.mark.parametrize("query", ["area=%FF", "area=%00", "%C0%80", "a=%ED%BF%BF", "area=\xff"])
def test_a_query_that_cannot_be_read_is_400(client: FlaskClient, query: str) -> None:
    """The same in a query, whether its name or its value."""
    assert asked(client, "/hello/x", query).status_code == 400
    answer = asked(client, "/api/v1/things", query)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize(("path", "query"), [("/hello/" + "x" * 4_000, ""), ("/hello/x", "a=" + "x" * 4_000)])
def test_an_address_that_is_too_long_is_414(client: FlaskClient, path: str, query: str) -> None:
    """An endless address gets our own page, and not the server's bare one."""
    answer = asked(client, path, query)
    assert answer.status_code == 414
    assert "116 123" in answer.get_data(as_text=True)


def test_ordinary_accents_are_read(client: FlaskClient) -> None:
    """A name with accents, or in another script, is no reason to refuse."""
    assert asked(client, "/hello/Zo%C3%AB%20%", "area=%C4%B0stanbul+%D8%B9&100%").get_data(as_text=True) == "hello, 5 letters"


@pytest.mark.parametrize("path", ["/form", "/json", "/api/v1/things", "/stop/abc", "/nowhere"])
def test_three_megabytes_are_413(client: FlaskClient, path: str) -> None:
    """A body that says that it is too long is refused unread, wherever it goes."""
    answer = client.post(path, data=b"a" * 3_000_000, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "64 KB" in (answer.get_json(force=True)["detail"] if path.startswith("/api") else answer.text)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_form_on_another_site_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    """Another site's form, or one whose browser hides where it was, does nothing; the page says how to do it here."""
    answer = client.post("/form", data=FORM, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://localhost"}, {"Origin": "http://127.0.0.1"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
)
def test_our_own_form_passes(client: FlaskClient, headers: dict[str, str]) -> None:
    """Our own page's form passes, from browsers that say where it was and from those that do not."""
    assert client.post("/form", data=FORM, headers=headers).status_code == 200


def test_in_production_the_origin_is_the_public_address(make: Make) -> None:
    """Behind TLS the browser's Origin is https, whatever this process was reached by."""
    client = make(environment="production", public_url="https://pledge.example.org").test_client()

    def post(origin: str) -> int:
        return client.post("/form", data=FORM, headers={"Host": "pledge.example.org", "Origin": origin}).status_code

    assert post("https://pledge.example.org") == 200
    assert post("http://pledge.example.org") == 403
    assert post("http://localhost") == 403


def test_reading_needs_no_origin(client: FlaskClient) -> None:
    """A link from another site is welcome."""
    assert client.get("/hello/x", headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}).status_code == 200


def test_one_click_unsubscribe_comes_from_anywhere(client: FlaskClient) -> None:
    """A mail program posts to the stop link by itself (RFC 8058), with whatever origin it has."""
    elsewhere = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/stop/abc", data={"List-Unsubscribe": "One-Click"}, headers=elsewhere).status_code == 200


def test_the_json_api_without_a_cookie_comes_from_anywhere(client: FlaskClient) -> None:
    """Without a cookie there is nobody to act for, so a program elsewhere may post; with one it may not."""
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert client.post("/api/v1/things", json={"action": "walk"}, headers=elsewhere).status_code == 201
    client.set_cookie("session", "abc")
    refused = client.post("/api/v1/things", json={"action": "walk"}, headers=elsewhere)
    assert (refused.status_code, refused.content_type) == (403, "application/problem+json")


def test_the_six_hundred_and_first_post_of_a_minute_waits(client: FlaskClient) -> None:
    """Of 1,000 posts a minute from one subnet 600 are taken and the others told when to come back; reading goes on."""
    answers = [client.post("/form", data=FORM) for _ in range(1_000)]
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 600
    assert statuses.count(429) == 400
    assert statuses[:600] == [200] * 600
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Wait a minute" in answers[-1].text
    assert client.get("/hello/x").status_code == 200
    machine = client.post("/api/v1/things", json={"action": "walk"})
    assert (machine.status_code, machine.content_type) == (429, "application/problem+json")


def test_the_limit_is_by_subnet_behind_our_proxy(make: Make) -> None:
    """Behind a proxy of ours a neighbour in the same /24 shares the limit, another subnet does not, and a header cannot buy a new one."""
    client = make(posts_per_minute=2, trusted_proxies="127.0.0.1/32").test_client()

    def post(forwarded: str) -> int:
        return client.post("/form", data=FORM, headers={"X-Forwarded-For": forwarded}).status_code

    assert [post("203.0.113.5"), post("203.0.113.77"), post("203.0.113.9")] == [200, 200, 429]
    assert post("10.9.8.7, 203.0.113.5") == 429
    assert post("203.0.114.5") == 200


def test_a_stranger_cannot_choose_an_address(make: Make) -> None:
    """Where no proxy is trusted X-Forwarded-For counts for nothing."""
    client = make(posts_per_minute=1).test_client()
    assert client.post("/form", data=FORM, headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 200
    assert client.post("/form", data=FORM, headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 429


def test_a_refused_post_is_not_counted(make: Make) -> None:
    """Another site that makes its visitors post here does not use up their network's limit."""
    client = make(posts_per_minute=1).test_client()
    for _ in range(3):
        assert client.post("/form", data=FORM, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/form", data=FORM).status_code == 200
