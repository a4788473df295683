"""The JSON API: strict schemas, errors by field, keys, and a document in which every answer is described."""

import uuid
from pathlib import Path
from typing import Any

import flask_smorest
import pytest
from flask.testing import FlaskClient

from shared.web import openapi
from shared.web.factory import create_web_app
from tests.support import small_api
from tests.web.conftest import Make


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({}, {"action": ["This is needed: send it."]}),
        ({"action": None}, {"action": ["Null is not an answer: give a value, or leave the field out."]}),
        ({"action": 3}, {"action": ["Send text here."]}),
        ({"action": {"$ne": 1}}, {"action": ["Send text here."]}),
        ({"action": "walk", "$where": "1"}, {"$where": ["There is no field of this name: leave it out."]}),
        ({"action": "walk", "minutes": "many"}, {"minutes": ["Send a whole number here."]}),
        ({"action": "walk", "consents": {"reminders": "x"}}, {"consents.reminders": ["Send true or false here."]}),
        ({"action": "walk", "consents": {"all": True}}, {"consents.all": ["There is no field of this name: leave it out."]}),
        ({"action": "walk", "consents": []}, {"consents": ["Send an object here."]}),
    ],
)
def test_a_wrong_field_is_named_with_the_way_out(client: FlaskClient, sent: dict[str, Any], errors: dict[str, list[str]]) -> None:
    """Missing, null, wrong type, an operator, unknown: 422, the field by its path, and a sentence that says what to send."""
    answer = client.post("/api/v1/things", json=sent)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.get_json(force=True)["errors"] == errors


def test_an_unknown_query_field_is_refused(client: FlaskClient) -> None:
    """A filter that is mistyped must not show everything as if it had been asked for."""
    assert client.get("/api/v1/things?area=hackney").get_json() == [{"action": "hackney", "key": None}]
    assert client.get("/api/v1/things?aera=hackney").get_json(force=True)["errors"].keys() == {"aera"}


def test_the_key_is_a_uuid(client: FlaskClient) -> None:
    """Idempotency-Key is optional; a UUID in any case is one key; anything else is a field error."""

    def post(key: str) -> Any:
        return client.post("/api/v1/things", json={"action": "walk"}, headers={"Idempotency-Key": key}).get_json(force=True)

    key = str(uuid.uuid4())
    assert client.post("/api/v1/things", json={"action": "walk"}).get_json()["key"] is None
    assert post(key)["key"] == post(key.upper())["key"] == key
    for wrong in ("", "1", key[:-1], f"{{{key}}}", key.replace("-", ""), "x" * 5_000):
        assert post(wrong)["errors"].keys() == {"Idempotency-Key"}


def test_every_answer_is_documented(make: Make) -> None:
    """Each operation describes its own answer and every problem it may give, as problem+json with its schema."""
    document = openapi.document(make())
    assert document["openapi"] == "3.1.0"
    least_of = {"get": "200 400 404 405 421 422 503", "post": "201 400 403 409 413 415 421 422 429 503"}
    for method, least in least_of.items():
        answers = document["paths"]["/api/v1/things"][method]["responses"]
        assert {*least.split(), "default"} <= set(answers)
        for status, answer in answers.items():
            content = resolved(document, answer)["content"]
            assert list(content) == ["application/json" if status.startswith("2") else "application/problem+json"]
    assert {"type", "title", "status", "detail"} == set(document["components"]["schemas"]["Problem"]["required"])
    assert "Retry-After" in document["components"]["responses"]["TOO_MANY_REQUESTS"]["headers"]
    assert [entry["name"] for entry in document["paths"]["/api/v1/things"]["post"]["parameters"]] == ["Idempotency-Key"]


def test_documents_are_merged(make: Make) -> None:
    """Three services make one document; a name with two meanings stops the build."""
    one = openapi.document(make())
    other = {**one, "paths": {"/api/v1/others": {}}, "tags": [{"name": "others"}]}
    merged = openapi.merge([one, other], "Everything")
    assert merged["info"]["title"] == "Everything"
    assert list(merged["paths"]) == ["/api/v1/others", "/api/v1/things"]
    assert [tag["name"] for tag in merged["tags"]] == ["others", "things"]
    assert merged["components"] == one["components"]
    clash = {**one, "components": {"schemas": {"Problem": {"type": "string"}}}}
    with pytest.raises(ValueError, match="Problem"):
        openapi.merge([one, clash])


def test_a_lax_blueprint_is_refused(build_dir: Path) -> None:
    """flask-smorest's own blueprint would read a wrong content type as an empty body, so an app with one does not start."""
    lax = flask_smorest.Blueprint("lax", __name__)
    with pytest.raises(TypeError, match=r"shared\.web\.json_api\.Blueprint"):
        create_web_app(small_api.settings(build_dir), service="small", blueprints=[], apis=[lax], ping=lambda: None)


def resolved(document: dict[str, Any], answer: dict[str, Any]) -> Any:
    name = answer.get("$ref", "").rpartition("/")[2]
    return document["components"]["responses"][name] if name else answer
