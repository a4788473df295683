"""POST /api/v1/events/{id}/sign-ups and DELETE /api/v1/sign-ups/{id}: a place by a program, as the form gives it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from services.events.operations import changing, places, sign_ups
from services.events.rules.places import queue_closes
from services.events.store import Group, Post, SignUp
from services.events.store.places import by_id, head
from services.events.store.places import sign_ups as rows
from shared.security.tokens import hash_token, new_token
from shared.web.openapi import document
from tests.support.events_site import Answer, EventsSite
from tests.support.posts import a_group, again, an_event, published

CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.fixture
def group(site: EventsSite) -> Group:
    return a_group(site.work)


@pytest.fixture
def walk(site: EventsSite, group: Group) -> Post:
    return published(site.work, group, an_event(joining="book", capacity=2, bringing=1))


def ask(site: EventsSite, post: Post, key: str | None = None, **changes: Any) -> Answer:
    body = {"first_name": "Sam", "email": f"{uuid.uuid4().hex[:12]}@example.org", **changes}
    headers = {"Idempotency-Key": key} if key else {}
    client = site.app.test_client(use_cookies=False)
    return client.post(f"/api/v1/events/{post.id}/sign-ups", json=body, headers=headers, base_url=site.origin)


def give_back(site: EventsSite, id_: str, token: str | None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = site.app.test_client(use_cookies=False)
    return int(client.delete(f"/api/v1/sign-ups/{id_}", headers=headers, base_url=site.origin).status_code)


def mailed(id_: str) -> str:
    """A token for this sign-up, as its mail has one."""
    token = new_token()
    rows().update_one({"_id": id_}, {"$set": {"leave_hash": hash_token(token)}})
    return token


def settle(site: EventsSite) -> None:
    while places.settle(site.work, site.clock()):
        pass


def stored(id_: str) -> SignUp:
    found = by_id(id_)
    assert found is not None
    return found


def test_placed_then_queued(site: EventsSite, walk: Post) -> None:
    """At once, with the page that repeats it; what was said yes to and where somebody came from is kept."""
    placed = ask(
        site, walk, bringing=1, access_needs="a seat", channel="posters", consents={"evening-before": True}, slot=walk.slots[0]["id"]
    )
    assert placed.status_code == 201
    assert placed.json == {"id": placed.json["id"], "reference": placed.json["reference"], "status": "placed", "position": None}
    assert placed.headers["Location"] == f"/event/{walk.slug}/joined/{placed.json['reference']}"
    assert site.get(placed.headers["Location"]).status_code == 200
    found = stored(placed.json["id"])
    known = sign_ups.known_of(site.work, found)
    assert (known.first_name, known.access_needs, found.party, found.channel) == ("Sam", "a seat", 2, "posters")
    assert [one.partition("-")[0] for one in known.consents] == ["evening"]
    for position in (1, 2):
        queued = ask(site, walk)
        assert (queued.json["status"], queued.json["position"]) == ("queued", position)
    assert sign_ups.known_of(site.work, stored(queued.json["id"])).consents == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_name": "www.spam.com"}, "first_name"),
        ({"first_name": " "}, "first_name"),
        ({"email": "sam@"}, "email"),
        ({"bringing": 99}, "bringing"),
        ({"bringing": "1"}, "bringing"),
        ({"access_needs": "x" * 281}, "access_needs"),
        ({"slot": str(uuid.uuid4())}, "slot"),
        ({"consents": {"evening-before": "yes"}}, "consents.evening-before"),
        ({"consents": {"reminders": True}}, "consents.reminders"),
        ({"postcode": "E8"}, "postcode"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_bad_input_names_its_field(site: EventsSite, walk: Post, changes: dict[str, Any], field: str) -> None:
    """A 422 whose errors name the field that is wrong; nothing is stored."""
    answer = ask(site, walk, **changes)
    assert answer.status_code == 422, answer.text
    assert list(answer.json["errors"]) == [field]
    assert rows().count_documents({}) == 0


def test_a_key_makes_one_place(site: EventsSite, walk: Post) -> None:
    """The first answer again for the same, and 422 for something else."""
    key, address = str(uuid.uuid4()), "sam@example.org"
    first, second = (ask(site, walk, key, email=address) for _ in range(2))
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert ask(site, walk, key, email=address, first_name="Kim").status_code == 422
    assert rows().count_documents({}) == 1


def test_an_answer_stands_whatever_comes_after(site: EventsSite, group: Group) -> None:
    """Sent twice in the last hours, and the first took the last place: the second hears the same, then and after the end."""
    post = published(site.work, group, an_event(joining="book", capacity=1))
    site.clock.set(queue_closes(post.slots[0]["starts"]) + timedelta(minutes=1))
    key, address = str(uuid.uuid4()), "sam@example.org"
    first = ask(site, post, key, email=address)
    assert first.status_code == 201
    assert ask(site, post).status_code == 409
    for moment in (site.clock(), post.slots[0]["starts"], post.slots[0]["ends"]):
        site.clock.set(moment)
        assert ask(site, post, key, email=address).json == first.json


@pytest.mark.parametrize("state", ["turn-up", "cancelled", "begun"])
def test_refused_with_a_reason(site: EventsSite, group: Group, state: str) -> None:
    """409 with why, and nothing stored."""
    post = published(site.work, group, an_event(joining="turn-up") if state == "turn-up" else an_event(joining="book", capacity=1))
    if state == "cancelled":
        changing.cancel(post, group, "ill", now=site.clock())
    if state == "begun":
        site.clock.set(post.slots[0]["starts"])
    says = {"turn-up": "Just turn up", "cancelled": "isn’t happening", "begun": "has begun"}[state]
    answer = ask(site, post)
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert says in answer.json["detail"]
    assert rows().count_documents({}) == 0


def test_an_event_that_nobody_can_find(site: EventsSite, walk: Post) -> None:
    """404: its id opens nothing."""
    missing = again(walk)
    missing.id = str(uuid.uuid4())
    assert ask(site, missing).status_code == 404


def test_giving_a_place_back(site: EventsSite, walk: Post) -> None:
    """With its own token alone; twice frees one place."""
    mine, other = ask(site, walk).json["id"], ask(site, walk).json["id"]
    settle(site)
    token, others = mailed(mine), mailed(other)
    assert give_back(site, mine, None) == 401
    assert [give_back(site, mine, wrong) for wrong in (others, new_token(), "short")] == [404] * 3
    assert _free(walk) == 0
    for _ in range(2):
        assert give_back(site, mine, token) == 204
    settle(site)
    assert (_free(walk), stored(mine).state, stored(other).state) == (1, "left", "placed")


def test_a_repeat_gives_the_first_place_back(site: EventsSite, walk: Post) -> None:
    """Under its own id, as it was told: nobody learns from an id whether it was a repeat."""
    first, second = (ask(site, walk, email=address).json["id"] for address in ("sam@example.org", "SAM@example.org"))
    settle(site)
    token = mailed(second)
    assert stored(second).state == "repeat"
    for _ in range(2):
        assert give_back(site, second, token) == 204
    settle(site)
    assert (stored(first).state, _free(walk)) == ("left", 2)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_described(open_site: EventsSite, mode: GenerationMode) -> None:
    """The OpenAPI document against the real app, over a socket: good input and bad."""
    load_all_checks()
    checks: Any = CHECKS.get_by_names(CHECKED)
    open_site.empty()
    post = published(open_site.work, a_group(open_site.work), an_event(joining="book", capacity=2, bringing=1))
    schema = schemathesis.openapi.from_dict(document(open_site.app))
    seen = []
    for found in schema.include(path_regex="/sign-ups").get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # a document that cannot be read raises here
        seen.append(operation.label)

        @settings(max_examples=15, suppress_health_check=list(HealthCheck), database=None)
        @given(operation.as_strategy(mode))
        def tried(case: Case[Any]) -> None:
            if "event_id" in (case.path_parameters or {}) and mode is GenerationMode.POSITIVE:
                case.path_parameters["event_id"] = post.id
            case.call_and_validate(base_url=open_site.origin, checks=checks)

        tried()
    assert sorted(seen) == ["DELETE /api/v1/sign-ups/{sign_up_id}", "POST /api/v1/events/{event_id}/sign-ups"]


def _free(post: Post) -> int:
    found = head(post.slots[0]["id"])
    assert found
    return found.free
