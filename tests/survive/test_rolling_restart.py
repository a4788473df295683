"""Every api is ended and started again, one after another, while people go on using the front door."""

import time
import uuid
from urllib.parse import urlencode

import pytest

from shared.security.tokens import new_token
from tests.support.crowd import FORM, Answer, Crowd, Seen, ask, pledge
from tests.support.fleet import Fleet, names
from tests.support.wholeness import settled, whole

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.long]  # a restart must fit into the door’s 3 s: not on a busy machine

A_SECOND = 20.0
EXPECTED = {200, 201, 303, 404}  # 404: of a link that nobody was ever sent
STRANGER = f"/stop/{new_token()}"


def turn(port: int, number: int) -> list[Answer]:
    """One request: a page or a POST, of pledge or of notify."""
    kinds = (
        lambda: pledge(port, number),
        lambda: ask(port, "GET", "/pledge/walk-together"),
        lambda: ask(port, "POST", "/pledge/check-in", urlencode({"key": str(uuid.uuid4())}), FORM),
        lambda: ask(port, "GET", STRANGER),
        lambda: ask(port, "GET", "/progress"),
        lambda: ask(port, "POST", STRANGER, "", FORM),
    )
    return [kinds[number % len(kinds)]()]


def test_a_rolling_restart_fails_nobody(living: Fleet, seen: Seen) -> None:
    """At 20 requests a second, every api restarted twice: each GET and POST has its own answer, and each pledge is counted once."""
    restarts: list[float] = []
    crowd = Crowd(living.base, turn, hands=12, a_second=A_SECOND)
    began = time.monotonic()
    with crowd.at_work():
        for name in [*names("api")] * 2:
            time.sleep(0.7)
            restarts.append(restarted(living, name))
        time.sleep(0.7)
    rate = len(crowd.answers) / (time.monotonic() - began)
    failed = [(answer.method, answer.path, answer.status) for answer in crowd.answers if answer.status not in EXPECTED]
    slowest = max(answer.seconds for answer in crowd.answers)
    seen(f"{len(crowd.answers)} requests at {rate:.0f}/s, {len(failed)} failed, the slowest {slowest:.1f} s; restarts {restarts}")
    assert not failed
    assert {(answer.method, answer.status) for answer in crowd.answers} >= {
        ("GET", 200),
        ("GET", 404),
        ("POST", 404),
        ("POST", 201),
        ("POST", 303),
    }
    assert rate > A_SECOND * 0.7, "they did not stop asking"
    settled(living)
    whole(living, crowd.made)


def restarted(living: Fleet, name: str) -> float:
    """Ended as a supervisor ends it, started again at once; the seconds until it was ready."""
    api, began = living.members[name], time.monotonic()
    api.stop()
    api.launch()
    living.wait_ready(api)
    return round(time.monotonic() - began, 1)
