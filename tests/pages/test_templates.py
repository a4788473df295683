import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import meta

from shared.web import mail_templates, pages
from shared.web.build import BuildSettings
from tests.pages.demo_site import demo_app

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for room in ("shared", "services") for path in (ROOT / room).rglob("templates/**/*") if path.suffix in (".html", ".txt")
)
OURS = [path for path in TEMPLATES if path.is_relative_to(pages.TEMPLATES)]
SPOKEN = ("alt", "aria-label", "placeholder", "title")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", OURS, ids=_name)
def test_a_shared_template_compiles(built: Path, path: Path) -> None:
    """Each of the shared templates compiles, with filters and globals that exist."""
    env = demo_app(BuildSettings(build_dir=str(built))).jinja_env
    env.compile(path.read_text(encoding="utf-8"), filename=path.name)


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_names_templates_that_exist(built: Path, path: Path) -> None:
    """Whatever a template extends, includes or imports is beside it or among the shared ones."""
    env = demo_app(BuildSettings(build_dir=str(built))).jinja_env
    folders = [pages.TEMPLATES, *(parent for parent in path.parents if parent.name == "templates")]
    for named in meta.find_referenced_templates(env.parse(path.read_text(encoding="utf-8"))):
        assert named is not None, "a template's name is not a constant"
        assert any((folder / named).is_file() for folder in folders), named


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_words_are_wrapped_for_translation(path: Path) -> None:
    """No words for people stand bare in a template: each goes through gettext, so that a translation misses nothing."""
    text = re.sub(r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\{% block \w+_class %\}[\w -]*\{% endblock %\}| aria-\w+=\"[^\"]*\"(?=\{%)", "", text)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    text = re.sub(r"<(style|code)\b.*?</\1>", "", text, flags=re.DOTALL)
    for attribute in SPOKEN:
        assert not re.search(rf'\s{attribute}="[^"]*[A-Za-z]', text), f"{attribute} holds bare words"
    bare = re.sub(r"<!--.*?-->|<[^>]*>|&[a-z#0-9]+;|(?<!\S)/\S*", "", text, flags=re.DOTALL)  # an address is no word
    assert not re.findall(r"[A-Za-z][^\n]*", bare)


def test_words_can_be_collected(tmp_path: Path) -> None:
    """The one command of the docs collects words from templates, from Python, and from the tables of links."""
    catalogue = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "extract", "-F", "pyproject.toml", "-k", "N_", "-o", str(catalogue), "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    with catalogue.open("rb") as file:
        collected = {message.id for message in read_po(file)}
    assert {
        "Need help now?",
        "What London has done",
        "Not collected yet",
        "We can’t take pledges this minute",
        "There is a problem",
    } <= collected
    assert any(isinstance(one, str) and "tell us" in one for one in collected)


def test_mails_have_the_same_lines() -> None:
    """A mail's help block has the lines that go into mails, in both its forms, and no others."""
    env = mail_templates.environment([])
    plain = env.get_template("mail_crisis.txt").render()
    assert plain.splitlines() == [
        "IF YOU NEED HELP NOW",
        "",
        "  Life at risk: call 999 or go to A&E",
        "  Urgent mental health help: NHS 111, option 2",
        "  Someone to talk to, day or night: Samaritans 116 123",
        "  Rather text? Send SHOUT to 85258",
    ]
    html = env.get_template("mail_crisis.html").render()
    assert re.findall(r'href="([^"]*)"', html) == ["tel:999", "tel:111", "tel:116123", "sms:85258?body=SHOUT"]
    assert "A&amp;E" in html


def test_mails_need_no_web_app() -> None:
    """The process that sends mails does not carry Flask along for its templates."""
    code = "import sys; from shared.web import mail_templates; mail_templates.environment([]); sys.exit('flask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
