"""The templates of mails: the same filters, help lines and languages as the pages, for a process that has no web app.

A mail's template is in its service's own folder and includes `mail_crisis.html` or `mail_crisis.txt`.
"""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shared.reference.crisis import crisis_lines
from shared.web import words

FRAGMENTS = Path(__file__).parent / "templates"


def environment(folders: Sequence[Path]) -> Environment:
    """Templates of `folders`, then the shared fragments. HTML is escaped, plain text is not; a missing value is an error."""
    env = Environment(
        loader=FileSystemLoader([*folders, FRAGMENTS]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.policies["ext.i18n.trimmed"] = True
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined] # the extension adds it
    env.filters.update(words.filters(lambda: words.ENGLISH, str))
    env.globals.update(crisis_lines=crisis_lines)
    return env
