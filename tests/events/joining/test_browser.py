"""Saving a place in a real browser, as an attendee does on a phone: with and without JavaScript, by axe, in every width."""

import uuid
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from services.events.operations import changing, places, sign_ups
from services.events.operations.sign_ups import Wish
from services.events.store import Group, Post, SignUp
from services.events.store.places import by_reference
from services.events.store.places import sign_ups as rows
from shared.security.tokens import hash_token, new_token
from tests.support.browsers import at_each, faults
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, again, an_event, published
from tests.support.walking import is_sound, opened

pytestmark = pytest.mark.browser

MEET = "By the yellow bench, Wick Lane"
WIDTHS = (320, 390, 1280)


def a_walk(site: EventsSite, capacity: int) -> tuple[Group, Post]:
    """One whose meeting point is for people with a place, beside something to which people just turn up."""
    group = a_group(site.work)
    published(site.work, group, an_event(title="Board games and soup", date="2026-06-12"))
    hidden = {"place": MEET, "place_shown_to": "placed", "near": "near Hackney Wick station"}
    return group, published(site.work, group, an_event(joining="book", capacity=capacity, bringing=2, **hidden))


def signed_up(site: EventsSite, post: Post, name: str = "Sam", needs: str = "", bringing: int = 0) -> SignUp:
    wish = Wish(name, f"{uuid.uuid4().hex[:12]}@example.org", bringing, needs)
    found, _said = sign_ups.ask(site.work, post, post.slots[0]["id"], wish, now=site.clock())
    places.settle(site.work, site.clock())
    return found


def mailed(found: SignUp) -> str:
    """A link of this sign-up, as its mail has one: the token itself is in the sealed box alone."""
    token = new_token()
    rows().update_one({"_id": found.id}, {"$set": {"leave_hash": hash_token(token)}})
    return f"/place/{token}"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_place_on_a_phone(open_site: EventsSite, browser: Browser, script: bool) -> None:
    """Found, two slips, a place; the address put right; the place behind the mailed link; given back."""
    open_site.empty()
    _group, post = a_walk(open_site, 1)
    with opened(browser, script=script) as page:
        page.goto(f"{open_site.origin}/event/{post.slug}")
        expect(page.get_by_text("1 left of 1")).to_be_visible()
        is_sound(page, "event", script)
        page.get_by_role("button", name="Save me a place").click()
        page.get_by_label("What would make it easier for you?").fill("A seat, please")
        page.get_by_label("Your e-mail").fill("sam@")
        page.get_by_role("button", name="Save me a place").click()
        expect(page).to_have_title(f"Error: Save me a place: {post.live['title']} – Collaboration with Londoners")
        page.get_by_role("link", name="Type a first name").click()
        expect(page.get_by_label("Your first name")).to_be_focused()
        expect(page.get_by_label("What would make it easier for you?")).to_have_value("A seat, please")
        is_sound(page, "slips", script)
        page.get_by_label("Your first name").fill("Sam")
        page.get_by_label("Your e-mail").fill("sma@example.org")
        page.get_by_label("Yes: e-mail me the evening before").check()
        page.get_by_role("button", name="Save me a place").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("You’ve got a place")
        assert MEET not in page.content()
        is_sound(page, "placed", script)
        places.settle(open_site.work, open_site.clock())
        page.get_by_role("link", name="Wrong address? Fix it").click()
        is_sound(page, "another address", script)
        page.get_by_label("Your e-mail").fill("sam@example.org")
        page.get_by_role("button", name="Send it there").click()
        expect(page.get_by_text("The mail is on its way")).to_be_visible()

        found = by_reference(page.locator(".ref").inner_text())
        assert found is not None
        page.goto(f"{open_site.origin}{mailed(found)}")
        for known in (MEET, "Hello Sam", "A seat, please"):
            expect(page.get_by_text(known)).to_be_visible()
        is_sound(page, "the place", script)
        page.get_by_role("button", name="Give it to the next person").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You’ve given your place back")
        is_sound(page, "given back", script)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_queue_on_a_phone(open_site: EventsSite, browser: Browser, script: bool) -> None:
    """Full: the button says what it does, help comes first after something hard, and there is somewhere to go without waiting."""
    open_site.empty()
    _group, post = a_walk(open_site, 1)
    for _ in range(2):
        signed_up(open_site, post)
    with opened(browser, script=script) as page:
        page.goto(f"{open_site.origin}/event/{post.slug}")
        expect(page.get_by_text("Full: 1 waiting")).to_be_visible()
        page.get_by_role("button", name="Join the queue").click()
        page.get_by_label("Your first name").fill("Kim")
        page.get_by_label("Your e-mail").fill("kim@example.org")
        page.get_by_label("Who comes?").select_option("1")
        page.get_by_label("What would make it easier for you?").fill("I want to die")
        page.get_by_role("button", name="Join the queue").click()
        expect(page.get_by_role("heading", name="You’re 2nd in the queue")).to_be_visible()
        expect(page.get_by_text("Thank you for telling us")).to_be_visible()
        is_sound(page, "queued", script)
        page.get_by_role("link", name="Board games and soup").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Board games and soup")


def test_every_page_is_sound(open_site: EventsSite, browser: Browser) -> None:
    """Each page and each state of a place, with long words: no fault that axe knows, nothing to scroll sideways."""
    open_site.empty()
    group, post = a_walk(open_site, 2)
    placed = signed_up(open_site, post, "Wolfeschlegelsteinhausenbergerdorff-Smyt", "Supercalifragilisticexpialidocious-" * 6, 1)
    queued = signed_up(open_site, post)
    at, links = f"/event/{post.slug}", [mailed(found) for found in (placed, queued)]
    answers = [f"{at}/joined/{placed.reference}", f"{at}/joined/{queued.reference}?mail=sent"]
    with opened(browser) as page:

        def all_sound(*paths: str, status: int = 200) -> None:
            for path in paths:
                answer = page.goto(f"{open_site.origin}{path}")
                assert answer is not None
                assert answer.status == status, path
                for width in at_each(page, WIDTHS):
                    assert faults(page) == [], f"{path} at {width} px"
                    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (path, width)
                assert page.locator("h1").count() == 1, path

        all_sound(at, f"{at}/join", *answers, f"{answers[0]}/address", *links)
        all_sound(f"{at}/joined/CL-2222-2222", f"/place/{new_token()}", status=404)
        open_site.clock.set(post.slots[0]["starts"] - timedelta(hours=1))
        all_sound(at, f"{at}/join")
        changing.cancel(again(post), group, "ill", now=open_site.clock())
        all_sound(answers[0], links[0])
