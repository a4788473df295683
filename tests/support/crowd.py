"""People who pledge through the front door while something breaks: what each was answered, and how long it took.

One that is not answered is not sent again here: what became of it is a test's question.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
ACTIONS = ("walk-together", "check-in", "ask-twice", "know-where")


@dataclass(frozen=True)
class Answer:
    """`at`: when it was asked, by the monotonic clock. `status` 0: the connection broke. `seconds`: until the last byte."""

    method: str
    path: str
    at: float
    seconds: float
    status: int
    retry_after: str = ""
    body: str = ""
    key: str = ""

    @property
    def made(self) -> dict[str, Any] | None:
        """The pledge that it says is made."""
        found: dict[str, Any] | None = json.loads(self.body) if self.status == 201 else None
        return found


Seen = Callable[[str], None]  # notes a figure, for the end of a long run
Ask = Callable[[int, int], Sequence[Answer]]  # (port, number) → what was asked in one turn


def ask(port: int, method: str, path: str, body: str | None = None, kind: str = JSON, key: str = "", patience: float = 40) -> Answer:
    """One request on a connection of its own."""
    began = time.monotonic()
    connection = HTTPConnection("localhost", port, timeout=patience)
    headers = ({"Content-Type": kind} if body is not None else {}) | ({"Idempotency-Key": key} if key else {})
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        status, wait = response.status, response.getheader("Retry-After", "")
    except (OSError, HTTPException):
        status, wait, text = 0, "", ""
    finally:
        connection.close()
    return Answer(method, path, began, time.monotonic() - began, status, wait or "", text, key)


def pledge(port: int, number: int, **more: Any) -> Answer:
    return ask(port, "POST", "/api/v1/pledges", json.dumps({"action": ACTIONS[number % 4], **more}), key=str(uuid.uuid4()))


def pledge_and_answer(port: int, number: int) -> list[Answer]:
    """A pledge, then how it went, twice: three messages of one document."""
    answers = [pledge(port, number)]
    if made := answers[0].made:
        answers += [ask(port, "POST", f"/did-it/{made['reference']}", urlencode({"answer": word}), FORM) for word in ("yes", "partly")]
    return answers


@dataclass
class Crowd:
    """A few hands, each asking as soon as the last was answered; with `a_second`, all together no more than that."""

    port: int
    ask: Ask = pledge_and_answer
    hands: int = 3
    a_second: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _number: int = 0
    _began: float = field(default_factory=time.monotonic)

    @contextmanager
    def at_work(self) -> Iterator["Crowd"]:
        """Inside, they ask; after it, the last answers are in."""
        threads = [threading.Thread(target=self._go_on, name=f"hand-{number}") for number in range(self.hands)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _go_on(self) -> None:
        while not self._over.is_set():
            with self._lock:
                number, self._number = self._number, self._number + 1
            if self.a_second and self._over.wait(max(0.0, self._began + number / self.a_second - time.monotonic())):
                return
            found = self.ask(self.port, number)
            with self._lock:
                self.answers.extend(found)

    def between(self, start: float, end: float) -> list[Answer]:
        """What was asked from `start` on and answered by `end`."""
        with self._lock:
            return [answer for answer in self.answers if answer.at >= start and answer.at + answer.seconds <= end]

    @property
    def made(self) -> list[dict[str, Any]]:
        """Every pledge that was said to be made."""
        with self._lock:
            return [found for answer in self.answers if answer.path == "/api/v1/pledges" and (found := answer.made)]
