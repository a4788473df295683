"""The whole product as `make up` starts it, on ports of its own, for tests that go through the front door."""

import json
import os
import random
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import requests
from pymongo import MongoClient
from pymongo.database import Database

from shared.laptop import checks
from shared.laptop.places import REPOSITORY, Laptop
from tests.support.waiting import until

_LINK = re.compile(r"https?://\S+/(confirm|not-me|stop|withdraw|did-it)/(\S+)")


@dataclass
class Stack:
    """`say`: a command line as the Makefile writes it. `get`, `post`: through the front door, no redirect followed."""

    laptop: Laptop
    clients: dict[str, MongoClient[dict[str, Any]]] = field(default_factory=dict)

    def say(self, verb: str, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        env = {**os.environ, "PORT": str(self.laptop.port), "DATA_DIR": str(self.laptop.data), "DEMO": "0", **more}
        return subprocess.run(
            [sys.executable, "-m", "shared.laptop", verb, *words],
            cwd=REPOSITORY,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    @property
    def url(self) -> str:
        return self.laptop.url

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=30, allow_redirects=False, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=30, allow_redirects=False, **options)

    def database(self, service: str) -> Database[dict[str, Any]]:
        if service not in self.clients:
            self.clients[service] = MongoClient(self.laptop.mongo_uri(service), tz_aware=True)
        return self.clients[service].get_default_database()

    # What a person does

    def pledge(self, **fields: Any) -> dict[str, Any]:
        """POST /api/v1/pledges; the answer's body."""
        answer = self.post("/api/v1/pledges", json={"action": "walk-together", **fields})
        assert answer.status_code == 201, answer.text
        return cast(dict[str, Any], answer.json())

    def pledge_with_nudge(self, address: str, **fields: Any) -> dict[str, Any]:
        return self.pledge(email=address, consents={"reminders": True}, nudge="2-days", **fields)

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        """Captured mails to this address, newest first."""
        mails = self.get("/local/mail", headers={"Accept": "application/json"}).json()
        return [mail for mail in mails if address in mail["to"]]

    def mail_to(self, address: str, number: int = 1, seconds: float = 30) -> dict[str, Any]:
        """The newest mail to this address, once there are `number` of them."""
        until(lambda: len(self.mails_to(address)) >= number, f"mail {number} has come", seconds)
        return self.mails_to(address)[0]

    def counters(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.get("/api/v1/campaign").json()["counters"])

    def status_of(self, pledge_id: str) -> dict[str, Any]:
        return cast(dict[str, Any], self.get(f"/api/v1/pledges/{pledge_id}").json())


def links(mail: dict[str, Any]) -> dict[str, str]:
    """The links of a mail's plain text by what they are for: path, as `/confirm/…`."""
    return {kind: f"/{kind}/{rest}" for kind, rest in _LINK.findall(mail["text"])}


def new_address() -> str:
    return f"person-{uuid.uuid4().hex[:12]}@example.org"


@contextmanager
def laptop_stack(folder: Path, **environment: str) -> Iterator[Stack]:
    """A stack that runs inside the block. Raises AssertionError with what it said when it does not start."""
    base = next(port for port in random.sample(range(20_000, 30_000), 100) if not checks.taken(Laptop(port, Path(), Path()).ports.values()))
    stack = Stack(Laptop.load({**os.environ, "PORT": str(base)}, str(folder)))
    assert (stack.laptop.build / "door/manifest.json").exists(), "run `make setup` first"
    try:
        started = stack.say("up", **environment)
        assert started.returncode == 0, started.stdout + started.stderr
        yield stack
    finally:
        for client in stack.clients.values():
            client.close()
        stack.say("down")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack with demo data for every test of this run that needs a whole one: starting it is what costs. Leave it healthy."""
    with laptop_stack(tmp_path_factory.mktemp("stack"), DEMO="1") as running:
        yield running


def read_log(stack: Stack) -> str:
    """Every line that any of the stack's programs has written."""
    return "\n".join(file.read_text(errors="replace") for file in sorted((stack.laptop.data / "logs").glob("*")))


def as_text(document: Any) -> str:
    return json.dumps(document, default=repr, ensure_ascii=False)
