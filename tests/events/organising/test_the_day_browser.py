"""An organiser's day in a real browser: a phone, with and without JavaScript, by axe; the list on paper."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from services.events.operations import changing, places, sign_ups
from services.events.operations.sign_ups import Wish
from services.events.store import Post
from tests.support.events_site import EventsSite
from tests.support.organisers import Organiser
from tests.support.posts import a_group, an_event, published
from tests.support.walking import is_sound, opened

pytestmark = pytest.mark.browser

HARD = "Some days I don’t want to be here any more."


def with_people(site: EventsSite, priya: Organiser) -> tuple[Any, Post]:
    """A walk of three places that two people have, one of whom needs something and one of whom wrote something hard."""
    group = a_group(site.work, organisers=list(priya.refs))
    post = published(site.work, group, an_event(joining="book", capacity=3, bringing=1))
    for name, needs in (("Sam", "Step-free route"), ("Amina", HARD)):
        wish = Wish(name, f"{name.lower()}@example.org", 0, needs)
        found, _answer = sign_ups.ask(site.work, post, post.slots[0]["id"], wish, now=site.clock())
    places.settle(site.work, site.clock())
    sign_ups.unreachable(found.ref, site.clock())
    return group, post


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_evening_before_and_the_day_after(open_site: EventsSite, browser: Browser, script: bool) -> None:
    """She adds two people, one with a slip, takes one off, looks at the list, and the day after says how many came."""
    open_site.empty()
    priya = Organiser(open_site)
    group, post = with_people(open_site, priya)
    with opened(browser, priya, script=script) as page:
        page.goto(f"{open_site.origin}/groups/{group.slug}")
        expect(page.get_by_text("2 of 3 taken, 1 left")).to_be_visible()
        expect(page.get_by_text("Amina: One access need is being checked")).to_be_visible()
        is_sound(page, "the day", script)

        page.get_by_role("button", name="Add a person").click()
        page.get_by_label("First name").fill("joe@example.org")
        page.get_by_label("Access needs, if there are any").fill("A chair")
        page.get_by_role("button", name="Add this person").click()
        page.get_by_role("link", name="Type a first name, not a web or e-mail address").click()
        expect(page.get_by_label("Access needs, if there are any")).to_have_value("A chair")
        is_sound(page, "adding, a slip", script)
        page.get_by_label("First name").fill("Joe")
        page.get_by_role("button", name="Add this person").click()
        expect(page.get_by_text("Joe: has a place")).to_be_visible()
        page.get_by_label("First name").fill("Ada")
        page.get_by_role("button", name="Add this person").click()
        expect(page.get_by_text("Ada: number 1 in the queue")).to_be_visible()
        is_sound(page, "adding", script)
        page.get_by_role("button", name="Take off Ada").click()
        expect(page.get_by_text("Ada")).to_have_count(0)
        page.get_by_role("link", name="Back").click()

        page.get_by_role("button", name="Print list").click()
        expect(page.get_by_role("row", name="Joe 1 A chair")).to_be_visible()
        is_sound(page, "list", script)
        page.emulate_media(media="print")
        expect(page.get_by_role("row", name="Joe 1 A chair")).to_be_visible()
        expect(page.get_by_role("heading", name="If you need help now")).to_be_visible()
        expect(page.get_by_text("Print this page from your browser’s menu")).to_be_hidden()
        page.emulate_media(media="screen")

        open_site.clock.set(post.slots[0]["ends"] + timedelta(hours=14))
        changing.pass_over(open_site.work, open_site.clock())
    with opened(browser, priya, script=script) as page:
        page.goto(f"{open_site.origin}/groups/{group.slug}")
        page.get_by_label("Evening walk along the canal, Thursday 18 June").fill("some")
        is_sound(page, "the day after", script)
        page.get_by_role("button", name="Save the count").click()
        page.get_by_role("link", name="Type a whole number").click()
        expect(page.get_by_label("How many people?")).to_have_value("some")
        is_sound(page, "a count, a slip", script)
        page.get_by_label("How many people?").fill("3")
        page.get_by_role("button", name="Save the count").click()
        expect(page.get_by_role("link", name="3 came. Change the count")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_of_the_day_is_sound(open_site: EventsSite, browser: Browser, width: int) -> None:
    """Each with something in every part of it, long words too."""
    open_site.empty()
    priya = Organiser(open_site)
    group, post = with_people(open_site, priya)
    wish = Wish("Wolfeschlegelsteinhausenbergerdorff-Smyt", None, 1, "Supercalifragilisticexpialidocious-" * 3)
    sign_ups.ask(open_site.work, post, post.slots[0]["id"], wish, now=open_site.clock())
    sign_ups.ask(open_site.work, post, post.slots[0]["id"], Wish("Wolfeschlegelsteinhausenbergerdorff-Smyt", None), now=open_site.clock())
    old = published(open_site.work, group, an_event(title="Booth", kind="booth", date="2026-06-10", starts="16:00", ends="17:00"))
    open_site.clock.set(old.slots[0]["ends"])
    changing.pass_over(open_site.work, open_site.clock())
    at = f"/groups/{group.slug}"
    with opened(browser, priya, width=width) as page:
        for path in (
            at,
            f"{at}/{post.id}",
            *(f"{at}/{post.id}/{tail}" for tail in ("list", "add", "cancel", "when")),
            f"{at}/{old.id}/tally",
        ):
            answer = page.goto(f"{open_site.origin}{path}")
            assert answer is not None
            assert answer.status == 200, path
            is_sound(page, path.replace(group.slug, "group").replace(post.id, "walk").replace(old.id, "booth"))


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_calling_it_off_with_a_few_words(open_site: EventsSite, browser: Browser, script: bool) -> None:
    """One slip in the words and nothing is cancelled; then it is, at once, and the words wait; the public page says only why."""
    open_site.empty()
    priya = Organiser(open_site)
    group, post = with_people(open_site, priya)
    with opened(browser, priya, script=script) as page:
        page.goto(f"{open_site.origin}/groups/{group.slug}/{post.id}/cancel")
        expect(page.get_by_text("Everyone with a place or in the queue gets a mail at once")).to_be_visible()
        page.get_by_label("Whoever leads it is ill").check()
        page.get_by_label("A few words to those who wanted to come").fill("Sorry! See www.example.org")
        page.get_by_role("button", name="Cancel this event").click()
        page.get_by_role("link", name="Leave out web and e-mail addresses").click()
        expect(page.get_by_label("Whoever leads it is ill")).to_be_checked()
        is_sound(page, "cancelling, a slip", script)
        page.get_by_label("A few words to those who wanted to come").fill("Huw has a cold.")
        page.get_by_role("button", name="Cancel this event").click()
        expect(page.get_by_text("Huw has a cold.")).to_be_visible()
        expect(page.get_by_text("Once a person has read them")).to_be_visible()
        is_sound(page, "cancelled, words wait", script)
        page.goto(f"{open_site.origin}/event/{post.slug}")
        expect(page.get_by_text("This isn’t happening: whoever leads it is ill.")).to_be_visible()
        expect(page.get_by_text("Huw has a cold.")).to_have_count(0)
