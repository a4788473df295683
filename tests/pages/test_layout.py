from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from jinja2 import UndefinedError

from shared.reference.crisis import crisis_lines
from shared.web import pages
from shared.web.build import BuildSettings
from shared.web.routes import DOOR, owner_of
from tests.pages import reading
from tests.pages.demo_site import demo_app


def _app(built: Path, environment: str = "test") -> Flask:
    return demo_app(BuildSettings(build_dir=str(built), environment=environment))


@pytest.fixture
def client(built: Path) -> FlaskClient:
    return _app(built).test_client()


def test_a_title_says_page_and_name(client: FlaskClient) -> None:
    """A title is the page's, then the site's; a page sent back with errors says so first, for who hears titles read."""
    for answer, title in (
        (client.get("/form"), "One nudge, when you want it – Collaboration with Londoners"),
        (client.post("/form"), "Error: One nudge, when you want it – Collaboration with Londoners"),
    ):
        assert f"<title>{title}</title>" in answer.text


def test_the_menu_marks_where_we_are(built: Path) -> None:
    """The section's entry is marked: as the page itself on its own path, else as the part of the site we are in."""
    app = _app(built)
    page = (
        "{% extends 'layout.html' %}{% set section = 'progress' %}{% block title %}t{% endblock %}{% block main %}<h1>t</h1>{% endblock %}"
    )
    for path, mark in (("/progress", "page"), ("/progress/more", "true")):
        with app.test_request_context(path):
            menu = [tag for tag in reading.tags(render_template_string(page), "a") if tag.get("aria-current")]
        assert [(tag["href"], tag["aria-current"]) for tag in menu] == [("/progress", mark)]


def test_links_lead_somewhere() -> None:
    """Every entry of menu and footer is a path that a service owns."""
    for link in (*pages.MENU, *pages.FOOTER):
        assert owner_of(link.href) not in (None, DOOR), link.href


def test_every_answer_carries_help(client: FlaskClient) -> None:
    """A page, a page sent back, and an error page all have the same block, whole."""
    blocks = set()
    for answer in (client.get("/"), client.get("/form"), client.post("/form"), client.get("/problem")):
        html = answer.text
        for line in crisis_lines():
            assert line.href in [tag.get("href") for tag in reading.tags(html, "a")]
        blocks.add(html[html.index('<section class="crisis"') : html.index("</section>", html.index('<section class="crisis"'))])
    assert len(blocks) == 1


@pytest.mark.parametrize("language", ["ar", "fa", "he", "ur"])
def test_languages_that_run_right_to_left(client: FlaskClient, language: str) -> None:
    """A page in Arabic, Persian, Hebrew or Urdu says so and runs right to left; its help lines stay as they were checked."""
    html = client.get(f"/form?lang={language}").text
    (root,) = reading.tags(html, "html")
    assert (root["lang"], root["dir"]) == (language, "rtl")
    assert '<ul lang="en-GB" dir="ltr">' in html


@pytest.mark.parametrize("asked", ["en-GB", "xx", "../../etc", "ar\x00", ""])
def test_an_unknown_language_is_english(client: FlaskClient, asked: str) -> None:
    """Whatever else is asked for, the page is English."""
    (root,) = reading.tags(client.get("/form", query_string={"lang": asked}).text, "html")
    assert (root["lang"], root["dir"]) == ("en-GB", "ltr")


def test_production_has_english_alone(built: Path) -> None:
    """In production nobody can be sent a link that turns the page round."""
    (root,) = reading.tags(_app(built, "production").test_client().get("/form?lang=ar").text, "html")
    assert (root["lang"], root["dir"]) == ("en-GB", "ltr")


def test_a_problem_is_escaped(built: Path) -> None:
    """Words in a problem are text, whatever they hold."""
    with _app(built).test_request_context("/"):
        html = pages.render_problem(404, "<script>alert(1)</script>", "a & b")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert len(reading.tags(html, "h1")) == 1


@pytest.mark.parametrize("source", ["{{ nothing }}", "{{ asset('nothing.css') }}"])
def test_a_slip_in_a_template_is_an_error(built: Path, source: str) -> None:
    """A name that does not exist never comes out as an empty space."""
    with _app(built).test_request_context("/"), pytest.raises((UndefinedError, KeyError)):
        render_template_string(source)


def test_filters_are_there(built: Path) -> None:
    """Templates write numbers, days and hours by the shared filters."""
    source = "{{ 48310|number }} {{ none|count_or_words('fewer-than-10') }} {{ d|when }}"
    with _app(built).test_request_context("/"):
        written = render_template_string(source, d=datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert written == "48,310 fewer than 10 9am, Tuesday 24 November"
