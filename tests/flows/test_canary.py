"""The canary: unmistakable personal data goes through the whole journey, then is looked for everywhere it must not be."""

import re
import uuid

import pytest
import requests

from services.events.settings import Settings
from shared.messaging.broker import Subscription
from shared.messaging.catalogue import TOPICS
from shared.runtime.processes import PROCESSES, SERVICES
from tests.support.stack import Stack, as_text, links, read_log
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

CANARY = f"canary-{uuid.uuid4().hex[:10]}"
ADDRESS = f"{CANARY}@example.org"
POSTCODE = "SW1A 1AA"


@pytest.fixture(scope="module")
def sung(stack: Stack) -> list[str]:
    """The journeys with the canary; gives every string that must not be found again: address, tokens, postcode.

    It pledges; and it signs in to post for a group, by another link.
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
    return [CANARY, POSTCODE, POSTCODE.replace(" ", ""), *tokens]


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
    database = stack.database(service)
    for name in database.list_collection_names():
        for document in database[name].find():
            assert hits(sung, as_text(document)) == [], f"{service}.{name}"


def test_not_in_the_stores_own_files(stack: Stack, sung: list[str]) -> None:
    """Nor in what the engines keep beside the documents: oplogs, journals, pages that were freed."""
    needles = [needle.encode() for needle in sung]
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
    assert any("contact.offered.v1" in text for text in seen), "the offer was on the bus"
    assert hits(sung, "\n".join(seen)) == []


def read(reader: Subscription, seen: list[str]) -> int:
    """Read what is there; how many records that was."""
    found = [record for records in reader.poll().values() for record in records]
    seen.extend(repr((record.key, record.value, record.headers)) for record in found)
    return len(found)
