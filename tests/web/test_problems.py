"""Every error becomes one kind answer: problem+json for machines, a page with crisis help for people."""

import re

import mongoengine
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo import errors as mongo
from werkzeug import exceptions as http

from shared.runtime import errors as ours
from shared.web.problems import KINDS, documented, flat, kind_of
from tests.support import small_api
from tests.web.conftest import Make, heading

STATUSES = {
    "invalid": 422,
    "not-found": 404,
    "conflict": 409,
    "key-reused": 422,
    "expired": 410,
    "forbidden": 403,
    "too-many": 429,
    "unavailable": 503,
    "store-away": 503,
    "unforeseen": 500,
}
WAITS = {"too-many": "3600", "unavailable": "5", "store-away": "5"}
SCOLDING = re.compile(r"\b(failed|invalid|error|oops|illegal|bad)\b", re.IGNORECASE)


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_an_error_under_the_api_is_a_problem(client: FlaskClient, name: str, status: int) -> None:
    """Under /api/ an error has its status, is problem+json with the five members, and says when to come back."""
    answer = client.get(f"/api/v1/error/{name}")
    body = answer.get_json(force=True)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert body["status"] == status
    assert body["type"].startswith("/api#problem-")
    assert body["title"]
    assert body["detail"].endswith(".") or name in ("not-found", "conflict", "expired", "too-many")  # those brought words of their own
    assert answer.headers.get("Retry-After") == WAITS.get(name)


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_an_error_on_a_page_is_a_page_with_crisis_help(client: FlaskClient, name: str, status: int) -> None:
    """A person sees a heading in kind words, the way out, and the crisis lines."""
    answer = client.get(f"/error/{name}", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.content_type) == (status, "text/html; charset=utf-8")
    assert "116 123" in answer.text
    assert not SCOLDING.search(heading(answer.text))
    assert answer.headers.get("Retry-After") == WAITS.get(name)


def test_a_field_is_named_with_its_sentence(client: FlaskClient) -> None:
    """A machine gets the sentences by field; a person who meets them outside a form gets them in words."""
    assert client.get("/api/v1/error/invalid").get_json(force=True)["errors"] == {"area": ["Choose a borough, or say you’d rather not"]}
    assert "Choose a borough, or say you’d rather not" in client.get("/error/invalid").text


def test_words_for_the_reader_are_shown(client: FlaskClient) -> None:
    """What our own error says is the detail; without words the table's are."""
    assert client.get("/api/v1/error/expired").get_json(force=True)["detail"] == "This link was used already"
    assert "Nothing was changed" in client.get("/api/v1/error/forbidden").get_json(force=True)["detail"]


@pytest.mark.parametrize("path", ["/error/unforeseen", "/api/v1/error/unforeseen", "/error/store-away", "/api/v1/error/store-away"])
def test_an_exceptions_own_words_stay_inside(client: FlaskClient, path: str) -> None:
    """An exception that nobody wrote for the reader may quote a person: its words reach no answer."""
    assert "Ada" not in client.get(path).text


def test_an_unknown_page_is_404_for_both(client: FlaskClient) -> None:
    """What does not exist is a page for a person, a problem for a program."""
    assert client.get("/nowhere").status_code == 404
    assert client.get("/nowhere").content_type.startswith("text/html")
    assert client.get("/api/v1/nowhere").content_type == "application/problem+json"
    assert client.get("http://localhost//hello/x").status_code == 404


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("application/json", True),
        ("application/problem+json", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/json, text/html", False),
        ("application/json;q=0, text/plain", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_who_asks_for_json_gets_it(client: FlaskClient, accept: str, json: bool) -> None:
    """Outside /api/ only who names JSON and not HTML gets problem+json."""
    answer = client.get("/nowhere", headers={"Accept": accept})
    assert (answer.content_type == "application/problem+json") is json


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    """405 keeps its Allow header."""
    answer = client.get("/form")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 410, 413, 414, 415, 418, 421, 422, 429, 500, 503])
def test_any_http_error_is_answered_in_kind(client: FlaskClient, status: int) -> None:
    """A status that a library raises keeps its number and gets our page."""
    answer = client.get(f"/status/{status}")
    assert answer.status_code == status
    assert "116 123" in answer.text


def test_store_errors_are_503() -> None:
    """Whatever way the store is away, sending again is safe and the answer says so; a mistake of ours stays 500."""
    wrapped = mongoengine.errors.OperationError("Update failed")
    wrapped.__cause__ = mongo.ExecutionTimeout("too slow")
    away: list[Exception] = [
        mongo.AutoReconnect(),
        mongo.NetworkTimeout(),
        mongo.ServerSelectionTimeoutError(),
        mongo.NotPrimaryError(),
        mongo.WaitQueueTimeoutError(),
        mongo.ExecutionTimeout("slow"),
        mongo.WTimeoutError("slow"),
        mongo.OperationFailure("no primary", details={"errorLabels": ["RetryableWriteError"]}),
        mongo.OperationFailure("No space left on device", code=14031),
        mongo.WriteError("internal server error", code=1),
        mongoengine.connection.ConnectionFailure(),
        wrapped,
    ]
    assert {kind_of(error).status for error in away} == {503}
    assert kind_of(mongo.DuplicateKeyError("E11000", code=11000)).status == 500
    assert kind_of(mongoengine.errors.OperationError("Update failed")).status == 500


class LinkGone(ours.Expired):
    """One that the table does not know."""


def test_the_most_exact_class_wins() -> None:
    """A child that the table does not know is answered as its parent; one that it knows, as itself."""
    assert kind_of(LinkGone()).status == 410
    assert kind_of(ours.Poison("x")).status == 500
    assert kind_of(http.MethodNotAllowed()).slug == "method"


def test_each_kind_is_documented_once() -> None:
    """The /api page can list every kind that a program may meet, and no two share an anchor."""
    slugs = [kind.slug for kind in documented()]
    assert len(slugs) == len(set(slugs))
    assert {kind.slug for kind in KINDS.values()} == set(slugs)


def test_marshmallows_tree_is_made_flat() -> None:
    """Nested and listed fields are named by their path, and the words say what to change."""
    tree = {"json": {"consents": {"reminders": ["Not a valid boolean."]}, "days": {1: ["Own words."]}, "_schema": ["Choose one."]}}
    assert flat(tree) == {"consents.reminders": ["Send true or false here."], "days.1": ["Own words."], "body": ["Choose one."]}


def test_many_wrong_fields_do_not_make_a_long_answer() -> None:
    """A stranger's ten thousand unknown names are not all named back, nor a very long one whole."""
    found = flat(
        {"json": {f"{'x' * 5000}{place}": ["Unknown field."] for place in range(10_000)} | {f"n{place}": ["x"] for place in range(99)}}
    )
    assert len(found) == 50
    assert max(map(len, found)) <= 100


def test_a_broken_error_page_still_has_the_crisis_lines(make: Make) -> None:
    """A mistake in the template of the error page must not take the numbers away."""
    app: Flask = make()
    app.jinja_env.globals.pop("crisis_lines")
    answer = app.test_client().get("/nowhere")
    assert answer.status_code == 404
    assert "116 123" in answer.text


def test_our_errors_have_a_row_each() -> None:
    """Every error that a person can meet is in the table under its own class, not by luck of its parent."""
    for_people = {
        ours.InvalidInput,
        ours.NotFound,
        ours.Conflict,
        ours.KeyReused,
        ours.Expired,
        ours.Forbidden,
        ours.TooMany,
        ours.Unavailable,
    }
    assert for_people <= set(KINDS)
    assert {type(error) for error in small_api.ERRORS.values()} >= for_people
