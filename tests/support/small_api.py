"""A small web app over a real socket: `python -m tests.support.small_api PORT BUILD_DIR [TRUSTED_PROXIES]`.

Every kind of answer that the shared machinery makes, without a service.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import marshmallow as ma
from flask import Blueprint, Flask, Response, abort, jsonify
from pymongo.errors import AutoReconnect

from shared.runtime.clock import Clock, utc_now
from shared.runtime.errors import Conflict, Expired, Forbidden, InvalidInput, KeyReused, NotFound, SettingsError, TooMany, Unavailable
from shared.runtime.logs import log
from shared.runtime.settings import TEST, CommonSettings
from shared.web import json_api
from shared.web.build import BuildSettings, build
from shared.web.checks import public_post, read_form, read_json
from shared.web.factory import create_web_app, now
from shared.web.serve import serve

SECRET = "Ada Quill ada.quill@example.org"
ERRORS: dict[str, Exception] = {
    "invalid": InvalidInput({"area": ["Choose a borough, or say you’d rather not"]}),
    "not-found": NotFound("That event was taken down"),
    "conflict": Conflict("Somebody else changed it first"),
    "key-reused": KeyReused(),
    "expired": Expired("This link was used already"),
    "forbidden": Forbidden(),
    "too-many": TooMany("Three mails a day is the limit", 3600),
    "unavailable": Unavailable(),
    "store-away": AutoReconnect(SECRET),
    "unforeseen": ValueError(SECRET),
}


@dataclass(frozen=True, kw_only=True)
class SmallSettings(CommonSettings):
    service = "small"


class Sent(ma.Schema):
    action = ma.fields.String(required=True)
    minutes = ma.fields.Integer()
    consents = ma.fields.Nested(ma.Schema.from_dict({"reminders": ma.fields.Boolean()}, name="Consents"))


class Made(ma.Schema):
    action = ma.fields.String(required=True)
    key = ma.fields.String(required=True, allow_none=True)


class Asked(ma.Schema):
    area = ma.fields.String()


def settings(build_dir: str | Path, **changed: Any) -> CommonSettings:
    """Settings for this app: made-up, and for no store."""
    given = {
        "environment": TEST,
        "public_url": "http://localhost:8000",
        "bind": "127.0.0.1",
        "mongo_uri": "mongodb://127.0.0.1:1/none",
        "kafka_bootstrap": "127.0.0.1:1",
        "build_dir": str(build_dir),
        "brand_name": "Small things",
    }
    return SmallSettings(**{**given, **changed})


def built(folder: Path) -> Path:
    """The real build's files, in a folder of the test's own."""
    build(BuildSettings(build_dir=str(folder)))
    return folder


def create(given: CommonSettings, *, store_answers: bool = True, clock: Clock = utc_now) -> Flask:
    def ping() -> None:
        if not store_answers:
            raise AutoReconnect(SECRET)

    return create_web_app(given, service="small", blueprints=[_pages()], apis=[_api()], ping=ping, clock=clock)


def _pages() -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/hello/<name>")
    def hello(name: str) -> str:
        return f"hello, {len(name)} letters"

    @pages.get("/kept")
    def kept() -> Response:
        return Response("a picture", headers={"Cache-Control": "max-age=60"})

    @pages.get("/slow")
    def slow() -> str:
        log().info("slow began")
        time.sleep(1.0)
        return "done"

    @pages.get("/time")
    def the_time() -> Response:
        return jsonify(now=now().isoformat())

    @pages.post("/form")
    def form() -> Response:
        return jsonify(read_form("email", "about", long=("about",)))

    @pages.post("/json")
    def a_body() -> Response:
        return jsonify(read_json())

    @pages.post("/stop/<token>")
    @public_post
    def stop(token: str) -> str:
        return "stopped"

    @pages.get("/error/<name>")
    @pages.get("/api/v1/error/<name>")
    def error(name: str) -> str:
        raise ERRORS[name]

    @pages.get("/status/<int:status>")
    def status(status: int) -> str:
        abort(status)

    return pages


def _api() -> json_api.Blueprint:
    api = json_api.Blueprint("things", __name__, url_prefix="/api/v1/things", description="Things, for tests")

    @api.post("")
    @api.arguments(Sent)
    @api.response(201, Made)
    @api.doc(parameters=[json_api.IDEMPOTENCY_KEY])
    def make(sent: dict[str, Any]) -> dict[str, Any]:
        """Make a thing."""
        return {"action": sent["action"], "key": json_api.idempotency_key()}

    @api.get("")
    @api.arguments(Asked, location="query")
    @api.response(200, Made(many=True))
    def listed(asked: dict[str, Any]) -> list[dict[str, Any]]:
        """List things."""
        return [{"action": asked.get("area", "any"), "key": None}]

    return api


def main() -> None:
    port, build_dir = int(sys.argv[1]), sys.argv[2]
    public_url = f"http://localhost:{port}"

    def create_app() -> Flask:
        if build_dir == "none":
            raise SettingsError(["BUILD_DIR: none: run the build first"])
        return create(settings(build_dir, public_url=public_url))

    serve(create_app, settings(build_dir, public_url=public_url), port)


if __name__ == "__main__":
    main()
