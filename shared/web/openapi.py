"""OpenAPI documents: one service's, and the three merged into the one that the front door serves."""

from collections.abc import Sequence
from typing import Any

from flask import Flask

Document = dict[str, Any]


def document(app: Flask) -> Document:
    """What this app's JSON API is, for `python -m services.<name> openapi`."""
    found: Document = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return found


def merge(documents: Sequence[Document], title: str = "Collaboration with Londoners") -> Document:
    """One document of several. Raises ValueError where two say different things under one name."""
    merged: Document = {"openapi": documents[0]["openapi"], "info": {**documents[0]["info"], "title": title}, "paths": {}, "components": {}}
    tags: dict[str, Any] = {}
    for one in documents:
        _add(merged["paths"], one.get("paths", {}), "path")
        for kind, parts in one.get("components", {}).items():
            _add(merged["components"].setdefault(kind, {}), parts, kind)
        tags.update({tag["name"]: tag for tag in one.get("tags", [])})
    merged["paths"] = dict(sorted(merged["paths"].items()))
    merged["tags"] = [tags[name] for name in sorted(tags)]
    return merged


def _add(into: dict[str, Any], more: dict[str, Any], what: str) -> None:
    for name, value in more.items():
        if into.setdefault(name, value) != value:
            raise ValueError(f"two services describe the {what} {name} differently")
