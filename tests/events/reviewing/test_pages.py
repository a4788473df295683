"""The reviewers' pages: what waits with its age, one thing to read, each choice by its button, and a kind page when it does not apply."""

import uuid

import pytest

from services.events.operations import carrying_out, pausing
from services.events.operations.groups import send as send_group
from services.events.rules import posts as rules
from services.events.store import groups
from services.events.store.posts import posts
from shared.security.sealing import lock
from shared.security.sessions import CAMPAIGN, MODERATOR, OPERATOR, SAFEGUARDING
from tests.pages.reading import words
from tests.support.commands_seen import commands_seen
from tests.support.events_site import EventsSite
from tests.support.organisers import Organiser
from tests.support.plans import scans
from tests.support.posts import a_group, again, an_event, an_initiative, posted, published, republished
from tests.support.reviewers import Reviewer, in_store

PAGES = ("/staff/review", "/staff/groups", "/staff/reports", "/staff/held")


def test_who_sees_which(site: EventsSite) -> None:
    """Each role its own pages; nobody without a session; somebody else's says so."""
    opens = {
        MODERATOR: [200, 200, 200, 403],
        SAFEGUARDING: [403, 403, 200, 200],
        CAMPAIGN: [403, 403, 403, 403],
        OPERATOR: [403, 403, 403, 403],
    }
    for role, expected in opens.items():
        assert [Reviewer(site, roles=(role,)).get(path).status_code for path in PAGES] == expected, role
    assert [site.get(path).status_code for path in PAGES] == [303] * 4


def test_the_queue(site: EventsSite) -> None:
    """Oldest first with ages and the promise; a reader's name; not what is of one's own group or another borough."""
    mine = a_group(site.work)
    other = a_group(site.work, name="Sutton Knitters")
    posted(site.work, other, an_initiative(title="Knit and natter", areas=["sutton"]))
    site.clock.move(hours=21)
    walk = posted(site.work, other, an_event(title="Winter lights walk"))
    site.clock.move(hours=5)
    posted(site.work, mine, an_event(title="Of my own group"))
    sam, ruth = Reviewer(site, refs=(mine.organisers[0],)), Reviewer(site, "Ruth")
    ruth.post(f"/staff/review/{walk.id}/read")
    said = words(sam.get("/staff/review").text)
    assert said.index("Knit and natter") < said.index("Winter lights walk")
    assert "2 waiting · the oldest came 26 h ago · We say: usually by 5pm next working day" in said
    assert "New · Hackney · 5 h · Ruth is reading this" in said
    assert "Of my own group" not in said
    assert "Knit and natter" not in words(Reviewer(site, boroughs=("hackney",)).get("/staff/review").text)


def test_one_thing_to_read(site: EventsSite) -> None:
    """The group's facts, the private ones folded, the page as people will see it with the place that few may see, and the checklist."""
    private = lock("EVENTS_KEY", site.work.settings.events_key, {"phone": "020 7946 0101", "safeguarding_name": "Wilhelmina Quill"})
    group = a_group(site.work, approved=False, state="submitted", submitted_at=site.clock(), private=private)
    post = posted(site.work, group, an_event(place_shown_to="placed", near="near the station"))
    said = words(Reviewer(site).get(f"/staff/review/{post.id}").text)
    for part in (
        "new to us",
        "020 7946 0101",
        "Wilhelmina Quill",
        "We sit down together",
        "People with a place see: By the yellow bench",
        "Kind words",
    ):
        assert part in said, part


def test_what_changed(site: EventsSite) -> None:
    """Of what is published: what went and what came, word by word, in the form's own words."""
    group = a_group(site.work)
    post = published(site.work, group, an_event())
    newer = an_event(summary="A slow, dark walk by the water, then tea. Talk or don’t talk.", access=["step-free", "quiet"])
    posts().update_one({"_id": post.id}, {"$set": {"waiting": newer, "submitted_at": site.clock()}})
    page = Reviewer(site).get(f"/staff/review/{post.id}").text
    assert "What changed since people last saw it" in page
    assert "lit</del>" in page
    assert "dark</ins>" in page
    assert "Quiet" in words(page) or "quiet" in words(page)


def test_publish_and_undo_by_the_buttons(site: EventsSite) -> None:
    """Pressed, it says that the minute runs and offers Undo; undone, it waits; pressed again, the worker publishes it."""
    sam, post = Reviewer(site), posted(site.work, a_group(site.work), an_event())
    path = f"/staff/review/{post.id}"
    assert sam.choose(post, "publish").status_code == 303
    said = words(sam.get(path).text)
    assert "Publishing in a minute · chosen by Sam · 60 seconds left" in said
    assert sam.post(f"{path}/undo").status_code == 303
    assert again(post).decision is None
    assert sam.choose(post, "publish").status_code == 303
    site.clock.move(seconds=60)
    carrying_out.carry_out(site.work, site.clock())
    assert sam.post(f"{path}/undo").status_code == 409
    assert site.get(f"/event/{again(post).slug}").status_code == 200


def test_the_group_sees_why_it_was_taken_down(site: EventsSite) -> None:
    """The reason and the reviewer's note, on the group's page and on the post's own; put back, neither is there any more."""
    priya = Organiser(site)
    group = a_group(site.work, organisers=list(priya.refs))
    post, sam = published(site.work, group, an_event()), Reviewer(site)
    assert sam.choose(post, "take-down", note="The bench is somebody’s garden.").status_code == 303
    pages = (f"/groups/{group.slug}", f"/groups/{group.slug}/{post.id}")
    for path in pages:
        page = words(priya.get(path).text)
        assert "We were told something about it that has to be looked at first." in page
        assert "Whoever read it adds: “The bench is somebody’s garden.”" in page
    sam.choose(post, "put-back")
    carrying_out.carry_out(site.work, site.clock.move(seconds=61))
    assert again(post).state == rules.PUBLISHED
    assert not any("garden" in priya.get(path).text for path in pages)


def test_what_is_missing_is_named(site: EventsSite) -> None:
    """422, the same page, its answers kept, and a link to what is missing."""
    sam, post = Reviewer(site), posted(site.work, a_group(site.work), an_event())
    page = sam.post(f"/staff/review/{post.id}", {"do": "publish", "check-real": "yes", "note": "Looks good", "seen": ""})
    assert page.status_code == 422
    assert "Tick every line before you publish" in words(page.text)
    assert 'id="check" name="check-real" type="checkbox" value="yes" checked' in page.text
    assert "Looks good" in page.text
    page = sam.post(f"/staff/review/{post.id}", {"do": "ask-for-changes", "note": "x" * 1_001})
    assert page.status_code == 422
    assert "x" * 1_001 in page.text


def test_too_late_is_a_kind_page(site: EventsSite) -> None:
    """Ruth was quicker: 409, with her name; a stale page: 409, with what has changed, in the form's words."""
    sam, ruth, post = Reviewer(site), Reviewer(site, "Ruth"), posted(site.work, a_group(site.work), an_event())
    seen = sam.hidden(f"/staff/review/{post.id}", "seen")
    ruth.choose(post, "publish")
    page = sam.choose(post, "ask-for-changes", seen)
    assert page.status_code == 409
    assert "Ruth chose to publish this just now." in words(page.text)
    other = posted(site.work, a_group(site.work), an_event())
    seen = sam.hidden(f"/staff/review/{other.id}", "seen")
    site.clock.move(minutes=1)
    posts().update_one({"_id": other.id}, {"$set": {"waiting": an_event(title="New title"), "submitted_at": site.clock()}})
    page = sam.choose(other, "publish", seen)
    assert page.status_code == 409
    assert "It has changed since you opened it: Title. Read it again, then choose." in words(page.text)


@pytest.mark.parametrize("seen", ["", "garbage", "a|b|c", "x|1|title", "|0|", "é|9|a:b:c", "2026|99999999999999|"])
def test_a_form_that_was_tampered_with(site: EventsSite, seen: str) -> None:
    """Whatever comes back in the hidden field, nothing is published and nothing breaks."""
    sam, post = Reviewer(site), posted(site.work, a_group(site.work), an_event())
    assert sam.choose(post, "publish", seen).status_code == 409
    assert again(post).decision is None


def test_nobody_elses_business(site: EventsSite) -> None:
    """A draft is not there for reviewers, an unknown id is 404, one's own group 403 with words."""
    sam, group = Reviewer(site), a_group(site.work)
    draft = posted(site.work, group, an_event(), state=rules.DRAFT)
    for path in (f"/staff/review/{draft.id}", f"/staff/review/{uuid.uuid4()}", "/staff/review/nonsense"):
        assert sam.get(path).status_code == 404
    own = Reviewer(site, refs=(group.organisers[0],))
    page = own.choose(posted(site.work, group, an_event()), "publish", "")
    assert page.status_code == 403
    assert "a group of your own" in words(page.text)


def test_a_group_is_paused_and_shown_again(site: EventsSite) -> None:
    """Paused, nothing of it is to be seen; shown again, what was published is there as before; each is in the log."""
    sam, group = Reviewer(site), a_group(site.work)
    walk, bench_ = published(site.work, group, an_event()), published(site.work, group, an_initiative())
    down = published(site.work, group, an_event(title="Taken down"))
    sam.choose(down, "take-down")
    path, shown = f"/staff/groups/{group.id}", [f"/event/{walk.slug}", f"/initiative/{bench_.slug}", f"/group/{group.slug}"]
    assert sam.post(path, {"do": "pause"}).status_code == 303
    assert [site.get(one).status_code for one in shown] == [410, 410, 410]
    assert "Evening walk" not in site.get("/whats-on").text
    assert sam.post(path, {"do": "pause"}).status_code == 303
    assert sam.post(path, {"do": "show-again"}).status_code == 303
    assert [site.get(one).status_code for one in shown] == [200, 200, 200]
    assert again(down).listed is None
    entries = [entry["data"]["paused"] for entry in in_store(groups.groups(), group.id)["outbox"]]
    assert entries == [True, False]
    assert "paused it" in words(sam.get(path).text)


def test_what_is_published_while_its_group_is_paused(site: EventsSite) -> None:
    """A post that was being published in the second of the pause is hidden by the worker; shown again, none is forgotten."""
    sam, group = Reviewer(site), a_group(site.work)
    sam.post(f"/staff/groups/{group.id}", {"do": "pause"})
    late = published(site.work, group, an_event())  # with the group as it was read before the pause
    assert again(late).listed
    assert pausing.settle(site.work, site.clock.move(seconds=5)) == 1
    assert again(late).listed is None
    groups.groups().update_one(
        {"_id": group.id}, {"$unset": {"paused_at": 1}, "$set": {"settling": site.clock()}}
    )  # a crash after the group
    assert pausing.settle(site.work, site.clock.move(seconds=5)) == 1
    assert again(late).listed
    pausing.settle(site.work, site.clock.move(minutes=3))
    found = groups.by_id(group.id)
    assert found is not None
    assert found.settling is None


def test_trusted_with_links(site: EventsSite) -> None:
    """The switch is in the log and goes both ways; any other button says so."""
    sam, group = Reviewer(site), a_group(site.work)
    path = f"/staff/groups/{group.id}"
    for what, expected in (("trust", True), ("trust", True), ("untrust", False)):
        assert sam.post(path, {"do": what}).status_code == 303
        found = groups.by_id(group.id)
        assert found is not None
        assert bool(found.trusted) is expected
    assert sam.post(path, {"do": "explode"}).status_code == 422


def test_a_group_that_changed_what_it_says(site: EventsSite) -> None:
    """People see the former words until somebody has read the new ones; a page that is out of date decides nothing."""
    sam, group = Reviewer(site), a_group(site.work)
    new = {**group.about, "what": "We walk, and now we sing."}
    waits = {"about": new, "saved_at": site.clock(), "submitted_at": site.clock()}
    groups.groups().update_one({"_id": group.id}, {"$set": waits})
    path = f"/staff/groups/{group.id}"
    assert "Lea Side Walkers" in words(sam.get("/staff/review").text)
    stale = sam.post(path, {"do": "publish", "seen": "yesterday"})
    assert stale.status_code == 409
    assert "sing." in sam.get(path).text
    assert sam.post(path, {"do": "publish", "seen": sam.hidden(path, "seen")}).status_code == 303
    found = groups.by_id(group.id)
    assert found is not None
    assert (found.approved, found.submitted_at) == (new, None)
    groups.groups().update_one({"_id": group.id}, {"$set": {**waits, "about": {**new, "what": "We promise to cure you."}}})
    assert sam.post(path, {"do": "ask-for-changes", "seen": sam.hidden(path, "seen")}).status_code == 422
    asked = {"do": "ask-for-changes", "seen": sam.hidden(path, "seen"), "reason-promise": "yes", "note": "No cures, please"}
    assert sam.post(path, asked).status_code == 303
    found = groups.by_id(group.id)
    assert found is not None
    assert (found.state, found.approved, found.submitted_at, found.asked["reasons"]) == ("approved", new, None, ["promise"])


def test_a_new_group_that_has_posted_nothing(site: EventsSite) -> None:
    """Sent by itself, as a JSON call does, it is in the queue and can be approved; while a post of it waits it is read with that one."""
    sam, priya = Reviewer(site), Organiser(site)
    group = priya.group()
    send_group(site.work, group, ref=priya.refs[0], now=site.clock.move(seconds=1))
    path = f"/staff/groups/{group.id}"
    queue = words(sam.get("/staff/review").text)
    assert "Groups to read by themselves Lea Side WalkersNew" in queue
    assert "Well done" not in queue
    assert "It is new, and waits to be read" in words(sam.get(path).text)
    stale = sam.hidden(path, "seen")
    post = priya.sent(group)
    assert "by themselves" not in sam.get("/staff/review").text
    assert sam.post(path, {"do": "publish", "seen": stale}).status_code == 409
    sam.choose(post, "take-down")
    assert "by themselves" in sam.get("/staff/review").text
    assert sam.post(path, {"do": "publish", "seen": stale}).status_code == 303
    found = groups.by_id(group.id)
    assert found is not None
    assert (found.state, found.approved, found.submitted_at) == ("approved", group.about, None)
    assert found.outbox[-1]["type"] == "group.decided.v1"
    assert site.get(f"/group/{group.slug}").status_code == 200


def test_changes_are_asked_of_a_new_group(site: EventsSite) -> None:
    """By itself as well: its organisers see why, and it is read again with the next post that they send."""
    sam, priya = Reviewer(site), Organiser(site)
    group = priya.group()
    send_group(site.work, group, ref=priya.refs[0], now=site.clock.move(seconds=1))
    path = f"/staff/groups/{group.id}"
    asked = {"do": "ask-for-changes", "seen": sam.hidden(path, "seen"), "reason-safeguarding": "yes", "note": "Who is the second one?"}
    assert sam.post(path, asked).status_code == 303
    page = words(priya.get(f"/groups/{group.slug}").text)
    assert "Who is the second one?" in page
    assert "We read it again with the next post that you send." in page
    assert "by themselves" not in sam.get("/staff/review").text
    post = priya.sent(group)
    assert "read it together with this post" in words(sam.get(f"/staff/review/{post.id}").text)


def test_what_changed_after_publishing_is_to_be_seen(site: EventsSite) -> None:
    """Times and places change at once; the reviewers' page names what did."""
    group = a_group(site.work)
    post = published(site.work, group, an_event())
    sam = Reviewer(site)
    assert "Changed after publishing" not in sam.get("/staff/review").text
    site.clock.move(hours=1)
    republished(site.work, group, post, place="By the red bench")
    assert "Changed after publishing" in sam.get("/staff/review").text


def test_no_page_of_a_reviewer_scans(site: EventsSite) -> None:
    """Each filter that reaches the store has an index."""
    sam, group = Reviewer(site, roles=(MODERATOR, SAFEGUARDING)), a_group(site.work)
    for number in range(12):
        published(site.work, group, an_event(title=f"Walk {number}"))
    post = posted(site.work, group, an_event())
    with commands_seen() as seen:
        for path in (*PAGES, f"/staff/review/{post.id}", f"/staff/groups/{group.id}"):
            assert sam.get(path).status_code == 200
        sam.choose(post, "publish")
        sam.post(f"/staff/groups/{group.id}", {"do": "pause"})
        carrying_out.carry_out(site.work, site.clock.move(seconds=61))
        pausing.settle(site.work, site.clock())
    assert {"posts", "groups", "decisions", "held", "reports"} <= {name for name, _ in seen.queries}
    assert scans(site.work.db, seen.queries) == []
