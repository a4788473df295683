"""GOV.UK Notify as far as a sender meets it: one address over HTTP, the signed token, its answers and its errors."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import jwt

SERVICE, SECRET = "0c5a7c9e-1f5b-4b7a-9d57-0d2f6a3c1e11", "7b8e4d3c-2a1f-4c6b-8e9d-5f4a3b2c1d0e"
KEY = f"tests-{SERVICE}-{SECRET}"
PATH = "/v2/notifications/email"


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that did not wait for the answer is what a test is about."""


class GovukStub:
    """`mails`: the JSON bodies it took. `answer`: the next status and errors; `drop` hangs up instead, `slow` waits first."""

    def __init__(self) -> None:
        self.mails: list[dict[str, Any]] = []
        self.answer: tuple[int, list[dict[str, str]] | str] = (201, [])
        self.drop = False
        self.slow = 0.0
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # the name is the library's
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub._check(self.path, str(self.headers["Authorization"]))
                time.sleep(stub.slow)
                if stub.drop:
                    self.close_connection = True
                    return
                status, errors = stub.answer
                if status == 201:
                    stub.mails.append(body)
                self._send(status, {"id": "made-up"} if status == 201 else {"status_code": status, "errors": errors})

            def _send(self, status: int, answer: dict[str, Any]) -> None:
                text = b"<html>" if stub.answer[1] == "no-json" else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name is the library's
                """The tests look at `mails`."""

        self._server = _Quiet(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _check(self, path: str, authorization: str) -> None:
        """As the service does: HS256 by the key's secret, issued by the key's service."""
        assert path == PATH
        kind, _, token = authorization.partition(" ")
        assert kind == "Bearer"
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["iss", "iat"]})
        assert claims["iss"] == SERVICE

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
