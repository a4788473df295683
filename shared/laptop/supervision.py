"""Talking to supervisord: start it, ask it, end it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from shared.laptop import tether
from shared.laptop.places import REPOSITORY, Laptop
from shared.runtime.errors import Unavailable

_RUNNING, _FATAL = "RUNNING", "FATAL"


@dataclass(frozen=True)
class State:
    """One program as supervisord sees it."""

    name: str
    group: str
    state: str
    process_id: int
    started: int

    @property
    def runs(self) -> bool:
        return self.state == _RUNNING

    @property
    def given_up(self) -> bool:
        return self.state == _FATAL


def is_up(laptop: Laptop) -> bool:
    """Whether a supervisord answers for this stack."""
    if not laptop.socket.exists():
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(laptop.socket)) == 0


def start(laptop: Laptop, *, tied: bool) -> "subprocess.Popen[bytes]":
    """Start supervisord in a session of its own, so that Ctrl-C reaches only who started it. `tied`: it ends when this process ends."""
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(laptop.configuration)]
    with laptop.log("supervisord").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=(lambda: tether.tie(signal.SIGTERM)) if tied else None,  # safe: this process has one thread
        )
    deadline = time.monotonic() + 10
    while not is_up(laptop):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"supervisord did not start: see {laptop.log('supervisord')}")
        time.sleep(0.05)
    return process


def states(laptop: Laptop) -> list[State]:
    """Every program."""
    with _rpc(laptop) as rpc:
        rows = rpc.supervisor.getAllProcessInfo()
    return [State(row["name"], row["group"], row["statename"], row["pid"], row["start"]) for row in rows]


def start_programs(laptop: Laptop, group: str, names: Iterable[str]) -> None:
    """Start programs of a group; does not wait."""
    with _rpc(laptop) as rpc:
        for name in names:
            rpc.supervisor.startProcess(f"{group}:{name}", False)


def stop_program(laptop: Laptop, group: str, name: str) -> None:
    """Stop one program and wait until it has ended. One that does not run is left as it is."""
    with _rpc(laptop) as rpc, contextlib.suppress(xmlrpc.client.Fault):
        rpc.supervisor.stopProcess(f"{group}:{name}")


def stop(laptop: Laptop, seconds: float = 20.0) -> bool:
    """End everything, the app before its engines. False when nothing ran. A supervisord that does not end is killed, and all with it."""
    if not is_up(laptop):
        return False
    with _rpc(laptop) as rpc:
        process_id = int(rpc.supervisor.getPID())
        rpc.supervisor.shutdown()
    deadline = time.monotonic() + seconds
    while _lives(process_id):
        if time.monotonic() > deadline:
            os.kill(process_id, signal.SIGKILL)
        time.sleep(0.05)
    return True


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(process_id)


def _is_zombie(process_id: int) -> bool:
    """Our own child, ended but not yet waited for."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _rpc(laptop: Laptop) -> Any:
    return xmlrpc.client.ServerProxy("http://127.0.0.1", SupervisorTransport("", "", f"unix://{laptop.socket}"))
