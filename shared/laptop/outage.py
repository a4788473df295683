"""The button "Stop Kafka": the broker's process is stopped for a while, and real pledges are sent through the front door meanwhile.

Nothing here is told to the services. They find out by themselves that the broker does not answer, as they would elsewhere.
"""

import itertools
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from shared.laptop import guardian
from shared.reference.actions import actions
from shared.runtime.clock import Clock, as_milliseconds, in_london
from shared.runtime.errors import Conflict, Unavailable
from shared.web.i18n import N_

PLEDGES, SECONDS, A_SECOND = 200, 20.0, 20  # how many, how long Kafka stands still, how many are sent a second
_HANDS = 4
_TRIES, _REST = 3, 1.0
_TIMEOUT = 35.0
_KEY = re.compile(r'name="key" value="([0-9a-f-]{36})"')
_TAKEN = re.compile(r"/pledged/([A-Z0-9-]+)")


@dataclass(frozen=True)
class Run:
    """One press, as it stands. Times are milliseconds since 1970; `slowest` is one answer's time in ms.

    `references`: of the pledges that were answered with "You're in". `drained`: ms from Kafka's going on to the last one's count.
    """

    began: int
    planned: int
    seconds: float
    went_on: int | None = None
    references: tuple[str, ...] = ()
    refused: int = 0
    slowest: float = 0.0
    drained: int | None = None

    @property
    def sent(self) -> int:
        return len(self.references) + self.refused

    @property
    def is_on(self) -> bool:
        """Kafka stands still, or pledges are still being sent."""
        return self.went_on is None or self.sent < self.planned

    @property
    def stood_still(self) -> float:
        """For how many seconds."""
        return (self.went_on - self.began) / 1000 if self.went_on else 0.0

    def seconds_left(self, now: int) -> int:
        return max(0, round(self.seconds - (now - self.began) / 1000))


Window = tuple[int, int]  # from when to when Kafka stands still, in milliseconds since 1970


@dataclass
class Outage:
    """At most one run at a time; the last one is remembered. Safe to use from several threads.

    The file given to `start` keeps when Kafka stood still, so that the times of those pledges are known for what they are.
    """

    clock: Clock
    _run: Run | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def last(self) -> Run | None:
        with self._lock:
            return self._run

    def start(
        self, process_id: int, port: int, file: Path, *, pledges: int = PLEDGES, seconds: float = SECONDS, a_second: float = A_SECOND
    ) -> None:
        """Stop this process and send pledges to the door at `port`; returns as soon as it stands still.

        Raises Conflict while another run is on, Unavailable when there is no such process.
        """
        now = self.clock()
        with self._lock:
            if self._run and self._run.is_on:
                raise Conflict(N_("Kafka stands still already. Wait until it goes on, then press once more."))
            before, self._run = self._run, Run(as_milliseconds(now), pledges, seconds)
        try:
            keeper = _stop(process_id, seconds)
        except BaseException:
            with self._lock:
                self._run = before
            raise
        began = as_milliseconds(self.clock())
        self._change(began=began)
        with file.open("a", encoding="ascii") as out:
            out.write(f"{began} {began + int(seconds * 1000)}\n")
        threading.Thread(target=self._wait, args=(keeper, process_id), name="outage", daemon=True).start()
        slugs = itertools.cycle(action.slug for action in actions(in_london(now).date()))
        turns = _turns(itertools.islice(slugs, pledges), a_second)
        for _ in range(_HANDS):
            threading.Thread(target=self._send, args=(port, turns), name="pledges", daemon=True).start()

    def drained(self, milliseconds: int) -> None:
        """Note when the last of the pledges was counted."""
        self._change(drained=milliseconds)

    def _change(self, **fields: Any) -> None:
        with self._lock:
            if self._run:
                self._run = replace(self._run, **fields)

    def _wait(self, keeper: "subprocess.Popen[str]", process_id: int) -> None:
        keeper.wait()
        guardian.go_on(process_id)  # should the guardian have been killed
        self._change(went_on=as_milliseconds(self.clock()))

    def _send(self, port: int, turns: Iterator[tuple[float, str]]) -> None:
        """One of a few hands: take the next action, wait for its turn, send it."""
        while True:
            with self._lock:
                turn = next(turns, None)
            if turn is None:
                return
            time.sleep(max(0.0, turn[0] - time.monotonic()))
            reference, slowest = _pledge(port, turn[1])
            with self._lock:
                if run := self._run:
                    given = {"references": (*run.references, reference)} if reference else {"refused": run.refused + 1}
                    self._run = replace(run, slowest=max(run.slowest, slowest), **given)


def windows(file: Path) -> list[Window]:
    """Every time that Kafka was made to stand still."""
    if not file.exists():
        return []
    pairs = (line.split() for line in file.read_text(encoding="ascii").splitlines())
    return [(int(pair[0]), int(pair[1])) for pair in pairs if len(pair) == 2]


def _stop(process_id: int, seconds: float) -> "subprocess.Popen[str]":
    """Start the guardian, and wait until the process stands still."""
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(guardian.__file__)), str(process_id), str(seconds)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # it outlives this process, so that Kafka always goes on
    )
    assert keeper.stdout is not None  # noqa: S101 -- it is a pipe; this tells the type checker
    with keeper.stdout as says:
        if says.readline().strip() != "stopped":
            keeper.wait()
            raise Unavailable(N_("Kafka’s broker is not running. Look at make status."))
    return keeper


def _turns(slugs: Iterator[str], a_second: float) -> Iterator[tuple[float, str]]:
    """When each is to be sent, by the monotonic clock."""
    began = time.monotonic()
    return ((began + number / a_second, slug) for number, slug in enumerate(slugs))


def _pledge(port: int, action: str) -> tuple[str | None, float]:
    """Open the form and send it, as a browser would. The reference (None when it was not taken), and the slowest answer in ms.

    Without a borough, so that the map keeps its small numbers. What was not answered is sent again with the form's own key,
    which is safe.
    """
    key, slowest = "", 0.0
    for tried in range(_TRIES):
        time.sleep(_REST * tried)
        connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
        try:
            if not key:
                _, page, took = _ask(connection, "GET", f"/pledge/{action}")
                slowest = max(slowest, took)
                found = _KEY.search(page)
                key = found[1] if found else ""
            location, _, took = _ask(connection, "POST", f"/pledge/{action}", urlencode({"key": key, "then": "done"}))
            slowest = max(slowest, took)
        except (OSError, HTTPException):
            continue
        finally:
            connection.close()
        if taken := _TAKEN.search(location):
            return taken[1], slowest
    return None, slowest


def _ask(connection: HTTPConnection, method: str, path: str, body: str | None = None) -> tuple[str, str, float]:
    """Where it leads, what it says, and how many milliseconds it took."""
    began = time.monotonic()
    connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
    response = connection.getresponse()
    text = response.read().decode("utf-8", "replace")
    return response.getheader("Location", "") or "", text, (time.monotonic() - began) * 1000
