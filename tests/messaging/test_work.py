"""A background process as a whole: it answers probes, ends on a signal, and asks to be started afresh with a code of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from shared.runtime.processes import find
from tests.support.engines import Store
from tests.support.settings import environment_for
from tests.support.waiting import free_ports, until_open

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from services.pledge.settings import Settings
from shared.messaging.work import run_loop
from shared.runtime.errors import RestartNeeded
from shared.runtime.settings import load_or_exit

def step():
    if sys.argv[1] == "restart":
        raise RestartNeeded("the log was lost")
    return False

run_loop(load_or_exit(Settings), "worker", [step])
"""


def started(store: Store, what: str, port_base: int) -> subprocess.Popen[str]:
    environment = {**os.environ, **environment_for("pledge", store, None, "unused", PORT_BASE=port_base)}
    command = [sys.executable, "-c", PROGRAM, what]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def a_port_base() -> int:
    return free_ports(1)[0] - find("pledge", "worker").offset


def test_a_process_that_must_be_started_afresh_says_so(store: Store) -> None:
    """Exit code 75, and one line with the reason: the supervisor starts the next."""
    with started(store, "restart", a_port_base()) as process:
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 75
    (line,) = [json.loads(line) for line in out.splitlines()]
    assert (line["event"], line["reason"]) == ("process ends to be started afresh", "the log was lost")
    assert errors == ""


def test_a_process_that_is_told_to_stop_ends_well(store: Store) -> None:
    """Its probes answer where the table says; told to stop, it ends with 0."""
    base = a_port_base()
    with started(store, "idle", base) as process:
        until_open(base + find("pledge", "worker").offset, 30)
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
