"""An organiser's evening in a real browser: a phone, with and without JavaScript, by axe; and each page at three widths."""

import pytest
from playwright.sync_api import Browser, expect

from services.events.operations import changing
from services.events.store.posts import posts
from tests.support.browsers import at_each
from tests.support.events_site import EventsSite
from tests.support.organisers import EVENT, LEAD, PHONE, Organiser
from tests.support.posts import a_group, again, an_event, an_initiative, published
from tests.support.walking import is_sound, opened

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_nine_in_the_evening(open_site: EventsSite, browser: Browser, script: bool) -> None:
    """A new group, an event typed page by page with one slip, a look at it, sent; then taken back."""
    open_site.empty()
    priya = Organiser(open_site)
    with opened(browser, priya, script=script) as page:
        page.goto(f"{open_site.origin}/groups")
        page.get_by_role("button", name="Tell us about your group").click()
        page.get_by_label("Name of your group").fill("Lea Side Walkers")
        page.get_by_role("button", name="Save and go on").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What you post")

        page.get_by_role("button", name="An event").click()
        page.get_by_label("Title", exact=True).fill("Evening walk along the canal")
        page.get_by_label("In one line").fill("A slow, lit walk by the water.")
        page.get_by_label("Walk", exact=True).check()
        page.get_by_label("People taking the lead").check()
        page.get_by_label("What happens").fill("We walk a mile along the water.")
        page.get_by_label("Name for calendars and mails").fill("Walk with Lea Side")
        page.get_by_role("button", name="Save and go on").click()

        page.get_by_label("Day", exact=True).fill("2026-06-18")
        page.get_by_label("Starts").fill("18:00")
        page.get_by_label("Ends").fill("17:00")
        page.get_by_label("Borough", exact=True).select_option("hackney")
        page.get_by_label("Where to meet").fill("By the yellow bench, Wick Lane")
        page.get_by_label("Everyone", exact=True).check()
        page.get_by_label("Just turn up").check()
        page.get_by_role("button", name="Save and go on").click()
        page.get_by_role("link", name="It would end 23 hours after it starts").click()
        expect(page.get_by_label("Ends")).to_have_value("17:00")
        is_sound(page, "a slip", script)
        page.get_by_label("Ends").fill("19:15")
        page.get_by_role("button", name="Save and go on").click()

        page.get_by_label("Adults").check()
        page.get_by_label("Free", exact=True).check()
        page.get_by_label("Step-free").check()
        page.get_by_role("button", name="Save and go on").click()
        page.get_by_label("Who greets people?").fill("Priya, in a yellow hat")
        page.get_by_role("group", name="May people leave when they like?").get_by_label("Yes").check()
        page.get_by_role("group", name="Can people come alone?").get_by_label("Yes").check()
        page.get_by_role("button", name="Save and see it").click()

        expect(page.get_by_text("Thursday 18 June, 6pm to 7:15pm")).to_be_visible()
        page.get_by_role("button", name="Send for review").click()
        expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
        is_sound(page, "a group that is not whole", script)
        page.get_by_role("link", name="About your group: Say who looks after safeguarding").click()
        page.get_by_label("What kind of group is it?").select_option("community")
        page.get_by_label("What do you do?").fill("Neighbours who walk together.")
        page.get_by_text("Which boroughs are you in?").click()
        page.get_by_label("Hackney").check()
        page.get_by_label("Your phone").fill(PHONE)
        page.get_by_label("Who looks after safeguarding?").fill(LEAD)
        page.get_by_label("Their phone").fill("020 7946 0102")
        page.get_by_label("Who has a DBS check?").fill("Both walk leaders.")
        page.get_by_label("How are you insured?").fill("Public liability.")
        page.get_by_label("What do you do if someone is in distress?").fill("We sit down together.")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Evening walk along the canal").click()
        page.get_by_role("button", name="Send for review").click()
        expect(page.get_by_text("Waiting 1 min; usually by 5pm next working day")).to_be_visible()
        is_sound(page, "waiting", script)
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_role("button", name="Send for review")).to_be_visible()


def test_every_page_is_sound(open_site: EventsSite, browser: Browser) -> None:
    """Each page of an organiser's, with something in every part of it."""
    open_site.empty()
    priya, work = Organiser(open_site), open_site.work
    group = a_group(work, organisers=list(priya.refs))
    live = published(work, group, an_event(joining="book", capacity=20))
    published(work, group, an_initiative())
    off = published(work, group, an_event(title="Winter lights", date="2026-06-20"))
    changing.cancel(again(off), group, "weather", now=work.clock())
    waiting, draft = priya.sent(group), priya.draft(group, "initiative")
    asked = priya.sent(group)
    note = {"reasons": ["access", "unclear"], "note": "Is there a bench?", "at": work.clock()}
    posts().update_one({"_id": asked.id}, {"$set": {"state": "changes-asked", "asked": note}, "$unset": {"waiting": 1, "submitted_at": 1}})
    priya.post(f"/groups/{group.slug}/{live.id}/what", {**EVENT["what"], "title": "Morning walk"})
    at = f"/groups/{group.slug}"
    paths = ["/groups", "/groups/new", at, f"{at}/about", f"{at}/organisers"]
    paths += [f"{at}/{post.id}" for post in (live, off, waiting, draft, asked)]
    paths += [f"{at}/{live.id}/{page}" for page in ("what", "when", "access", "first", "cancel")] + [f"{at}/{draft.id}/when"]
    with opened(browser, priya) as page:
        for path in paths:
            answer = page.goto(f"{open_site.origin}{path}")
            assert answer is not None
            assert answer.status == 200, path
            for name, post in {"live": live, "off": off, "waiting": waiting, "draft": draft, "asked": asked}.items():
                path = path.replace(str(post.id), name)
            for width in at_each(page, [320, 1280]):
                is_sound(page, f"{path} at {width} px".replace(group.slug, "group"))
