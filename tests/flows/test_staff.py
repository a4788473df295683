"""Staff across the three services, through the front door: one sign-in opens each service's page, signing out everywhere shuts them."""

import re

import pytest
import requests

from tests.support.stack import Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

OLIVE = "olive.operator@example.org"
PAGES = [f"/staff/status/{service}" for service in ("pledge", "events", "notify")]


def statuses(stack: Stack, browser: requests.Session) -> list[int]:
    return [browser.get(stack.url + path, allow_redirects=False, timeout=30).status_code for path in PAGES]


def asked(stack: Stack, address: str) -> requests.Response:
    return stack.post("/sign-in", data={"email": address})


def test_one_sign_in_for_three_services(stack: Stack) -> None:
    """Asked for, mailed, pressed; every service believes the cookie; signed out everywhere, notify refuses at once and the others soon."""
    before = len(stack.mails_to(OLIVE))
    assert asked(stack, OLIVE).headers["Location"] == "/sign-in?asked=1"
    mail = stack.mail_to(OLIVE, before + 1)
    found = re.search(r"/sign-in/\S+", mail["text"])
    assert found
    browser = requests.Session()
    assert statuses(stack, browser) == [303, 303, 303]
    assert browser.post(stack.url + found[0], allow_redirects=False, timeout=30).status_code == 303
    assert statuses(stack, browser) == [200, 200, 200]
    kept = browser.cookies.copy()
    assert browser.post(f"{stack.url}/sign-out", data={"everywhere": "yes"}, allow_redirects=False, timeout=30).status_code == 303
    copy = requests.Session()
    copy.cookies.update(kept)
    assert statuses(stack, copy)[2] == 303
    until(lambda: statuses(stack, copy) == [303, 303, 303], "pledge and events have heard", 15)


def test_a_stranger_is_answered_alike_and_not_mailed(stack: Stack) -> None:
    """The same redirect through the door; no mail for who is not on the list, while one asked later has come."""
    stranger, before = "stranger.at.the.door@example.org", len(stack.mails_to(OLIVE))
    assert asked(stack, stranger).headers["Location"] == asked(stack, OLIVE).headers["Location"]
    stack.mail_to(OLIVE, before + 1)
    assert stack.mails_to(stranger) == []


def test_starting_prints_a_link_for_each(stack: Stack) -> None:
    """The demo's operator and moderator are on the list, by notify's own command; it prints another link on demand."""
    for address in (OLIVE, "moss.moderator@example.org"):
        said = stack.say("command", "notify", "sign-in-link", address)
        assert said.returncode == 0, said.stderr
        assert re.fullmatch(rf"{stack.url}/sign-in/[\w-]{{22}}\n", said.stdout), said.stdout
