"""The canary: unmistakable personal data goes through the whole journey, then is looked for everywhere it must not be."""

import json
import re
import uuid

import mongoengine
import pytest
import requests

from services.events.settings import Settings
from shared.messaging.broker import Subscription
from shared.messaging.catalogue import TOPICS
from shared.messaging.work import start_work
from shared.runtime.processes import PROCESSES, SERVICES
from tests.support.posts import an_event
from tests.support.reviewed import a_new_group, shown
from tests.support.stack import Stack, as_text, links, read_log
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

CANARY = f"canary-{uuid.uuid4().hex[:10]}"
ADDRESS = f"{CANARY}@example.org"
OTHER = f"{CANARY}-too@example.org"
POSTCODE = "SW1A 1AA"
MEET = f"meeting-{uuid.uuid4().hex[:10]}"  # where people meet who have a place: in events' own posts, and in their mails


@pytest.fixture(scope="module")
def sung(stack: Stack) -> list[str]:
    """The journeys with the canary; gives every string that must not be found again: address, tokens, postcode.

    It pledges; it signs in to post for a group, by another link; and it takes a place, by its name, with an access need.
    """
    made = stack.pledge_with_nudge(ADDRESS, postcode=POSTCODE)
    mail = stack.mail_to(ADDRESS)
    link = links(mail)
    stack.get(f"/pledge/{CANARY}?email={CANARY}")
    stack.get(f"/{CANARY}")
    stack.post("/api/v1/pledges", json={"action": CANARY, "email": f"{CANARY}@@", "first_name": CANARY})
    stack.post(link["confirm"])
    until(lambda: stack.status_of(made["id"])["status"] == "confirmed", "pledge hears of it")
    stack.say("command", "notify", "send-due-nudges")
    nudge = stack.mail_to(ADDRESS, 2)
    stack.post(links(nudge)["did-it"], data={"answer": "partly"})
    until(lambda: stack.status_of(made["id"])["answer"] == "partly", "the answer is stored")
    stack.post("/sign-in", data={"email": ADDRESS, "next": "/groups/new"})
    signed = re.search(r"/sign-in/\S+", stack.mail_to(ADDRESS, 3)["text"])
    assert signed
    assert stack.post(signed[0]).status_code == 303
    tokens = [path.rpartition("/")[2] for path in (*link.values(), links(nudge)["stop"]) if "/did-it/" not in path]
    tokens.append(signed[0].rpartition("/")[2])
    return [CANARY, MEET, POSTCODE, POSTCODE.replace(" ", ""), *tokens, *take_places(stack)]


def take_places(stack: Stack) -> list[str]:
    """The one place there is, by the JSON call; and the first in the queue, by the form, which is then given back. The links' tokens."""
    work = start_work(Settings.load(json.loads(stack.laptop.environment_file("events").read_text())["set"]))
    try:
        hidden = {"place": MEET, "place_shown_to": "placed", "near": "near the station"}
        post = shown(work, a_new_group(work, str(uuid.uuid4())), an_event(date="2027-03-18", joining="book", capacity=1, **hidden))
    finally:
        mongoengine.disconnect(alias="events")
    body = {"first_name": CANARY, "email": ADDRESS, "access_needs": f"A chair for {CANARY}"}
    for wrong in ({"first_name": f"www.{CANARY}.com"}, {"email": f"{CANARY}@@"}, {"access_needs": f"see https://{CANARY}.com"}):
        assert stack.post(f"/api/v1/events/{post.id}/sign-ups", json={**body, **wrong}).status_code == 422
    assert stack.post(f"/api/v1/events/{post.id}/sign-ups", json=body).json()["status"] == "placed"
    form = {"first_name": CANARY, "email": OTHER, "access_needs": f"A ramp for {CANARY}", "bringing": "0", "key": str(uuid.uuid4())}
    answer = stack.post(f"/event/{post.slug}/join", data=form)
    assert answer.status_code == 303, answer.text
    assert hits([CANARY, MEET], stack.get(answer.headers["Location"]).text) == []
    placed, queued = stack.mail_to(ADDRESS, 4), stack.mail_to(OTHER)
    assert hits([CANARY, MEET], placed["text"]) == [CANARY, MEET]
    assert MEET not in queued["text"]
    links_ = [re.search(r"/place/[\w-]{22}", mail["text"]) for mail in (placed, queued)]
    tokens = [found[0].rpartition("/")[2] for found in links_ if found]
    assert len(tokens) == 2
    assert hits([CANARY, MEET], stack.get(f"/place/{tokens[0]}").text) == [CANARY, MEET]
    assert stack.post(f"/place/{tokens[1]}").status_code == 303
    rows = stack.database("events").sign_ups
    until(lambda: rows.count_documents({"event": post.id, "state": "left"}) == 1, "the place in the queue is given back")
    return tokens


def hits(sung: list[str], text: str) -> list[str]:
    return [needle for needle in sung if needle.lower() in text.lower()]


def test_not_in_logs(stack: Stack, sung: list[str]) -> None:
    """No program of the stack, engines included, writes it."""
    assert hits(sung, read_log(stack)) == []


def test_not_in_metrics(stack: Stack, sung: list[str]) -> None:
    """No metric's name or label holds it."""
    for process in PROCESSES:
        page = requests.get(f"http://127.0.0.1:{stack.laptop.ports[process.name]}/metrics", timeout=10)
        assert page.status_code == 200
        assert hits(sung, page.text) == [], process.name


@pytest.mark.parametrize("service", SERVICES)
def test_not_in_any_store(stack: Stack, sung: list[str], service: str) -> None:
    """No document of any service holds it in clear: not notify's contacts, no archive, no dead letter, no outbox."""
    database, known = stack.database(service), {MEET} if service == "events" else set()
    for name in database.list_collection_names():
        for document in database[name].find():
            assert set(hits(sung, as_text(document))) - (known if name == "posts" else set()) == set(), f"{service}.{name}"


def test_not_in_the_stores_own_files(stack: Stack, sung: list[str]) -> None:
    """Nor in what the engines keep beside the documents: oplogs, journals, pages that were freed."""
    needles = [needle.encode() for needle in sung if needle != MEET]
    files = [file for file in (stack.laptop.data / "stores").rglob("*") if file.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        assert [needle for needle in needles if needle in content] == [], file.name


def test_not_on_any_topic(events_settings: Settings, sung: list[str]) -> None:
    """No record on Kafka holds it: not in its key, headers or body."""
    reader = Subscription(events_settings, f"canary-{uuid.uuid4()}", sorted(TOPICS))
    seen: list[str] = []
    try:
        until(lambda: read(reader, seen) == 0 and any("pledge.kept.v1" in text for text in seen), "all topics are read", 30)
    finally:
        reader.close()
    for type_ in ("contact.offered.v1", "sign-up.placed.v1", "sign-up.left.v1"):
        assert any(type_ in text for text in seen), f"{type_} was on the bus"
    assert hits(sung, "\n".join(seen)) == []


def read(reader: Subscription, seen: list[str]) -> int:
    """Read what is there; how many records that was."""
    found = [record for records in reader.poll().values() for record in records]
    seen.extend(repr((record.key, record.value, record.headers)) for record in found)
    return len(found)
