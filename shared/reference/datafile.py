"""The one way into data/: a reviewed JSON file, read as it stands. Each module that reads one caches its own rows."""

import json
from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"


def read(name: str) -> dict[str, Any]:
    """The file data/<name>.json."""
    return dict(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))


def day(text: str | None) -> date | None:
    """A date as the files write it, or None where it is still open."""
    return date.fromisoformat(text) if text else None
