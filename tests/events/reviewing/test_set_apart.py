"""Hard words are set apart: nobody else reads them, nothing is published with them, their author sees help at once."""

import uuid

import pytest

from services.events.operations import carrying_out, forgetting, held, review
from services.events.operations.held import Source
from services.events.rules import posts as rules
from services.events.rules.reviewing import Seen
from services.events.store import Held, groups
from services.events.store.posts import posts
from services.events.store.review import decisions_about, held_waiting, reports_waiting
from services.events.store.review import held as held_rows
from services.events.store.review import reports as report_rows
from shared.runtime.errors import Conflict
from shared.security.sessions import SAFEGUARDING
from tests.pages.reading import words
from tests.support.events_site import Answer, EventsSite
from tests.support.organisers import Organiser, stored
from tests.support.posts import a_group, again, an_event, posted, published
from tests.support.reviewers import Reviewer, in_store, to_publish

HARD = "I don’t want to be here any more."
REF = "3b241101-e2bb-4255-8caf-4136c566a962"


def looked(site: EventsSite, **texts: str) -> list[str]:
    return held.look(site.work, texts, Source(rules.EVENT, "an-id", ("hackney",), REF), site.clock())


def lead(site: EventsSite, name: str = "Wren") -> Reviewer:
    return Reviewer(site, name, roles=(SAFEGUARDING,))


def only() -> Held:
    (row,) = held_waiting()
    return row


def held_post(site: EventsSite) -> tuple[str, str]:
    """A post that waits with a hard sentence in it, and the id of what was set apart."""
    content = an_event(description=f"We walk.\n\n{HARD}")
    post = posted(site.work, a_group(site.work), content)
    held.look(site.work, content, Source(post.kind, post.id, ("hackney",), REF), site.clock())
    return post.id, only().id


def report(site: EventsSite, path: str, **fields: str) -> Answer:
    sent = {"key": str(uuid.uuid4()), "reason": "wrong", **fields}
    client = site.app.test_client(use_cookies=False)
    return client.post(f"/report?about={path}", base_url=site.origin, data=sent)


# What is set apart


def test_once_for_the_same_words(site: EventsSite) -> None:
    """Sent again, nothing more; other words, or another place, once each; harmless ones never; no word of it is in clear anywhere."""
    assert looked(site, description=HARD, title="Skilled hands") == ["description"]
    assert looked(site, description=HARD) == ["description"]
    assert looked(site, summary=HARD, description="We are killing it at work") == ["summary"]
    assert held_rows().count_documents({}) == 2
    assert "want to be" not in str(list(held_rows().find({})))
    (row, *_rest) = held_waiting()
    (entry,) = row.outbox
    assert (entry["type"], entry["data"]) == ("text.held.v1", {"kind": "event", "id": row.id, "areas": ["hackney"]})


def test_an_organiser_is_not_refused_and_sees_help_at_once(site: EventsSite) -> None:
    """Sent with a hard sentence, the post waits as any other; her next page begins with help, another organiser's does not."""
    priya, other = Organiser(site), Organiser(site, "Kim")
    group = priya.group()
    post = priya.draft(group, what={**_what(), "description": HARD})
    answer = priya.post(f"/groups/{group.slug}/{post.id}/send")
    assert answer.status_code == 303
    assert stored(post.id).state == rules.SUBMITTED
    assert only().ref == priya.refs[0]
    assert "Thank you for telling us" in words(priya.get(f"/groups/{group.slug}").text)
    assert "Thank you for telling us" not in words(other.get("/groups/new").text)
    site.clock.move(hours=1)
    assert "Thank you for telling us" not in words(priya.get(f"/groups/{group.slug}").text)


def _what() -> dict[str, str]:
    return {"title": "Evening walk", "summary": "A walk.", "kind": "walk", "theme": "1", "calendar_name": "Walk"}


def test_moderators_neither_read_nor_publish_it(site: EventsSite) -> None:
    """The page says that one text is being read, shows nothing of it, and publishing waits; the log holds nothing of it either."""
    post_id, _held = held_post(site)
    sam = Reviewer(site)
    page = sam.get(f"/staff/review/{post_id}")
    assert "One text is being read by the safeguarding team" in words(page.text)
    assert "want to be here" not in words(page.text)
    answer = sam.choose(stored(post_id), "publish")
    assert answer.status_code == 409
    assert "can be published when they have passed it on" in words(answer.text)
    sam.choose(stored(post_id), "take-down")
    assert "want to be here" not in str([row.to_mongo() for row in decisions_about([post_id])])


def test_set_apart_in_the_minute(site: EventsSite) -> None:
    """Words that are set apart while the minute runs are not published by it."""
    content = an_event(description=HARD)
    post, sam = posted(site.work, a_group(site.work), content), Reviewer(site)
    sam.choose(post, "publish")
    held.look(site.work, content, Source(post.kind, post.id), site.clock())
    carrying_out.carry_out(site.work, site.clock.move(seconds=61))
    assert (again(post).state, again(post).live) == (rules.SUBMITTED, None)


def test_a_groups_own_words(site: EventsSite) -> None:
    """What a new group says of itself keeps its first post back as well."""
    group = a_group(site.work, approved=False, state="submitted", submitted_at=site.clock(), what=HARD)
    post = posted(site.work, group, an_event())
    held.look(site.work, group.about, Source(held.GROUP, group.id), site.clock())
    with pytest.raises(Conflict, match="safeguarding team"):
        review.choose(site.work, post.id, to_publish(), _seen(site, post.id), by=Reviewer(site).session, now=site.clock())


def _seen(site: EventsSite, post_id: str) -> Seen:
    return review.seen_of(site.work, review.item(post_id, Reviewer(site).session))


# What the safeguarding role does


def test_veiled_until_asked_for(site: EventsSite) -> None:
    """The list holds no word of it; the item has the words in a closed box, for this role alone."""
    _post, id_ = held_post(site)
    site.clock.move(minutes=40)
    wren = lead(site)
    said = wren.get("/staff/held").text
    assert "want to be here" not in words(said)
    assert "40 min" in words(said)
    page = wren.get(f"/staff/held/{id_}").text
    assert '<details class="held">' in page
    assert "want to be here" in words(page.partition('<details class="held">')[2].partition("</details>")[0])
    assert "want to be here" not in words(page.replace(page.partition('<details class="held">')[2].partition("</details>")[0], ""))
    assert Reviewer(site).get(f"/staff/held/{id_}").status_code == 403
    assert Reviewer(site, roles=(SAFEGUARDING,), boroughs=("camden",)).get(f"/staff/held/{id_}").status_code == 403


def test_passed_on(site: EventsSite) -> None:
    """Moderators read it and may publish; twice is once; each step is in the log, without the words."""
    post_id, id_ = held_post(site)
    wren, sam = lead(site), Reviewer(site)
    for _ in range(2):
        assert wren.post(f"/staff/held/{id_}", {"do": "pass-on"}).status_code == 303
    assert held_waiting() == []
    assert [row.what for row in decisions_about([id_])] == ["pass-on"]
    assert "want to be here" in words(sam.get(f"/staff/review/{post_id}").text)
    assert sam.choose(stored(post_id), "publish").status_code == 303


def test_withheld(site: EventsSite) -> None:
    """The author is asked for changes by a reason alone; the same words sent again stay apart; a changed mind comes too late."""
    post_id, id_ = held_post(site)
    wren = lead(site)
    assert wren.post(f"/staff/held/{id_}", {"do": "withhold"}).status_code == 303
    post = stored(post_id)
    assert (post.state, post.asked["reasons"]) == (rules.CHANGES_ASKED, ["words"])
    assert wren.post(f"/staff/held/{id_}", {"do": "pass-on"}).status_code == 409
    posts().update_one({"_id": post_id}, {"$set": {"state": rules.SUBMITTED, "waiting": post.draft, "submitted_at": site.clock()}})
    assert Reviewer(site).choose(stored(post_id), "publish").status_code == 409
    posts().update_one({"_id": post_id}, {"$set": {"waiting": an_event()}})
    assert Reviewer(site).choose(stored(post_id), "publish").status_code == 303


def test_withheld_of_a_group(site: EventsSite) -> None:
    """A group is asked as well: it goes back to its organisers with its first post, by one message that is mailed."""
    group = a_group(site.work, approved=False, state="submitted", submitted_at=site.clock(), what=HARD)
    post = posted(site.work, group, an_event())
    held.look(site.work, group.about, Source(held.GROUP, group.id), site.clock())
    lead(site).post(f"/staff/held/{only().id}", {"do": "withhold"})
    found = groups.by_id(group.id)
    assert found is not None
    assert (found.state, found.asked["reasons"], found.submitted_at) == ("draft", ["words"], None)
    assert again(post).state == rules.CHANGES_ASKED
    types = [entry["type"] for one in (again(post), found) for entry in one.outbox]
    assert types == ["event.changes-asked.v1", "group.registered.v1"]


def test_a_care_reply(site: EventsSite) -> None:
    """Once, sealed, to the author's contact; it stays on the list; where nobody left a contact there is nobody to write to."""
    _post, id_ = held_post(site)
    wren = lead(site)
    for _ in range(2):
        assert wren.post(f"/staff/held/{id_}", {"do": "care-reply"}).status_code == 303
    (note,) = site.work.db["notes"].find({})
    (entry,) = note["outbox"]
    assert (entry["type"], entry["data"]["ref"]) == ("contact.note.v1", REF)
    assert only().replied_at
    held.look(site.work, {"words": HARD}, Source(held.REPORT, "another"), site.clock.move(seconds=1))
    unknown = held_waiting()[-1].id
    assert wren.post(f"/staff/held/{unknown}", {"do": "care-reply"}).status_code == 409
    assert decisions_about([unknown]) == []


def test_somebody_else_is_told(site: EventsSite) -> None:
    """Who and when are in the log, it stays on the list, marked; without saying whom, it says what is missing."""
    _post, id_ = held_post(site)
    wren = lead(site)
    missing = wren.post(f"/staff/held/{id_}", {"do": "escalate", "told": ""})
    assert missing.status_code == 422
    assert "Say whom you told" in words(missing.text)
    assert wren.post(f"/staff/held/{id_}", {"do": "escalate", "told": "999"}).status_code == 303
    assert "somebody else was told" in words(wren.get("/staff/held").text)
    assert "told somebody else: 999" in words(wren.get(f"/staff/held/{id_}").text)
    assert wren.post(f"/staff/held/{id_}", {"do": "explode"}).status_code == 422


def test_one_reads_at_a_time(site: EventsSite) -> None:
    """While Wren reads, Robin neither takes nor decides it; after fifteen minutes Robin may."""
    _post, id_ = held_post(site)
    wren, robin = lead(site), lead(site, "Robin")
    assert wren.post(f"/staff/held/{id_}/read").status_code == 303
    assert "Wren is reading this" in words(robin.get("/staff/held").text)
    assert robin.post(f"/staff/held/{id_}/read").status_code == 409
    assert robin.post(f"/staff/held/{id_}", {"do": "pass-on"}).status_code == 409
    assert only().state == held.WAITING
    site.clock.move(minutes=16)
    assert robin.post(f"/staff/held/{id_}", {"do": "pass-on"}).status_code == 303


# Reports


def test_anybody_reports_and_a_person_decides(site: EventsSite) -> None:
    """Thanked with help, stored once a form, aged, and decided: nothing to do, or taken down with the group's sentence."""
    post = published(site.work, a_group(site.work), an_event())
    about = f"event/{post.slug}"
    assert "What’s wrong?" in words(site.get(f"/report?about={about}").text)
    key = str(uuid.uuid4())
    for _ in range(2):
        answer = report(site, about, key=key, words="The gate was locked.")
        assert answer.status_code == 303
    thanks = words(site.get(answer.location).text)
    assert "Nobody reads this at once" in thanks
    assert "116 123" in thanks
    (row,) = reports_waiting()
    assert "gate" not in str(list(report_rows().find({})))
    site.clock.move(hours=3)
    sam = Reviewer(site)
    said = words(sam.get("/staff/reports").text)
    assert "Something on the page is wrong · Lea Side Walkers · Hackney · 3 h" in said
    assert "The gate was locked." in said
    missing = sam.post(f"/staff/reports/{row.id}", {"do": "take-down"})
    assert (missing.status_code, "Say why" in words(missing.text)) == (422, True)
    assert sam.post(f"/staff/reports/{row.id}", {"do": "take-down", f"why-{row.id}": "private"}).status_code == 303
    assert again(post).state == rules.TAKEN_DOWN
    assert reports_waiting() == []
    assert site.get(f"/event/{post.slug}").status_code == 410
    assert sam.post(f"/staff/reports/{row.id}", {"do": "nothing-to-do"}).status_code == 409
    assert [one.what for one in decisions_about([row.id])] == ["take-down"]


def test_nothing_to_do(site: EventsSite) -> None:
    """The page stays, the report goes from the list, the decision is in the log."""
    post = published(site.work, a_group(site.work), an_event())
    report(site, f"event/{post.slug}")
    (row,) = reports_waiting()
    assert Reviewer(site, roles=(SAFEGUARDING,)).post(f"/staff/reports/{row.id}", {"do": "nothing-to-do"}).status_code == 303
    assert again(post).state == rules.PUBLISHED
    assert [one.what for one in decisions_about([row.id])] == ["nothing-to-do"]


def test_hard_words_in_a_report(site: EventsSite) -> None:
    """Set apart before anybody can read them; moderators see that, and read them once they are passed on; the thanks are the same."""
    post = published(site.work, a_group(site.work), an_event())
    hard = report(site, f"event/{post.slug}", reason="unsafe", words=HARD)
    harmless = report(site, f"event/{post.slug}", reason="wrong", words="Wrong day")
    assert hard.location == harmless.location
    sam = Reviewer(site)
    said = words(sam.get("/staff/reports").text)
    assert "The words are with the safeguarding team" in said
    assert "want to be here" not in said
    lead(site).post(f"/staff/held/{only().id}", {"do": "pass-on"})
    assert "want to be here" in words(sam.get("/staff/reports").text)


@pytest.mark.parametrize("about", ["", "event", "event/", "event/nowhere", "group/x", "event/../staff", "event/é", "x" * 500])
def test_a_report_about_nothing(site: EventsSite, about: str) -> None:
    """404 with words for what was never there, shown and sent."""
    assert site.get("/report", query_string={"about": about}).status_code == 404
    assert report(site, about).status_code == 404


def test_bad_reports(site: EventsSite) -> None:
    """No reason, too many words, no key: 422 with what was typed; a machine that fills in everything is thanked and forgotten."""
    post = published(site.work, a_group(site.work), an_event())
    about = f"event/{post.slug}"
    for fields in ({"reason": "nonsense"}, {"words": "y" * 1_001}, {"key": "none"}, {"words": "a\0b"}):
        page = report(site, about, **{"words": "Kept words", **fields})
        assert page.status_code == 422, fields
        assert "There is a problem" in page.text
    assert "y" * 1_001 in report(site, about, words="y" * 1_001).text
    assert report(site, about, website="https://spam.example").status_code == 303
    assert reports_waiting() == []
    unread = posted(site.work, a_group(site.work), an_event())
    posts().update_one({"_id": unread.id}, {"$set": {"slug": "unread-post"}})
    assert report(site, "event/unread-post").status_code == 404


# What stays


def test_words_are_forgotten(site: EventsSite) -> None:
    """Ninety days after the decision the words are gone, and names from the log; the decision stays two years."""
    _post, id_ = held_post(site)
    post = published(site.work, a_group(site.work), an_event())
    report(site, f"event/{post.slug}", words="Wrong day")
    (row,) = reports_waiting()
    lead(site).post(f"/staff/held/{id_}", {"do": "pass-on"})
    Reviewer(site).post(f"/staff/reports/{row.id}", {"do": "nothing-to-do"})
    forgetting.forget(site.work, site.clock.move(days=89))
    assert in_store(held_rows(), id_)["words"]
    forgetting.forget(site.work, site.clock.move(days=2))
    assert "words" not in in_store(held_rows(), id_)
    assert "words" not in in_store(report_rows(), row.id)
    (decision,) = decisions_about([id_])
    assert (decision.by_name, decision.what) == (None, "pass-on")
    assert "have been forgotten" in words(lead(site).get(f"/staff/held/{id_}").text)
    forgetting.forget(site.work, site.clock.move(days=700))
    assert decisions_about([id_]) == []
