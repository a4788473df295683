"""What groups post, on pledge's pages, through the whole stack: it comes by itself, and goes when it is taken down."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from services.events.operations import pausing, review
from services.events.operations.demo.groups import GROUPS, OURS
from shared.laptop.demo_people import ORGANISERS
from shared.messaging.work import Work
from shared.runtime.clock import in_london
from shared.security.sessions import LASTS, MODERATOR, Session
from tests.support.posts import an_event
from tests.support.reviewed import a_new_group, shown
from tests.support.reviewers import to_take_down
from tests.support.stack import Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

TITLE = "Draughts by the river, for the flow"


def shows(stack: Stack, reference: str) -> bool:
    return TITLE in stack.get(f"/pledged/{reference}").text


def test_an_event_comes_and_goes(stack: Stack, work: Work[Any]) -> None:
    """Published, it stands beside a pledge of that borough; its group paused, it does not; shown again, taken down, it is gone for good."""
    moment = work.clock()
    sam = Session("00000000-0000-4000-8000-000000000001", "Sam", (MODERATOR,), (), (), moment, moment + LASTS)
    reference = stack.pledge(borough="bexley")["reference"]
    tomorrow = (in_london(moment).date() + timedelta(days=1)).isoformat()
    group = a_new_group(work, "00000000-0000-4000-8000-000000000002")
    post = shown(work, group, an_event(title=TITLE, area="bexley", date=tomorrow))
    until(lambda: shows(stack, reference), "pledge has heard that it is there", 20)
    pausing.pause(work, group.id, by=sam, now=work.clock())
    until(lambda: not shows(stack, reference), "pledge has heard of the pause", 20)
    pausing.show_again(work, group.id, by=sam, now=work.clock())
    until(lambda: shows(stack, reference), "pledge has heard that it is over", 20)
    review.take_down(work, post.id, to_take_down(), by=sam, now=work.clock())
    until(lambda: not shows(stack, reference), "pledge has heard that it was taken down", 20)


def test_the_demo_is_found_and_its_organiser_comes_in(stack: Stack) -> None:
    """What the demo's groups post is on the site and on the first page, and the link printed for their organiser opens two groups."""
    assert "Problem Solving Booth" in stack.get("/whats-on").text
    until(lambda: "This week in London" in stack.get("/").text, "pledge has heard", 20)
    said = stack.say("command", "notify", "sign-in-link", ORGANISERS[0], "--organiser")
    assert said.returncode == 0, said.stderr
    browser = requests.Session()
    assert browser.post(said.stdout.strip(), allow_redirects=False, timeout=30).status_code == 303
    page = browser.get(f"{stack.url}/groups", timeout=30).text
    shown = [str(GROUPS[name]["name"]) in page for name in GROUPS]
    assert shown == [name in OURS for name in GROUPS]
