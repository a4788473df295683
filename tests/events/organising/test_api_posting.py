"""The POST half of the JSON API: as the form, in one call, with the organiser's session."""

import uuid
from typing import Any

import pytest

from services.events.store.groups import groups
from services.events.store.posts import posts
from tests.support.events_site import EventsSite
from tests.support.organisers import PHONE, Organiser
from tests.support.posts import a_group, an_event, an_initiative

GROUP = {
    "name": "Lea Side Walkers",
    "kind": "community",
    "what": "Neighbours who walk together.",
    "areas": ["hackney"],
    "phone": PHONE,
    "safeguarding_name": "Wilhelmina Quill",
    "safeguarding_phone": "020 7946 0102",
    "dbs": "Both walk leaders.",
    "insurance": "Public liability.",
    "distress": "We sit down together.",
}


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


def mine(priya: Organiser, **fields: Any) -> str:
    return str(a_group(priya.site.work, organisers=list(priya.refs), **fields).slug)


def test_a_group_and_its_first_posts(priya: Organiser) -> None:
    """Each is made and waits to be read; the group's private part is locked."""
    made = priya.send("/api/v1/groups", GROUP)
    assert made.status_code == 201, made.json
    slug = made.json["slug"]
    assert made.json["status"] == "submitted"
    for path, body in (("events", an_event()), ("initiatives", an_initiative())):
        answer = priya.send(f"/api/v1/{path}", {"group": slug, **body})
        assert answer.status_code == 201, answer.json
        row = posts().find_one({"_id": answer.json["id"]})
        assert row is not None
        assert (row["state"], row["waiting"]["title"]) == ("submitted", body["title"])
        assert "live" not in row
        assert priya.get(answer.headers["Location"]).status_code == 200
    assert PHONE not in str(list(groups().find({})))


def test_sent_again_with_the_same_key(priya: Organiser) -> None:
    """The same body brings the same answer and makes nothing; another body is refused, and so is another's key."""
    key, slug = str(uuid.uuid4()), mine(priya)
    body = {"group": slug, **an_event()}
    answers = [priya.send("/api/v1/events", body, Idempotency_Key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert posts().count_documents({}) == 1
    assert len((posts().find_one({}) or {})["outbox"]) == 1
    other = priya.send("/api/v1/events", {**body, "title": "Another walk"}, Idempotency_Key=key)
    assert (other.status_code, other.json["type"]) == (422, "/api#problem-key-reused")
    joe = Organiser(priya.site)
    assert joe.send("/api/v1/events", {"group": mine(joe), **an_event()}, Idempotency_Key=key).status_code == 422


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unheard", "of"),
        ("title", None),
        ("title", "a" * 10_000),
        ("title", 7),
        ("description", "<script>alert(1)</script>"),
        ("description", "See www.example.org"),
        ("title", "Walk\u202eklaw"),
        ("title", "Wa\u200blk"),
        ("capacity", 0),
        ("capacity", -1),
        ("capacity", 10**9),
        ("capacity", "20"),
        ("capacity", True),
        ("alone", "yes"),
        ("access", ["step-free", "step-free"]),
        ("access", ["unheard-of"]),
        ("date", "2026-06-09"),
        ("date", "18 June"),
        ("date", "2099-01-01"),
        ("ends", "17:00"),
        ("area", "manchester"),
        ("theme", 99),
        ("link", "https://www.example.org"),
        ("link", "javascript:alert(1)"),
        ("group", "somebody-elses"),
        ("group", ["x"]),
    ],
)
def test_a_bad_field_is_named(priya: Organiser, field: str, value: Any) -> None:
    """422 with that field among the errors, and nothing is stored."""
    body = {"group": mine(priya), **an_event(joining="book", capacity=20), field: value}
    answer = priya.send("/api/v1/events", body)
    assert answer.status_code == 422, answer.json
    assert field in " ".join(answer.json["errors"]), answer.json
    assert posts().count_documents({}) == 0


def test_who_may_not(priya: Organiser) -> None:
    """Nobody, staff without a group, another site's page, an organiser of another group."""
    body = {"group": mine(priya), **an_event()}
    client = priya.site.app.test_client(use_cookies=False)
    assert client.post("/api/v1/events", base_url=priya.site.origin, json=body).status_code == 401
    assert Organiser(priya.site, refs=(), roles=("moderator",)).send("/api/v1/events", body).status_code == 401
    assert priya.send("/api/v1/events", body, Origin="https://evil.example").status_code == 403
    assert Organiser(priya.site).send("/api/v1/events", body).status_code == 422
    assert posts().count_documents({}) == 0


def test_a_group_that_is_not_whole(priya: Organiser) -> None:
    """Its posts wait until the group has said what it is asked."""
    slug = mine(priya, approved=False)
    answer = priya.send("/api/v1/events", {"group": slug, **an_event()})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["group"])
    assert priya.send("/api/v1/groups", {**GROUP, "phone": "no phone"}).json["errors"].keys() == {"phone"}
    assert priya.send("/api/v1/groups", {**GROUP, "unheard": "of"}).status_code == 422
