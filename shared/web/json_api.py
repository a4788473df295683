"""The JSON API: flask-smorest with our problems, strict bodies, and every answer documented.

    pledges = Blueprint("pledges", __name__, url_prefix="/api/v1/pledges", description="…")

A service's JSON routes use this `Blueprint`, which is flask-smorest's with the strict parser.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Flask, request
from webargs.flaskparser import FlaskParser

from shared.runtime.errors import InvalidInput
from shared.web.inputs import read_json
from shared.web.problems import JSON_TYPE, flat

View = TypeVar("View", bound=Callable[..., Any])
KEY_HEADER = "Idempotency-Key"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ANY = (400, 404, 405, 414, 421, 503)
_UNSAFE = (403, 409, 413, 415, 422, 429)
_WITH_WAIT = (429, 503)

# For `@blueprint.doc(parameters=[IDEMPOTENCY_KEY])`.
IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "in": "header",
    "name": KEY_HEADER,
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "A UUID of your own. Sent again with the same body within a day, it brings the first answer and makes nothing twice.",
}


class JustTrueOrFalse(ma.fields.Boolean):
    """true or false, and no word that may be read as one: a consent is not guessed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Problem(ma.Schema):
    """Problem details (RFC 9457)."""

    type = ma.fields.String(
        required=True, metadata={"description": "What kind of problem, explained on the /api page", "format": "uri-reference"}
    )
    title = ma.fields.String(required=True, metadata={"description": "The kind, in a few words"})
    status = ma.fields.Integer(required=True, metadata={"description": "The HTTP status"})
    detail = ma.fields.String(required=True, metadata={"description": "What to change, or when to come back"})
    errors = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.List(ma.fields.String()),
        metadata={"description": "For each wrong field, sentences that say how to mend it"},
    )


class StrictParser(FlaskParser):
    """webargs, but a body that is no JSON object is refused for what it is, and errors are ours."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 -- webargs' own way to set it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
    }

    def load_json(self, req: Any, schema: ma.Schema) -> Any:
        return read_json()

    def handle_error(self, error: ma.ValidationError, req: Any, schema: ma.Schema, **_: Any) -> NoReturn:
        raise InvalidInput(flat(error.messages))


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest carries no types
    """flask-smorest's, with the strict parser and our problems in each operation's answers."""

    ARGUMENTS_PARSER = StrictParser()

    if TYPE_CHECKING:  # what flask-smorest's decorators keep of a view: all of it

        def get(self, rule: str, **options: Any) -> Callable[[View], View]: ...
        def post(self, rule: str, **options: Any) -> Callable[[View], View]: ...
        def delete(self, rule: str, **options: Any) -> Callable[[View], View]: ...
        def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]: ...
        def response(self, status_code: int, schema: Any = None, **options: Any) -> Callable[[View], View]: ...
        def alt_response(self, status_code: int, response: str | None = None, **options: Any) -> Callable[[View], View]: ...
        @staticmethod
        def doc(**options: Any) -> Callable[[View], View]: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks += [_keep_words, _document_problems]


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest carries no types
    """flask-smorest's, leaving errors to `problems` and documenting them as what they are."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """`problems.install` has taken them all."""

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            if status >= 400:
                self.spec.components.response(status.name, _answer(status.phrase, status), lazy=True)
        self.spec.components.response(self.DEFAULT_ERROR_RESPONSE_NAME, _answer("Any other problem", None), lazy=True)

    def _register_pagination_header(self) -> None:
        """We page by cursor, so flask-smorest's page numbers are not described."""


def install(app: Flask, title: str, apis: Sequence[flask_smorest.Blueprint]) -> Api:
    """Register the JSON blueprints and their documentation."""
    app.config.update(API_TITLE=title, API_VERSION="1", OPENAPI_VERSION="3.1.0")
    api = Api(app)
    for blueprint in apis:
        if not isinstance(blueprint, Blueprint):
            raise TypeError(f"{blueprint.name}: make it with shared.web.json_api.Blueprint, so that bodies are read strictly")
        api.register_blueprint(blueprint)
    return api


def idempotency_key() -> str | None:
    """The caller's own key for this request, if there is one."""
    sent = request.headers.get(KEY_HEADER)
    if sent is None:
        return None
    if not _UUID.fullmatch(sent.strip()):
        raise InvalidInput({KEY_HEADER: ["Send a UUID here, or leave the header out."]})
    return sent.strip().lower()


def _answer(words: str, status: int | None) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": words, "content": {JSON_TYPE: {"schema": Problem}}}
    if status in _WITH_WAIT:
        answer["headers"] = {"Retry-After": {"description": "Seconds until it is worth trying again", "schema": {"type": "integer"}}}
    return answer


def _keep_words(doc: dict[str, Any], info: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A docstring's one sentence is the description, where the summary was given by hand: else it would be lost."""
    words = info["docstring"]
    if "summary" in info.get("manual_doc", {}) and "summary" in words:
        words.setdefault("description", words.pop("summary"))
    return doc


def _document_problems(doc: dict[str, Any], _info: Mapping[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    """Name the problems that any operation may answer with, unless it has described that answer itself."""
    answers = doc.setdefault("responses", {})
    for status in _ANY if method in ("get", "head") else (*_ANY, *_UNSAFE):
        if status not in answers and str(status) not in answers:
            answers[status] = HTTPStatus(status).name
    return doc
