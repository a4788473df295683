"""/my-data in a real browser: from the address to the link to the erasure, with and without JavaScript, sound at three widths."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from services.notify.operations import erasing
from tests.notify.desk import ADA, Desk
from tests.notify.test_browser import WIDTHS, desk, is_sound, opened, shots
from tests.notify.test_erasing import answered
from tests.notify.test_my_data import link_to
from tests.notify.walk import CONSENT, walk

__all__ = ["desk", "shots"]  # on a port of its own
pytestmark = pytest.mark.browser


def with_everything(desk: Desk) -> list[str]:
    """A pledge that is confirmed, one that is not, a place, an organiser's ref. Their refs."""
    refs = [desk.confirmed(), desk.offered()]
    refs.append(walk(desk).guest(ADA).signs_up(consents=[CONSENT]).ref)
    desk.send()
    return refs


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_the_address_to_the_end(desk: Desk, browser: Browser, script: bool) -> None:
    """Asked for, mailed, looked at, a yes taken back, everything erased, and the page says when it is done."""
    refs = with_everything(desk)
    with opened(browser, script=script) as page:
        page.goto(desk.work.settings.public_url + "/my-data")
        page.get_by_role("button", name="Send me my links").click()
        expect(page.get_by_role("alert")).to_contain_text("Type an e-mail address")
        page.get_by_label("Your e-mail").fill(ADA)
        page.get_by_role("button", name="Send me my links").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mail")
        desk.send()
        page.set_content(desk.server.last().body("html"))
        page.get_by_role("link", name="See it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your data")
        expect(page.get_by_role("heading", level=2, name="A place at an event: Walk & talk")).to_be_visible()
        page.get_by_role("button", name="Take this yes back").first.click()
        expect(page.get_by_role("status")).to_contain_text("You took that yes back")
        page.get_by_role("link", name="Erase everything").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Erase everything?")
        page.get_by_role("button", name="Erase everything").click()
        expect(page.get_by_role("status")).to_contain_text("We are erasing what you gave us")
        answered(desk, *refs)
        page.reload()
        expect(page.get_by_role("status")).to_contain_text("is erased")
        expect(page.get_by_role("link", name="Erase everything")).to_have_count(0)


def test_its_pages_are_sound(desk: Desk, browser: Browser, shots: Path | None) -> None:
    """In each of their states and at each width: no fault that axe knows, no sideways scroll, help when it is needed now."""
    with_everything(desk)
    path = link_to(desk)
    over = link_to(desk)
    with opened(browser) as page:

        def looked_at(**paths: str) -> None:
            for name, where in paths.items():
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 800})
                    page.goto(desk.work.settings.public_url + where)
                    is_sound(page, f"{name} at {width} px")
                    expect(page.get_by_role("heading", name="If you need help now")).to_have_count(1)
                    if shots:
                        page.screenshot(path=shots / f"my-data-{name}-{width}.png", full_page=True)

        looked_at(ask="/my-data", asked="/my-data?asked=1", all=path, again=f"{path}?done=sent", erase=f"{path}/erase")
        desk.post(f"{path}/stop", data={"purpose": "reminders"})
        looked_at(stopped=f"{path}?done=stopped")
        erasing.erase(desk.work, desk.contact(_a_ref(desk)).address_hash, desk.clock.now)
        looked_at(erasing=path, nothing=f"{path}/erase")
        desk.clock.move(hours=25)
        looked_at(over=over)


def _a_ref(desk: Desk) -> str:
    return str((desk.work.db["contacts"].find_one({"address_hash": {"$exists": True}}) or {})["_id"])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_mail_is_sound(desk: Desk, browser: Browser, width: int) -> None:
    """No fault that axe knows, nothing fetched; its subject says nothing to whoever sees the screen."""
    desk.offered()
    desk.send()
    link_to(desk)
    mail = desk.server.last()
    assert mail.message["Subject"] == "Your link"
    with opened(browser, width=width) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(mail.body("html"))
        is_sound(page, f"the mail at {width} px")
        assert asked == []


def test_the_copy_is_sound(desk: Desk, browser: Browser) -> None:
    """A page that stands by itself on somebody's own machine."""
    with_everything(desk)
    copy = desk.get(f"{link_to(desk)}/download.html").text
    with opened(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(copy)
        is_sound(page, "the copy")
        assert asked == []
