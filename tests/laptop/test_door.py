"""The front door, on the real Caddy with small servers behind it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from shared.web import routes
from shared.web.door import Door, caddyfile, for_containers
from tests.support.echo import Echo
from tests.support.waiting import BIN, free_ports, running, until_open

ROOT = Path(__file__).parents[2]
HELP = "Samaritans 116 123"


@dataclass
class Standing:
    """A door that stands: its port, and the servers behind it by owner."""

    port: int
    behind: dict[str, Echo]
    log: Path

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Send the path exactly as it is written."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in names, skip_accept_encoding=True)
        for name, value in names.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response: HTTPResponse = connection.getresponse()
        answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        connection.close()
        return answer

    def answered_by(self, path: str) -> str | None:
        """Which back end got the path, unchanged."""
        status, _, body = self.ask(path)
        if status != 200 or not body.startswith(b"{"):
            return None
        seen = json.loads(body)
        assert seen["path"] == path
        return str(seen["name"])


def _door_files(root: Path) -> None:
    """What the build makes, in small."""
    (root / "static").mkdir(parents=True)
    (root / "static/site-0123456789.css").write_text("a{color:red}\n" * 400)
    for status in (404, 413, 414, 421, 502, 503, 504):
        (root / f"{status}.html").write_text(f"<h1>{status}</h1><p>{HELP}</p>")
        (root / f"{status}.json").write_text(json.dumps({"status": status}))
    for name in ("crisis.html", "api.html", "crisis.vcf", "favicon.ico", "robots.txt", "openapi.json", "manifest.json"):
        (root / name).write_text(f"{name}: {HELP}")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    folder = tmp_path_factory.mktemp("door")
    _door_files(folder / "door")
    port, *others = free_ports(5)
    owners = ("pledge", "events", "notify", routes.LAPTOP)
    with ExitStack() as stack:
        behind = {owner: stack.enter_context(Echo(owner, at)) for owner, at in zip(owners, others, strict=True)}
        where = {owner: f"127.0.0.1:{echo.port}" for owner, echo in behind.items()}
        names = ("localhost", "127.0.0.1")
        text = caddyfile(Door(listen=f":{port}", bind="127.0.0.1", hosts=names, port=port, root=str(folder / "door"), upstreams=where))
        (folder / "Caddyfile").write_text(text)
        stack.enter_context(
            running([BIN / "caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"], log=folder / "caddy.log")
        )
        until_open(port)
        yield Standing(port, behind, folder / "caddy.log")


def _examples(path: str) -> list[str]:
    return [path[:-1], f"{path[:-1]}abc"] if path.endswith("*") else [path]


def test_each_row_reaches_its_owner(door: Standing) -> None:
    """Every row of the table of routes reaches the service it names, with the path as it was sent."""
    for route in routes.ROUTES:
        if route.to != routes.DOOR:
            for path in _examples(route.path):
                assert door.answered_by(path) == routes.owner_of(path) == route.to, path


@pytest.mark.parametrize(
    "path",
    [
        "/nothing-here",
        "/metrics",
        "/livez",
        "/readyz",
        "/Pledge",
        "/progress/more",
        "/staff/elsewhere",
        "/pledge//x",
        "//pledge",
        "/pledge/../metrics",
        "/pledge/%2e%2e/metrics",
        "/pledge%2f..%2fmetrics",
        "/static/../manifest.json",
        "/static/%2e%2e/manifest.json",
        "/manifest.json",
        "/static/",
    ],
)
def test_everything_else_is_a_page_with_help(door: Standing, path: str) -> None:
    """A path that is in no row, or that hides another one in dots, is 404 with crisis help and reaches nobody."""
    before = sum(len(echo.seen) for echo in door.behind.values())
    status, headers, body = door.ask(path)
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert HELP.encode() in body
    assert "Content-Security-Policy".lower() in headers
    assert sum(len(echo.seen) for echo in door.behind.values()) == before


def test_the_door_serves_its_own_files(door: Standing) -> None:
    """Static files are kept for ever and compressed, crisis help has both of its addresses, machines get the API's document."""
    status, headers, body = door.ask("/static/site-0123456789.css", Accept_Encoding="gzip")
    assert (status, headers["content-encoding"], headers["cache-control"]) == (200, "gzip", "public, max-age=31536000, immutable")
    assert len(body) < 500
    for path, name, kind in [
        ("/crisis", "crisis.html", "text/html"),
        ("/crisis/", "crisis.html", "text/html"),
        ("/crisis.vcf", "crisis.vcf", "text/vcard"),
        ("/api", "api.html", "text/html"),
        ("/api/v1/openapi.json", "openapi.json", "application/json"),
        ("/favicon.ico", "favicon.ico", "image/"),
        ("/robots.txt", "robots.txt", "text/plain"),
    ]:
        status, headers, body = door.ask(path)
        assert (status, body.decode()) == (200, f"{name}: {HELP}"), path
        assert headers["content-type"].startswith(kind)
        assert headers["x-content-type-options"] == "nosniff"
        assert "immutable" not in headers["cache-control"]


def test_a_missing_static_file_is_not_kept_for_ever(door: Standing) -> None:
    """A 404 under /static/ must not stay in caches for a year."""
    status, headers, _ = door.ask("/static/gone.css")
    assert (status, headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:1", "127.0.0.1.evil.example:{port}", ""])
def test_a_strangers_host_is_refused(door: Standing, host: str) -> None:
    """Only the public host is answered: links and pages are never made for a name that somebody else chose."""
    status, _, _ = door.ask("/pledge", Host=host.format(port=door.port))
    # An empty Host is Go's own 400.
    assert status in ((421,) if host else (400, 421))
    assert door.ask("/api/v1/actions", Host="evil.example")[1]["content-type"] == "application/problem+json"


def test_localhost_in_any_case_is_answered(door: Standing) -> None:
    """A host name has no case."""
    assert door.ask("/pledge", Host=f"LOCALHOST:{door.port}")[0] == 200


def test_errors_under_api_are_for_machines(door: Standing) -> None:
    """Under /api/ the door's own errors are problem+json."""
    status, headers, body = door.ask("/api/v1/nothing")
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(body)["status"] == 404


def test_too_much_body_is_refused(door: Standing) -> None:
    """More than 64 KiB is 413 with help, whatever the service behind would have said; exactly 64 KiB goes through whole."""
    status, _, body = door.ask("/pledge", "POST", b"a" * (64 * 1024 + 1))
    assert (status, HELP.encode() in body) == (413, True)
    status, headers, _ = door.ask("/api/v1/pledges", "POST", b"a" * 3_000_000)
    assert (status, headers["content-type"]) == (413, "application/problem+json")
    status, _, body = door.ask("/pledge", "POST", b"a" * (64 * 1024))
    assert (status, json.loads(body)["length"]) == (200, 64 * 1024)


@pytest.mark.parametrize("address", ["/pledge/{}", "/pledge?channel={}"])
def test_a_very_long_address_is_refused_with_help(door: Standing, address: str) -> None:
    """More than the services' server could answer for in our words is 414 with help, in the path or behind it."""
    status, _, body = door.ask(address.format("x" * 12_000))
    assert (status, HELP.encode() in body) == (414, True)
    assert door.ask("/api/v1/actions?" + "x" * 12_000)[1]["content-type"] == "application/problem+json"
    assert door.ask(address.format("x" * 4_000))[0] == 200


def test_a_forged_address_is_dropped(door: Standing) -> None:
    """Nobody chooses the address that limits are counted by."""
    _, _, body = door.ask("/pledge", X_Forwarded_For="203.0.113.9")
    assert json.loads(body)["headers"]["X-Forwarded-For"] == "127.0.0.1"


def test_with_every_service_down_help_still_answers(door: Standing) -> None:
    """With all back ends stopped, crisis help and static files answer at once; the rest says it is us, and when to come back."""
    for echo in door.behind.values():
        echo.close()
    assert door.ask("/crisis")[0] == door.ask("/static/site-0123456789.css")[0] == 200
    status, headers, body = door.ask("/confirm/SECRET-TOKEN", "POST", b"a=b")
    assert (status, headers["retry-after"], HELP.encode() in body) == (502, "5", True)
    status, headers, body = door.ask("/api/v1/pledges", "POST", b"{}")
    assert (status, headers["retry-after"], headers["content-type"]) == (502, "5", "application/problem+json")
    assert json.loads(body) == {"status": 502}
    assert "SECRET-TOKEN" not in door.log.read_text()


def test_the_form_for_containers_is_up_to_date() -> None:
    """deploy/door/Caddyfile is what the generator prints, Caddy takes it, and it leaves the laptop's paths out."""
    kept = ROOT / "deploy/door/Caddyfile"
    assert kept.read_text() == caddyfile(for_containers()), "run: python -m shared.web.door > deploy/door/Caddyfile"
    assert "/local/" not in kept.read_text()
    run = subprocess.run(
        [BIN / "caddy", "validate", "--config", kept, "--adapter", "caddyfile"],
        env={"PUBLIC_HOST": "pledge.example.org", "DOOR_ROOT": "/srv/door"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
