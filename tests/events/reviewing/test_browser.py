"""A moderator's and a safeguarding lead's day in a real browser: phone and desk, with and without JavaScript, by axe."""

import pytest
from playwright.sync_api import Browser, expect

from services.events.operations import carrying_out, held
from services.events.operations.held import Source
from services.events.store.posts import posts
from shared.security.sealing import lock
from shared.security.sessions import MODERATOR, SAFEGUARDING
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, again, an_event, an_initiative, posted, published
from tests.support.reviewers import Reviewer
from tests.support.walking import is_sound, opened

pytestmark = pytest.mark.browser


def world(site: EventsSite) -> None:
    """A new group's first walk, a change of what is published, something always on."""
    site.empty()
    private = lock("EVENTS_KEY", site.work.settings.events_key, {"phone": "020 7946 0101", "safeguarding_name": "Wilhelmina Quill"})
    known = a_group(site.work, now=site.clock())
    new = a_group(site.work, approved=False, state="submitted", submitted_at=site.clock(), private=private, name="Sutton Knitters")
    posted(site.work, new, an_event(title="Knit and natter", area="sutton"))
    site.clock.move(hours=5)
    walk = published(site.work, known, an_event(title="Winter lights walk"))
    newer = an_event(title="Winter lights walk", summary="A mile of lights, then hot chocolate. Bring a child if you like.")
    posts().update_one({"_id": walk.id}, {"$set": {"waiting": newer, "submitted_at": site.clock()}})
    site.clock.move(minutes=40)
    posted(site.work, known, an_initiative())


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_day_of_a_moderator(open_site: EventsSite, browser: Browser, script: bool) -> None:
    """Reads the oldest, is told what is missing, publishes, undoes, publishes again; asks for changes; takes down; pauses a group."""
    world(open_site)
    sam = Reviewer(open_site)
    with opened(browser, sam, script=script) as page:
        page.goto(f"{open_site.origin}/staff/review")
        expect(page.get_by_role("heading", level=1)).to_have_text("To check")
        is_sound(page, "queue", script)
        page.get_by_role("link", name="Knit and natter").click()
        is_sound(page, "item", script)
        page.get_by_role("button", name="I’ll read this").click()
        expect(page.locator(".pill", has_text="You are reading this")).to_be_visible()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("link", name="Tick every line before you publish")).to_be_visible()
        is_sound(page, "item with an error", script)
        for box in page.get_by_role("group", name="Checklist").get_by_role("checkbox").all():
            box.check()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Publishing in a minute")).to_be_visible()
        is_sound(page, "its minute", script)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("button", name="Publish")).to_be_visible()

        page.goto(f"{open_site.origin}/staff/review")
        page.get_by_role("link", name="Winter lights walk").first.click()
        expect(page.get_by_role("heading", name="What changed since people last saw it")).to_be_visible()
        is_sound(page, "a change", script)
        page.locator("summary", has_text="Ask for changes").click()
        page.get_by_label("It isn’t clear what happens").check()
        page.get_by_label("Note to the group").fill("Who brings the chocolate?")
        page.get_by_role("button", name="Ask for changes").click()
        expect(page.get_by_text("Asking for changes in a minute")).to_be_visible()
        open_site.clock.move(seconds=61)
        carrying_out.carry_out(open_site.work, open_site.clock())
        page.reload()
        expect(page.get_by_text("Who brings the chocolate?").last).to_be_visible()
        page.locator("summary", has_text="Take down").click()
        page.get_by_label("It may not be safe").check()
        page.get_by_role("button", name="Take down now").click()
        expect(page.get_by_role("button", name="Put it back")).to_be_visible()
        is_sound(page, "taken down", script)

        page.get_by_role("link", name="Everything about this group").click()
        is_sound(page, "a group", script)
        page.get_by_role("button", name="Pause this group").click()
        expect(page.get_by_role("button", name="Show it again")).to_be_visible()
        page.goto(f"{open_site.origin}/staff/groups")
        is_sound(page, "groups", script)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_words_set_apart(open_site: EventsSite, browser: Browser, script: bool) -> None:
    """A report by somebody in need: thanked with help; veiled until asked for; passed on; then the report is decided."""
    open_site.empty()
    post = published(open_site.work, a_group(open_site.work), an_event())
    wren = Reviewer(open_site, "Wren", roles=(SAFEGUARDING, MODERATOR))
    with opened(browser, wren, script=script) as page:
        page.goto(f"{open_site.origin}/report?about=event/{post.slug}")
        is_sound(page, "report", script)
        page.get_by_role("button", name="Tell us").click()
        expect(page.get_by_role("link", name="Choose what is wrong")).to_be_visible()
        page.get_by_label("Its words hurt").check()
        page.get_by_label("What should we know?").fill("It has been a very bad month and I don’t know who to tell.")
        page.get_by_role("button", name="Tell us").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for telling us")
        is_sound(page, "reported", script)

        page.goto(f"{open_site.origin}/staff/held")
        is_sound(page, "held", script)
        page.get_by_role("link", name="Came with a report about a page").click()
        expect(page.get_by_text("It has been a very bad month")).to_be_hidden()
        is_sound(page, "a held text", script)
        page.get_by_text("Show the words").click()
        expect(page.get_by_text("It has been a very bad month")).to_be_visible()
        page.get_by_role("button", name="Pass it on").click()
        expect(page.get_by_text("Passed on.")).to_be_visible()
        page.goto(f"{open_site.origin}/staff/reports")
        expect(page.get_by_text("It has been a very bad month")).to_be_visible()
        is_sound(page, "reports", script)
        page.get_by_role("button", name="Nothing to do").click()
        expect(page.get_by_text("Nothing is waiting.")).to_be_visible()


def test_at_a_desk(open_site: EventsSite, browser: Browser) -> None:
    """The queue and the item side by side, somebody else reading, a text set apart: no fault, nothing that sticks out."""
    world(open_site)
    sam, ruth = Reviewer(open_site, roles=(MODERATOR, SAFEGUARDING)), Reviewer(open_site, "Ruth")
    hard = an_event(title="Night walk", description="I don’t want to be here any more.")
    post = posted(open_site.work, a_group(open_site.work), hard)
    held.look(open_site.work, hard, Source(post.kind, post.id, ("hackney",)), open_site.clock())
    ruth.post(f"/staff/review/{post.id}/read")
    with opened(browser, sam, width=1280) as page:
        page.goto(f"{open_site.origin}/staff/review")
        is_sound(page, "queue")
        page.goto(f"{open_site.origin}/staff/review/{post.id}")
        expect(page.get_by_text("Ruth is reading this").first).to_be_visible()
        is_sound(page, "somebody else reads")
        page.get_by_role("link", name="Winter lights walk").first.click()
        is_sound(page, "a change")
        page.goto(f"{open_site.origin}/staff/groups/{again(post).group}")
        is_sound(page, "a group")
        page.goto(f"{open_site.origin}/staff/held/{held.id_of(open_site.work, post.id, 'description', hard['description'])}")
        is_sound(page, "a held text")
