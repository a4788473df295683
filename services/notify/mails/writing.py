"""Fills a mail's templates. Only the sender writes mails, so only it carries Jinja and the languages in its memory."""

import re
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from services.notify.mails import TEMPLATES
from shared.web.mail_templates import environment

WIDTH = 72
_FOLDER = Path(__file__).parent / "templates"
_GAPS = re.compile(r"\n{4,}")


@dataclass(frozen=True)
class Words:
    """What a mail says: the two bodies say the same."""

    subject: str
    text: str
    html: str


def write(name: str, brand: str, **values: Any) -> Words:
    """Fill a template. Raises an error of Jinja's when a value is missing."""
    env, given = _environment(), {"brand_name": brand, "subject": TEMPLATES[name].subject, **values}
    return Words(
        subject=TEMPLATES[name].subject,
        text=_plain(env.get_template(f"{name}.txt").render(given)),
        html=env.get_template(f"{name}.html").render(given),
    )


def _plain(text: str) -> str:
    """Short lines, as a phone and a screen reader like them; a link stays whole on its own line."""
    lines = "\n".join(_folded(line.rstrip()) for line in text.strip().splitlines())
    return _GAPS.sub("\n\n\n", lines) + "\n"


def _folded(line: str) -> str:
    if len(line) <= WIDTH or "://" in line:
        return line
    margin = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(), WIDTH, initial_indent=margin, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )


@cache
def _environment() -> Environment:
    return environment([_FOLDER])
