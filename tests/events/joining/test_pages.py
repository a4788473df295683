"""The pages of who signs up: the form, the answer by its reference, the place behind the mailed link."""

import uuid
from datetime import timedelta

import pytest
from icalendar import Calendar

from services.events.operations import changing, places, sign_ups
from services.events.rules.places import queue_closes
from services.events.store import Group, Post, SignUp
from services.events.store.places import by_reference, head
from services.events.store.places import sign_ups as rows
from shared.security.tokens import hash_token, new_token
from shared.web.calendar_files import place_uid
from tests.pages.reading import words
from tests.support.events_site import Answer, EventsSite
from tests.support.posts import a_group, again, an_event, published

MEET = "By the yellow bench, Wick Lane"


@pytest.fixture
def group(site: EventsSite) -> Group:
    return a_group(site.work)


@pytest.fixture
def walk(site: EventsSite, group: Group) -> Post:
    """Two places; where to meet is for people with a place."""
    content = an_event(joining="book", capacity=2, bringing=1, place=MEET, place_shown_to="placed", near="near Hackney Wick station")
    return published(site.work, group, content)


def send(site: EventsSite, post: Post, **fields: str) -> Answer:
    typed = {"first_name": "Sam", "email": f"{uuid.uuid4().hex[:12]}@example.org", "bringing": "0", "key": str(uuid.uuid4()), **fields}
    client = site.app.test_client(use_cookies=False)
    return client.post(f"/event/{post.slug}/join", data=typed, base_url=site.origin, headers={"Origin": site.origin})


def press(site: EventsSite, path: str, **fields: str) -> Answer:
    client = site.app.test_client(use_cookies=False)
    return client.post(path, data=fields, base_url=site.origin, headers={"Origin": site.origin})


def settle(site: EventsSite) -> None:
    while places.settle(site.work, site.clock()):
        pass


def of(answer: Answer) -> SignUp:
    found = by_reference(answer.headers["Location"].rpartition("/")[2])
    assert found is not None
    return found


def link(found: SignUp) -> str:
    """A mailed link of this sign-up: its token is in the sealed box alone, so the test puts one of its own."""
    token = new_token()
    rows().update_one({"_id": found.id}, {"$set": {"leave_hash": hash_token(token)}})
    return f"/place/{token}"


def errors_of(page: Answer) -> str:
    return words(page.text.partition("govuk-error-summary__body")[2].partition("</ul>")[0])


# The button and the form


def test_places_are_live_on_every_page(site: EventsSite, walk: Post, group: Group) -> None:
    """Left, one gone, full, a queue: the event's page, the list and the group's page say the same."""
    assert "2 left of 2" in words(site.get(f"/event/{walk.slug}").text)
    assert "Save me a place" in site.get(f"/event/{walk.slug}").text
    for says, row in (("1 left of 2", "1 place"), ("Full", "Full"), ("Full: 1 waiting", "Full: 1 waiting")):
        assert send(site, walk).status_code == 303
        page = words(site.get(f"/event/{walk.slug}").text)
        assert says in page
        for address in (f"/whats-on?from=2026-06-10&to=2026-06-20&area={walk.live['area']}", f"/group/{group.slug}"):
            assert row in words(site.get(address).text)
    assert "Join the queue" in site.get(f"/event/{walk.slug}").text
    assert site.get(f"/api/v1/events/{walk.id}").json["places"] == {"free": 0, "waiting": 1}


def test_what_is_said_when_it_is_late(site: EventsSite, group: Group) -> None:
    """Full when nobody can be called any more, and begun: no button, and the list says as much."""
    late, free = (published(site.work, group, an_event(joining="book", capacity=count, title=f"For {count}")) for count in (1, 2))
    assert send(site, late).status_code == 303
    site.clock.set(queue_closes(late.slots[0]["starts"]))
    assert "Full, and too late for the queue" in words(site.get(f"/event/{late.slug}").text)
    assert "2 left of 2" in words(site.get(f"/event/{free.slug}").text)
    site.clock.set(late.slots[0]["starts"])
    for post in (late, free):
        page = site.get(f"/event/{post.slug}").text
        assert "It has begun, so nobody new can join" in words(page)
        assert f"/event/{post.slug}/join" not in page
    assert words(site.get("/whats-on").text).count("Has begun") == 2


def test_the_form_keeps_what_was_typed(site: EventsSite, walk: Post) -> None:
    """Each fault is named at the top and at its field; answers stay; nothing is stored."""
    page = send(site, walk, first_name="www.spam.com", email="sam@", bringing="99", access_needs="a seat, please")
    assert page.status_code == 422
    assert page.text.count("<title>Error:") == 1
    said = errors_of(page)
    for sentence in ("Type a first name, not a web", "Type an e-mail address like", "Choose how many people you bring, from 0 to 1"):
        assert sentence in said
    assert "a seat, please" in page.text
    assert 'value="sam@"' in page.text
    assert rows().count_documents({}) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"first_name": ""},
        {"first_name": "A" * 41},
        {"first_name": "Sam\u202e"},
        {"email": ""},
        {"email": '"a\r\nb"@example.org'},
        {"email": "a" * 5_000 + "@example.org"},
        {"bringing": "-1"},
        {"bringing": "one"},
        {"access_needs": "x" * 281},
        {"access_needs": "see https://spam.example"},
        {"evening": "yes"},
        {"key": ""},
        {"key": "not-a-key"},
    ],
    ids=lambda fields: f"{next(iter(fields))}-{next(iter(fields.values()))[:8]!r}",
)
def test_bad_input_is_told_and_stores_nothing(site: EventsSite, walk: Post, fields: dict[str, str]) -> None:
    """Whatever is wrong has its sentence; never a 500, never half a place."""
    page = send(site, walk, **fields)
    assert page.status_code == 422
    assert errors_of(page)
    assert rows().count_documents({}) == 0


def test_the_same_form_twice_is_one_place(site: EventsSite, walk: Post) -> None:
    """A double tap and a reload: one place, one page. With other answers the key says so, and the first place stands."""
    key, address = str(uuid.uuid4()), "sam@example.org"
    first, second = (send(site, walk, key=key, email=address) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    other = send(site, walk, key=key, email="other@example.org")
    assert other.status_code == 422
    assert "that place stands" in errors_of(other)
    assert "other@example.org" in other.text
    assert rows().count_documents({}) == 1


def test_the_last_place_taken_twice_at_once(site: EventsSite, group: Group) -> None:
    """A double tap in the last hours, when nobody can queue any more: the second press leads to the place too."""
    post = published(site.work, group, an_event(joining="book", capacity=1))
    site.clock.set(queue_closes(post.slots[0]["starts"]) + timedelta(minutes=1))
    key, address = str(uuid.uuid4()), "sam@example.org"
    first, second = (send(site, post, key=key, email=address) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert send(site, post).status_code == 409


def test_what_no_person_fills_in_stores_nothing(site: EventsSite, walk: Post) -> None:
    """The field that nobody sees: its answer looks right and is none."""
    assert send(site, walk, website="http://spam.example").status_code == 303
    assert rows().count_documents({}) == 0


def test_one_network_cannot_fill_a_slot(site: EventsSite, group: Group) -> None:
    """Sixty in ten minutes from one network; the next is told to wait, and another event is another matter."""
    crowded = published(site.work, group, an_event(joining="book", capacity=500))
    calm = published(site.work, group, an_event(joining="book", capacity=500, title="A calmer walk"))
    statuses = [send(site, crowded).status_code for _ in range(61)]
    assert statuses == [303] * 60 + [429]
    assert send(site, calm).status_code == 303


@pytest.mark.parametrize("state", ["turn-up", "cancelled", "over", "full", "begun"])
def test_where_nobody_can_sign_up(site: EventsSite, group: Group, state: str) -> None:
    """Why not, and where else to go; the same on the form as on the press, and nothing is stored."""
    content = an_event(joining="turn-up") if state == "turn-up" else an_event(joining="book", capacity=1)
    post = published(site.work, group, content)
    if state == "cancelled":
        changing.cancel(post, group, "ill", now=site.clock())
    if state in ("full", "begun", "over"):
        assert send(site, post).status_code == 303
        starts = post.slots[0]["starts"]
        site.clock.set(starts.replace(hour=starts.hour - 2) if state == "full" else starts if state == "begun" else post.slots[0]["ends"])
        places.arrange(site.work, site.clock())
    before = rows().count_documents({"state": {"$in": ["requested", "placed", "queued"]}})
    why = {"turn-up": "Just turn up", "cancelled": "This isn’t happening", "full": "All places are taken"}
    says = why.get(state, "This has begun or is over")
    shown = site.get(f"/event/{post.slug}/join")
    pressed = send(site, post)
    assert (shown.status_code, pressed.status_code) == (200, 409)
    assert says in words(shown.text)
    assert says in words(pressed.text)
    assert rows().count_documents({"state": {"$in": ["requested", "placed", "queued"]}}) == before


def test_places_for_some_of_them(site: EventsSite, group: Group) -> None:
    """In the last hours, one place and two people: they are told so with all they typed, and one of them can come."""
    post = published(site.work, group, an_event(joining="book", capacity=1, bringing=1))
    site.clock.set(queue_closes(post.slots[0]["starts"]))
    answer = send(site, post, first_name="Sam", bringing="1", access_needs="a chair")
    assert answer.status_code == 409
    assert "Choose fewer people" in errors_of(answer)
    assert "a chair" in answer.text
    assert 'value="Sam"' in answer.text
    assert send(site, post, first_name="Sam").status_code == 303


def test_what_nobody_can_find_is_not_there(site: EventsSite, walk: Post) -> None:
    """Unknown and unpublished: 404, with a way on."""
    assert send(site, walk).status_code == 303
    assert site.get("/event/nothing-here/join").status_code == 404
    assert press(site, "/event/nothing-here/join", first_name="Sam").status_code == 404


# The answer


def test_the_answer_shows_nothing_about_anybody(site: EventsSite, walk: Post) -> None:
    """Placed and queued, by reference: no name, no address, no need, no meeting point; the same for ever."""
    private = {"first_name": "Quillhelmina", "email": "quillhelmina@example.org", "access_needs": "a purple chair"}
    placed = send(site, walk, **private)
    send(site, walk)
    queued = send(site, walk)
    for answer, says in ((placed, "You’ve got a place"), (queued, "You’re 1st in the queue")):
        page = site.get(answer.headers["Location"])
        assert page.status_code == 200
        assert says in words(page.text)
        assert of(answer).reference in page.text
        for secret in (*private.values(), MEET):
            assert secret not in page.text
    settle(site)
    sign_ups.leave(of(placed), now=site.clock())
    places.call(site.work, site.clock())
    settle(site)
    assert "You’re 1st in the queue" in words(site.get(queued.headers["Location"]).text), "what was answered stays"
    calendar = site.get(placed.headers["Location"] + ".ics")
    assert MEET not in calendar.text
    assert "Walk with Lea Side" in calendar.text
    assert place_uid(walk.id, of(placed).id) in str(Calendar.from_ical(calendar.data).walk("VEVENT")[0]["UID"]), "the entry of the mail"


def test_help_comes_first_after_something_hard(site: EventsSite, walk: Post) -> None:
    """The place is never held; the words are, and whoever wrote them sees help before anything else."""
    answer = send(site, walk, access_needs="I want to die")
    page = site.get(answer.headers["Location"])
    assert "You’ve got a place" in words(page.text)
    assert page.text.index("Thank you for telling us") < page.text.index("You’ve got a place</h1>")
    site.clock.move(minutes=31)
    assert "Thank you for telling us" not in site.get(answer.headers["Location"]).text


def test_a_reference_mistyped_unknown_or_of_another_event(site: EventsSite, walk: Post, group: Group) -> None:
    """Each is a 404 that says what to do, and asks for none of what it shows."""
    answer = send(site, walk)
    other = published(site.work, group, an_event(joining="book", capacity=2, title="Another walk"))
    reference = of(answer).reference
    assert "a sign wrong" in words(site.get(f"/event/{walk.slug}/joined/CL-2222-2223").text)
    for path in (f"/event/{other.slug}/joined/{reference}", f"/event/{walk.slug}/joined/CL-2222-2222"):
        page = site.get(path)
        assert page.status_code == 404
    assert site.get(f"/event/{walk.slug}/joined/{reference.lower().replace('-', ' ')}").status_code == 200


def test_a_wrong_address_is_put_right_for_an_hour(site: EventsSite, walk: Post) -> None:
    """The same page follows; the place stays, by another ref and another link; later it can't be changed."""
    answer = send(site, walk, email="wrong@example.org")
    settle(site)
    before = of(answer)
    sign_ups.unreachable(before.ref, site.clock())
    at = answer.headers["Location"]
    assert press(site, f"{at}/address", email="nonsense").status_code == 422
    assert press(site, f"{at}/address", email="right@example.org").headers["Location"] == f"{at}?mail=sent"
    after = of(answer)
    assert (after.state, after.reference) == ("placed", before.reference)
    assert after.ref != before.ref
    assert after.leave_hash != before.leave_hash
    assert not after.unreachable, "that no mail reached the first address says nothing of this one"
    assert after.outbox[-1]["data"]["replaces"] == before.ref
    assert press(site, f"{at}/again").headers["Location"] == f"{at}?mail=sent"
    assert of(answer).outbox[-1]["type"] == "contact.again.v1"
    site.clock.move(minutes=61)
    assert press(site, f"{at}/address", email="third@example.org").status_code == 409
    assert "Wrong address" not in site.get(at).text


# The place


def test_the_place_behind_the_link(site: EventsSite, walk: Post) -> None:
    """Here alone are the meeting point, the name and the need. GET and HEAD change nothing; twice frees one seat."""
    answer = send(site, walk, first_name="Quill", access_needs="a purple chair", bringing="1")
    settle(site)
    found = of(answer)
    path = link(found)
    for _ in range(2):
        page = site.get(path)
        for known in (MEET, "Quill", "a purple chair", "You and one more"):
            assert known in page.text
    site.app.test_client(use_cookies=False).head(path, base_url=site.origin)
    assert _free(walk) == 0
    assert MEET in str(Calendar.from_ical(site.get(f"{path}.ics").data).walk("VEVENT")[0]["LOCATION"])
    for _ in range(2):
        assert press(site, path).headers["Location"] == path
    assert _free(walk) == 2
    page = site.get(path)
    assert "given your place back" in page.text
    assert "Quill" not in page.text
    assert MEET not in page.text
    settle(site)
    assert rows().count_documents({"_id": found.id, "private": {"$exists": True}}) == 0
    gone = Calendar.from_ical(site.get(f"{path}.ics").data)
    assert str(gone["METHOD"]) == "CANCEL"
    assert str(gone.walk("VEVENT")[0]["STATUS"]) == "CANCELLED"


def test_the_queue_behind_the_link(site: EventsSite, walk: Post) -> None:
    """The place in the queue as it now is; no meeting point; leaving closes the gap."""
    for _ in range(2):
        send(site, walk)
    first, second = send(site, walk), send(site, walk)
    settle(site)
    path = link(of(second))
    assert "You’re 2nd in the queue" in site.get(path).text
    assert MEET not in site.get(path).text
    sign_ups.leave(of(first), now=site.clock())
    assert "You’re 1st in the queue" in site.get(path).text


def test_a_repeat_opens_the_first_place(site: EventsSite, walk: Post) -> None:
    """Asked twice: the second mail's link opens the place that is there, and gives that back."""
    first = send(site, walk, email="sam@example.org")
    second = send(site, walk, email="SAM@example.org")
    settle(site)
    assert of(second).state == "repeat"
    path = link(of(second))
    assert MEET in site.get(path).text
    press(site, path)
    settle(site)
    assert of(first).state == "left"


def test_links_that_open_nothing(site: EventsSite, walk: Post, group: Group) -> None:
    """Somebody else's, mistyped, of an event that was called off or is over, forgotten after a week: each says what to do."""
    answer = send(site, walk)
    settle(site)
    path = link(of(answer))
    for wrong in ("/place/short", f"/place/{new_token()}", path.replace("/place/", "/place/x")):
        assert site.get(wrong).status_code == 404
        assert press(site, wrong).status_code == 404
    changing.cancel(again(walk), group, "weather", now=site.clock())
    page = site.get(path)
    assert "This isn’t happening" in page.text
    assert MEET not in page.text
    assert press(site, path).status_code == 303
    assert _free(walk) == 1, "what isn't happening needs no giving back"
    site.clock.set(walk.slots[0]["ends"])
    site.clock.move(days=8)
    sign_ups.forget(site.work, site.clock())
    assert site.get(path).status_code == 404
    left = rows().find_one({"_id": of(answer).id}) or {}
    assert not {"private", "person", "ref", "offer", "leave_hash"} & set(left)


def test_when_it_is_over(site: EventsSite, walk: Post) -> None:
    """Who had a place may mark a pledge as kept, by its reference; no mail asks for that. Who gave it back is not asked."""
    placed, left = send(site, walk), send(site, walk, email="kit@example.org")
    settle(site)
    press(site, link(of(left)))
    settle(site)
    assert "Mark my pledge as kept" not in site.get(link(of(placed))).text
    site.clock.set(walk.slots[0]["ends"])
    site.clock.move(seconds=1)
    page = site.get(link(of(placed)))
    assert "This is over" in page.text
    assert 'href="/did-it"' in page.text
    assert "Mark my pledge as kept" in page.text
    assert MEET not in page.text
    assert "Mark my pledge as kept" not in site.get(link(of(left))).text


def _free(post: Post) -> int:
    found = head(post.slots[0]["id"])
    assert found
    return found.free
