"""A person erases everything through the front door; then everything there is is searched for them: stores, boxes, topics, logs."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import mongoengine
import pytest
import requests

from services.events.settings import Settings
from services.notify.settings import Settings as NotifySettings
from shared.messaging.broker import Subscription
from shared.messaging.catalogue import TOPICS
from shared.messaging.work import start_work
from shared.runtime.errors import Poison
from shared.runtime.processes import SERVICES
from shared.security.sealing import unlock, unseal
from tests.support.posts import an_event
from tests.support.reviewed import a_new_group, shown
from tests.support.stack import Stack, as_text, links, read_log
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

CANARY = f"erased-{uuid.uuid4().hex[:10]}"
ADDRESS = f"{CANARY}@example.org"
NAME, NEED = f"Zeph {CANARY[-6:]}", f"A stool for {CANARY}"
WITHIN = 60.0


@dataclass
class Person:
    """What one had, and what became of it. `took`: seconds from the press to the page that says that it is done."""

    pledge: dict[str, Any]
    event: str
    path: str
    page: str
    refs: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    took: float = 0.0


def link_to(stack: Stack, address: str, number: int) -> str:
    assert stack.post("/my-data", data={"email": address}).status_code == 303
    found = re.search(r"/my-data/[A-Za-z0-9_-]{22}", stack.mail_to(address, number)["text"])
    assert found
    return found[0]


@pytest.fixture(scope="module")
def erased(stack: Stack) -> Person:
    """A pledge with a nudge, confirmed; a place; seen on the page, with a copy taken; erased."""
    made = stack.pledge_with_nudge(ADDRESS)
    stack.post(links(stack.mail_to(ADDRESS))["confirm"])
    until(lambda: stack.status_of(made["id"])["status"] == "confirmed", "pledge hears of it")
    work = start_work(Settings.load(json.loads(stack.laptop.environment_file("events").read_text())["set"]))
    try:
        group = a_new_group(work, str(uuid.uuid4()))
        post = shown(work, group, an_event(date="2027-03-18", joining="book", capacity=1))
    finally:
        mongoengine.disconnect(alias="events")
    body = {"first_name": NAME, "email": ADDRESS, "access_needs": NEED, "consents": {"evening-before": True}}
    assert stack.post(f"/api/v1/events/{post.id}/sign-ups", json=body).json()["status"] == "placed"
    place = re.search(r"/place/([A-Za-z0-9_-]{22})", stack.mail_to(ADDRESS, 2)["text"])
    assert place
    path = link_to(stack, ADDRESS, 3)
    page = stack.get(path).text
    person = Person(made, post.id, path, page, tokens=[place[1]])
    person.refs = [row["ref"] for row in stack.database("pledge").pledges.find({"_id": made["id"]}, {"ref": 1})]
    person.refs += [row["ref"] for row in stack.database("events").sign_ups.find({"event": post.id}, {"ref": 1})]
    for kind in ("json", "html"):
        assert ADDRESS in stack.get(f"{path}/download.{kind}").text
    assert stack.get(f"{path}/erase").status_code == 200
    began = time.monotonic()
    assert stack.post(f"{path}/erase").status_code == 303
    until(lambda: "is erased" in stack.get(path).text, "every service has answered", WITHIN)
    person.took = time.monotonic() - began
    return person


@pytest.fixture
def notify_settings(stack: Stack) -> NotifySettings:
    return NotifySettings.load(json.loads(stack.laptop.environment_file("notify").read_text())["set"])


def test_seen_then_erased(stack: Stack, erased: Person) -> None:
    """The page showed all of it; a minute later at most it says that it is gone, and so do its links, kindly."""
    for wanted in (ADDRESS, NAME, erased.pledge["reference"], f"/place/{erased.tokens[0]}"):
        assert wanted in erased.page, wanted
    assert erased.took < WITHIN
    assert "We hold no e-mail of yours" in stack.get(erased.path).text
    gone = stack.get(f"/place/{erased.tokens[0]}")
    assert gone.status_code == 404
    assert "asked us to erase" in gone.text


def test_the_pledge_still_counts(stack: Stack, erased: Person) -> None:
    """Its page opens by its reference, without a nudge; how it went can be told; "not yet" promises no mail."""
    assert stack.status_of(erased.pledge["id"])["status"] == "confirmed"
    reference = erased.pledge["reference"]
    assert "No more nudges" in stack.get(f"/pledged/{reference}").text
    told = stack.post(f"/did-it/{reference}", data={"answer": "not-yet"})
    assert told.headers["Location"].endswith("told=not-yet-without-nudge")
    assert stack.post(f"/did-it/{reference}", data={"answer": "yes"}).status_code == 303
    assert stack.status_of(erased.pledge["id"])["answer"] == "yes"


def test_its_place_is_free(stack: Stack, erased: Person) -> None:
    """For the next person."""
    until(lambda: "1 left of 1" in stack.get(f"/event/{slug_of(stack, erased)}").text, "the place is free again", 10)


def slug_of(stack: Stack, erased: Person) -> str:
    return str((stack.database("events").posts.find_one({"_id": erased.event}) or {})["slug"])


@pytest.mark.parametrize("service", SERVICES)
def test_not_in_any_store(stack: Stack, erased: Person, service: str) -> None:
    """No document, archive or dead letter holds address, name or need, nor a hash of a link; what people own holds no ref of theirs."""
    database = stack.database(service)
    for name in database.list_collection_names():
        for document in database[name].find():
            text = as_text(document).lower()
            assert [word for word in (CANARY, ADDRESS, NAME, NEED) if word.lower() in text] == [], f"{service}.{name}"
            if name in ("pledges", "sign_ups", "held", "notes", "invitations", "groups") and service != "notify":
                assert [ref for ref in erased.refs if ref in text] == [], f"{service}.{name}"


def boxes_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from boxes_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from boxes_in(inner)
    elif isinstance(value, str) and len(value) > 80:
        yield value


def test_not_in_any_box(stack: Stack, erased: Person, notify_settings: NotifySettings, events_settings: Settings) -> None:
    """What is sealed or locked is opened with the very keys: nothing in any store holds them inside either."""
    opened = 0
    for service in SERVICES:
        database = stack.database(service)
        for name in database.list_collection_names():
            for box in (box for document in database[name].find() for box in boxes_in(document)):
                for content in _contents(box, notify_settings, events_settings):
                    opened += 1
                    assert CANARY not in json.dumps(content), f"{service}.{name}"
                    assert NAME not in json.dumps(content), f"{service}.{name}"
    assert opened or erased


def _contents(box: str, notify_settings: NotifySettings, events_settings: Settings) -> Iterator[dict[str, Any]]:
    with suppress(Poison):
        yield unseal(notify_settings.notify_secret_key, box)
    with suppress(Poison):
        yield unlock("EVENTS_KEY", events_settings.events_key, box)


def test_not_on_any_topic_nor_in_any_log(stack: Stack, erased: Person, events_settings: Settings) -> None:
    """Not in a record's key, headers or body; no program wrote it down."""
    reader = Subscription(events_settings, f"erased-{uuid.uuid4()}", sorted(TOPICS))
    seen: list[str] = []
    try:
        until(lambda: _read(reader, seen) == 0 and any("erasure.done.v1" in text for text in seen), "all topics are read", 30)
    finally:
        reader.close()
    log = "\n".join(seen)
    assert {service for service in ("pledge", "events") if re.search(rf'erasure.done.v1.*"{service}"|"{service}".*erasure.done.v1', log)}
    for ref in erased.refs:
        assert ref in log, "what was asked and answered is on the bus, by a ref that leads nowhere"
    for text in (log, read_log(stack)):
        assert [word for word in (CANARY, ADDRESS, NAME, NEED, *erased.tokens) if word.lower() in text.lower()] == []


def _read(reader: Subscription, seen: list[str]) -> int:
    found = [record for records in reader.poll().values() for record in records]
    seen.extend(repr((record.key, record.value, record.headers)) for record in found)
    return len(found)


def test_nothing_is_amiss(stack: Stack, erased: Person) -> None:
    """The doctors of the three say so of every ref."""
    for service in SERVICES:
        said = stack.say("command", service, "doctor", "--json")
        named = [one for one in json.loads(said.stdout.splitlines()[-1])["findings"] if one["about"] in erased.refs]
        assert named == []


def test_welcome_back(stack: Stack, erased: Person) -> None:
    """A new pledge with the same address is mailed like anybody's."""
    before = len(stack.mails_to(ADDRESS))
    assert stack.pledge_with_nudge(ADDRESS)["status"] == "unconfirmed"
    assert links(stack.mail_to(ADDRESS, before + 1))["confirm"]
    assert requests.get(stack.url + erased.path, timeout=10).status_code == 200
