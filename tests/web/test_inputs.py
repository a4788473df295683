"""What a view gets from a form or a JSON body can be kept and shown; the rest is refused by name, never a 5xx."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

URLENCODED = "application/x-www-form-urlencoded"


def problem(client: FlaskClient, path: str, **sent: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(path, headers={"Accept": "application/json"}, **sent)
    return answer.status_code, answer.get_json(force=True)


def test_a_form_is_read(client: FlaskClient) -> None:
    """Missing is empty, outer spaces go, lines stay where lines may be, scripts and emoji stay."""
    sent = {"email": "  Zoë@example.org \r\n", "about": "one\r\ntwo\t3 👍🏽"}
    assert client.post("/form", data=sent).get_json() == {"email": "Zoë@example.org", "about": "one\r\ntwo\t3 👍🏽"}
    assert client.post("/form", data={}).get_json() == {"email": "", "about": ""}
    assert client.post("/form", data=sent, content_type="multipart/form-data").get_json() == client.post("/form", data=sent).get_json()


def test_the_first_of_a_repeated_field_counts(client: FlaskClient) -> None:
    """A field that comes twice is read once."""
    assert client.post("/form", data="email=a&email=b&$where=1", content_type=URLENCODED).get_json()["email"] == "a"


@pytest.mark.parametrize(
    "value",
    [b"a%00b", b"a%FFb", b"%ED%A0%80", b"a%0D%0ABcc:x", b"a%0Ab", b"a%1Bb", b"a%7Fb", b"a%C2%85b", b"a\xffb", b"%C0%AF"],
)
def test_a_field_that_cannot_be_kept_is_named(client: FlaskClient, value: bytes) -> None:
    """NUL, invalid UTF-8, half a surrogate pair, a line break where none may be: the field is named, with what to do."""
    status, body = problem(client, "/form", data=b"about=fine&email=" + value, content_type=URLENCODED)
    assert status == 422
    assert body["errors"] == {"email": ["Part of this can’t be read. Type it again"]}


def test_a_long_field_may_have_lines_but_no_other_control_signs(client: FlaskClient) -> None:
    """Lines are welcome in a long text; a terminal's escape sign is not."""
    assert client.post("/form", data={"about": "a\nb"}).status_code == 200
    assert problem(client, "/form", data={"about": "a\x1b[2Jb"})[1]["errors"].keys() == {"about"}


def test_multipart_is_as_strict(client: FlaskClient) -> None:
    """The same in multipart, whose parser would put U+FFFD in the place of what it cannot read."""
    body = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na\xffb\r\n--x--\r\n'
    assert problem(client, "/form", data=body, content_type="multipart/form-data; boundary=x")[1]["errors"].keys() == {"email"}
    for broken in (b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n", b"--x\r\nnonsense", b"", b"\x00\xff"):
        assert client.post("/form", data=broken, content_type="multipart/form-data; boundary=x").status_code < 500
    assert client.post("/form", data=broken, content_type="multipart/form-data").status_code < 500


def test_five_thousand_signs_are_the_most(client: FlaskClient) -> None:
    """One field takes 5,000 characters; one more is told, not cut."""
    assert client.post("/form", data={"about": "é" * 5_000}).get_json()["about"] == "é" * 5_000
    status, body = problem(client, "/form", data={"about": "é" * 5_001, "email": "x" * 6_000})
    assert status == 422
    assert body["errors"] == {
        "about": ["Use 5,000 characters or fewer. You have 5,001"],
        "email": ["Use 5,000 characters or fewer. You have 6,000"],
    }


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/octet-stream", "nonsense", ""])
def test_a_form_of_another_type_is_415(client: FlaskClient, kind: str) -> None:
    """A form page takes forms; the refusal says so."""
    status, body = problem(client, "/form", data=b'{"email": "x"}', content_type=kind)
    assert status == 415
    assert "form" in body["detail"]


def test_a_button_without_fields_is_an_empty_form(client: FlaskClient) -> None:
    """A POST with neither body nor type is a form without answers."""
    assert client.post("/form").get_json() == {"email": "", "about": ""}


def test_a_thousand_fields_are_400(client: FlaskClient) -> None:
    """Nobody's form has a thousand fields."""
    assert client.post("/form", data="&".join(f"f{n}=1" for n in range(1_000)), content_type=URLENCODED).status_code == 400


def test_json_is_read(client: FlaskClient) -> None:
    """An object comes through as it is, with +json types and a charset."""
    body = {"a": ["é", None, True, 1.5, {"b": 2**63 - 1}], "": -(2**63)}
    assert client.post("/json", json=body).get_json() == body
    assert client.post("/json", data=json.dumps(body), content_type="application/merge-patch+json; charset=utf-8").get_json() == body


@pytest.mark.parametrize("kind", ["text/plain", "text/json", URLENCODED, "multipart/form-data; boundary=x", "application/xml", "json", ""])
def test_json_of_another_type_is_415(client: FlaskClient, kind: str) -> None:
    """A browser can be made to send these from another site; JSON it must ask for first."""
    for path in ("/json", "/api/v1/things"):
        status, body = problem(client, path, data=b'{"action": "walk"}', content_type=kind)
        assert status == 415
        assert "application/json" in body["detail"]


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"action=walk",
    "half": b'{"action": "wa',
    "two": b"{} {}",
    "byte order mark": b"\xef\xbb\xbf{}",
    "invalid UTF-8": b'{"action": "\xff"}',
    "UTF-16": '{"action": "walk"}'.encode("utf-16"),
    "raw surrogate": b'{"action": "\xed\xa0\x80"}',
    "lone surrogate": rb'{"action": "\ud83d"}',
    "lone surrogate deep": rb'{"a": [{"b": "x\udc00"}]}',
    "lone surrogate in a name": rb'{"\udfff": 1}',
    "NUL": rb'{"action": "a\u0000b"}',
    "NUL in a name": rb'{"a\u0000": 1}',
    "a raw line break": b'{"action": "a\nb"}',
    "array": b"[1]",
    "string": b'"walk"',
    "null": b"null",
    "number": b"1",
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "overflow": b'{"a": 1e999}',
    "huge integer": b'{"a": %d}' % 2**63,
    "thousands of digits": b'{"a": ' + b"9" * 50_000 + b"}",
    "deep arrays": b'{"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a name twice": b'{"action": "walk", "action": "talk"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_body_that_is_no_object_is_400(client: FlaskClient, name: str) -> None:
    """What is not one clean JSON object is 400 with what to send instead, by both ways of reading it."""
    for path in ("/json", "/api/v1/things"):
        answer = client.post(path, data=BROKEN[name], content_type="application/json", headers={"Accept": "application/json"})
        body = answer.get_json(force=True)
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
        assert body["type"] == "/api#problem-bad-request"
        assert "Send" in body["detail"] or "Leave" in body["detail"]


def test_the_wrong_place_in_a_body_is_named(client: FlaskClient) -> None:
    """Deep in a body, the field is named by its path."""
    assert "“a.0.b”" in problem(client, "/json", data=rb'{"a": [{"b": "\u0000"}]}', content_type="application/json")[1]["detail"]


def test_moderately_deep_and_wide_bodies_are_fine(client: FlaskClient) -> None:
    """The walk over a body has no depth of its own, and 60 KB of small values are soon read."""
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    assert client.post("/json", json={"a": deep}).status_code == 200
    assert client.post("/json", json={"a": [1] * 20_000}).status_code == 200
