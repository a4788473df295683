"""One real gunicorn process over a socket: what it logs, how it stops, what it makes of broken requests."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import free_ports, running, until, until_open

CANARY = "quillfeather"
Answer = tuple[int, dict[str, str], str]


@dataclass
class Server:
    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        link = http.client.HTTPConnection("localhost", self.port, timeout=10)
        try:
            link.request(method, path, body, dict(headers or {}))
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            link.close()

    def raw(self, sent: bytes) -> bytes:
        """Bytes as they are; what comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as link:
            link.sendall(sent)
            received = b""
            while part := link.recv(65536):
                received += part
            return received

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


def command(port: int, build_dir: Path | str) -> list[str | Path]:
    return [sys.executable, "-m", "tests.support.small_api", str(port), build_dir]


@contextmanager
def started(build_dir: Path, log: Path) -> Iterator[Server]:
    (port,) = free_ports(1)
    with running(command(port, build_dir), log) as process:
        until_open(port)
        yield Server(port, log, process)


@pytest.fixture
def server(build_dir: Path, tmp_path: Path) -> Iterator[Server]:
    """One that the test may stop."""
    with started(build_dir, tmp_path / "log") as found:
        yield found


@pytest.fixture(scope="module")
def standing(build_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all that leave it as it is."""
    with started(build_dir, tmp_path_factory.mktemp("standing") / "log") as found:
        yield found


def test_one_line_a_request_without_a_word_of_the_persons(server: Server) -> None:
    """The log has one line a request with its pattern and correlation id; nothing typed is in it, however a request goes wrong."""
    mine = "7f1f4a52-9a0f-4d5c-8d6a-0f0a6a8d9b11"
    assert server.ask("GET", f"/hello/{CANARY}?q={CANARY}", headers={"X-Correlation-Id": mine})[0] == 200
    form = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://localhost/{CANARY}", "User-Agent": CANARY}
    assert server.ask("POST", "/form", f"email={CANARY}@example.org".encode(), form)[0] == 200
    assert server.ask("POST", f"/stop/{CANARY}", b"", form)[0] == 200
    assert server.ask("GET", "/error/unforeseen", headers={"Cookie": f"session={CANARY}"})[0] == 500
    assert server.ask("GET", "/error/store-away")[0] == 503
    assert server.ask("GET", f"/{CANARY}/%FF")[0] == 400
    for broken in (f"GET /{CANARY} HTTP/9.9\r\n\r\n", f"{CANARY}\r\n\r\n", f"GET /{CANARY} HTTP/1.1\r\nHost: a\r\nHost: {CANARY}\r\n\r\n"):
        assert server.raw(broken.encode()).startswith(b"HTTP/1.1 400")
    server.process.terminate()
    server.process.wait(timeout=10)

    written = server.log.read_text()
    assert CANARY not in written
    assert "Ada" not in written
    requests = [line for line in server.lines() if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/hello/<name>", 200),
        ("/form", 200),
        ("/stop/<token>", 200),
        ("/error/<name>", 500),
        ("/error/<name>", 503),
        ("unmatched", 400),
    ]
    assert requests[0]["correlation_id"] == mine
    assert {(line["service"], line["process"]) for line in requests} == {("small", "api")}
    failed, away = (line for line in server.lines() if line["event"] == "request failed")
    assert (away["error"], away["level"]) == ("AutoReconnect", "warning")
    assert (failed["error"], failed["level"]) == ("ValueError", "error")
    assert re.fullmatch(r"[\w.]+:\d+", failed["where"])


def test_what_is_in_flight_at_sigterm_is_answered(server: Server) -> None:
    """Stopping finishes what has begun, takes nothing new, and ends by itself with nothing left behind."""
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(server.ask("GET", "/slow")[0]))
    asking.start()
    until(lambda: "slow began" in server.log.read_text(), "the request has begun")
    assert not answers, "the answer came before the stop"
    server.process.send_signal(signal.SIGTERM)
    asking.join(timeout=10)
    assert answers == [200]
    assert server.process.wait(timeout=10) == 0
    with pytest.raises(OSError, match="refused"):
        server.ask("GET", "/livez")


def test_a_chunked_body_without_an_end_is_413(standing: Server) -> None:
    """A body that announces no length is refused past 64 KiB as well, and not cut there in silence; up to that it is whole."""
    form, json_type = "application/x-www-form-urlencoded", "application/json"
    kinds = ((form, "/form"), ("multipart/form-data; boundary=x", "/form"), (json_type, "/json"), (json_type, "/api/v1/things"))
    for kind, path in kinds:
        status, headers, _ = chunked(standing, path, kind, b"a" * 3_000_000)
        assert status == 413, path
        assert headers["Content-Type"].startswith("application/problem+json" if path.startswith("/api") else "text/html")
    assert chunked(standing, "/form", form, b"email=" + b"a" * (64 * 1024))[0] == 413
    assert chunked(standing, "/form", form, b"email=me&about=&x=" + b"a" * 60_000)[2].count("me") == 1


def test_three_megabytes_are_answered_before_they_are_taken(standing: Server) -> None:
    """The sender of a body that is too long reads why, instead of a broken connection."""
    status, _, page = standing.ask("POST", "/form", b"a" * 3_000_000, {"Content-Type": "application/x-www-form-urlencoded"})
    assert status == 413
    assert "64 KB" in page


def test_no_header_moves_the_app(standing: Server) -> None:
    """SCRIPT_NAME, PATH_INFO and X-Forwarded-Proto from a client change neither the path nor the scheme."""
    moving = {"SCRIPT_NAME": "/hello", "PATH_INFO": "/error/unforeseen", "X-Forwarded-Proto": "https"}
    status, _, body = standing.ask("GET", "/hello/four", headers=moving)
    assert (status, body) == (200, "hello, 4 letters")


def test_a_long_address_gets_our_own_page(standing: Server) -> None:
    """Up to 8 KB the answer to an address that is too long is ours, crisis lines included."""
    status, _, page = standing.ask("GET", "/hello/" + "x" * 8_000)
    assert status == 414
    assert "116 123" in page


def test_a_wrong_setting_ends_the_process_with_one_clear_line(tmp_path: Path) -> None:
    """An app that cannot be made says why and exits 78, instead of starting workers for ever."""
    (port,) = free_ports(1)
    ended = subprocess.run(command(port, "none"), capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 78
    assert "setting: BUILD_DIR: none: run the build first" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


def chunked(server: Server, path: str, kind: str, body: bytes) -> Answer:
    link = http.client.HTTPConnection("localhost", server.port, timeout=10)
    try:
        parts = (body[start : start + 10_000] for start in range(0, len(body), 10_000))
        link.request("POST", path, parts, {"Content-Type": kind, "Transfer-Encoding": "chunked"}, encode_chunked=True)
        answer = link.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        link.close()
