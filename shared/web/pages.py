"""What every page has in common: templates, their globals and filters, the menu, error pages.

A service's pages extend `layout.html` (or `narrow.html`: one heading in one column), take form parts from `forms.html`, and live
in the `templates` folder of the service's own blueprint.
"""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from flask import Flask, has_request_context, render_template, request
from flask_babel import gettext
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.reference.crisis import crisis_lines
from shared.web import i18n, words
from shared.web.assets import Assets
from shared.web.i18n import N_

TEMPLATES = Path(__file__).parent / "templates"


class PageSettings(Protocol):
    """What pages need of a process's settings; CommonSettings has it all."""

    @property
    def environment(self) -> str: ...
    @property
    def public_url(self) -> str: ...
    @property
    def build_dir(self) -> str: ...
    @property
    def brand_name(self) -> str: ...


@dataclass(frozen=True)
class Link:
    """`section`: what a page calls itself to have this entry marked."""

    section: str
    href: str
    words: str


# A new page is one line here. Only what this release has: nobody is led to a page that is not there.
MENU = (
    Link("pledge", "/pledge", N_("Pledge")),
    Link("whats-on", "/whats-on", N_("What’s on")),
    Link("progress", "/progress", N_("What London has done")),
    Link("groups", "/groups", N_("For groups")),
)
FOOTER = (
    Link("privacy", "/privacy", N_("Privacy")),
    Link("accessibility", "/accessibility", N_("Accessibility")),
    Link("cookies", "/cookies", N_("Cookies")),
    Link("my-data", "/my-data", N_("Your data")),
    Link("data", "/data", N_("Open data")),
    Link("contact", "/contact", N_("Tell us something")),
)


@dataclass(frozen=True)
class Brand:
    """Who speaks. The mark is a drawing of the host's own, put in the page as it is."""

    name: str
    mark: Markup


def install(app: Flask, settings: PageSettings) -> None:
    """Give the app its templates, language, globals and filters. Raises SettingsError when the build has not run."""
    assets = Assets.load(settings.build_dir)
    i18n.install(app, settings)
    own = [app.jinja_loader] if app.jinja_loader else []
    app.jinja_loader = ChoiceLoader([FileSystemLoader(TEMPLATES), *own])
    app.context_processor(_where_we_are)
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.policies["ext.i18n.trimmed"] = True
    env.filters.update(words.filters(i18n.page_locale, gettext))
    env.globals.update(
        asset=assets.url,
        crisis_lines=crisis_lines,
        brand=Brand(settings.brand_name, Markup(assets.text("mark.svg").strip())),  # noqa: S704 -- the host's own file, from the build
        settings=SimpleNamespace(environment=settings.environment, public_url=settings.public_url, brand_name=settings.brand_name),
        menu=MENU,
        pause_banner=lambda: None,  # a service that knows says otherwise
        footer_links=FOOTER,
    )


def render_problem(status: int, title: str, detail: str) -> str:
    """The page that says what went wrong, with crisis help. Works inside a request of an app that `install` prepared."""
    return render_template("problem.html", status=status, title=title, detail=detail)


def render_static(name: str, settings: PageSettings, **values: Any) -> str:
    """A page of the front door's own, made by the build without any request."""
    app = Flask("shared.web", static_folder=None, template_folder=None)
    install(app, settings)
    with app.app_context():
        return render_template(name, **values)


def _where_we_are() -> dict[str, str]:
    return {"here": request.path if has_request_context() else ""}
