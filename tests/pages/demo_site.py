"""A small site made of the shared parts alone, with what the front door adds: hashed files and its own pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request, send_from_directory
from werkzeug.serving import WSGIRequestHandler, make_server

from shared.web import pages
from shared.web.build import BuildSettings
from shared.web.headers import PAGE_HEADERS

WHENS = (
    ("2-days", "In 2 days", "Thursday 26 November"),
    ("saturday", "Saturday morning", "28 November"),
    ("next-week", "Next week", "Tuesday 1 December"),
)
AREAS = (("", "Rather not say"), ("hackney", "Hackney"), ("kensington-and-chelsea", "Kensington and Chelsea"))
EMPTY: dict[str, Any] = {"key": "k1", "when": "saturday", "email": "", "area": "", "postcode": "", "note": "", "consent": False}
HALF_EMPTY = {
    "email": ["Type your e-mail, or choose “No nudge, thanks”"],
    "postcode": ["You gave a borough and a postcode. Which one did you mean?"],
    "consent": ["Tick the box, so that we may send it"],
}


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- the name is the library's
        """The tests look at what the browser saw; nobody reads lines."""


@dataclass
class Site:
    """`posts`: the forms that reached it."""

    app: Flask
    url: str
    posts: list[dict[str, str]] = field(default_factory=list)


def demo_app(settings: pages.PageSettings, posts: list[dict[str, str]] | None = None) -> Flask:
    """The pages, by Flask alone."""
    seen = posts if posts is not None else []
    app = Flask("demo_site", static_folder=None, template_folder=None)
    pages.install(app, settings)
    app.register_blueprint(_pages(seen))
    app.after_request(_guard)
    root = Path(settings.build_dir).absolute() / "door"

    def static(name: str) -> Response:
        return send_from_directory(root / "static", name)

    def own(name: str) -> Response:
        path = root / {"crisis": "crisis.html", "api": "api.html"}.get(name, name)
        if not path.exists():
            abort(404)
        return send_from_directory(root, path.name)

    app.add_url_rule("/static/<name>", view_func=static)
    app.add_url_rule("/<name>", view_func=own)
    return app


def _pages(posts: list[dict[str, str]]) -> Blueprint:
    demo = Blueprint("demo", "demo_site", template_folder=str(Path(__file__).parent / "templates"))

    def home() -> str:
        return render_template("demo_home.html")

    def show_form() -> str:
        return render_template("demo_form.html", form=EMPTY, errors={}, whens=WHENS, areas=AREAS)

    def take_form() -> tuple[str, int]:
        posts.append(request.form.to_dict())
        form = EMPTY | request.form.to_dict()
        return render_template("demo_form.html", form=form, errors=HALF_EMPTY, whens=WHENS, areas=AREAS), 422

    def problem() -> tuple[str, int]:
        return pages.render_problem(503, "We can’t do that this minute", "Try again in a few minutes."), 503

    demo.add_url_rule("/", view_func=home)
    demo.add_url_rule("/form", view_func=show_form)
    demo.add_url_rule("/form", view_func=take_form, methods=["POST"])
    demo.add_url_rule("/problem", view_func=problem)
    return demo


def _guard(response: Response) -> Response:
    response.headers.update(PAGE_HEADERS)
    return response


@contextmanager
def serving(build_dir: str) -> Iterator[Site]:
    """The demo site on a free port of this machine, for a browser."""
    posts: list[dict[str, str]] = []
    app = demo_app(BuildSettings(build_dir=build_dir, environment="test"), posts)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(app, f"http://127.0.0.1:{server.server_port}", posts)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
