"""POST and GET of /api/v1/pledges: what the contract fixes, since others build on it."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.pledge import rules
from services.pledge.operations import contacts, pledges
from services.pledge.store import by_id
from shared.security.references import read_reference
from shared.security.sealing import unseal
from tests.support.pledge_site import ADDRESS, CONSENT, PledgeSite, how_many, stored
from tests.support.settings import NOTIFY_KEYS

WALK = {"action": "walk-together"}
WITH_EMAIL = {**WALK, "email": ADDRESS, "consents": {"reminders": True}}


def _errors(answer: Any) -> dict[str, list[str]]:
    assert answer.content_type == "application/problem+json"
    found: dict[str, list[str]] = answer.json["errors"]
    return found


# Making one


def test_the_least_is_an_action(site: PledgeSite) -> None:
    """201 with id, reference and status, and nothing else; it counts at once."""
    answer = site.send(WALK)
    assert answer.status_code == 201
    assert set(answer.json) == {"id", "reference", "status"}
    assert answer.json["status"] == "anonymous"
    assert read_reference(answer.json["reference"]) == answer.json["reference"]
    assert answer.headers["Location"] == f"/api/v1/pledges/{uuid.UUID(answer.json['id'])}"
    found = by_id(answer.json["id"])
    assert found is not None
    assert (found.action, found.theme, found.area, found.channel, found.state) == ("walk-together", 1, "not-said", "direct", "anonymous")
    assert [entry["type"] for entry in found.outbox] == ["pledge.made.v1"]


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ({"borough": "hackney"}, "hackney"),
        ({"borough": "Hackney"}, "hackney"),
        ({"borough": "E09000012"}, "hackney"),
        ({"borough": "work-study"}, "work-study"),
        ({"borough": "not-said"}, "not-said"),
        ({"postcode": "SW1A 1AA"}, "westminster"),
        ({"postcode": "e81dy"}, "hackney"),
        ({"borough": "hackney", "postcode": "E8 1DY"}, "hackney"),
        ({}, "not-said"),
    ],
)
def test_a_slug_a_code_or_a_postcode_says_where(site: PledgeSite, place: dict[str, str], area: str) -> None:
    """Any of them, or both where they agree."""
    assert stored(site.send({**WALK, **place}).json["reference"]).area == area


@pytest.mark.parametrize(("sent", "channel"), [("booths", "booths"), ("a-new-one", "direct"), ("", "direct")])
def test_an_unknown_channel_is_direct(site: PledgeSite, sent: str, channel: str) -> None:
    """No pledge is lost over where somebody came from."""
    assert stored(site.send({**WALK, "channel": sent}).json["reference"]).channel == channel


@pytest.mark.parametrize(("nudge", "choice"), [({}, "saturday"), ({"nudge": "2-days"}, "2-days"), ({"nudge": "next-week"}, "next-week")])
def test_an_address_waits_for_its_owner(site: PledgeSite, nudge: dict[str, str], choice: str) -> None:
    """Unconfirmed, with the nudge on Saturday if nothing else was said; the address only notify can read."""
    answer = site.send({**WITH_EMAIL, **nudge})
    assert (answer.status_code, answer.json["status"]) == (201, "unconfirmed")
    found = stored(answer.json["reference"])
    assert (found.state, found.nudge_choice, found.nudge_at) == ("unconfirmed", choice, rules.nudge_time(choice, site.clock()))
    assert ADDRESS not in str(found.to_mongo())
    offer = next(entry for entry in found.outbox if entry["type"] == "contact.offered.v1")
    opened = unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], offer["data"]["sealed"])
    assert (opened["address"], opened["consents"]) == (ADDRESS, [CONSENT])
    assert opened["token"] not in str(answer.json)


def test_known_and_unknown_addresses_get_the_same_answer(site: PledgeSite) -> None:
    """Nobody learns from us whether an address has been here before."""
    site.confirmed()
    first, second = site.send(WITH_EMAIL), site.send({**WITH_EMAIL, "email": "never.seen@example.org"})
    assert (first.status_code, first.json["status"], set(first.json)) == (second.status_code, second.json["status"], set(second.json))


# The Idempotency-Key


def test_a_key_sent_again_brings_the_same_answer(site: PledgeSite) -> None:
    """The same 201 body, even after the pledge has moved on, and one pledge."""
    key = str(uuid.uuid4())
    first = site.send(WITH_EMAIL, Idempotency_Key=key)
    contacts.confirmed(site.work, stored(first.json["reference"]).ref, now=site.clock())
    again = site.send(WITH_EMAIL, Idempotency_Key=key.upper())
    assert (again.status_code, again.json) == (201, first.json)
    assert how_many() == 1


@pytest.mark.parametrize(
    "other", [{"borough": "camden"}, {"channel": "press"}, {"action": "check-in"}, {"email": "sam@example.org"}, {"nudge": "2-days"}]
)
def test_a_key_with_another_body_is_refused(site: PledgeSite, other: dict[str, str]) -> None:
    """422 that says so, and the first pledge stands alone."""
    key = str(uuid.uuid4())
    site.send(WITH_EMAIL, Idempotency_Key=key)
    answer = site.send({**WITH_EMAIL, **other}, Idempotency_Key=key)
    assert (answer.status_code, answer.json["type"]) == (422, "/api#problem-key-reused")
    assert "Idempotency-Key" in answer.json["detail"]
    assert how_many() == 1


def test_eight_at_once_with_one_key_are_one_pledge(site: PledgeSite) -> None:
    """A client that retries while we are slow makes one."""
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.send(WALK, Idempotency_Key=key), range(8)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.json["id"] for one in answers}) == 1
    assert how_many() == 1


def test_without_a_key_twice_is_two(site: PledgeSite) -> None:
    """The key is the caller's to send."""
    assert site.send(WALK).json["id"] != site.send(WALK).json["id"]


def test_a_key_must_be_a_uuid(site: PledgeSite) -> None:
    """A key that could be guessed is refused, and the header is named."""
    assert "Idempotency-Key" in _errors(site.send(WALK, Idempotency_Key="1"))
    assert how_many() == 0


# What is refused


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"action": "no-such"}, "action"),
        ({"action": ""}, "action"),
        ({"action": "WALK-TOGETHER"}, "action"),
        ({"borough": "mordor"}, "borough"),
        ({"borough": "E09999999"}, "borough"),
        ({"borough": "ＨＡＣＫＮＥＹ"}, "borough"),
        ({"postcode": "E8"}, "postcode"),
        ({"postcode": "M1 1AE"}, "postcode"),
        ({"postcode": "E8 1DY", "borough": "camden"}, "postcode"),
        ({"nudge": "saturday"}, "nudge"),
        ({"nudge": "tomorrow"}, "nudge"),
        ({"email": ADDRESS}, "consents.reminders"),
        ({"email": ADDRESS, "consents": {}}, "consents.reminders"),
        ({"email": ADDRESS, "consents": {"reminders": False}}, "consents.reminders"),
        ({"email": ADDRESS, "consents": {"reminders": "true"}}, "consents.reminders"),
        ({"email": ADDRESS, "consents": {"reminders": 1}}, "consents.reminders"),
        ({"email": ADDRESS, "consents": {"reminders": True, "news": True}}, "consents.news"),
        ({"email": "", "consents": {"reminders": True}}, "email"),
        ({"email": "kim@example.org\r\nBcc: sam@example.org", "consents": {"reminders": True}}, "email"),
        ({"email": '"kim pell"@example.org', "consents": {"reminders": True}}, "email"),
        ({"email": "kím@example.org", "consents": {"reminders": True}}, "email"),
        ({"email": "k" * 5000 + "@example.org", "consents": {"reminders": True}}, "email"),
        ({"reference": "CL-2222-2222"}, "reference"),
        ({"state": "confirmed"}, "state"),
    ],
)
def test_each_wrong_field_is_named_with_the_way_out(site: PledgeSite, changes: dict[str, Any], field: str) -> None:
    """422 problem+json with a sentence at that field alone, and nothing stored."""
    answer = site.send({**WALK, **changes})
    assert answer.status_code == 422
    errors = _errors(answer)
    assert set(errors) == {field}
    assert errors[field][0].endswith(".")
    assert how_many() == 0


@pytest.mark.parametrize("field", ["action", "borough", "postcode", "email", "channel", "nudge", "consents"])
@pytest.mark.parametrize("value", [None, 1, True, [], ["hackney"], {"$ne": 1}, {"$gt": ""}, 1.5])
def test_a_wrong_type_is_named(site: PledgeSite, field: str, value: Any) -> None:
    """Null, numbers, lists and operators are none of our answers."""
    answer = site.send({**WALK, field: value})
    assert answer.status_code == 422
    assert all(name.split(".")[0] == field for name in _errors(answer))
    assert how_many() == 0


def test_an_action_that_has_ended_is_not_taken(site: PledgeSite, retire: Callable[[str, str], None]) -> None:
    """From its last day on it is an unknown one, and the others are named; pledges made of it before are still shown."""
    made = site.send(WALK).json
    retire("walk-together", "2026-06-01")
    errors = _errors(site.send(WALK))
    assert "check-in" in errors["action"][0]
    assert "walk-together" not in errors["action"][0]
    assert site.get(f"/api/v1/pledges/{made['id']}").json["action"] == "walk-together"


def test_several_wrong_fields_are_all_named(site: PledgeSite) -> None:
    """Whoever mends it need not send it four times."""
    assert set(_errors(site.send({"action": "x", "borough": "y", "email": "z"}))) == {"action", "borough", "email", "consents.reminders"}


# Seeing one


def test_its_public_state_never_shows_the_reference(site: PledgeSite) -> None:
    """What the contract lists and no more: a reference could take the pledge back."""
    made = site.send({**WALK, "borough": "hackney"}).json
    shown = site.get(f"/api/v1/pledges/{made['id']}")
    assert shown.json == {
        "id": made["id"],
        "action": "walk-together",
        "theme": 1,
        "area": "hackney",
        "week": "2026-W24",
        "status": "anonymous",
        "answer": None,
    }


def test_its_public_state_follows(site: PledgeSite) -> None:
    """Confirmed, answered, taken back: each is seen at once."""
    made = site.send(WITH_EMAIL).json

    def shown() -> tuple[str, str | None]:
        body = site.get(f"/api/v1/pledges/{made['id']}").json
        return body["status"], body["answer"]

    assert shown() == ("unconfirmed", None)
    contacts.confirmed(site.work, stored(made["reference"]).ref, now=site.clock())
    assert shown() == ("confirmed", None)
    pledges.answer(site.work, made["reference"], "partly", now=site.clock())
    assert shown() == ("confirmed", "partly")
    pledges.withdraw(site.work, made["reference"], now=site.clock())
    assert shown()[0] == "withdrawn"


@pytest.mark.parametrize("wanted", [str(uuid.UUID(int=7)), "not-an-id", "CL-2222-2222", "%00", "1"])
def test_an_unknown_id_is_404(site: PledgeSite, wanted: str) -> None:
    """problem+json, whatever stands there; a reference is no id."""
    answer = site.get(f"/api/v1/pledges/{wanted}")
    assert answer.status_code in (400, 404)
    assert answer.content_type == "application/problem+json"


def test_a_reference_finds_nothing_here(site: PledgeSite) -> None:
    """The reference of a pledge that exists is as unknown as any."""
    assert site.get(f"/api/v1/pledges/{site.send(WALK).json['reference']}").status_code == 404
