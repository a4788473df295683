"""A choice whose post changes under it, in its minute: it is dropped, never carried out, and the log says that it came to nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.events.operations import carrying_out, changing, drafts, review
from services.events.rules import posts as rules
from services.events.rules.posts import PUBLISH
from services.events.store import Group, Post
from services.events.store.groups import groups
from services.events.store.posts import posts
from services.events.store.review import decisions_about
from shared.runtime.errors import Conflict
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, again, an_event, posted, published
from tests.support.reviewers import Reviewer, in_store, to_publish, to_take_down


def chosen_to_publish(site: EventsSite, post: Post) -> Post:
    sam = Reviewer(site)
    seen = review.seen_of(site.work, review.item(post.id, sam.session))
    return review.choose(site.work, post.id, to_publish(), seen, by=sam.session, now=site.clock())


def carry_out(site: EventsSite) -> None:
    site.clock.set(site.clock.now + timedelta(minutes=1))
    carrying_out.carry_out(site.work, site.clock())


def logged(post: Post) -> list[str]:
    return [row.what for row in decisions_about([post.id])]


def test_changed_in_the_minute(site: EventsSite) -> None:
    """What was sent anew while the minute ran is not published on the strength of the old: it waits to be read."""
    group = a_group(site.work)
    post = posted(site.work, group, an_event())
    chosen_to_publish(site, post)
    site.clock.move(seconds=10)
    posts().update_one({"_id": post.id}, {"$set": {"waiting": an_event(title="Unread"), "submitted_at": site.clock()}})
    carry_out(site)
    found = again(post)
    assert (found.state, found.live, found.decision, found.decision_due) == (rules.SUBMITTED, None, None, None)
    assert logged(post) == [PUBLISH, "came-to-nothing"]


def test_taken_back_in_the_minute(site: EventsSite) -> None:
    """An organiser who takes it back while the minute runs has it back, and nothing is published."""
    group = a_group(site.work)
    post = posted(site.work, group, an_event())
    chosen_to_publish(site, post)
    drafts.take_back(again(post), group, now=site.clock())
    carry_out(site)
    assert (again(post).state, again(post).live) == (rules.DRAFT, None)
    assert logged(post) == [PUBLISH, "came-to-nothing"]


def _take_back(site: EventsSite, post: Post, group: Group) -> None:
    drafts.take_back(post, group, now=site.clock())


def _change(site: EventsSite, post: Post, group: Group) -> None:
    drafts.save(post, {"starts": "17:30"}, now=site.clock())
    changing.change(site.work, again(post), group, ref=group.organisers[0], now=site.clock())


def _cancel(site: EventsSite, post: Post, group: Group) -> None:
    changing.cancel(post, group, "ill", now=site.clock())


def _be_over(site: EventsSite, post: Post, group: Group) -> None:
    changing.pass_over(site.work, post.ends_at)


def _take_down(site: EventsSite, post: Post, group: Group) -> None:
    review.take_down(site.work, post.id, to_take_down(), by=Reviewer(site).session, now=site.clock())


@pytest.mark.parametrize("step", [_take_back, _change, _cancel, _be_over, _take_down])
def test_dropped_in_the_minute(site: EventsSite, step: Callable[[EventsSite, Post, Group], None]) -> None:
    """Whatever ends a choice before its time leaves a line that says which one came to nothing; and none is carried out."""
    group = a_group(site.work)
    post = published(site.work, group, an_event())
    newer = an_event(title="Another walk")
    posts().update_one({"_id": post.id}, {"$set": {"draft": newer, "waiting": newer, "submitted_at": site.clock()}})
    chosen = chosen_to_publish(site, post).decision
    site.clock.move(seconds=10)
    step(site, again(post), group)
    (line,) = [row for row in decisions_about([post.id]) if row.of == chosen["id"]]
    assert (line.what, line.at) == ("came-to-nothing", post.ends_at if step is _be_over else site.clock())
    carry_out(site)
    assert (again(post).live["title"], again(post).decision) == (post.live["title"], None)


def test_chosen_while_it_is_taken_back(site: EventsSite) -> None:
    """A choice that its organiser could not know of is not dropped behind its back: she is told to look again."""
    group = a_group(site.work)
    post = posted(site.work, group, an_event())
    read_before = again(post)
    chosen_to_publish(site, post)
    with pytest.raises(Conflict, match="meanwhile"):
        drafts.take_back(read_before, group, now=site.clock())
    assert again(post).decision


@pytest.mark.parametrize("step", [_take_back, _be_over])
def test_nobody_waits_for_what_waits_no_more(site: EventsSite, step: Callable[[EventsSite, Post, Group], None]) -> None:
    """Words that nobody has to read any more are told as such, so that no reviewer is called to them."""
    group = a_group(site.work)
    post = published(site.work, group, an_event())
    newer = an_event(title="Another walk")
    posts().update_one({"_id": post.id}, {"$set": {"draft": newer, "waiting": newer, "submitted_at": site.clock()}})
    step(site, again(post), group)
    last = in_store(posts(), post.id)["outbox"][-1]
    assert (last["type"], last["data"].get("taken_back")) == ("post.submitted.v1", True)


def test_words_that_are_as_before_wait_no_more(site: EventsSite) -> None:
    """An organiser who puts her old words back has nothing to be read, and that is told."""
    group = a_group(site.work)
    post = published(site.work, group, an_event())
    for title in ("Another walk", an_event()["title"]):
        drafts.save(again(post), {"title": title}, now=site.clock.move(seconds=1))
        changing.change(site.work, again(post), group, ref=group.organisers[0], now=site.clock())
    first, second = in_store(posts(), post.id)["outbox"][-2:]
    assert (first["data"].get("taken_back"), second["data"].get("taken_back")) == (None, True)
    assert again(post).submitted_at is None


def test_what_a_group_saved_since_is_told_to_wait(site: EventsSite) -> None:
    """Approved as it was read: whoever hears that hears as well that newer words wait."""
    group = a_group(site.work, approved=False, state="submitted", submitted_at=site.clock(), saved_at=site.clock())
    post = posted(site.work, group, an_event())
    chosen_to_publish(site, post)
    groups().update_one({"_id": group.id}, {"$set": {"about.what": "Something that nobody has read."}})
    carry_out(site)
    assert [entry["type"] for entry in in_store(groups(), group.id)["outbox"]] == ["group.decided.v1", "group.registered.v1"]
