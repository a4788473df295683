"""The small answerer beside a loop: alive, ready and why not, metrics; nothing else."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from shared.runtime import metrics, probes
from shared.runtime.loop import Pulse
from tests.support.waiting import free_ports


@pytest.fixture
def pulse() -> Pulse:
    return Pulse()


@pytest.fixture
def at(pulse: Pulse) -> Iterator[str]:
    (port,) = free_ports(1)
    server = probes.serve(pulse, "127.0.0.1", port)
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    server.server_close()


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_alive_while_the_loop_turns(at: str, pulse: Pulse) -> None:
    """It says so by status, and no reason for not being ready changes it."""
    pulse.problem("paused", "pledges.v1-2")
    assert ask(f"{at}/livez") == (200, "alive\n")
    pulse.stale_after = 0
    assert ask(f"{at}/livez")[0] == 503


def test_ready_until_something_is_wrong(at: str, pulse: Pulse) -> None:
    """503 names each reason; when they are lifted it is ready again."""
    assert json.loads(ask(f"{at}/readyz")[1]) == {"ready": True, "problems": {}}
    pulse.problem("paused", "pledges.v1-2: see dead-letters list")
    status, body = ask(f"{at}/readyz")
    assert status == 503
    assert json.loads(body) == {"ready": False, "problems": {"paused": "pledges.v1-2: see dead-letters list"}}
    pulse.problem("paused", None)
    assert ask(f"{at}/readyz")[0] == 200


def test_metrics_are_shown(at: str) -> None:
    """In Prometheus' own form, with what was recorded in this process."""
    metrics.record_handled("pledge", "pledge.made.v1", "done", 3)
    status, body = ask(f"{at}/metrics")
    assert status == 200
    assert 'messages_handled_total{fate="done",service="pledge",type="pledge.made.v1"}' in body


def test_nothing_else_is_answered(at: str) -> None:
    """Other paths are not found."""
    for path in ("/", "/livez/x", "/readyz?verbose", "/../etc/passwd"):
        assert ask(at + path)[0] == 404


def test_a_port_that_is_taken_is_an_error(at: str, pulse: Pulse) -> None:
    """The process does not run unobserved."""
    with pytest.raises(OSError, match="in use"):
        probes.serve(pulse, "127.0.0.1", int(at.rsplit(":", 1)[1]))
