"""Staff in a real browser, at a phone's width, with and without JavaScript: from the mailed link to inviting somebody and out again."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.security.sessions import MODERATOR, OPERATOR
from tests.notify import staffroom
from tests.notify.desk import Desk
from tests.notify.test_browser import desk as desk
from tests.notify.test_browser import is_sound as axe_finds_nothing
from tests.notify.test_browser import opened
from tests.support.browsers import at_each

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_day_of_an_operator(desk: Desk, browser: Browser, script: bool) -> None:
    """Led to the sign-in, mailed a link, back at the page that was wanted; invites, is told what is missing, changes, signs out."""
    staffroom.add(desk, "Olive", OPERATOR)
    home = desk.work.settings.public_url
    with opened(browser, script=script) as page:

        def is_sound(page: Page, where: str) -> None:
            if script:  # axe is a script
                axe_finds_nothing(page, where)

        page.goto(f"{home}/staff/people")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        is_sound(page, "sign-in")
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_text("There is a problem")).to_be_visible()
        is_sound(page, "sign-in with an error")
        page.get_by_label("Your e-mail").fill("olive@example.org")
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mail")
        is_sound(page, "asked")

        desk.send()
        page.set_content(desk.server.last().body("html"))
        is_sound(page, "the mail")
        desk.clock.move(seconds=2)
        page.get_by_role("link", name="Sign in", exact=True).click()
        is_sound(page, "the link")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Staff")
        is_sound(page, "staff")

        page.get_by_role("button", name="Invite somebody").click()
        page.get_by_label("Their first name").fill("Moss")
        page.get_by_label("Their e-mail").fill("moss@example.org")
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_role("link", name="Choose what they do: one role at least")).to_be_visible()
        is_sound(page, "invitation with an error")
        expect(page.get_by_label("Their first name")).to_have_value("Moss")
        page.get_by_label(re.compile("^Moderator")).check()
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Moss")
        is_sound(page, "a person")

        page.get_by_role("link", name="Mails’ health").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("How notify is")
        is_sound(page, "status")
        page.get_by_role("link", name="You", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Hello Olive")
        is_sound(page, "you")
        page.get_by_role("button", name="Sign out everywhere").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        page.goto(f"{home}/staff")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_other_widths(desk: Desk, browser: Browser) -> None:
    """An old phone and a desk; a moderator sees their own menu alone, and a page that is not theirs says so."""
    path = staffroom.link(desk, staffroom.add(desk, "Moss", MODERATOR))
    desk.clock.move(seconds=1)
    home = desk.work.settings.public_url

    def is_sound(page: Page, where: str) -> None:
        for width in at_each(page, [320, 1280]):
            axe_finds_nothing(page, f"{where} at {width} px")

    with opened(browser) as page:
        page.goto(home + path)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("navigation", name="Staff").get_by_role("link")).to_have_text(["You", "To check", "Reports", "Groups"])
        is_sound(page, "you")
        page.goto(f"{home}/staff/people")
        expect(page.get_by_role("heading", level=1)).to_have_text("You can’t do that from here")
        is_sound(page, "not theirs")
        page.goto(home + path)
        is_sound(page, "a used link")


def test_invitations_are_sound(desk: Desk, browser: Browser) -> None:
    """The mail is a page too: no fault that axe knows, nothing fetched, no name of an address in it."""
    olive = staffroom.come(desk, "Olive", OPERATOR)
    staffroom.ask(desk, olive, "/staff/people/invite", post={"name": "Ruth", "email": "ruth@example.org", "role-moderator": "yes"})
    desk.send()
    with opened(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(desk.server.last().body("html"))
        axe_finds_nothing(page, "invitation")
        assert asked == []
        assert "@" not in page.inner_text("main")
