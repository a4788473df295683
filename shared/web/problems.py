"""What a person or a machine is told when something goes wrong: one table from an error's class to its answer.

Under /api/, and for who asks for JSON, it is problem+json (RFC 9457); else a page with crisis help. An answer never
holds an exception's own words unless they were written for the reader; a log line never holds them at all.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mongoengine
from flask import Flask, Response, request
from flask_babel import gettext
from markupsafe import escape
from mongoengine.connection import ConnectionFailure as NoConnection
from pymongo import errors as mongo
from werkzeug import exceptions as http

from shared.reference.crisis import crisis_lines
from shared.runtime import errors as ours
from shared.runtime.logs import log, where_raised
from shared.web import pages
from shared.web.i18n import N_

JSON_TYPE = "application/problem+json"
COME_BACK = 5  # seconds: a store that restarts is back by then
INTERNAL_ERROR, OUT_OF_DISK_SPACE = 1, 14031  # of a store that is itself at fault, not what it was asked
MOST_FIELDS, LONGEST_NAME = 50, 100  # of what a stranger sent, this much is named back


@dataclass(frozen=True)
class Kind:
    """`slug`: the anchor on the /api page. `detail`: said when the error brings no words of its own.

    `for_programs`: the same for who has no page to go back to; `detail` where it is empty.
    """

    status: int
    slug: str
    title: str
    detail: str
    retry_after: int | None = None
    for_programs: str = ""

    @property
    def detail_for_programs(self) -> str:
        return self.for_programs or self.detail


@dataclass(frozen=True)
class Problem:
    kind: Kind
    detail: str
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


_INVALID = Kind(422, "invalid-input", N_("There is a problem with what was sent"), N_("Check the answers, then send them again."))
_NOT_FOUND = Kind(
    404,
    "not-found",
    N_("We can’t find that"),
    N_("Check the address for a slip, or start again from the first page."),
    for_programs=N_("Check the address for a slip: /api lists every call."),
)
_FORBIDDEN = Kind(
    403,
    "forbidden",
    N_("You can’t do that from here"),
    N_("Open the page on this site, then press its button once more. Nothing was changed."),
)
_TOO_MANY = Kind(
    429, "too-many", N_("That was a lot at once"), N_("Wait a minute, then try again. Nothing that you sent before is lost."), 60
)
_UNAVAILABLE = Kind(
    503,
    "unavailable",
    N_("We can’t do that this minute"),
    N_("Sending the same thing again is safe: it is kept once. Try again in a few minutes."),
    COME_BACK,
)
_UNREADABLE = Kind(
    400,
    "bad-request",
    N_("We couldn’t read what was sent"),
    N_("Go back, reload the page and try once more."),
    for_programs=N_("Send it as /api describes."),
)
_OUR_FAULT = Kind(
    500,
    "our-fault",
    N_("Something went wrong on our side"),
    N_("It isn’t you. Sending the same thing again is safe. Try again in a few minutes."),
)

# The most exact class wins, so a parent here answers for all its children.
KINDS: Mapping[type[BaseException], Kind] = {
    ours.InvalidInput: _INVALID,
    ours.NotFound: _NOT_FOUND,
    ours.Conflict: Kind(
        409,
        "conflict",
        N_("That has changed meanwhile"),
        N_("Reload the page to see how it stands now."),
        for_programs=N_("Get it again to see how it stands now."),
    ),
    ours.KeyReused: Kind(
        422,
        "key-reused",
        N_("This was sent before with other answers"),
        N_("Reload the page, then send it again."),
        for_programs=N_("An Idempotency-Key belongs to one body. Send another body with a new key."),
    ),
    ours.Expired: Kind(
        410, "expired", N_("This link no longer works"), N_("It is too old, or it was used already. Start again from the first page.")
    ),
    ours.Forbidden: _FORBIDDEN,
    ours.TooMany: _TOO_MANY,
    ours.Unavailable: _UNAVAILABLE,
    mongo.ConnectionFailure: _UNAVAILABLE,  # AutoReconnect, NetworkTimeout, ServerSelectionTimeoutError, a full pool
    mongo.ExecutionTimeout: _UNAVAILABLE,
    mongo.WTimeoutError: _UNAVAILABLE,
    NoConnection: _UNAVAILABLE,
    http.BadRequest: _UNREADABLE,
    http.Unauthorized: Kind(401, "sign-in-needed", N_("Sign in first"), N_("Sign in, then try again.")),
    http.Forbidden: _FORBIDDEN,
    http.NotFound: _NOT_FOUND,
    http.MethodNotAllowed: Kind(
        405,
        "method",
        N_("That can’t be done at this address"),
        N_("Go back to the page and use its buttons."),
        for_programs=N_("The Allow header names what can be done here; /api lists every call."),
    ),
    http.NotAcceptable: Kind(406, "not-acceptable", N_("We don’t have that format"), N_("Ask for HTML or JSON.")),
    http.RequestEntityTooLarge: Kind(
        413,
        "too-large",
        N_("That is more than we can take"),
        N_("Send less than 64 KB at a time. Shorten the longest answer and try again."),
    ),
    http.RequestURITooLarge: Kind(
        414,
        "address-too-long",
        N_("That address is too long"),
        N_("Start again from the first page."),
        for_programs=N_("Shorten it: /api lists every call."),
    ),
    http.UnsupportedMediaType: Kind(
        415,
        "media-type",
        N_("That format isn’t understood here"),
        N_("Send JSON to the API (Content-Type: application/json), and a form to a page."),
    ),
    http.MisdirectedRequest: Kind(421, "wrong-host", N_("That address isn’t ours"), N_("Open this site by its own name and try again.")),
    http.UnprocessableEntity: _INVALID,
    http.TooManyRequests: _TOO_MANY,
    http.ServiceUnavailable: _UNAVAILABLE,
    http.InternalServerError: _OUR_FAULT,
}

# marshmallow's words → ours, which say what to change.
_SENTENCES = {
    "Missing data for required field.": "This is needed: send it.",
    "Unknown field.": "There is no field of this name: leave it out.",
    "Field may not be null.": "Null is not an answer: give a value, or leave the field out.",
    "Not a valid string.": "Send text here.",
    "Not a valid boolean.": "Send true or false here.",
    "Not a valid integer.": "Send a whole number here.",
    "Not a valid number.": "Send a number here.",
    "Not a valid UUID.": "Send a UUID here.",
    "Not a valid list.": "Send a list here.",
    "Not a valid mapping type.": "Send an object here.",
    "Invalid input type.": "Send an object here.",
}


def install(app: Flask) -> None:
    """Answer every error of this app from the table."""
    app.register_error_handler(Exception, answer)


def documented() -> tuple[Kind, ...]:
    """Each kind once, by status: what the /api page lists under `#problem-<slug>`."""
    return tuple(sorted({kind.slug: kind for kind in (*KINDS.values(), _OUR_FAULT)}.values(), key=lambda kind: (kind.status, kind.slug)))


def answer(error: Exception) -> Response:
    """The answer to an error, in the form that was asked for."""
    if isinstance(error, http.HTTPException) and isinstance(error.response, Response):
        return error.response  # an abort() with a ready answer
    problem = problem_of(error)
    if problem.kind.status >= 500:
        write = log().warning if problem.kind is _UNAVAILABLE else log().error
        write("request failed", error=type(error).__name__, where=where_raised(error), status=problem.kind.status)
    response = _as_json(problem) if wants_json() else _as_page(problem)
    response.headers.update(problem.headers)
    return response


def problem_of(error: BaseException) -> Problem:
    """What there is to say about an error."""
    kind = kind_of(error)
    headers = _own_headers(error) if isinstance(error, http.HTTPException) else {}
    wait = getattr(error, "retry_after", None) or kind.retry_after
    if wait:
        headers.setdefault("Retry-After", str(wait))
    return Problem(kind, _own_words(error) or kind.detail, _fields(error), headers)


def kind_of(error: BaseException) -> Kind:
    """The row of the table for an error."""
    for link in _links(error):
        for cls in type(link).__mro__:
            if cls in KINDS:
                return KINDS[cls]
        if isinstance(link, mongo.PyMongoError) and (link.timeout or link.has_error_label("RetryableWriteError")):
            return _UNAVAILABLE
        if isinstance(link, mongo.OperationFailure) and link.code in (INTERNAL_ERROR, OUT_OF_DISK_SPACE):
            return _UNAVAILABLE
    if isinstance(error, http.HTTPException) and error.code:
        return Kind(error.code, "http", error.name, N_("Go back to the page and try once more."))
    return _OUR_FAULT


def wants_json() -> bool:
    """The JSON API always; elsewhere who names JSON and not HTML."""
    if request.path.startswith("/api/"):
        return True
    asked = {name for name, quality in request.accept_mimetypes if quality > 0}
    return bool(asked & {"application/json", JSON_TYPE}) and "text/html" not in asked


def flat(messages: Any) -> dict[str, list[str]]:
    """marshmallow's tree of messages as {"consents.reminders": [sentences]}; a whole object's own go under "body"."""
    found: dict[str, list[str]] = {}
    _collect(messages, (), found)
    return found


def _links(error: BaseException) -> Iterator[BaseException]:
    """The error, and what the document mapper wrapped in its own."""
    yield error
    inner = error.__cause__ or error.__context__
    if isinstance(error, mongoengine.errors.OperationError) and inner:
        yield inner


def _own_words(error: BaseException) -> str:
    if isinstance(error, ours.CollaborationError):
        return "" if error.message == _INVALID.title else error.message
    if isinstance(error, http.HTTPException) and error.description and error.description != type(error).description:
        return error.description
    return ""


def _own_headers(error: http.HTTPException) -> dict[str, str]:
    """Allow, Retry-After and the like; not the content type of werkzeug's own page."""
    return {name: value for name, value in error.get_headers() if name.lower() not in ("content-type", "content-length")}


def _fields(error: BaseException) -> dict[str, list[str]]:
    if isinstance(error, ours.InvalidInput):
        return error.fields
    data = getattr(error, "data", None)  # webargs' abort() leaves {"messages": {location: …}} here
    messages = data.get("messages") if isinstance(data, dict) else None
    return flat(messages) if messages else {}


def _collect(node: Any, path: tuple[str, ...], found: dict[str, list[str]]) -> None:
    if len(found) >= MOST_FIELDS:
        return
    if isinstance(node, Mapping):
        for name, below in node.items():
            _collect(below, path if name == "_schema" else (*path, str(name)[:LONGEST_NAME]), found)
        return
    sentences = [node] if isinstance(node, str) else node
    # The first step is the location (json, query, headers), which the reader knows.
    found.setdefault(".".join(path[1:]) or "body", []).extend(_SENTENCES.get(str(words), str(words)) for words in sentences)


def members(kind: Kind, status: int, detail: str = "") -> dict[str, Any]:
    """What every problem+json says; the front door's own as well."""
    return {"type": f"/api#problem-{kind.slug}", "title": kind.title, "status": status, "detail": detail or kind.detail_for_programs}


def _as_json(problem: Problem) -> Response:
    own = problem.detail if problem.detail != problem.kind.detail else ""
    body = members(problem.kind, problem.kind.status, own)
    if problem.errors:
        body["errors"] = problem.errors
    return Response(json.dumps(body), problem.kind.status, content_type=JSON_TYPE)


def _as_page(problem: Problem) -> Response:
    try:
        sentences = (words for field_sentences in problem.errors.values() for words in field_sentences)
        detail = " ".join(gettext(words) for words in (problem.detail, *sentences))
        page = pages.render_problem(problem.kind.status, gettext(problem.kind.title), detail)
    except Exception as fault:  # a mistake in the error page must not take the crisis lines away
        log().error("error page failed", error=type(fault).__name__, where=where_raised(fault))
        help_lines = "".join(f"<p>{escape(line.plain)}</p>" for line in crisis_lines())
        page = f'<!doctype html><html lang="en"><title>{problem.kind.title}</title><h1>{problem.kind.title}</h1>{help_lines}</html>'
    return Response(page, problem.kind.status, content_type="text/html; charset=utf-8")
