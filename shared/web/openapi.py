"""OpenAPI documents: one service's, and the three merged into the one that the front door serves.

python -m shared.web.openapi     asks each service for its own (`python -m services.<name> openapi`), because shared imports
                                 no service, and writes `<BUILD_DIR>/openapi.json`
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.runtime.processes import SERVICES

if TYPE_CHECKING:
    from flask import Flask

Document = dict[str, Any]


def document(app: "Flask") -> Document:
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


def collect() -> list[Document]:
    """What each service prints. A service that fails has said why; so does the error here."""
    asked = [subprocess.Popen([sys.executable, "-m", f"services.{name}", "openapi"], stdout=subprocess.PIPE) for name in SERVICES]  # noqa: S603 -- our own
    printed = [each.communicate()[0] for each in asked]
    for name, each in zip(SERVICES, asked, strict=True):
        if each.returncode:
            raise SystemExit(f"python -m services.{name} openapi failed: the merged document was left as it was")
    return [json.loads(text) for text in printed]


if __name__ == "__main__":
    file = Path(os.environ.get("BUILD_DIR") or "build") / "openapi.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(merge(collect()), indent=1, ensure_ascii=False), encoding="utf-8")
    sys.stdout.write(f"{file}: made of {len(SERVICES)} services\n")
