"""/api: the JSON API as a page, made from the OpenAPI document by the build. It loads nothing from elsewhere."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.web import pages, problems

Document = Mapping[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 5  # a schema may name itself
_KINDS = {"integer": "whole number", "number": "number", "boolean": "true or false", "object": "object", "null": "null"}
_FORMATS = {"uuid": "UUID", "date-time": "date and time", "date": "date", "email": "e-mail", "uri": "address", "uri-reference": "address"}


@dataclass(frozen=True)
class Field:
    """One thing sent or answered. `name` has dots for what is inside an object, and [] for each of a list."""

    name: str
    kind: str
    required: bool
    words: str
    where: str = ""


@dataclass(frozen=True)
class Answer:
    status: str
    words: str
    fields: Sequence[Field]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    summary: str
    words: str
    parameters: Sequence[Field]
    body: Sequence[Field]
    answers: Sequence[Answer]
    problems: Sequence[str]

    @property
    def anchor(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self.method} {self.path}".lower()).strip("-")


def render(document: Document, settings: pages.PageSettings) -> str:
    """The whole page."""
    return pages.render_static("api.html", settings, calls=calls(document), kinds=problems.documented())


def calls(document: Document) -> tuple[Call, ...]:
    """Every call, in the order of the paths."""
    return tuple(
        _call(document, method, path, item)
        for path, item in sorted(document.get("paths", {}).items())
        for method in _METHODS
        if method in item
    )


def _call(document: Document, method: str, path: str, item: Document) -> Call:
    operation = item[method]
    every = [_resolved(document, one) for one in [*item.get("parameters", []), *operation.get("parameters", [])]]
    parameters = {(one["in"], one["name"]): one for one in every}.values()  # the operation's own word wins
    answers = [(str(status), _resolved(document, one)) for status, one in operation.get("responses", {}).items()]
    return Call(
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        words=operation.get("description", ""),
        parameters=[_parameter(document, one) for one in parameters],
        body=tuple(_fields(document, _content(_resolved(document, operation.get("requestBody", {}))))),
        answers=[
            Answer(status, one.get("description", ""), tuple(_fields(document, _content(one)))) for status, one in answers if status < "400"
        ],
        problems=sorted(status for status, _ in answers if "400" <= status < "600"),
    )


def _parameter(document: Document, one: Document) -> Field:
    schema = _resolved(document, one.get("schema", {}))
    where = {"path": "in the path", "query": "in the query"}.get(one["in"], str(one["in"]))
    return Field(one["name"], _kind(document, schema), one.get("required", False), one.get("description") or _words(schema), where)


def _content(part: Document) -> Document:
    """The schema of a body or an answer, whatever its JSON type is called."""
    schemas = [one.get("schema", {}) for kind, one in part.get("content", {}).items() if "json" in kind]
    return schemas[0] if schemas else {}


def _fields(document: Document, schema: Document, prefix: str = "", depth: int = 0) -> Iterator[Field]:
    """The fields of an object, each followed by those inside it."""
    schema = _resolved(document, schema)
    if depth > _DEEPEST:
        return
    if "items" in schema:
        yield from _fields(document, schema["items"], f"{prefix}[]", depth + 1)
    for name, one in schema.get("properties", {}).items():
        inner = _resolved(document, one)
        full = f"{prefix}.{name}" if prefix else name
        yield Field(full, _kind(document, inner), name in schema.get("required", []), _words(inner))
        yield from _fields(document, inner, full, depth + 1)
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping):
        yield from _fields(document, more, f"{prefix}.*" if prefix else "*", depth + 1)


def _resolved(document: Document, part: Document) -> Document:
    """The part itself, for a reference to one; words beside a reference win."""
    seen = 0
    while "$ref" in part and seen < _DEEPEST:
        seen += 1
        target: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def _kind(document: Document, schema: Document) -> str:
    """What may stand there, in plain words."""
    variants = [_kind(document, _resolved(document, one)) for key in ("anyOf", "oneOf", "allOf") for one in schema.get(key, [])]
    if variants:
        return " or ".join(dict.fromkeys(variants))
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join("null" if one is None else str(one) for one in schema["enum"])
    types = schema.get("type", [])
    names = [_name(document, schema, one) for one in ([types] if isinstance(types, str) else types)]
    return " or ".join(names) or "anything"


def _name(document: Document, schema: Document, kind: str) -> str:
    if kind == "array":
        return f"list of {_kind(document, _resolved(document, schema.get('items', {})))}"
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), "text")
    return _KINDS.get(kind, kind)


def _words(schema: Document) -> str:
    return str(schema.get("description") or schema.get("title") or "")
