"""/livez, /readyz and /metrics of an api process. Never routed by the front door.

Ready means that the own store answers; the broker is nobody's condition for showing a page.
"""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.runtime.logs import log, where_raised

PROBES = frozenset({"/livez", "/readyz", "/metrics"})


def install(app: Flask, ping: Callable[[], None]) -> None:
    """`ping`: raises when the store does not answer."""
    probes = Blueprint("health", __name__)

    @probes.get("/livez")
    def alive() -> Response:
        return Response("alive\n", content_type="text/plain")

    @probes.get("/readyz")
    def ready() -> tuple[Response, int]:
        try:
            ping()
        except Exception as error:
            log().warning("store does not answer", error=type(error).__name__, where=where_raised(error))
            return jsonify(ready=False, problems={"store": "it does not answer"}), 503
        return jsonify(ready=True, problems={}), 200

    @probes.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(probes)
