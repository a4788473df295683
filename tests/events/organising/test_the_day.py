"""An organiser's day: who has a place and what they need, the list to print, whom she adds herself, how many came."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from services.events.operations import attendance, changing, eve, places, roster, safeguarding, sign_ups
from services.events.operations.examine import examine
from services.events.operations.sign_ups import Wish
from services.events.rules.places import PLACED, QUEUED
from services.events.store import Group, Post, SignUp
from services.events.store.places import by_id, head, rosters
from services.events.store.posts import posts
from services.events.store.review import held_waiting
from shared.privacy.retention import A_PLACE
from shared.runtime.errors import Conflict
from shared.security.sessions import SAFEGUARDING
from tests.pages.reading import words
from tests.support.events_site import EventsSite
from tests.support.organisers import Organiser
from tests.support.posts import a_group, again, an_event, published, republished
from tests.support.reviewers import Reviewer

HARD = "Some days I don’t want to be here any more."


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


@pytest.fixture
def group(priya: Organiser) -> Group:
    return a_group(priya.site.work, organisers=list(priya.refs))


def booked(priya: Organiser, group: Group, **changes: Any) -> Post:
    return published(priya.site.work, group, an_event(**{"joining": "book", "capacity": 3, "bringing": 1, **changes}))


def signed_up(site: EventsSite, post: Post, name: str, needs: str = "", bringing: int = 0) -> SignUp:
    """Somebody by the form, and the worker's step after it."""
    wish = Wish(name, f"{name.lower()}@example.org", bringing, needs)
    found, _answer = sign_ups.ask(site.work, post, post.slots[0]["id"], wish, now=site.clock())
    places.settle(site.work, site.clock())
    return by_id(found.id) or found


def page_of(priya: Organiser, group: Group, tail: str = "") -> str:
    answer = priya.get(f"/groups/{group.slug}{tail}")
    assert answer.status_code == 200, answer.status_code
    return words(answer.text)


def said(post: Post, type_: str) -> list[dict[str, Any]]:
    return [entry["data"] for entry in again(post).outbox if entry["type"] == type_]


# The page


def test_the_next_event_first(priya: Organiser, group: Group) -> None:
    """How full it is, who waits, who needs what; another event's places are one line; no surname, address or reference anywhere."""
    post, other = booked(priya, group), booked(priya, group, title="Marsh walk", date="2026-06-25", capacity=1)
    assert "0 of 3 taken, 3 left" in page_of(priya, group)
    sam = signed_up(priya.site, post, "Sam", "Step-free route\nplease")
    signed_up(priya.site, post, "Amina", bringing=1)
    for name in ("Joe", "Ada", "Kim"):
        signed_up(priya.site, other, name)
    page = page_of(priya, group)
    assert "3 of 3 taken, 0 left" in page
    assert "Nobody waiting" in page
    assert "Sam: Step-free route · please" in page
    assert "Amina:" not in page
    assert "1 of 1 places taken · 2 waiting; the queue moves by itself" in page
    assert "Joe" not in page
    assert not re.search(rf"example\.org|{sam.reference}|{sam.id}", priya.get(f"/groups/{group.slug}").text)
    places.cancel(sam, priya.site.clock())
    assert "2 of 3 taken, 1 left" in page_of(priya, group)
    assert "Sam:" not in page_of(priya, group)


def test_where_no_mail_reaches(priya: Organiser, group: Group) -> None:
    """Whoever a server refused for good keeps the place, and their organiser sees it."""
    post = booked(priya, group)
    sam = signed_up(priya.site, post, "Sam")
    assert "Mail doesn’t reach" not in page_of(priya, group)
    sign_ups.unreachable(sam.ref, priya.site.clock())
    assert "Mail doesn’t reach Sam." in page_of(priya, group)


def test_nobody_books(priya: Organiser, group: Group) -> None:
    """Without places there is no list, nobody to add, and the page is as it was."""
    post = published(priya.site.work, group, an_event())
    assert "taken" not in page_of(priya, group)
    at = f"/groups/{group.slug}/{post.id}"
    for tail in ("list", "add", "tally"):
        assert priya.get(f"{at}/{tail}").location == at


def test_the_list_to_print(priya: Organiser, group: Group) -> None:
    """By first name: name, how many, needs; nothing of those who wait, nothing else about anybody; help stays."""
    post = booked(priya, group)
    found = [signed_up(priya.site, post, "Sam", "Lip-reads"), signed_up(priya.site, post, "amina", bringing=1)]
    waits = signed_up(priya.site, post, "Joe", "A chair")
    answer = priya.get(f"/groups/{group.slug}/{post.id}/list")
    table = words(answer.text.partition("<table")[2].partition("</table>")[0].partition(">")[2])
    assert table == "3 of 3 taken, 0 left First name How many Access needs amina 2 Sam 1 Lip-reads"
    assert "Samaritans" in words(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    for one in (*found, waits):
        assert not {one.id, one.ref, one.reference} & set(re.findall(r"[\w-]+", answer.text))
    assert "Joe" not in answer.text
    assert "example.org" not in answer.text


def test_the_list_goes(priya: Organiser, group: Group) -> None:
    """It is there while the event is over for less than a week, for a cancelled one too; then nobody is named any more."""
    post, off = booked(priya, group), booked(priya, group)
    for one in (post, off):
        signed_up(priya.site, one, "Sam")
    changing.cancel(again(off), group, "ill", now=priya.site.clock())
    priya.site.clock.set(post.slots[0]["ends"] + timedelta(hours=1))
    changing.pass_over(priya.site.work, priya.site.clock())
    for one in (post, off):
        assert "Sam 1" in page_of(priya, group, f"/{one.id}/list")
    priya.site.clock.set(post.slots[0]["ends"] + A_PLACE.lasts)
    for one in (post, off):
        assert priya.get(f"/groups/{group.slug}/{one.id}/list").status_code == 303
        assert "Print list" not in page_of(priya, group, f"/{one.id}")


# Words that were set apart


def test_a_hard_need_holds_up_no_place(priya: Organiser, group: Group) -> None:
    """The place is there at once; the words are with the safeguarding role alone, until they are passed on or withheld."""
    site, post = priya.site, booked(priya, group)
    sam, kim = signed_up(site, post, "Sam", HARD), signed_up(site, post, "Kim", f"{HARD} And a chair.")
    assert (sam.state, kim.state) == (PLACED, PLACED)
    for tail in ("", f"/{post.id}", f"/{post.id}/list"):
        page = page_of(priya, group, tail)
        assert page.count("One access need is being checked") == 2
        assert "want to be here" not in page
    wren = Reviewer(site, "Wren", roles=(SAFEGUARDING,))
    of = {one.source["id"]: one for one in held_waiting()}
    page = words(wren.get(f"/staff/held/{of[sam.id].id}").text)
    assert "Came as an access need of somebody who signed up" in page
    assert "Whoever runs the event reads it on their list" in page
    assert wren.post(f"/staff/held/{of[sam.id].id}", {"do": "pass-on"}).status_code == 303
    assert wren.post(f"/staff/held/{of[kim.id].id}", {"do": "withhold"}).status_code == 303
    page = page_of(priya, group, f"/{post.id}/list")
    assert f"Kim 1 One access need: please ask us Sam 1 {HARD}" in page
    assert "chair" not in page


def test_a_need_whose_row_is_gone_stays_apart(priya: Organiser, group: Group) -> None:
    """Without the safeguarding role's word nobody reads it."""
    post = booked(priya, group)
    signed_up(priya.site, post, "Sam", HARD)
    priya.site.work.db["held"].delete_many({})
    assert "One access need is being checked" in page_of(priya, group)


def test_a_care_reply_goes_to_whoever_wrote_it(priya: Organiser, group: Group) -> None:
    """By the ref that they have now: an address that was put right has another one. Whoever was refused at once left none."""
    site, post = priya.site, booked(priya, group)
    sam = signed_up(site, post, "Sam", HARD)
    sign_ups.fix_address(site.work, sam, post, "sam.pell@example.org", now=site.clock())
    wren = Reviewer(site, "Wren", roles=(SAFEGUARDING,))
    (row,) = held_waiting()
    assert row.ref == sam.ref
    assert "You can send a care reply" in words(wren.get(f"/staff/held/{row.id}").text)
    safeguarding.decide(site.work, row.id, safeguarding.REPLY, "", by=wren.session, now=site.clock())
    now_is = by_id(sam.id)
    assert now_is is not None
    assert [note["ref"] for note in site.work.db["notes"].find({})] == [now_is.ref] != [sam.ref]


def test_no_care_reply_without_a_contact(priya: Organiser, group: Group) -> None:
    """Somebody refused at once was never given to notify: their words are read all the same, and the desk says why nobody can answer."""
    site, post = priya.site, booked(priya, group, capacity=1)
    signed_up(site, post, "Kim")
    site.clock.set(post.slots[0]["starts"] - timedelta(hours=1))
    places.arrange(site.work, site.clock())
    found, _answer = sign_ups.ask(site.work, post, post.slots[0]["id"], Wish("Sam", "sam@example.org", 0, HARD), now=site.clock())
    assert (by_id(found.id) or found).state == "refused"
    (row,) = held_waiting()
    wren = Reviewer(site, "Wren", roles=(SAFEGUARDING,))
    assert "You can’t reply" in words(wren.get(f"/staff/held/{row.id}").text)
    with pytest.raises(Conflict, match="No contact was left"):
        safeguarding.decide(site.work, row.id, safeguarding.REPLY, "", by=wren.session, now=site.clock())


# Somebody whom an organiser adds


def add(priya: Organiser, group: Group, post: Post, **fields: str) -> Any:
    return priya.post(f"/groups/{group.slug}/{post.id}/add", {"key": str(uuid.uuid4()), "first_name": "Joe", **fields})


def test_added_by_the_same_rules(priya: Organiser, group: Group) -> None:
    """A place while there is one and nobody waits, then the queue; the page says which; no name in the address; the list has them."""
    post = booked(priya, group, capacity=2)
    answer = add(priya, group, post, bringing="1", access_needs="A chair\r\nby the door")
    assert (answer.status_code, answer.location) == (303, f"/groups/{group.slug}/{post.id}/add")
    add(priya, group, post, first_name="Ada")
    page = page_of(priya, group, f"/{post.id}/add")
    assert "2 of 2 places taken · 1 waiting" in page
    assert "Ada: number 1 in the queue" in page
    assert "Joe: has a place, with 1 more" in page
    assert "Joe 2 A chair · by the door" in page_of(priya, group, f"/{post.id}/list")
    found = SignUp.objects(added="yes")
    assert all(one.ref is None and one.sealed is None and one.leave_hash is None for one in found)
    assert "You added 1 person without e-mail: tell them yourself." in page_of(priya, group, f"/{post.id}/cancel")


def test_added_once(priya: Organiser, group: Group) -> None:
    """The form sent twice is one person; the same form with another name asks to be sent again, with a key of its own."""
    post, key = booked(priya, group), str(uuid.uuid4())
    for _ in range(2):
        assert add(priya, group, post, key=key).status_code == 303
    answer = add(priya, group, post, key=key, first_name="Ada")
    assert answer.status_code == 409
    assert "This form was sent once already" in words(answer.text)
    assert 'value="Ada"' in answer.text
    assert key not in answer.text
    assert [one.first_name for one in roster.people(priya.site.work, post.slots[0]["id"])] == ["Joe"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"first_name": ""}, "Type a first name. Any name will do"),
        ({"first_name": "www.example.org"}, "not a web or e-mail address"),
        ({"access_needs": "see example.com"}, "Leave out web and e-mail addresses here"),
        ({"access_needs": "a" * 281}, "Access needs, if there are any"),
        ({"bringing": "99"}, "Choose who comes along"),
        ({"bringing": "-1"}, "Choose who comes along"),
        ({"bringing": "two"}, "Choose who comes along"),
        ({"first_name": "\ud83d\udca9"}, "Use some letters or numbers"),
    ],
)
def test_what_is_typed_wrong(priya: Organiser, group: Group, fields: dict[str, str], says: str) -> None:
    """The same page with what to change and every answer; nobody is added."""
    post = booked(priya, group)
    fields = {name: text.encode("utf-16", "surrogatepass").decode("utf-16") for name, text in fields.items()}
    answer = add(priya, group, post, **{"access_needs": "A chair", **fields})
    assert answer.status_code == 422
    assert says in words(answer.text)
    assert "Error:" in answer.text
    assert fields.get("access_needs", "A chair") in answer.text
    assert head(post.slots[0]["id"]) is None


def test_nobody_can_be_added_any_more(priya: Organiser, group: Group) -> None:
    """Once it has begun, is cancelled or hidden: kindly refused. In the last three hours only while there is a place."""
    site, post, off = priya.site, booked(priya, group, capacity=1), booked(priya, group)
    changing.cancel(again(off), group, "ill", now=site.clock())
    assert add(priya, group, off).status_code == 409
    add(priya, group, post)
    site.clock.set(post.slots[0]["starts"] - timedelta(hours=1))
    places.arrange(site.work, site.clock())
    answer = add(priya, group, post, first_name="Ada")
    assert answer.status_code == 409
    assert "nobody can be put into the queue any more" in words(answer.text)
    assert 'value="Ada"' in answer.text
    site.clock.set(post.slots[0]["starts"])
    assert add(priya, group, post).status_code == 409
    assert "Nobody can be added any more" in page_of(priya, group, f"/{post.id}/add")


def test_taken_off(priya: Organiser, group: Group) -> None:
    """Her place goes to the next; twice is once; somebody who signed up by themselves can't be taken off."""
    site, post = priya.site, booked(priya, group, capacity=1)
    add(priya, group, post)
    ada = signed_up(site, post, "Ada")
    assert ada.state == QUEUED
    (joe,) = SignUp.objects(added="yes")
    path = f"/groups/{group.slug}/{post.id}/take-off"
    other = booked(priya, group, title="Marsh walk")
    assert priya.post(f"/groups/{group.slug}/{other.id}/take-off", {"person": joe.id}).status_code == 404
    for _ in range(2):
        assert priya.post(path, {"person": joe.id}).status_code == 303
    places.call(site.work, site.clock())
    assert [one.first_name for one in roster.people(site.work, post.slots[0]["id"])] == ["Ada"]
    assert "You added" not in page_of(priya, group, f"/{post.id}/add")
    assert priya.post(path, {"person": ada.id}).status_code == 404
    assert priya.post(path, {"person": "x"}).status_code == 404
    assert roster.standing(post) == roster.Standing(1, 1, 0)


def test_help_after_a_hard_sentence(priya: Organiser, group: Group) -> None:
    """Whoever typed it sees help on the next page, and not an hour later."""
    post = booked(priya, group)
    add(priya, group, post, access_needs=HARD)
    assert "Thank you for telling us" in page_of(priya, group, f"/{post.id}/add")
    priya.site.clock.move(hours=1)
    assert "Thank you for telling us" not in page_of(priya, group, f"/{post.id}/add")


def test_another_groups_organiser(priya: Organiser, group: Group) -> None:
    """None of it is there for somebody else, by their own group's address neither; nothing changes."""
    site, post = priya.site, booked(priya, group, date="2026-06-10", starts="16:00", ends="17:00")
    add(priya, group, post)
    (joe,) = SignUp.objects()
    site.clock.set(post.slots[0]["ends"])
    other = Organiser(site)
    mine = a_group(site.work, organisers=list(other.refs))
    fields = {"first_name": "Ada", "person": joe.id, "people": "3"}
    for slug in (group.slug, mine.slug):
        at = f"/groups/{slug}/{post.id}"
        assert {other.get(f"{at}/{tail}").status_code for tail in ("list", "add", "tally")} == {404}
        assert {other.post(f"{at}/{tail}", fields).status_code for tail in ("add", "take-off", "tally")} == {404}
    assert [one.first_name for one in roster.people(site.work, post.slots[0]["id"])] == ["Joe"]
    assert again(post).attendance is None


# The evening before


def test_the_evening_before(priya: Organiser, group: Group) -> None:
    """At six, once: places, queue and needs as numbers, held ones too, in the post's own outbox; no name in it."""
    site, post = priya.site, booked(priya, group, capacity=3)
    sam = signed_up(site, post, "Sam", HARD)
    signed_up(site, post, "Amina", "A chair", bringing=1)
    signed_up(site, post, "Joe", "Lip-reads")
    site.clock.set(post.slots[0]["starts"].replace(hour=16, minute=59) - timedelta(days=1))
    assert eve.tell(site.work, site.clock()) == 0
    site.clock.move(minutes=1)
    assert eve.tell(site.work, site.clock()) == 1
    told = {"id": post.id, "slot": post.slots[0]["id"], "refs": list(priya.refs), "placed": 3, "waiting": 1, "access_needs": 2}
    assert said(post, "event.eve.v1") == [told]
    assert eve.tell(site.work, site.clock()) == 0
    rosters().update_one({}, {"$set": {"eve_due": site.clock()}})  # as after a crash between the two updates
    assert eve.tell(site.work, site.clock()) == 1
    assert said(post, "event.eve.v1") == [told]
    assert sam.state == PLACED


def test_moved_to_another_day(priya: Organiser, group: Group) -> None:
    """It has another evening, and is told of again."""
    site, post = priya.site, booked(priya, group)
    signed_up(site, post, "Sam")
    site.clock.set(post.slots[0]["starts"] - timedelta(hours=20))
    eve.tell(site.work, site.clock())
    republished(site.work, group, again(post), date="2026-06-20")
    eve.tell(site.work, site.clock())
    places.arrange(site.work, site.clock())
    site.clock.move(days=2)
    eve.tell(site.work, site.clock())
    eve.tell(site.work, site.clock())
    assert len(said(post, "event.eve.v1")) == 2


@pytest.mark.parametrize("why", ["cancelled", "paused", "midnight"])
def test_no_evening(priya: Organiser, group: Group, why: str) -> None:
    """Nothing of what people can't find, or of what is no longer tomorrow because nobody was there to tell."""
    site, post = priya.site, booked(priya, group)
    signed_up(site, post, "Sam")
    site.clock.set(post.slots[0]["starts"] - timedelta(hours=20))
    if why == "cancelled":
        changing.cancel(again(post), group, "ill", now=site.clock())
    elif why == "paused":
        posts().update_one({"_id": post.id}, {"$unset": {"listed": 1}})
    else:
        site.clock.set(post.slots[0]["starts"].replace(hour=23) - timedelta(days=1))  # in London it is the day itself
    assert eve.tell(site.work, site.clock()) == 1
    assert said(post, "event.eve.v1") == []


# How many came


def over(priya: Organiser, post: Post) -> None:
    priya.site.clock.set(post.slots[0]["ends"])
    changing.pass_over(priya.site.work, priya.site.clock())


def count(priya: Organiser, group: Group, post: Post, **fields: str) -> Any:
    priya.site.clock.move(seconds=1)
    return priya.post(f"/groups/{group.slug}/{post.id}/tally", {"people": "12", **fields})


def test_a_count_is_enough(priya: Organiser, group: Group) -> None:
    """Asked after the event, kept, put right: each time the difference; the same again is nothing."""
    post = booked(priya, group)
    assert "How many came?" not in page_of(priya, group)
    assert count(priya, group, post).location == f"/groups/{group.slug}/{post.id}"  # not yet
    over(priya, post)
    assert "How many came? Evening walk along the canal, Thursday 18 June A head count. No names." in page_of(priya, group)
    for people in ("12", "12", "1,010", "9"):
        assert count(priya, group, post, people=people, conversations="4").status_code == 303
    told = said(post, "attendance.recorded.v1")
    assert [(one["people"], one["deltas"]) for one in told] == [
        (12, {"participant": 12}),
        (1010, {"participant": 998}),
        (9, {"participant": -1001}),
    ]
    assert {(one["week"], one["area"], one["theme"], one["channel"]) for one in told} == {("2026-W25", "hackney", 1, "direct")}
    assert "9 came. Change the count" in page_of(priya, group)
    assert 'value="9"' in priya.get(f"/groups/{group.slug}/{post.id}/tally").text


def test_a_booth_has_conversations(priya: Organiser, group: Group) -> None:
    """They are interactions, under the channel of booths; left empty they were not counted."""
    post = published(priya.site.work, group, an_event(kind="booth"))
    over(priya, post)
    assert "And how many conversations?" in page_of(priya, group)
    for people, conversations in (("30", ""), ("30", "12"), ("28", "10"), ("28", "")):
        assert count(priya, group, post, people=people, conversations=conversations).status_code == 303
    told = said(post, "attendance.recorded.v1")
    assert [one["deltas"] for one in told] == [
        {"participant": 30, "interaction": 0},
        {"participant": 0, "interaction": 12},
        {"participant": -2, "interaction": -2},
        {"participant": 0, "interaction": -10},
    ]
    assert [one.get("conversations") for one in told] == [None, 12, 10, None]
    assert {one["channel"] for one in told} == {"booths"}


@pytest.mark.parametrize("typed", ["", "many", "-1", "100001", "3.5", "99999999999999999999"])
def test_a_count_that_is_none(priya: Organiser, group: Group, typed: str) -> None:
    """The same page with what to type; nothing is kept."""
    post = booked(priya, group)
    over(priya, post)
    answer = count(priya, group, post, people=typed)
    assert answer.status_code == 422
    assert ("Type how many people came" if not typed else "Type a whole number from 0 to 100,000") in words(answer.text)
    assert "Error:" in answer.text
    assert said(post, "attendance.recorded.v1") == []


def test_for_five_weeks(priya: Organiser, group: Group) -> None:
    """Then the page no longer asks; of what was cancelled it never does."""
    post, off = booked(priya, group), booked(priya, group)
    changing.cancel(again(off), group, "ill", now=priya.site.clock())
    over(priya, post)
    assert count(priya, group, off).location == f"/groups/{group.slug}/{off.id}"
    priya.site.clock.move(days=35)
    assert "How many came?" not in page_of(priya, group)
    assert count(priya, group, post).location == f"/groups/{group.slug}/{post.id}"
    assert again(post).attendance is None


def test_two_organisers_count_at_once(priya: Organiser, group: Group) -> None:
    """With the same number it is one count; with another the second is asked to look."""
    post = booked(priya, group)
    over(priya, post)
    stale = again(post)
    attendance.record(again(post), 12, None, now=priya.site.clock())
    attendance.record(stale, 12, None, now=priya.site.clock())
    with pytest.raises(Conflict, match="Somebody else has saved a count"):
        attendance.record(stale, 13, None, now=priya.site.clock.move(seconds=1))
    assert [one["deltas"]["participant"] for one in said(post, "attendance.recorded.v1")] == [12]


def test_the_doctor_takes_neither_for_how_a_post_stands(priya: Organiser, group: Group) -> None:
    """The evening before and a head count are told of it, and it is published or over as it told before."""
    site, post = priya.site, booked(priya, group)
    signed_up(site, post, "Sam")
    site.clock.set(post.slots[0]["starts"] - timedelta(hours=20))
    eve.tell(site.work, site.clock())
    over(priya, post)
    count(priya, group, post)
    assert len(said(post, "event.eve.v1")) == len(said(post, "attendance.recorded.v1")) == 1
    assert [one for one in examine(site.work, site.clock()) if (one.name, one.about) == ("told-otherwise", post.id)] == []


# A change takes nobody's place


def test_fewer_places_than_are_taken(priya: Organiser, group: Group) -> None:
    """The page says how many there have to be; as many as are taken is fine; turning up instead is not."""
    site, post = priya.site, booked(priya, group, capacity=5)
    signed_up(site, post, "Sam", bringing=1)
    signed_up(site, post, "Amina", bringing=1)
    at = f"/groups/{group.slug}/{post.id}"
    when = {"date": "2026-06-18", "starts": "18:00", "ends": "19:15", "area": "hackney", "place": "The gate", "place_shown_to": "everyone"}
    when |= {"joining": "book", "bringing": "1"}
    answer = priya.post(f"{at}/when", {**when, "capacity": "3"})
    assert answer.status_code == 422
    assert "4 people have places already. Choose 4 or more" in words(answer.text)
    assert "Everyone who signed up hears of a new time or place, once." in words(answer.text)
    answer = priya.post(f"{at}/when", {**when, "joining": "turn-up"})
    assert answer.status_code == 422
    assert "People have places already, so this one stays to be booked" in words(answer.text)
    assert priya.post(f"{at}/when", {**when, "capacity": "4"}).status_code == 303
    assert "Everyone who signed up hears of a new time or place, once." in page_of(priya, group, f"/{post.id}")
    assert priya.post(f"{at}/send").status_code == 303
    places.arrange(site.work, site.clock())
    assert roster.standing(again(post)) == roster.Standing(4, 4, 0)


def test_lowered_while_somebody_signed_up(priya: Organiser, group: Group) -> None:
    """Nobody loses a place, and what else she changes later is not refused for it."""
    site, post = priya.site, booked(priya, group, capacity=5)
    signed_up(site, post, "Sam", bringing=1)
    republished(site.work, group, post, capacity=1)
    places.arrange(site.work, site.clock())
    posts().update_one({"_id": post.id}, {"$set": {"draft.capacity": 1}})
    assert "2 of 1 taken, 0 left" in page_of(priya, group)
    at = f"/groups/{group.slug}/{post.id}"
    assert priya.post(f"{at}/first", {"greeter": "Huw", "leave_early": "yes", "alone": "yes"}).status_code == 303
    assert priya.post(f"{at}/send").status_code == 303
