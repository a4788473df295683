"""A small server that says what reached it: stands in for a service behind the front door."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Echo:
    """Answers every request with a JSON object saying who answered and what was asked."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self.seen: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if not outer._open:  # a kept-alive connection outlives the listener
                    self.close_connection = True
                    return
                length = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                outer.seen.append(self.path)
                body = json.dumps({"name": outer.name, "path": self.path, "length": length, "headers": dict(self.headers)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 -- the name is the library's

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name is the library's
                """The test asserts on `seen`; nothing reads lines."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._open = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._open = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._server.shutdown()
            self._server.server_close()
