"""notify's pages and mails in a real browser: from the mail's link to the button, with and without JavaScript, at three widths."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from services.notify.operations import contacts
from services.notify.operations.evenings import plan_due as plan_evenings
from services.notify.rules.evenings import evening_before
from shared.security.tokens import new_token
from tests.notify import guild
from tests.notify.desk import ADA, Desk, open_desk
from tests.notify.walk import CONSENT, walk
from tests.support.browsers import at_each, faults
from tests.support.engines import Store
from tests.support.settings import MovableClock
from tests.support.sites import in_the_open
from tests.support.smtp import MailServer, Received
from tests.support.waiting import free_ports

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 1280)
DISTINCT = ("asked", "over", "not me", "resting", "no such link")  # looked at at every width


@pytest.fixture
def desk(store: Store, prepared: str, clock: MovableClock, mail_server: MailServer, build_dir: Path) -> Iterator[Desk]:
    """On a free port of this machine, with the front door's files beside it."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with (
        open_desk(store, prepared, mail_server, clock, BUILD_DIR=build_dir, PUBLIC_URL=url) as desk,
        in_the_open(desk.app, port, build_dir),
    ):
        yield desk


@pytest.fixture(scope="module")
def shots() -> Path | None:
    """Where to leave pictures for somebody to look at: the folder named by SHOTS, else nowhere."""
    folder = Path(os.environ["SHOTS"]) if os.environ.get("SHOTS") else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def opened(browser: Browser, *, width: int = 390, script: bool = True) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
    try:
        yield context.new_page()
    finally:
        context.close()


def is_sound(page: Page, where: str) -> None:
    """No fault that axe knows, nothing to scroll sideways, at most one green button."""
    assert faults(page) == [], where
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), where
    assert page.locator(".govuk-button:not(.govuk-button--secondary)").count() <= 1, where


def of_evenings(desk: Desk) -> dict[str, str]:
    """The pages behind the mails of the evening before: of two people, on one evening."""
    here = walk(desk)
    for address in ("sam.reed@example.org", "kit.lane@example.org"):
        here.guest(address).signs_up(consents=[CONSENT])
        desk.send()
        desk.post(desk.link("confirm"))
    desk.clock.set(evening_before(here.starts))
    plan_evenings(desk.work, desk.clock.now)
    desk.send()
    first, second = desk.mails[-2:]
    desk.clock.move(minutes=1)
    for kind in ("stop", "not-now"):
        desk.post(desk.link(kind, second))
    late = here.guest("lee.moss@example.org").signs_up(consents=[CONSENT])
    desk.send()
    desk.post(desk.link("confirm"))
    assert "confirmed_at" in desk.contact(late.ref).consents[0]
    paths = {"stop": desk.link("stop", first), "stopped": desk.link("stop", second), "resting": desk.link("not-now", second)}
    return {**paths, "late": desk.link("confirm")}


def every_state(desk: Desk) -> dict[str, str]:
    """The path of each page in each of its states."""
    desk.nudged()
    sent = {"went": desk.link("confirm", desk.mails[0]), "stop": desk.link("stop"), "not-now": desk.link("not-now")}
    desk.nudged("bo.fern@example.org", days=30)
    done = desk.link("stop")
    desk.post(done)
    paths = {}
    for name in ("fresh", "yes", "lapsed", "not-me"):
        ref = desk.offered(f"{name}@example.org")
        desk.send()
        paths[name] = {"ref": ref, "confirm": desk.link("confirm"), "not-me": desk.link("not-me")}
    desk.post(paths["yes"]["confirm"])
    desk.post(paths["not-me"]["not-me"])
    contacts.first_mail_went(paths["lapsed"]["ref"], desk.clock.now)
    desk.work.db["contacts"].update_one({"_id": paths["lapsed"]["ref"]}, {"$set": {"expires_at": desk.clock.now}})
    contacts.expire(desk.work, desk.clock.now)
    evenings = of_evenings(desk)
    return {
        "asked": paths["fresh"]["confirm"],
        "said yes": paths["yes"]["confirm"],
        "nudge went": sent["went"],
        "over": paths["lapsed"]["confirm"],
        "not me": paths["fresh"]["not-me"],
        "not me, done": paths["not-me"]["not-me"],
        "not me, late": paths["lapsed"]["not-me"],
        "stop": sent["stop"],
        "stopped": done,
        "stop evenings": evenings["stop"],
        "evenings stopped": evenings["stopped"],
        "yes to the evening, too late": evenings["late"],
        "not now": sent["not-now"],
        "resting": evenings["resting"],
        "no such link": f"/stop/{new_token()}",
        "unknown": f"/confirm/{new_token()}",
    }


def of_organisers(desk: Desk) -> dict[str, str]:
    """The pages of whoever signs in for a group, or is asked to help run one."""
    guild.invited(desk, "kit.lane@example.org")
    joined = desk.link("confirm")
    desk.post(joined)
    guild.invited(desk)
    asked, not_me = desk.link("confirm"), desk.link("not-me")
    guild.invited(desk, "refused@example.org")
    refused = desk.link("confirm")
    desk.post(desk.link("not-me"))
    return {
        "sign in for a group": "/sign-in?next=/groups/new",
        "look in your mail": "/sign-in?asked=groups",
        "asked to help": asked,
        "asked to help, not me": not_me,
        "helping": joined,
        "helping no more": refused,
    }


def test_pages_are_sound(desk: Desk, browser: Browser, shots: Path | None) -> None:
    """Every state of every page has no fault that axe knows and fits a phone; the longest also an old phone and a desk."""
    paths = every_state(desk)
    with opened(browser) as page:
        for name, path in paths.items():
            page.goto(desk.work.settings.public_url + path)
            expect(page.get_by_role("heading", name="If you need help now")).to_have_count(1)
            for width in at_each(page, WIDTHS if name in DISTINCT or shots else [390]):
                is_sound(page, f"{name} at {width} px")
                if shots:
                    page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)


def test_organisers_pages_are_sound(desk: Desk, browser: Browser) -> None:
    """Each of theirs on a phone, by the same measure."""
    paths = of_organisers(desk)
    with opened(browser) as page:
        for name, path in paths.items():
            page.goto(desk.work.settings.public_url + path)
            is_sound(page, name)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_the_mail_to_the_yes_and_the_stop(desk: Desk, browser: Browser, script: bool) -> None:
    """The whole way by clicking: the mail's button, the page's button, the nudge, its stop link, the end."""
    ref = desk.offered()
    desk.send()
    with opened(browser, script=script) as page:
        page.set_content(desk.server.last().body("html"))
        page.get_by_role("link", name="Yes, nudge me").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Shall we nudge you?")
        page.get_by_role("button", name="Yes, nudge me").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your nudge is set")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your nudge is set")
        assert desk.said(ref)[-1] == "contact.confirmed: confirmed"

        desk.clock.set(desk.contact(ref).nudge_due)
        desk.plan_nudges()
        desk.send()
        page.set_content(desk.server.last().body("html"))
        page.get_by_role("link", name="Stop these mails").click()
        page.get_by_role("button", name="Stop these mails").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("These mails have stopped")
        assert desk.said(ref)[-1] == "contact.suppressed: stop"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_not_now_and_again(desk: Desk, browser: Browser, script: bool) -> None:
    """From the nudge's link to two weeks of peace, and back, by two presses."""
    desk.nudged()
    with opened(browser, script=script) as page:
        page.set_content(desk.server.last().body("html"))
        page.get_by_role("link", name="Not now").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Not now?")
        page.get_by_role("button", name="Leave me alone for two weeks").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("We leave you alone until Saturday 27 June")
        page.reload()
        page.get_by_role("button", name="Start again").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Not now?")


def test_this_was_not_me(desk: Desk, browser: Browser) -> None:
    """Who never asked gets rid of us in two taps."""
    ref = desk.offered()
    desk.send()
    with opened(browser) as page:
        page.set_content(desk.server.last().body("html"))
        page.get_by_role("link", name="This wasn’t me").click()
        page.get_by_role("button", name="It wasn’t me: forget this address").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("We have forgotten this address")
    assert desk.said(ref)[-1] == "contact.expired: not-me"


def test_mails_are_sound(desk: Desk, browser: Browser, shots: Path | None) -> None:
    """A mail is a page too: no fault that axe knows, no sideways scroll, links big enough for a thumb, nothing fetched."""
    desk.nudged(action="zsa-training")
    mails: dict[str, Received] = {"confirm": desk.mails[0], "nudge": desk.mails[1]}
    of_evenings(desk)
    mails["evening"] = desk.mails[-3]
    assert "Tomorrow’s the day" in mails["evening"].body("plain")
    with opened(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name, mail in mails.items():
            page.set_content(mail.body("html"))
            assert ADA not in page.content()
            small = "() => [...document.querySelectorAll('a')].map(a => a.getBoundingClientRect()).filter(box => box.height < 24).length"
            for width in at_each(page, WIDTHS):
                is_sound(page, f"{name} at {width} px")
                assert page.evaluate(small) == 0
                if shots:
                    page.screenshot(path=shots / f"mail-{name}-{width}.png", full_page=True)
        assert asked == []
