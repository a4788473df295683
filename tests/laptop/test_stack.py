"""The whole stack, as `make up` and `make down` run it: real engines, every process, the front door."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from shared.laptop import checks, supervision
from shared.laptop.places import BROKER, REPOSITORY, Laptop
from shared.laptop.programs import REPUBLISHER
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@dataclass
class Stack:
    laptop: Laptop

    def say(self, verb: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """One command line, as the Makefile writes it."""
        env = {**os.environ, "PORT": str(self.laptop.port), "DATA_DIR": str(self.laptop.data), "DEMO": "0", **more}
        return subprocess.run(
            [sys.executable, "-m", "shared.laptop", verb], cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False, timeout=200
        )

    def ask(self, path: str, body: object = None) -> tuple[int, str]:
        connection = HTTPConnection("localhost", self.laptop.port, timeout=30)
        if body is None:
            connection.request("GET", path, headers={"Accept": "text/html"})
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        found = answer.status, answer.read().decode()
        connection.close()
        return found

    def left(self) -> list[str]:
        """Command lines of this stack that still run."""
        found = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                state = (file.parent / "stat").read_text().rpartition(")")[2].split()[0]
                surroundings = (file.parent / "environ").read_bytes()
            except OSError:
                continue
            if (
                state != "Z"
                and int(file.parent.name) != os.getpid()
                and str(self.laptop.data) in command + surroundings.decode(errors="replace")
            ):
                found.append(command)
        return found


def _process_id(stack: Stack, name: str) -> int:
    return next(state.process_id for state in supervision.states(stack.laptop) if state.name == name)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    base = next(port for port in random.sample(range(20_000, 30_000), 100) if not checks.taken(Laptop(port, Path(), Path()).ports.values()))
    standing = Stack(Laptop.load({**os.environ, "PORT": str(base)}, str(tmp_path_factory.mktemp("laptop"))))
    assert (standing.laptop.build / "door/manifest.json").exists(), "run `make setup` first"
    yield standing
    standing.say("down")


def test_a_taken_port_is_named_and_nothing_is_left(stack: Stack) -> None:
    """A start that cannot succeed is one clear line, exit 1, and starts nothing."""
    port = stack.laptop.ports["notify-api"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        run = stack.say("up")
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith(f"Port {port} is taken (by ")
    assert run.stderr.endswith("stop it or choose another with PORT=…\n")
    assert str(os.getpid()) in run.stderr
    assert stack.left() == []


@pytest.mark.proof
def test_it_starts_answers_stops_and_keeps_its_data(stack: Stack) -> None:
    """`up` returns when a pledge is accepted; a second start says that it runs; `down` leaves no process; the pledge outlives both."""
    up = stack.say("up")
    assert (up.returncode, up.stderr) == (0, "")
    assert f"{stack.laptop.url}/local/mail" in up.stdout
    for path in ("/", "/pledge", "/progress", "/crisis", "/local/mail", "/api"):
        status, page = stack.ask(path)
        assert (status, "116 123" in page) == (200, True), path
    status, made = stack.ask("/api/v1/pledges", {"action": "walk-together"})
    assert status == 201, made
    assert stack.say("status").returncode == 0
    again = stack.say("up")
    assert (again.returncode, "running already" in again.stdout) == (0, True)
    run = stack.say("run")
    assert (run.returncode, "running already" in run.stderr) == (1, True)
    assert "stopped in" in stack.say("down").stdout
    assert stack.left() == []
    assert checks.taken(stack.laptop.ports.values()) is None
    assert stack.say("up").returncode == 0
    assert stack.ask(f"/api/v1/pledges/{json.loads(made)['id']}")[0] == 200


@pytest.mark.proof
def test_a_broker_that_lost_its_log_gets_it_again(stack: Stack) -> None:
    """The broker keeps its log in memory: after it was killed and started again, what was published is published again."""
    log = stack.laptop.log(REPUBLISHER)
    assert not log.exists() or "sent again" not in log.read_text(), "`up` itself filled the log of the broker that it started"
    os.kill(_process_id(stack, BROKER), signal.SIGKILL)
    until(lambda: "notify: " in log.read_text(), "the log is filled again", 90)
    assert "pledge: 1 messages sent again" in log.read_text()
    until(lambda: stack.say("status").returncode == 0, "every process runs again", 60)


@pytest.mark.proof
def test_a_killed_supervisor_takes_everything_with_it(stack: Stack) -> None:
    """Whatever happens to supervisord, no engine and no process stays behind."""
    assert stack.left() != [], "the stack of the test before this one runs"
    os.kill(int(stack.laptop.process_id.read_text()), signal.SIGKILL)
    until(lambda: stack.left() == [], "nothing runs any more", 20)
    assert "Nothing is running" in stack.say("status").stdout
