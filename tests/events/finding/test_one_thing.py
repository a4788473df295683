"""/event, /initiative and /group: what one thing is, and what its page says once it is not there any more."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.events.operations.changing import cancel, finish_closing
from services.events.rules import posts as rules
from services.events.store import Group, Post
from services.events.store.groups import groups
from services.events.store.posts import posts
from tests.pages.reading import tags, words
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, an_event, an_initiative, posted, published, republished


@pytest.fixture
def group(site: EventsSite) -> Group:
    return a_group(site.work, trusted=False)


def stand(post: Post, **fields: Any) -> None:
    """Put a post as some operation leaves it; None unsets."""
    put = {name: value for name, value in fields.items() if value is not None}
    drop = dict.fromkeys((name for name, value in fields.items() if value is None), 1)
    update = {"$set": put} if put else {}
    posts().update_one({"_id": post.id}, update | ({"$unset": drop} if drop else {}))


def test_an_events_page(site: EventsSite, group: Group) -> None:
    """What a nervous person wants to know, and where to say that something is wrong."""
    post = published(site.work, group, an_event())
    page = site.get(f"/event/{post.slug}")
    said = words(page.text)
    for needed in (
        "Lea Side Walkers · Hackney",
        "Thursday 18 June, 6pm to 7:15pm",
        "By the yellow bench, Wick Lane, Hackney",
        "Just turn up",
        "Priya, in a yellow hat",
        "Can I come alone?Yes",
        "May I leave early?Yes",
        "Step-free: No steps",
        "Free",
        "Something wrong with this event?",
    ):
        assert needed.replace("?Yes", "? Yes") in said, needed
    hrefs = {tag["href"] for tag in tags(page.text, "a")}
    assert {f"/event/{post.slug}.ics", f"/group/{group.slug}", f"/report?about=event/{post.slug}"} <= hrefs
    assert "Save me a place" not in said


def test_a_place_for_people_with_a_place(site: EventsSite, group: Group) -> None:
    """The meeting point is nowhere on the page, in its data block, in the calendar entry or in JSON; what is near is."""
    content = an_event(place="Behind the blue door", place_shown_to="placed", near="near Hackney Wick station", joining="book", capacity=20)
    post = published(site.work, group, content)
    page = site.get(f"/event/{post.slug}")
    assert "near Hackney Wick station" in page.text
    assert f"/event/{post.slug}/join" in page.text
    assert "20 left of 20" in page.text
    everything = [f"/event/{post.slug}", f"/event/{post.slug}.ics", "/whats-on", "/whats-on.atom", "/whats-on.ics"]
    everything += ["/api/v1/events", f"/api/v1/events/{post.id}", f"/group/{group.slug}"]
    for path in everything:
        answer = site.get(path)
        assert answer.status_code == 200, path
        assert b"blue door" not in answer.data, path


def test_words_that_look_like_html(site: EventsSite, group: Group) -> None:
    """A title cannot end the data block nor start a tag; a description is text."""
    nasty = "</script><script>alert(1)</script>"
    post = published(site.work, group, an_event(title=f"Walk {nasty}", description=f"One\n\n{nasty} & <b>two</b>", near=nasty))
    page = site.get(f"/event/{post.slug}").text
    assert "<script>alert" not in page
    assert "<b>two" not in page
    (block,) = [part.partition("</script>")[0] for part in page.split('<script type="application/ld+json">')[1:]]
    assert json.loads(block)["name"] == f"Walk {nasty}"


def test_structured_data(site: EventsSite, group: Group) -> None:
    """schema.org's Event, in London's time with its offset."""
    post = published(site.work, group, an_event(joining="book", capacity=12))
    page = site.get(f"/event/{post.slug}").text
    data = json.loads(page.split('<script type="application/ld+json">')[1].partition("</script>")[0])
    assert data["@type"] == "Event"
    assert data["startDate"] == "2026-06-18T18:00+01:00"
    assert data["endDate"] == "2026-06-18T19:15+01:00"
    assert data["eventStatus"] == "https://schema.org/EventScheduled"
    assert data["location"]["name"] == "By the yellow bench, Wick Lane"
    assert data["maximumAttendeeCapacity"] == 12
    assert data["isAccessibleForFree"] is True


def test_a_link_needs_trust(site: EventsSite, group: Group) -> None:
    """A group's own link is shown once it is trusted, on its post, its page and in JSON."""
    link = "https://walkers.example.org/canal"
    groups().update_one({"_id": group.id}, {"$set": {"approved.link": link}})
    post = published(site.work, group, an_event(link=link))
    paths = (f"/event/{post.slug}", f"/group/{group.slug}", f"/api/v1/events/{post.id}")
    assert [link in site.get(path).text for path in paths] == [False, False, False]
    groups().update_one({"_id": group.id}, {"$set": {"trusted": True}})
    assert [link in site.get(path).text for path in paths] == [True, True, True]


def test_cancelled(site: EventsSite, group: Group) -> None:
    """It says so with the reason's words, and leads on."""
    post = published(site.work, group, an_event())
    cancel(post, group, "weather", now=site.clock())
    for carried_out in (False, True):
        assert not carried_out or finish_closing(site.work, site.clock()) == 1
        page = site.get(f"/event/{post.slug}")
        assert page.status_code == 200
        assert "This isn’t happening: the weather is against it." in words(page.text)
        assert "https://schema.org/EventCancelled" in page.text
        assert "/whats-on?area=hackney" in {tag["href"] for tag in tags(page.text, "a")}
        assert site.get(f"/api/v1/events/{post.id}").json["status"] == "cancelled"


@pytest.mark.parametrize("kind", ["event", "initiative"])
def test_taken_down_or_paused(site: EventsSite, group: Group, kind: str) -> None:
    """410 with kind words and nothing of what it was; the same for its calendar entry; gone in JSON."""
    post = published(site.work, group, an_event() if kind == "event" else an_initiative())
    stand(post, state=rules.TAKEN_DOWN, listed=None)
    other = published(site.work, group, an_event(title="Of a paused group"))
    stand(other, listed=None)
    for path in (f"/{kind}/{post.slug}", f"/event/{other.slug}"):
        page = site.get(path)
        assert page.status_code == 410
        assert "isn’t on show any more" in page.text
        assert "Talk to someone now" in page.text
        assert post.live["title"] not in page.text
    assert site.get(f"/event/{other.slug}.ics").status_code == 410
    assert site.get(f"/api/v1/{kind}s/{post.id}").status_code == 404


def test_over(site: EventsSite, group: Group) -> None:
    """By the time alone: at its end it is over, says so with its year, and leads on."""
    post = published(site.work, group, an_event(date="2026-06-11", starts="18:00", ends="19:00", joining="book", capacity=5))
    site.clock.set(post.slots[0]["ends"] - timedelta(seconds=1))
    assert "This is over" not in site.get(f"/event/{post.slug}").text
    site.clock.move(seconds=1)
    page = site.get(f"/event/{post.slug}")
    assert page.status_code == 200
    assert "This is over." in page.text
    assert "Thursday 11 June 2026" in page.text
    assert f"/event/{post.slug}/join" not in page.text
    assert f"/event/{post.slug}" not in site.get("/whats-on?from=2026-06-11").text


def test_what_was_never_there(site: EventsSite, group: Group) -> None:
    """A draft, something that waits, another kind's address, and nonsense are all the same 404."""
    waiting = posted(site.work, group, an_event(), slug="walk-canal-111111")
    draft = posted(site.work, group, an_event(), state=rules.DRAFT, slug="walk-canal-222222")
    initiative = published(site.work, group, an_initiative())
    unknown = a_group(site.work, approved=False)
    paths = [
        f"/event/{waiting.slug}",
        f"/event/{draft.slug}.ics",
        f"/event/{initiative.slug}",
        "/event/%E2%80%AE",
        f"/group/{unknown.slug}",
    ]
    paths += [f"/api/v1/events/{draft.id}", f"/api/v1/events/{initiative.id}"]
    assert [site.get(path).status_code for path in paths] == [404] * len(paths)


def test_an_initiatives_page(site: EventsSite, group: Group) -> None:
    """When it was last checked; after 60 days, that it may be out of date."""
    post = published(site.work, group, an_initiative(phone="020 7946 0018", has_room="ring-first"))
    said = words(site.get(f"/initiative/{post.slug}").text)
    assert "Last checked Wednesday 10 June 2026" in said
    assert "Ring first" in said
    assert "may be out of date" not in said
    site.clock.move(days=60)
    assert "may be out of date" not in site.get(f"/initiative/{post.slug}").text
    site.clock.move(seconds=1)
    assert "may be out of date" in site.get(f"/initiative/{post.slug}").text
    assert site.get(f"/api/v1/initiatives/{post.id}").json["may_be_out_of_date"] is True


def test_a_groups_page(site: EventsSite, group: Group) -> None:
    """The approved words, not those last saved; what it has on, not what others have."""
    groups().update_one({"_id": group.id}, {"$set": {"about.name": "Something else", "approved.charity_number": "1234567"}})
    published(site.work, group, an_event(title="Ours", date="2026-06-11"))
    published(site.work, group, an_initiative(title="Benches"))
    published(site.work, a_group(site.work), an_event(title="Theirs", date="2026-06-11"))
    said = words(site.get(f"/group/{group.slug}").text)
    assert "Lea Side Walkers" in said
    assert "Ours" in said
    assert "Benches" in said
    assert "1234567" in said
    assert "Theirs" not in said
    assert "Something else" not in said


def test_a_new_edition_keeps_its_address(site: EventsSite, group: Group) -> None:
    """Changed words appear at the old address."""
    post = published(site.work, group, an_event())
    again = republished(site.work, group, post, title="A longer walk", starts="17:30")
    assert again.slug == post.slug
    said = words(site.get(f"/event/{post.slug}").text)
    assert "A longer walk" in said
    assert "5:30pm to 7:15pm" in said
