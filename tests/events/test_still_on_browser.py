"""The monthly question on a phone, from the mail's link to the thank you, with and without JavaScript."""

import pytest
from playwright.sync_api import Browser, expect

from services.events.operations import still_on
from services.events.store.posts import posts
from tests.support.builders import an_id
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, again, an_initiative, published
from tests.support.walking import is_sound, opened

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_one_tap(browser: Browser, open_site: EventsSite, script: bool) -> None:
    """What is so now is chosen already, so one tap does; what can be said afterwards is put right on the same page."""
    work = open_site.work
    post = published(work, a_group(work, organisers=[an_id()]), an_initiative(title="Chatty benches"))
    open_site.clock.move(days=30)
    posts().update_one({"_id": post.id}, {"$set": {"check_due": work.clock()}})
    token = still_on.token_of(work, again(post))
    still_on.ask(work, work.clock())
    open_site.clock.move(minutes=5)
    with opened(browser, width=320, script=script) as page:
        page.goto(f"{open_site.origin}/still-on/{token}")
        is_sound(page, "asked", script)
        page.get_by_role("button", name="Yes, it’s still on").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It’s still on")
        page.get_by_label("Full at the moment").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Full at the moment")).to_be_checked()
        is_sound(page, "answered", script)
        page.get_by_text("Is it over?").click()
        page.get_by_role("button", name="It’s over").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It’s over")
        is_sound(page, "over", script)
        page.goto(f"{open_site.origin}/still-on/{'A' * 22}")
        is_sound(page, "a link of nobody’s", script)
