"""Drafts that nobody saves for a year go by themselves, and groups that have nothing else; nothing that anybody has sent or sees does."""

from datetime import timedelta

import pytest

from services.events.operations import drafts
from services.events.operations.carrying_out import carry_out
from services.events.operations.forgetting import forget_drafts
from services.events.store.groups import by_id as group_by_id
from services.events.store.groups import groups
from services.events.store.posts import by_id, posts
from shared.privacy import retention
from tests.support.events_site import EventsSite
from tests.support.meanwhile import just_before
from tests.support.organisers import EVENT, Organiser, stored
from tests.support.posts import a_group, again, an_event, posted, published
from tests.support.reviewers import Reviewer


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


def told_all() -> None:
    """As the relay leaves it a second later."""
    for rows in (posts(), groups()):
        rows.update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})


def forget(site: EventsSite) -> int:
    told_all()
    return forget_drafts(site.work, site.clock.now)


def test_a_draft_and_its_group(priya: Organiser) -> None:
    """A second before the year is over both are there; then both go, and what is theirs answers as if it had never been."""
    group = priya.group()
    post = priya.draft(group)
    priya.site.clock.move(days=364, hours=23)
    assert forget(priya.site) == 0
    assert priya.get(f"/groups/{group.slug}/{post.id}").status_code == 200
    priya.site.clock.move(hours=1, seconds=1)
    assert forget(priya.site) == 2
    assert [by_id(post.id), group_by_id(group.id)] == [None, None]
    assert priya.get(f"/groups/{group.slug}/{post.id}").status_code == 404


def test_a_year_begins_with_each_save(priya: Organiser) -> None:
    """Of two drafts the one that was saved again stays, and with it their group, until that one goes too."""
    group = priya.group()
    old, saved = priya.draft(group), priya.draft(group)
    priya.site.clock.move(days=300)
    priya.post(f"/groups/{group.slug}/{saved.id}/what", EVENT["what"])
    priya.site.clock.move(days=66)
    assert forget(priya.site) == 1
    assert by_id(old.id) is None
    assert group_by_id(group.id)
    priya.site.clock.move(days=300)
    assert forget(priya.site) == 2
    assert group_by_id(group.id) is None


def test_what_was_sent_stays(priya: Organiser) -> None:
    """What waits, what people see with a draft beside it, and their groups: not for a year, not for ten."""
    sent = priya.sent(priya.group())
    known = a_group(priya.site.work, organisers=list(priya.refs))
    live = published(priya.site.work, known, an_event(date="2046-06-14"))
    priya.post(f"/groups/{known.slug}/{live.id}/what", {**EVENT["what"], "title": "Morning walk"})
    priya.site.clock.move(days=3_650)
    assert forget(priya.site) == 0
    assert stored(live.id).draft["title"] == "Morning walk"
    assert stored(sent.id).waiting


def test_taken_back_it_is_a_draft_again(priya: Organiser) -> None:
    """The year begins when it was taken back."""
    post = priya.sent(group := priya.group())
    priya.site.clock.move(days=100)
    priya.post(f"/groups/{group.slug}/{post.id}/take-back")
    priya.site.clock.move(days=364)
    assert forget(priya.site) == 0
    priya.site.clock.move(days=2)
    assert forget(priya.site) == 2


def test_sent_back_and_left(site: EventsSite, priya: Organiser) -> None:
    """A year after changes were asked for, if nobody made them; its group went back with it, and goes with it."""
    post = priya.sent(group := priya.group())
    assert Reviewer(site).choose(post, "ask-for-changes").status_code == 303
    site.clock.move(seconds=61)
    carry_out(site.work, site.clock.now)
    assert stored(post.id).state == "changes-asked"
    site.clock.move(days=364)
    assert forget(site) == 0
    site.clock.move(days=2)
    assert forget(site) == 2
    assert group_by_id(group.id) is None


@pytest.mark.parametrize("sent", [False, True])
def test_saved_or_sent_in_that_very_moment(site: EventsSite, sent: bool) -> None:
    """What is saved or sent after the clock has read it is not deleted."""
    group = a_group(site.work)
    old = site.clock.now - timedelta(days=400)
    post = posted(site.work, group, an_event(), state="draft", saved_at=old, forget_at=old + retention.DRAFT.lasts)

    def save_or_send() -> None:
        if sent:
            drafts.send(site.work, again(post), group, ref=group.organisers[0], now=site.clock.now)
        else:
            drafts.save(again(post), {"title": "Morning walk"}, now=site.clock.now)
        told_all()

    with just_before("delete", "posts", save_or_send):
        assert forget(site) == 0
    assert by_id(post.id)


def test_what_has_still_to_be_told_is(priya: Organiser) -> None:
    """While Kafka is away a message of it lies in it: it goes after that has gone."""
    post = priya.sent(group := priya.group())
    priya.post(f"/groups/{group.slug}/{post.id}/take-back")
    priya.site.clock.move(days=366)
    assert forget_drafts(priya.site.work, priya.site.clock.now) == 0
    assert by_id(post.id)
    assert forget(priya.site) == 1
    priya.site.clock.move(days=1)
    assert forget(priya.site) == 1
