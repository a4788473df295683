"""Our own processes on real engines, with nobody who restarts them: what goes on after a fault here went on by itself.

`make up` has a supervisor that would hide a process which died. Here each keeps its id, or the test sees that it has not.
"""

import json
import os
import random
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pymongo import MongoClient
from pymongo.database import Database

from shared.laptop import checks
from shared.laptop.places import REPOSITORY, Laptop
from shared.runtime.clock import utc_now
from shared.runtime.processes import PROCESSES, find
from shared.web.door import Door, caddyfile
from tests.support.benches import bench
from tests.support.commands import run_command
from tests.support.engines import Broker, Engine, Store
from tests.support.settings import environment_for
from tests.support.smtp import MailServer
from tests.support.waiting import BIN, until
from tests.support.wire import prepare as make_topics

SERVICES = ("pledge", "notify")
ALL = tuple(process.name for process in PROCESSES if process.service in SERVICES)
PATIENCE = 5.0  # seconds that a process has to end


class Program(Engine):
    """One program that listens on a port of its own and writes to a file of its own."""

    def __init__(self, name: str, port: int, folder: Path, command: Sequence[str], environment: Mapping[str, str], tree: Path = REPOSITORY):
        super().__init__(folder, name)
        self.port, self._command, self._environment, self._tree = port, list(command), dict(environment), tree

    def command(self) -> list[str]:
        return self._command

    def launch(self) -> None:
        """Start it, and do not wait."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=out, env=self._environment, cwd=self._tree)

    def terminate(self) -> None:
        if self._process:
            self._process.terminate()

    def stop(self) -> None:
        """SIGTERM, as a supervisor says it; SIGKILL when it does not listen."""
        if self._process is None:
            return
        self.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    @property
    def has_ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._process.poll() if self._process else None

    def probe(self, path: str) -> tuple[int, str]:
        """What it answers to /livez, /readyz or /metrics; 0 when it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    @property
    def is_ready(self) -> bool:
        return self.probe("/readyz")[0] == 200

    @property
    def problems(self) -> dict[str, str]:
        """What stands in the way of its being ready."""
        return cast(dict[str, str], json.loads(self.probe("/readyz")[1])["problems"])

    def said(self) -> list[dict[str, Any]]:
        """Its log lines."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def times(self, event: str) -> int:
        """How often it has said this."""
        return sum(line["event"] == event for line in self.said())


@dataclass
class Fleet:
    """pledge and notify, each with its own database on one store. `base`: the front door's port."""

    folder: Path
    store: Store
    broker: Broker
    mail: MailServer
    base: int
    changes: Mapping[str, object] = field(default_factory=dict)
    members: dict[str, Program] = field(default_factory=dict)
    _secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    _client: MongoClient[dict[str, Any]] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.base}"

    def environment(self, service: str, **changes: object) -> dict[str, str]:
        """A service's settings: the same secrets each time, `changes` on top."""
        mail = {"MAIL_FROM": "pledge@example.org", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": self.mail.port, "SMTP_STARTTLS": 0}
        wiring = {"PORT_BASE": self.base, "PUBLIC_URL": self.url, "MONGO_SELECTION_MS": 300, "BUILD_DIR": REPOSITORY / "build"}
        found = environment_for(
            service, self.store, self.broker, service, **wiring, **(mail if service == "notify" else {}), **self.changes
        )
        keys = {name: value for name, value in found.items() if name.endswith("_KEY")}
        found |= self._secrets.setdefault(service, keys)
        return {**found, **{name: str(value) for name, value in changes.items()}}

    def launch(self, *names: str, tree: Path = REPOSITORY, beside: str = "", **changes: object) -> list[Program]:
        """Start processes and do not wait. `tree`: whose code; `beside`: another name and port base, for a second one of its kind."""
        started = []
        for name in names:
            service, command = name.split("-")
            base = self.base + (100 if beside else 0)
            given = {"PATH": os.environ["PATH"], "MALLOC_ARENA_MAX": "2", **self.environment(service, PORT_BASE=base, **changes)}
            line = [sys.executable, "-m", f"services.{service}", command]
            program = Program(name + beside, base + find(service, command).offset, self.folder, line, given, tree)
            self.members[program.log.stem] = program
            program.launch()
            started.append(program)
        return started

    def start(self, *names: str, **how: Any) -> list[Program]:
        """Start processes and wait until each is ready."""
        started = self.launch(*names, **how)
        self.wait_ready(*started)
        return started

    def wait_ready(self, *programs: Program) -> None:
        """These, or every one of ours."""
        for program in programs or [program for name, program in self.members.items() if name != "door"]:
            until(lambda: program.is_ready or program.has_ended is not None, f"{program.log.stem} is ready", 90)  # noqa: B023
            assert program.has_ended is None, f"{program.log.stem} ended with {program.has_ended}: {program.log.read_text()[-2000:]}"

    def stop(self, *names: str) -> None:
        for name in names:
            self.members.pop(name).stop()

    def restart_ended(self) -> dict[str, int]:
        """Start again what has ended, as a supervisor does. Which those were, with their exit codes."""
        ended = {name: program.has_ended for name, program in self.members.items() if program.has_ended is not None}
        for name in ended:
            self.members[name].launch()
        if ended:
            self.wait_ready(*(self.members[name] for name in ended))
        return ended

    def command(self, service: str, *words: str, **changes: object) -> "subprocess.CompletedProcess[str]":
        """One of a service's commands, as an operator says it."""
        return run_command(service, self.environment(service, **changes), *words)

    def command_each(self, *words: str) -> None:
        """The same command of both services, at once; each must succeed."""
        with ThreadPoolExecutor() as pool:
            for said in pool.map(lambda service: self.command(service, *words), SERVICES):
                assert said.returncode == 0, said.stdout + said.stderr

    def open_door(self) -> Program:
        """The front door before pledge's and notify's apis."""
        upstreams = {service: f"127.0.0.1:{self.base + find(service, 'api').offset}" for service in SERVICES}
        door = Door(
            listen=f":{self.base}",
            bind="127.0.0.1",
            hosts=("localhost", "127.0.0.1"),
            port=self.base,
            root=str(REPOSITORY / "build/door"),
            upstreams=upstreams,
        )
        file = self.folder / "Caddyfile"
        file.write_text(caddyfile(door), encoding="utf-8")
        home = {name: str(self.folder / "caddy") for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        command = [str(BIN / "caddy"), "run", "--config", str(file), "--adapter", "caddyfile"]
        program = self.members["door"] = Program("door", self.base, self.folder, command, {"PATH": os.environ["PATH"], **home})
        program.launch()
        until(lambda: checks.answers(self.base), "the door answers", 15)
        return program

    @property
    def pids(self) -> dict[str, int]:
        """Of every process that runs; one that has ended is no longer among them."""
        return {name: program.pid for name, program in self.members.items() if program.has_ended is None}

    def database(self, service: str) -> Database[dict[str, Any]]:
        if self._client is None:
            self._client = MongoClient(self.store.uri("pledge"), tz_aware=True, serverSelectionTimeoutMS=5_000)
        return self._client[service]

    def prepare(self) -> None:
        """Every topic and index."""
        make_topics(self.broker)
        for service in SERVICES:
            given: dict[str, Any] = self.environment(service)
            with bench(service, self.store, service, utc_now, **given):
                pass

    def close(self) -> None:
        running = [program for program in self.members.values() if program.has_ended is None]
        for program in running:
            program.thaw()
            program.terminate()
        for program in running:
            program.stop()
        if self._client:
            self._client.close()


def a_base() -> int:
    """A front door's port with everything that counts from it free, twice."""
    for port in random.sample(range(20_000, 30_000), 100):
        if not checks.taken([*Laptop(port, Path(), Path()).ports.values(), *Laptop(port + 100, Path(), Path()).ports.values()]):
            return port
    raise AssertionError("no ports are free")


@contextmanager
def fleet(folder: Path, store: Store, broker: Broker, mail: MailServer, **changes: object) -> Iterator[Fleet]:
    """Prepared, with nothing started yet. `changes`: settings of every process by their variables' names."""
    assert (REPOSITORY / "build/door/manifest.json").exists(), "run `make setup` first"
    found = Fleet(folder, store, broker, mail, a_base(), changes)
    try:
        found.prepare()
        yield found
    finally:
        found.close()


def names(*kinds: str) -> Iterable[str]:
    """The processes of these kinds, as `names("worker")`."""
    return [name for name in ALL if name.partition("-")[2] in kinds]
