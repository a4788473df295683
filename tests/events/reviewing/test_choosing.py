"""A reviewer's choice: it waits a minute, can be undone, is carried out once, and never shows what nobody has read."""

import threading
from datetime import timedelta

import pytest

from services.events.operations import carrying_out, changing, review
from services.events.rules import posts as rules
from services.events.rules.posts import ASK, PUBLISH, PUT_BACK, TAKE_DOWN
from services.events.rules.reviewing import Choice, Seen
from services.events.store import Group, Post, groups
from services.events.store.posts import posts
from services.events.store.review import decisions_about
from shared.runtime.errors import Conflict, Forbidden, InvalidInput
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, again, an_event, an_initiative, posted, published
from tests.support.reviewers import Reviewer, in_store, to_ask, to_publish, to_take_down

A_MINUTE = timedelta(seconds=60)


def seen_of(site: EventsSite, post: Post, by: Reviewer) -> Seen:
    return review.seen_of(site.work, review.item(post.id, by.session))


def choose(site: EventsSite, post: Post, choice: Choice, by: Reviewer, seen: Seen | None = None) -> Post:
    return review.choose(site.work, post.id, choice, seen or seen_of(site, post, by), by=by.session, now=site.clock())


def told(post_or_group: str) -> list[str]:
    """The types of the messages that lie in a document."""
    for rows in (posts(), groups.groups()):
        if row := rows.find_one({"_id": post_or_group}):
            return [entry["type"] for entry in row.get("outbox", [])]
    return []


def carry_out(site: EventsSite, after: timedelta = A_MINUTE) -> None:
    site.clock.set(site.clock.now + after)
    carrying_out.carry_out(site.work, site.clock())


def logged(post: Post) -> list[str]:
    return [row.what for row in decisions_about([post.id])]


def again_group(group: Group) -> Group:
    found = groups.by_id(group.id)
    assert found is not None
    return found


def waiting_group(site: EventsSite) -> Group:
    return a_group(site.work, approved=False, state="submitted", submitted_at=site.clock(), saved_at=site.clock())


def test_publishing_takes_a_minute(site: EventsSite) -> None:
    """Chosen, it is not there; after a minute it is, with its message and its line in the log; twice carried out is once."""
    sam, post = Reviewer(site), posted(site.work, a_group(site.work), an_event())
    choose(site, post, to_publish(), sam)
    carry_out(site, timedelta(seconds=59))
    assert (again(post).state, again(post).live, told(post.id)) == (rules.SUBMITTED, None, [])
    assert logged(post) == [PUBLISH]
    carry_out(site, timedelta(seconds=1))
    carry_out(site)
    found = again(post)
    assert (found.state, found.live, found.edition, found.decision, found.submitted_at) == (rules.PUBLISHED, an_event(), 1, None, None)
    assert found.listed
    assert told(post.id) == ["event.published.v1"]
    assert logged(post) == [PUBLISH]


def test_a_new_group_comes_first(site: EventsSite) -> None:
    """It is approved as it was read, with its own message; a crash between the two is made good by the next step."""
    sam, group = Reviewer(site), waiting_group(site)
    post = posted(site.work, group, an_event())
    chosen = choose(site, post, to_publish(), sam)
    site.clock.move(seconds=61)
    carrying_out.approve(again_group(group), chosen.decision, site.clock())  # and here the worker dies
    assert again(post).state == rules.SUBMITTED
    carry_out(site)
    found = again_group(group)
    assert (found.state, found.approved, found.submitted_at) == ("approved", group.about, None)
    assert (told(group.id), told(post.id)) == (["group.decided.v1"], ["event.published.v1"])


def test_a_group_is_approved_as_it_was_read(site: EventsSite) -> None:
    """What its organisers save in the minute is not shown, and waits to be read by itself."""
    sam, group = Reviewer(site), waiting_group(site)
    post = posted(site.work, group, an_event())
    choose(site, post, to_publish(), sam)
    other = {**group.about, "what": "Something that nobody has read."}
    groups.groups().update_one({"_id": group.id}, {"$set": {"about": other, "saved_at": site.clock.move(seconds=5)}})
    carry_out(site)
    found = again_group(group)
    assert found.approved == group.about
    assert found.about == other
    assert found.submitted_at
    assert again(post).state == rules.PUBLISHED


def test_asking_for_changes(site: EventsSite) -> None:
    """The group's own page has the note, the message the reasons alone; a new group goes back with its first post."""
    sam, group = Reviewer(site), waiting_group(site)
    post = posted(site.work, group, an_initiative())
    choose(site, post, to_ask("access", "words"), sam)
    carry_out(site)
    found = again(post)
    assert (found.state, found.waiting, found.submitted_at) == (rules.CHANGES_ASKED, None, None)
    assert (found.asked["reasons"], found.asked["note"]) == (["access", "words"], "Is there a lift?")
    (entry,) = in_store(posts(), post.id)["outbox"]
    assert (entry["type"], entry["data"]["reasons"]) == ("event.changes-asked.v1", ["access", "words"])
    assert "lift" not in str(entry)
    assert (again_group(group).state, again_group(group).submitted_at) == ("draft", None)
    (entry,) = in_store(groups.groups(), group.id)["outbox"]
    assert (entry["type"], entry["data"]["taken_back"]) == ("group.registered.v1", True)  # the post's mail says why, once
    second = posted(site.work, again_group(group), an_event())
    with pytest.raises(Conflict, match="group has been asked for changes"):
        choose(site, second, to_publish(), sam)


def test_undone(site: EventsSite) -> None:
    """Within the minute anybody may undo; it waits on as before, both are in the log, and later it is too late."""
    sam, ruth, post = Reviewer(site), Reviewer(site, "Ruth"), posted(site.work, a_group(site.work), an_event())
    choose(site, post, to_publish(), sam)
    site.clock.move(seconds=59)
    review.undo(site.work, post.id, by=ruth.session, now=site.clock())
    carry_out(site)
    assert (again(post).state, again(post).submitted_at) == (rules.SUBMITTED, post.submitted_at)
    assert logged(post) == [PUBLISH, "undo"]
    choose(site, post, to_publish(), sam)
    site.clock.move(seconds=60)
    with pytest.raises(Conflict, match="nothing left to undo"):
        review.undo(site.work, post.id, by=ruth.session, now=site.clock())
    carry_out(site)
    assert again(post).state == rules.PUBLISHED


def test_taken_down_at_once_and_put_back(site: EventsSite) -> None:
    """Gone from the lists with its message in the same update; putting it back waits a minute like any other choice."""
    sam, group = Reviewer(site), a_group(site.work)
    post = published(site.work, group, an_event())
    choose(site, post, to_take_down(), sam)
    found = again(post)
    assert (found.state, found.listed, found.ended["reason"]) == (rules.TAKEN_DOWN, None, "not-safe")
    assert told(post.id) == ["event.published.v1", "event.taken-down.v1"]
    choose(site, post, Choice(PUT_BACK), sam)
    assert again(post).state == rules.TAKEN_DOWN
    carry_out(site)
    found = again(post)
    assert (found.state, found.live, found.ended, bool(found.listed)) == (rules.PUBLISHED, an_event(), None, True)
    assert logged(post) == [TAKE_DOWN, PUT_BACK]


def test_what_is_over_can_be_taken_down(site: EventsSite) -> None:
    """Its page is still there to be read: it goes at once, its calendar with it; what was called off is not put back as if it were on."""
    sam, group = Reviewer(site), a_group(site.work)
    past, called_off = published(site.work, group, an_event()), published(site.work, group, an_event())
    changing.cancel(again(called_off), group, "ill", now=site.clock())
    changing.finish_closing(site.work, site.clock())
    assert (again(called_off).state, bool(again(called_off).called_off_until)) == (rules.CANCELLED, True)
    site.clock.set(past.ends_at + timedelta(minutes=1))
    changing.pass_over(site.work, site.clock())
    assert again(past).state == rules.PAST
    for post in (past, called_off):
        choose(site, post, to_take_down(), sam)
        assert (again(post).state, again(post).called_off_until, told(post.id)[-1]) == (rules.TAKEN_DOWN, None, "event.taken-down.v1")
        assert site.get(f"/event/{post.slug}").status_code == 410
        with pytest.raises(Conflict, match="nothing to put back"):
            choose(site, post, Choice(PUT_BACK), sam)


def test_the_second_of_two_is_told(site: EventsSite) -> None:
    """Ruth was quicker by a minute: Sam is told so, and nothing changes; Ruth's own second press is as one."""
    sam, ruth, post = Reviewer(site), Reviewer(site, "Ruth"), posted(site.work, a_group(site.work), an_event())
    seen = seen_of(site, post, sam)
    first = choose(site, post, to_publish(), ruth, seen)
    site.clock.move(seconds=65)
    with pytest.raises(Conflict, match="Ruth chose to publish this a minute ago"):
        choose(site, post, to_ask(), sam, seen)
    assert choose(site, post, to_publish(), ruth, seen).decision["id"] == first.decision["id"]


def test_a_race_of_two(site: EventsSite) -> None:
    """Of eight at once, one choice stands, one is carried out, and each that came to nothing is in the log as such."""
    post = posted(site.work, a_group(site.work), an_event())
    people = [Reviewer(site, f"Sam{number}") for number in range(8)]
    seen, lost, gate = seen_of(site, post, people[0]), [], threading.Barrier(8)

    def press(one: Reviewer) -> None:
        gate.wait()
        try:
            choose(site, post, to_publish(), one, seen)
        except Conflict as error:
            lost.append(error.message)

    threads = [threading.Thread(target=press, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 7
    rows = decisions_about([post.id])
    assert sum(row.what == PUBLISH for row in rows) - sum(row.what == "came-to-nothing" for row in rows) == 1
    carry_out(site)
    assert told(post.id) == ["event.published.v1"]


def test_two_workers(site: EventsSite) -> None:
    """Both carry the same choices out at once: each post is published once."""
    sam, group = Reviewer(site), a_group(site.work)
    found = [posted(site.work, group, an_event(title=f"Walk {number}")) for number in range(6)]
    for post in found:
        choose(site, post, to_publish(), sam)
    site.clock.move(seconds=60)
    threads = [threading.Thread(target=carrying_out.carry_out, args=(site.work, site.clock())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    carrying_out.carry_out(site.work, site.clock())
    assert [(told(post.id), again(post).edition, logged(post)) for post in found] == [(["event.published.v1"], 1, [PUBLISH])] * 6


def test_a_stale_page(site: EventsSite) -> None:
    """Taken back, changed and sent again meanwhile: refused, with the names of what has changed."""
    sam, group = Reviewer(site), a_group(site.work)
    post = posted(site.work, group, an_event())
    seen = seen_of(site, post, sam)
    site.clock.move(minutes=5)
    newer = an_event(title="Another walk", place="Somewhere else")
    posts().update_one({"_id": post.id}, {"$set": {"waiting": newer, "submitted_at": site.clock()}})
    with pytest.raises(review.Changed) as caught:
        choose(site, post, to_publish(), sam, seen)
    assert caught.value.fields == ["place", "title"]
    assert again(post).decision is None


def test_one_failing_keeps_none_waiting(site: EventsSite) -> None:
    """A post that cannot be published, whatever it is, is reported, and the others are published."""
    sam, group = Reviewer(site), a_group(site.work)
    found = [posted(site.work, group, an_event(title=f"Walk {number}")) for number in range(3)]
    for post in found:
        choose(site, post, to_publish(), sam)
    posts().update_one({"_id": found[0].id}, {"$unset": {"waiting.date": 1}})
    with pytest.raises(KeyError):
        carry_out(site)
    assert [again(post).state for post in found] == [rules.SUBMITTED, rules.PUBLISHED, rules.PUBLISHED]


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (Choice(PUBLISH, checklist=("real",)), "check"),
        (Choice(ASK), "reason"),
        (Choice(ASK, reasons=("nonsense",)), "reason"),
        (Choice(TAKE_DOWN), "why"),
        (Choice("explode"), ""),
        (Choice(ASK, reasons=("access",), note="x" * 1_001), "note"),
    ],
)
def test_what_is_missing(site: EventsSite, choice: Choice, field: str) -> None:
    """Each choice says what it still needs, and changes nothing."""
    sam, post = Reviewer(site), posted(site.work, a_group(site.work), an_event())
    with pytest.raises(InvalidInput) as caught:
        choose(site, post, choice, sam)
    assert list(caught.value.fields) == [field]
    assert (again(post).decision, logged(post)) == (None, [])


def test_who_may_not_decide(site: EventsSite) -> None:
    """Nobody decides on a post of their own group, nor of another borough; what is online or everywhere is everybody's."""
    group = a_group(site.work)
    post = posted(site.work, group, an_event(area="hackney"))
    own = Reviewer(site, refs=(group.organisers[0],))
    for by in (own, Reviewer(site, boroughs=("camden",))):
        with pytest.raises(Forbidden):
            review.choose(site.work, post.id, to_take_down(), Seen(), by=by.session, now=site.clock())
    assert again(post).state == rules.SUBMITTED
    camden = Reviewer(site, boroughs=("camden",))
    for content in (an_event(area="online"), an_initiative(areas=[])):
        choose(site, posted(site.work, group, content), to_publish(), camden)


def test_a_day_that_is_over(site: EventsSite) -> None:
    """It waited too long: it is not published for yesterday."""
    sam, post = Reviewer(site), posted(site.work, a_group(site.work), an_event(date="2026-06-09"))
    with pytest.raises(Conflict, match="day is over"):
        choose(site, post, to_publish(), sam)


def test_the_soft_lock(site: EventsSite) -> None:
    """While Ruth reads, Sam cannot decide; she lets go or fifteen minutes pass; taking down never waits."""
    sam, ruth = Reviewer(site), Reviewer(site, "Ruth")
    group = a_group(site.work)
    post, other = posted(site.work, group, an_event()), published(site.work, group, an_event(title="Other"))
    for one in (post, other):
        assert ruth.post(f"/staff/review/{one.id}/read").status_code == 303
    with pytest.raises(Conflict, match="Ruth is reading this"):
        choose(site, post, to_publish(), sam)
    assert sam.post(f"/staff/review/{post.id}/read").status_code == 409
    choose(site, other, to_take_down(), sam)
    assert again(other).state == rules.TAKEN_DOWN
    assert ruth.post(f"/staff/review/{post.id}/let-go").status_code == 303
    assert sam.post(f"/staff/review/{post.id}/read").status_code == 303
    site.clock.move(minutes=16)
    choose(site, post, to_publish(), ruth)
    assert again(post).decision["by_name"] == "Ruth"
