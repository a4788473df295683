"""A laptop's stack of its own, in which one process at a time is told where to die.

A process reads its environment file when it starts, so what is written there is what the next life of it hears. Waiting is made
cheap by that: each life's clock runs a minute ahead of the one before, so a lease, a claim or a batch that a dead process left
has run out for the one that comes after. Production's values stay as they are. The worker and the sender of notify live some
days ahead besides, by day, so that a nudge is due as soon as its address is confirmed: the worker in the morning, the sender,
who sends what the worker has planned for its own now, in the afternoon. events' worker lives an hour ahead.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from shared.laptop import checks, supervision, tether
from shared.laptop.environment import write_private
from shared.laptop.places import REPOSITORY, Laptop
from shared.laptop.programs import APP
from shared.runtime.clock import LONDON, in_london, utc_now
from shared.runtime.errors import Unavailable
from tests.faults.scenes import Scene
from tests.support.waiting import until

SERVICES = ("pledge", "events", "notify")
A_LIFE = 61.0  # seconds: longer than a claim (60), a stale batch (35) and a lease (6)
NUDGES_DUE = timedelta(days=3)  # a nudge "in 2 days" is due by then; an address that nobody confirms is still there
CHOICES_DUE = 3_600.0  # seconds: events' worker carries out at once what is to wait a minute, however many lives the api has had
AHEAD = {"notify-worker": time_of_day(10), "notify-sender": time_of_day(13)}
_UP_WITHIN, _BACK_WITHIN = 180.0, 60.0
_READY = "Ctrl-C stops everything"


class Rig:
    """`laptop`: where everything is. Made by `standing`."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self._lives: dict[str, int] = {}
        self._clients: dict[str, MongoClient[dict[str, Any]]] = {}
        self._ahead = {program: _seconds_to(hour, utc_now()) for program, hour in AHEAD.items()} | {"events-worker": CHOICES_DUE}

    def database(self, service: str) -> Database[dict[str, Any]]:
        if service not in self._clients:
            self._clients[service] = MongoClient(self.laptop.mongo_uri(service), tz_aware=True)
        return self._clients[service].get_default_database()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def now_of(self, program: str) -> datetime:
        """What that process believes the time to be."""
        return utc_now() + timedelta(seconds=self._offset(program))

    # Who dies where

    def settle_in(self) -> None:
        """Limits out of the way, notify's worker and sender on that day, events' worker in that hour."""
        for service in SERVICES:
            self._tell(service, POSTS_PER_MINUTE="1000000")
        for program in ("pledge-api", "events-api", "notify-api", *self._ahead):
            self._restart(program)

    def choose(self, scene: Scene) -> None:
        """Start the process with its crash point, not yet armed."""
        mark = self.mark(scene)
        mark.parent.mkdir(exist_ok=True)
        mark.touch()
        self._tell(scene.service, CRASH_AT=scene.point, CRASH_MARK=str(mark))
        self._restart(scene.program)

    def arm(self, scene: Scene) -> None:
        """From now on it dies at its point, once. What is written first is for the life after."""
        self._lives[scene.program] = self._lives.get(scene.program, 0) + 1
        self._tell(scene.service, CLOCK_OFFSET=str(self._offset(scene.program)))
        self.mark(scene).unlink()

    def has_died(self, scene: Scene) -> bool:
        return self.mark(scene).exists()

    def disarm(self, scene: Scene) -> None:
        """It never came to its point."""
        self.mark(scene).touch()

    def lend_the_workers_time(self) -> None:
        """To a command: a doctor asks whether a worker's lease has run out."""
        for service in SERVICES:
            self._tell(service, CLOCK_OFFSET=str(self._offset(f"{service}-worker")))

    def mark(self, scene: Scene) -> Path:
        return self.laptop.data / "marks" / f"{scene.program} {scene.point}"

    def is_back(self, scene: Scene) -> bool:
        """A process that was born after the death is ready."""
        port = self.laptop.ports[scene.program]
        return checks.ready(port)

    def _offset(self, program: str) -> float:
        return self._ahead.get(program, 0.0) + self._lives.get(program, 0) * A_LIFE

    def _tell(self, service: str, **changes: str) -> None:
        file = self.laptop.environment_file(service)
        given = json.loads(file.read_text(encoding="utf-8"))
        given["set"].update(changes)
        write_private(file, json.dumps(given, indent=1))

    def _restart(self, program: str) -> None:
        service = program.partition("-")[0]
        self._lives[program] = self._lives.get(program, 0) + 1
        self._tell(service, CLOCK_OFFSET=str(self._offset(program)))
        supervision.stop_program(self.laptop, APP, program)
        supervision.start_programs(self.laptop, APP, [program])
        until(lambda: checks.ready(self.laptop.ports[program]), f"{program} is ready", _BACK_WITHIN)


def _seconds_to(hour: time_of_day, now: datetime) -> float:
    """To that hour in London, some days ahead."""
    day = in_london(now + NUDGES_DUE).date()
    return (datetime.combine(day, hour, LONDON) - now).total_seconds()


@contextmanager
def standing(laptop: Laptop) -> Iterator[Rig]:
    """The stack runs inside the block and ends with it, and with this process whatever ends that. Raises Unavailable with its words."""
    command = [sys.executable, "-m", "shared.laptop", "--data", str(laptop.data), "run"]
    log = laptop.data.with_name(f"{laptop.data.name}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, "PORT": str(laptop.port), "BUILD_DIR": str(laptop.build), "DEMO": "0"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C here is told to it by us, once
            preexec_fn=lambda: tether.tie(signal.SIGTERM),
        )
    rig = Rig(laptop)
    try:
        _wait_until_up(process, log)
        rig.settle_in()
        yield rig
    finally:
        rig.close()
        process.terminate()
        process.wait(60)


def _wait_until_up(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _UP_WITHIN
    while _READY not in log.read_text(encoding="utf-8", errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(log.read_text(encoding="utf-8", errors="replace").strip())
        time.sleep(0.1)
