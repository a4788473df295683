"""The one way to make a service's web app, so that no two differ: logs, errors, checks, health, pages, JSON.

app = create_web_app(settings, service="pledge", blueprints=[…], apis=[…], ping=lambda: ping(db))
"""

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any

import flask_smorest
from flask import Blueprint, Flask, Response, current_app, g, request

from shared.runtime import metrics
from shared.runtime.clock import Clock, utc_now
from shared.runtime.logs import correlation, current_correlation, log, where_raised
from shared.runtime.settings import CommonSettings
from shared.security.sessions import Session
from shared.web import checks, health, json_api, pages, pause_banner, problems, sessions
from shared.web.headers import PAGE_HEADERS
from shared.web.health import PROBES
from shared.web.sessions import Sessions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CORRELATION = "X-Correlation-Id"
UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADERS = {**PAGE_HEADERS, "Cache-Control": "no-store"}
_HSTS = {"Strict-Transport-Security": "max-age=31536000"}


class WebApp(Flask):
    """Flask, with each request under its correlation id, and errors logged without their words. `around`: put around each request."""

    around: Callable[[], AbstractContextManager[None]]

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with correlation(_correlation_id(environ.get("HTTP_X_CORRELATION_ID", ""))), self.around():
            return super().wsgi_app(environ, start_response)

    def log_exception(self, exc_info: Any) -> None:
        """Flask would write the path, which may hold a token, and the error's own words."""
        error = exc_info[1]
        log().error("request failed", error=type(error).__name__, where=where_raised(error), status=500)


def create_web_app(
    settings: CommonSettings,
    *,
    service: str,
    blueprints: Sequence[Blueprint],
    apis: Sequence[flask_smorest.Blueprint],
    ping: Callable[[], None],
    around: Callable[[], AbstractContextManager[None]] = nullcontext,
    clock: Clock = utc_now,
    verify_key: str = "",
    is_live: Callable[[Session], bool] | None = None,
    pause: pause_banner.Look | None = None,
) -> Flask:
    """`blueprints`: pages; `apis`: JSON; `ping`: raises when the store is away; `around`: put around each request.

    `clock`: what `now()` asks. `verify_key`: reads sessions, and `is_live` says whether one still counts; without them nobody
    has signed in here. `pause`: tells whether staff have paused the campaign; without it no page says so.
    """
    app = WebApp(f"services.{service}", static_folder=None)
    app.around = around
    app.config["SETTINGS"] = settings
    app.extensions["clock"] = clock
    app.url_map.merge_slashes = False  # `//x` is no page; a redirect would carry this process's own idea of the scheme
    _observe(app, settings, service)
    problems.install(app)
    checks.install(app, settings)
    health.install(app, ping)
    pages.install(app, settings)
    if is_live:
        sessions.install(app, Sessions(verify_key, is_live, settings.public_url.startswith("https://")))
    if pause:
        pause_banner.install(app, pause)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    json_api.install(app, f"{settings.brand_name}: {service}", apis)
    return app


def current_settings() -> CommonSettings:
    """The settings of the app that answers now."""
    settings: CommonSettings = current_app.config["SETTINGS"]
    return settings


def now() -> datetime:
    """The time, by the app's own clock."""
    clock: Clock = current_app.extensions["clock"]
    return clock()


def _correlation_id(sent: str) -> str:
    """The caller's id if it is a UUID (anything else could be a name, or a way into the logs)."""
    try:
        return str(uuid.UUID(sent)) if len(sent) == 36 else str(uuid.uuid4())
    except ValueError:
        return str(uuid.uuid4())


def _observe(app: Flask, settings: CommonSettings, service: str) -> None:
    headers = _HEADERS | (_HSTS if settings.public_url.startswith("https://") else {})

    def start() -> None:
        g.started = time.perf_counter()

    def finish(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers[CORRELATION] = current_correlation() or ""
        _record(service, response)
        return response

    app.before_request(start)
    app.after_request(finish)


def _record(service: str, response: Response) -> None:
    """One line and one count a request: the route's pattern, never the path."""
    seconds = time.perf_counter() - g.started
    route = str(request.url_rule) if request.url_rule else UNMATCHED
    method = request.method if request.method in _METHODS else "other"
    metrics.record_request(service, route, method, response.status_code, seconds)
    write = log().debug if request.path in PROBES else log().info
    write("request", route=route, method=method, status=response.status_code, ms=round(seconds * 1000, 1))
