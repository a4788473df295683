"""The whole stack loses its broker's log, again and again, while people pledge through the front door."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from shared.laptop import supervision
from shared.laptop.places import BROKER
from shared.laptop.programs import REPUBLISHER
from tests.support.crowd import Crowd, Seen, pledge
from tests.support.stack import Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(600)]

TIMES, A_SECOND, FEW = 3, 8, 0.02  # 600 a minute are taken from one subnet


def test_a_broker_killed_under_load(stack: Stack, tmp_path: Path, seen: Seen) -> None:
    """Its republisher fills every new log, pledges are taken all along, and the auditor finds 0 lost, 0 doubled."""
    log, crowd = stack.laptop.log(REPUBLISHER), Crowd(stack.laptop.port, lambda port, number: [pledge(port, number)], a_second=A_SECOND)
    with crowd.at_work():
        for turn in range(1, TIMES + 1):
            before = log.read_text().count("notify: ") if log.exists() else 0
            os.kill(next(state.process_id for state in supervision.states(stack.laptop) if state.name == BROKER), signal.SIGKILL)
            until(lambda: log.exists() and log.read_text().count("notify: ") > before, f"log {turn} is filled", 120)  # noqa: B023
            time.sleep(3)
    refused = [answer.status for answer in crowd.answers if answer.status != 201]
    assert set(refused) <= {503}, "the broker is nothing to them; on a busy machine the store may once answer too late"
    assert len(refused) <= len(crowd.answers) * FEW
    until(lambda: stack.say("status").returncode == 0, "every process runs again", 60)
    acks = tmp_path / "acks.jsonl"
    acks.write_text("".join(json.dumps({"id": made["id"], "reference": made["reference"]}) + "\n" for made in crowd.made))
    audit = stack.say("audit", "--acks", str(acks), "--settle", "60")
    seen(f"{len(crowd.made)} pledges, {TIMES} logs lost; {audit.stdout.splitlines()[-1]}")
    assert (audit.returncode, audit.stdout.splitlines()[-1]) == (0, "0 lost, 0 doubled"), audit.stdout
