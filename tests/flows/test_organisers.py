"""Organisers across the three services, through the front door: signed in by a mail, told what became of a post, asked whether it is on."""

import re
from typing import Any

import pytest
import requests

from services.events.operations import still_on
from services.events.settings import Settings
from services.events.store.posts import posts
from shared.messaging.work import Work
from shared.security.sessions import read
from tests.support.posts import again, an_initiative
from tests.support.reviewed import a_new_group, shown
from tests.support.stack import Stack, new_address
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

NEW = "/groups/new"


def sign_in(stack: Stack, address: str) -> requests.Session:
    """As a person does: typed, mailed, pressed."""
    before = len(stack.mails_to(address))
    assert stack.post("/sign-in", data={"email": address, "next": NEW}).headers["Location"] == "/sign-in?asked=groups"
    browser = requests.Session()
    answer = browser.post(stack.url + link(stack.mail_to(address, before + 1), "sign-in"), allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (303, NEW)
    return browser


def link(mail: dict[str, Any], kind: str) -> str:
    found = re.search(rf"/{kind}/\S+", mail["text"])
    assert found, mail["text"]
    return found[0]


def status(stack: Stack, browser: requests.Session) -> int:
    return browser.get(stack.url + NEW, allow_redirects=False, timeout=30).status_code


def test_one_link_signs_in_and_everywhere_shuts(stack: Stack) -> None:
    """events believes the cookie that notify gave; signed out everywhere, another machine's copy soon opens nothing."""
    assert stack.get(NEW).headers["Location"] == "/sign-in?next=%2Fgroups%2Fnew"
    browser = sign_in(stack, new_address())
    assert status(stack, browser) == 200
    copy = requests.Session()
    copy.cookies.update(browser.cookies.copy())
    assert browser.post(f"{stack.url}/sign-out", data={"everywhere": "yes"}, allow_redirects=False, timeout=30).status_code == 303
    until(lambda: status(stack, copy) == 303, "events has heard", 15)


def test_told_and_asked(stack: Stack, work: Work[Settings]) -> None:
    """It is up: mailed once. A month later: asked by a note that notify alone could open, answered through the door, shown at once."""
    address = new_address()
    session = read(work.settings.notify_verify_key, sign_in(stack, address).cookies["session"] or "", work.clock())
    assert session
    post = shown(work, a_new_group(work, session.refs[0]), an_initiative(title="Chatty benches of the flow"))
    assert "Chatty benches of the flow" in stack.mail_to(address, 2)["text"]

    posts().update_one({"_id": post.id}, {"$set": {"check_due": work.clock()}})
    still_on.ask(work, work.clock())
    path = link(stack.mail_to(address, 3), "still-on")
    assert stack.get(path).status_code == 200
    assert again(post).live["has_room"] == "yes"
    assert stack.post(path, data={"has_room": "full"}).status_code == 303
    assert "Full at the moment" in stack.get(f"/initiative/{post.slug}").text
    until(lambda: work.db["notes"].count_documents({"offer": {"$exists": True}}) == 0, "notify has said that it has the note", 15)
    assert len(stack.mails_to(address)) == 3
