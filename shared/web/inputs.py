"""How a view reads what was sent: a form's fields, or one JSON object. Views get these through `checks`.

What comes out can be stored and shown: no NUL, no half of a surrogate pair, no number that a store cannot hold.
"""

import json
import math
import unicodedata
from collections.abc import Collection
from typing import IO, Any, NoReturn
from urllib.parse import unquote_to_bytes

from flask import request
from flask_babel import gettext
from werkzeug import exceptions as http

from shared.runtime.errors import InvalidInput
from shared.web.i18n import N_

MOST_BYTES = 64 * 1024
LONGEST_ANSWER = 5_000
_MOST_THROWN_AWAY = 8 * 1024 * 1024
_MOST_FIELDS = 200
_LINES = frozenset("\n\r\t")
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1  # what a store can hold; json also reads NaN and Infinity
_UNREADABLE_SIGN = N_("Part of this can’t be read. Type it again")


def read_form(*names: str, long: Collection[str] = ()) -> dict[str, str]:
    """The named fields of a posted form, without the spaces around them; one that is missing is "".

    `long`: the fields that may have several lines. Raises InvalidInput naming each field that cannot be kept; nothing is
    cut short in silence.
    """
    sent = _form_fields()
    values = {name: _text(sent.get(name, b"")) for name in names}
    wrong = {name: [words] for name, value in values.items() if (words := _refused(value, name in long))}
    if wrong:
        raise InvalidInput(wrong)
    return {name: value for name, value in values.items() if value is not None}


def read_answers(*names: str, long: Collection[str] = ()) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The same for a page that is shown again: every answer as far as it can be shown, and what is wrong with those that can't.

    How long an answer may be is the caller's to say, so that somebody who typed too much keeps it.
    """
    sent = _form_fields()
    values = {name: _text(sent.get(name, b"")) for name in names}
    wrong = {name: [str(_UNREADABLE_SIGN)] for name, value in values.items() if value is None or _has_control(value, name in long)}
    return {name: "" if name in wrong or value is None else value for name, value in values.items()}, wrong


def sent_fields() -> dict[str, str]:
    """Every field of the posted form that can be read: for a page that gives it back to whoever sent it."""
    found = {name: _text(value) for name, value in _form_fields().items()}
    return {name: value for name, value in found.items() if value is not None and not _has_control(f"{name}{value}", True)}


def read_json() -> dict[str, Any]:
    """The JSON object in the body. 415 for another type of body, 400 for what is no such object."""
    mimetype = request.mimetype
    if mimetype != "application/json" and not mimetype.endswith("+json"):
        raise http.UnsupportedMediaType
    try:
        body = json.loads(_body().decode(), object_pairs_hook=_once_each)
    except UnicodeDecodeError:
        _bad(N_("The body is not UTF-8. Send JSON encoded as UTF-8."))
    except RecursionError:
        _bad(N_("The body is nested too deep. Send a flat JSON object."))
    except ValueError:  # no JSON, a key twice, a number with thousands of digits
        _bad(N_("The body is not JSON that we can read. Send one JSON object, each name once."))
    if not isinstance(body, dict):
        _bad(N_("The body is not a JSON object. Send one, in curly brackets."))
    _check_values(body)
    return body


def _form_fields() -> dict[str, bytes | str]:
    """The first value of each field, as sent."""
    body = _body()
    if request.mimetype == _MULTIPART:
        return {name: request.form[name] for name in request.form}
    if request.mimetype != _URLENCODED and not (request.mimetype == "" and not body):
        raise http.UnsupportedMediaType(N_("Send this as a form: use the page’s own button."))
    parts = body.split(b"&")
    if len(parts) > _MOST_FIELDS:
        raise http.BadRequest
    fields: dict[str, bytes | str] = {}
    for part in parts:  # the libraries' parsers put something else in the place of what is not UTF-8
        name, _, value = (unquote_to_bytes(piece.replace(b"+", b" ")) for piece in part.partition(b"="))
        fields.setdefault(name.decode(errors="replace"), value)
    return fields


def _body() -> bytes:
    """The whole body. Of a chunked one that is too long, werkzeug hands over the first part as if it were all."""
    body = request.get_data()
    if len(body) > MOST_BYTES:
        _let_the_sender_finish(request.environ["wsgi.input"])
        raise http.RequestEntityTooLarge
    return body


def _let_the_sender_finish(stream: IO[bytes]) -> None:
    """Who is still sending when the answer comes sees a broken connection instead of it."""
    for _ in range(_MOST_THROWN_AWAY // MOST_BYTES):
        if not stream.read(MOST_BYTES):
            return


def _text(sent: bytes | str) -> str | None:
    """The text of a field; None where it is not UTF-8 (multipart parsing leaves U+FFFD there)."""
    try:
        text = sent.decode() if isinstance(sent, bytes) else sent
    except UnicodeDecodeError:
        return None
    return None if "\ufffd" in text else text.strip()


def _refused(value: str | None, may_have_lines: bool) -> str | None:
    """What is wrong with a field, as a sentence for the person who typed it."""
    if value is None:
        return _UNREADABLE_SIGN
    if len(value) > LONGEST_ANSWER:
        return str(gettext("Use %(most)s characters or fewer. You have %(have)s", most=f"{LONGEST_ANSWER:,}", have=f"{len(value):,}"))
    return _UNREADABLE_SIGN if _has_control(value, may_have_lines) else None


def _has_control(value: str, may_have_lines: bool) -> bool:
    allowed = _LINES if may_have_lines else frozenset()
    return any(sign not in allowed and unicodedata.category(sign) in ("Cc", "Cs") for sign in value)


def _check_values(body: dict[str, Any]) -> None:
    """Walk the whole tree without recursion: a stranger chose its depth."""
    waiting: list[tuple[str, Any]] = [("", body)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            for name, below in value.items():
                _check_text("a field’s name", name)
                waiting.append((f"{path}.{name}" if path else name, below))
        elif isinstance(value, list):
            waiting.extend((f"{path}.{place}", below) for place, below in enumerate(value))
        elif isinstance(value, str):
            _check_text(path, value)
        elif (isinstance(value, int) and not _SMALLEST <= value <= _LARGEST) or (isinstance(value, float) and not math.isfinite(value)):
            _bad(f"The number in “{path[:100]}” can’t be kept. Send a smaller one.")


def _check_text(path: str, text: str) -> None:
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        _bad(f"The text in “{path[:100]}” holds a sign that is no character (NUL or half a surrogate pair). Leave it out.")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def _bad(words: str) -> NoReturn:
    raise http.BadRequest(words) from None
