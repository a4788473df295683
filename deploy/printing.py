"""Templates in, text out: what compose and Kubernetes have in common."""

import json
import tomllib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.runtime.processes import Process

ROOT = Path(__file__).parents[1]
IMAGE = "collaboration-with-londoners"
PORT_BASE = 8000  # PORT_BASE in the image; the front door's own port


def port(process: Process) -> int:
    return PORT_BASE + process.offset


def version() -> str:
    """The release, which is also the images' tag until an overlay or VERSION says otherwise."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def printed(template: str, **context: Any) -> str:
    """The template's text. A name that is not in the context is an error, not a gap."""
    environment = Environment(  # noqa: S701 -- YAML for an operator, not a page
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment.get_template(template).render(image=IMAGE, version=version(), port=port, **context)
