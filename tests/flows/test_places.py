"""A place across the three services, through the front door: taken, queued for, told, given back, called, changed, cancelled."""

import re
import uuid
from datetime import datetime
from typing import Any

import pytest

from services.events.operations import changing, drafts, places
from services.events.settings import Settings
from services.events.store import Post, groups
from shared.messaging.work import Work
from shared.runtime.quiet_hours import is_quiet, quiet_ends
from tests.support.posts import again, an_event
from tests.support.reviewed import a_new_group, shown
from tests.support.stack import Stack, new_address
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

MEET = "By the yellow bench of the flow"


def interactions(stack: Stack) -> int:
    return int(stack.get("/api/v1/campaign").json()["counters"]["interaction"]["value"])


def sign_up(stack: Stack, post: Post, address: str) -> dict[str, Any]:
    body = {"first_name": "Sam", "email": address, "access_needs": "A seat now and then", "consents": {"evening-before": True}}
    answer = stack.post(f"/api/v1/events/{post.id}/sign-ups", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def link(mail: dict[str, Any]) -> str:
    found = re.search(r"/place/[A-Za-z0-9_-]{22}", mail["text"])
    assert found, mail["text"]
    return found[0]


def by_day(work: Work[Settings]) -> datetime:
    """Nobody is called at night, and this may run at any hour: the next one that is not quiet."""
    return quiet_ends(work.clock()) if is_quiet(work.clock()) else work.clock()


def organise(work: Work[Settings], post: Post, **changes: Any) -> None:
    """As her form does: the draft, then sent."""
    group, stands = groups.by_id(post.group), again(post)
    assert group
    drafts.save(stands, changes, now=work.clock())
    changing.change(work, again(post), group, ref=group.organisers[0], now=work.clock())


def test_a_place_from_the_button_to_the_end(stack: Stack, work: Work[Settings]) -> None:
    """Two places, three who ask, one of them twice. Each hears what concerns them, once, and nobody where to meet who has no place."""
    before = interactions(stack)
    group = a_new_group(work, str(uuid.uuid4()))
    content = an_event(date="2027-03-18", joining="book", capacity=2, place=MEET, place_shown_to="placed", near="near the station")
    post = shown(work, group, content)
    first, second, third = (new_address() for _ in range(3))

    answers = [sign_up(stack, post, address) for address in (first, second, third)]
    assert [(one["status"], one.get("position")) for one in answers] == [("placed", None), ("placed", None), ("queued", 1)]
    placed, queued = stack.mail_to(first), stack.mail_to(third)
    assert MEET in placed["text"]
    assert "Sam" in placed["text"]
    assert MEET not in queued["text"]
    until(lambda: interactions(stack) == before + 3, "each place taken or queued for is an interaction", 20)

    assert sign_up(stack, post, first)["position"] == 2, "a stranger's answer"
    assert "already" in stack.mail_to(first, 2)["text"]

    path = link(placed)
    assert MEET in stack.get(path).text
    assert stack.post(path).status_code == 303
    assert stack.post(path).status_code in (200, 303)
    until(lambda: places.call(work, by_day(work)) > 0 or len(stack.mails_to(third)) > 1, "the next is called", 20)
    places.settle(work, by_day(work))
    called = stack.mail_to(third, 2)
    assert MEET in called["text"]

    organise(work, post, starts="18:30")
    for address, count in ((second, 2), (third, 3)):
        assert "6:30" in stack.mail_to(address, count)["text"]

    group_now = groups.by_id(group.id)
    assert group_now
    changing.cancel(again(post), group_now, "weather", now=work.clock())
    for address, count in ((second, 3), (third, 4)):
        assert "weather" in stack.mail_to(address, count)["text"]
    until(lambda: again(post).state == "cancelled", "all have heard", 20)
    assert len(stack.mails_to(first)) == 2, "who has left hears no more"
    assert len(stack.mails_to(second)) == 3
    assert len(stack.mails_to(third)) == 4
    assert interactions(stack) == before + 3
