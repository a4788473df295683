"""Mail is held back by an operator's word, which the real sender's process heeds at once and which outlives it."""

import json
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from services.notify import rules
from services.notify.operations import contacts, pausing
from services.notify.store import notifications_of
from shared.messaging.work import Work
from shared.runtime.clock import utc_now
from shared.runtime.processes import find
from tests.notify.desk import MADE_UP, box, envelope, nine
from tests.support.benches import bench
from tests.support.commands import run_command
from tests.support.engines import Store
from tests.support.settings import MovableClock, environment_for
from tests.support.smtp import MailServer
from tests.support.waiting import free_ports, running, until

A_WHILE = 1.5  # seconds: three naps of an idle sender


@dataclass
class House:
    work: Work[Any]
    server: MailServer
    environment: dict[str, str]
    log: Path

    def sender(self) -> AbstractContextManager["Popen[bytes]"]:
        """The process itself."""
        return running([sys.executable, "-m", "services.notify", "sender"], self.log, self.environment)

    def offer(self) -> str:
        """An address offered and heard; its ref."""
        ref, now = str(uuid.uuid4()), self.work.clock()
        sealed = box(f"quill-{ref[:8]}@example.org", nudge_at=nine(now, 3))
        contacts.offered(self.work, envelope("contact.offered.v1", ref, {"ref": ref, "kind": "pledge", "sealed": sealed}, now), now)
        return ref

    def say(self, *words: str) -> str:
        said = run_command("notify", self.environment, "mail", *words)
        assert said.returncode == 0, said.stderr
        return said.stdout.strip()

    def state(self, ref: str) -> tuple[str, str | None]:
        (row,) = notifications_of(ref)
        return row.state, row.reason

    @property
    def readiness(self) -> tuple[int, dict[str, Any]]:
        port = int(self.environment["PORT_BASE"]) + find("notify", "sender").offset
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status, json.load(answer)


@pytest.fixture
def house(store: Store, database: str, tmp_path: Path) -> Iterator[House]:
    with MailServer() as server:
        port = free_ports(1)[0] - find("notify", "sender").offset
        mail = {**MADE_UP, "SMTP_PORT": server.port, "PORT_BASE": port}
        with bench("notify", store, database, MovableClock(utc_now()), **mail) as work:
            yield House(work, server, environment_for("notify", store, None, database, **mail), tmp_path / "sender.log")


def test_the_sender_heeds_it_at_once_and_lets_go_again(house: House) -> None:
    """While paused nothing goes, rows stay planned, and the process is ready; a restart lifts nothing; resumed, all go, once."""
    with house.sender():
        first = house.offer()
        until(lambda: len(house.server.taken) == 1, "the first goes", 20)
        assert house.say("pause", "--reason", "the server moves house") == "mail is paused"
        held = [house.offer() for _ in range(3)]
        time.sleep(A_WHILE)
        assert [house.state(ref) for ref in held] == [(rules.PLANNED, None)] * 3
        assert house.readiness == (200, {"ready": True, "problems": {}})
    with house.sender():
        time.sleep(A_WHILE)
        assert len(house.server.taken) == 1
        assert house.say("resume") == "mail goes out again"
        until(lambda: len(house.server.taken) == 4, "what waited goes", 20)
        until(lambda: all(house.state(ref) == (rules.SENT, None) for ref in (first, *held)), "all are recorded")
    assert len({mail.to for mail in house.server.taken}) == 4


def test_it_holds_within_a_batch(house: House) -> None:
    """A slow server has one mail in hand when the word comes: the others of the same batch stay."""
    house.server.behave(slow=1.0)
    refs = [house.offer() for _ in range(4)]
    with house.sender():
        until(lambda: rules.CLAIMED in {house.state(ref)[0] for ref in refs}, "the first is in hand", 20)
        pausing.pause("", now=house.work.clock())
        time.sleep(1.0 + A_WHILE)
    assert sorted(house.state(ref)[0] for ref in refs) == [rules.PLANNED] * 3 + [rules.SENT]


def test_shelf_lives_run_on(house: House) -> None:
    """What outlives its shelf life during the pause expires unsent when mail goes out again, with that reason."""
    pausing.pause("", now=house.work.clock())
    ref = house.offer()
    ends = {"$set": {"shelf_ends": house.work.clock() - timedelta(seconds=1)}}
    house.work.db["notifications"].update_one({"ref": ref}, ends)
    with house.sender():
        time.sleep(A_WHILE)
        assert house.state(ref) == (rules.PLANNED, None)
        pausing.resume()
        until(lambda: house.state(ref) == (rules.OUTLIVED, "shelf-life"), "it expires", 20)
    assert house.server.taken == []


def test_the_words_may_be_repeated(house: House) -> None:
    """Twice is as once; the beginning and the last reason are kept; the status tells both, and how many wait."""
    assert house.say("status") == "mail goes out\nmails that wait: 0"
    assert house.say("resume") == "mail was not paused"
    assert house.say("pause", "--reason", "first") == "mail is paused"
    since = house.work.db["switches"].find_one()
    assert since
    assert house.say("pause", "--reason", "the server moves house") == "mail was paused already"
    assert house.say("pause") == "mail was paused already"
    kept = house.work.db["switches"].find_one()
    assert kept == {**since, "reason": "the server moves house"}
    house.offer()
    paused, waiting = house.say("status").splitlines()
    assert paused.endswith(": the server moves house")
    assert waiting.startswith("mails that wait: 1; the first is no use any more from ")
    assert house.say("resume") == "mail goes out again"
