"""A place's mails and the page behind their button in a real browser: axe, a phone and a desk, with and without JavaScript."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from services.notify import mails
from services.notify.operations import contacts
from services.notify.store import Notification
from tests.notify.desk import Desk
from tests.notify.test_browser import WIDTHS, desk, is_sound, opened
from tests.notify.test_organiser_mails import note
from tests.notify.walk import CONSENT, KIT, LEE, SAM, Walk, walk

__all__ = ["desk"]  # on a port of its own
pytestmark = pytest.mark.browser


def sent(desk: Desk, here: Walk, address: str) -> str:
    """The way to the yes, as mailed."""
    here.guest(address).signs_up(consents=[CONSENT])
    desk.send()
    return desk.link("confirm")


def every_mail(desk: Desk) -> dict[str, str]:
    """Each mail about a place, by its template: its HTML."""
    here = walk(desk)
    walk(desk, days=5, facts={"place": "The steps"})
    sam = here.guest(SAM).signs_up(consents=[CONSENT], party=3)
    kit = here.guest(KIT).signs_up("queued", position=1)
    lee = here.guest(LEE).signs_up("queued", position=2)
    desk.send()
    kit.hears("promoted")
    here.guest(SAM).signs_up("repeat")
    desk.send()
    here.starts += timedelta(hours=1)
    here.facts |= {"place": "The bench by the lock", "capacity": 12}
    desk.hear(here.posted("changed", "starts", "place", "capacity"))
    here.tell()
    lee.hears("refused", reason="full")
    desk.send()
    desk.hear(here.ended())
    here.tell()
    gone = walk(desk)
    gone.guest(SAM).signs_up()
    desk.hear(gone.ended("taken-down", "not-safe"))
    gone.tell()
    desk.hear(note(desk, sam.ref, mails.CANCEL_NOTE, note="We’ll try again in May.", event=here.id))
    desk.send()
    templates = {row.message_id: row.template for row in Notification.objects}
    bodies = {templates[mail.message["Message-ID"]]: mail.body("html") for mail in desk.mails}
    assert set(mails.ABOUT_PLACES) - bodies.keys() == set(), "a mail that nobody looked at"
    return bodies


@pytest.mark.parametrize("width", WIDTHS)
def test_mails_are_sound(desk: Desk, browser: Browser, width: int) -> None:
    """No fault that axe knows, no sideways scroll, links big enough for a thumb, nothing fetched; every template has been looked at."""
    bodies = every_mail(desk)
    with opened(browser, width=width) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name, html in bodies.items():
            page.set_content(html)
            is_sound(page, f"{name} at {width} px")
            small = "() => [...document.querySelectorAll('a')].map(a => a.getBoundingClientRect()).filter(box => box.height < 24).length"
            assert page.evaluate(small) == 0, name
        assert asked == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_yes_to_the_evening_before(desk: Desk, browser: Browser, script: bool) -> None:
    """From the mail's link to the button, to what is so then, to what is so a week after the slot."""
    here = walk(desk)
    sam = here.guest().signs_up(consents=[CONSENT])
    desk.send()
    with opened(browser, script=script) as page:
        page.set_content(desk.server.last().body("html"))
        page.get_by_role("link", name="Yes, e-mail me the evening before").click()
        page.get_by_role("button", name="Yes, e-mail me the evening before").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("We’ll e-mail you the evening before")
        expect(page.get_by_role("button", name="Yes, e-mail me")).to_have_count(0)
        assert "confirmed_at" in desk.contact(sam.ref).consents[0]
        desk.clock.set(here.ends + timedelta(days=8))
        contacts.forget_old(desk.work, desk.clock.now)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("This link has run out")


def test_its_pages_are_sound(desk: Desk, browser: Browser) -> None:
    """Asked, said and over, at each width: no fault that axe knows, and help when it is needed now."""
    here = walk(desk)
    asked, said, over = (sent(desk, here, address) for address in (SAM, KIT, LEE))
    desk.post(said)
    desk.post(desk.link("not-me"))
    with opened(browser) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for path in (asked, said, over):
                page.goto(desk.work.settings.public_url + path)
                is_sound(page, f"{path} at {width} px")
                expect(page.get_by_role("heading", name="If you need help now")).to_have_count(1)
