"""A small HTTP answerer beside a loop: /livez, /readyz, /metrics. One thread; it costs nothing while nobody asks."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.runtime.loop import Pulse


def serve(pulse: Pulse, host: str, port: int) -> ThreadingHTTPServer:
    """Answer probes in a daemon thread. Raises OSError when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(pulse, self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name is the library's
            """Probes are not worth a line."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server


def answer(pulse: Pulse, path: str) -> tuple[int, str, bytes]:
    """(status, content type, body) for a probe's path."""
    if path == "/livez":
        return (200 if pulse.alive else 503), "text/plain", b"alive\n" if pulse.alive else b"the loop has not turned for a while\n"
    if path == "/readyz":
        problems = dict(pulse.unready)
        return (503 if problems else 200), "application/json", json.dumps({"ready": not problems, "problems": problems}).encode()
    if path == "/metrics":
        return 200, CONTENT_TYPE_LATEST, generate_latest()
    return 404, "text/plain", b"not found\n"
