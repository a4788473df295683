"""The mails as data: each template's promise, its shelf life, its subject; the words are in `templates/`.

A `resend` template is sent, or recorded with its reason; a crash in the one window between the server's yes and our record
may double it, under the same Message-ID. A `once` template is never sent twice; such a crash shows it as unknown.
"""

import re
import textwrap
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from shared.web.mail_templates import environment

CONFIRM, NUDGE = "confirm", "nudge"
REMINDERS = "reminders"
WIDTH = 72
_FOLDER = Path(__file__).parent / "templates"
_GAPS = re.compile(r"\n{4,}")


@dataclass(frozen=True)
class Template:
    """`shelf_life`: from the message's time, or for a clock's mail from its due time; past it the mail expires unsent.

    `purpose`: the consent it rests on, and what its stop link stops; None for a first mail, which nobody has agreed to yet.
    """

    name: str
    subject: str
    resend: bool
    shelf_life: timedelta
    purpose: str | None


TEMPLATES = {
    template.name: template
    for template in (
        Template(CONFIRM, "Your pledge", resend=True, shelf_life=timedelta(days=7), purpose=None),
        Template(NUDGE, "Your pledge", resend=False, shelf_life=timedelta(hours=36), purpose=REMINDERS),
    )
}


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
