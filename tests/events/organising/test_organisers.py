"""A second organiser: asked by address, which events never reads again; theirs from their yes on, and gone with their no."""

from typing import Any

import pytest

from services.events.clock import DUE
from services.events.consumers import HANDLERS
from services.events.rules.groups import MOST_ORGANISERS
from services.events.store import Group
from services.events.store.groups import by_id, groups, invitations
from shared.security.sealing import unseal
from tests.pages.reading import words
from tests.support.builders import an_envelope, outcome
from tests.support.events_site import EventsSite
from tests.support.organisers import Organiser
from tests.support.posts import a_group
from tests.support.settings import NOTIFY_KEYS

ADDRESS = "kim.pell@example.org"


@pytest.fixture
def priya(site: EventsSite) -> Organiser:
    return Organiser(site)


@pytest.fixture
def group(priya: Organiser) -> Group:
    return a_group(priya.site.work, organisers=list(priya.refs))


def asked(priya: Organiser, group: Group, address: str = ADDRESS) -> dict[str, Any]:
    """The message that went out."""
    answer = priya.post(f"/groups/{group.slug}/organisers", {"email": address})
    assert answer.status_code == 303, words(answer.text)
    row = list(invitations().find({}).sort("made_at"))[-1]
    entry: dict[str, Any] = row["outbox"][0]
    return entry


def hear(priya: Organiser, type_: str, data: dict[str, Any]) -> None:
    HANDLERS[type_](priya.site.work, [an_envelope(type_, data, source="notify", subject=data["ref"])])


def organisers_of(group: Group) -> list[str]:
    found = by_id(group.id)
    assert found is not None
    return list(found.organisers)


def test_the_address_is_sealed(priya: Organiser, group: Group) -> None:
    """It is nowhere in the store in clear; notify alone opens it, and finds the name that a person has approved."""
    entry = asked(priya, group)
    assert ADDRESS not in str(list(invitations().find({})))
    assert (entry["type"], entry["data"]["kind"]) == ("contact.offered.v1", "organiser")
    assert unseal(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], entry["data"]["sealed"]) == {"address": ADDRESS, "group": "Lea Side Walkers"}
    assert "One has been asked and has not said yes yet" in words(priya.get(f"/groups/{group.slug}/organisers").text)


def test_from_their_yes_on_it_is_theirs(priya: Organiser, group: Group) -> None:
    """Received, the sealed copy goes; confirmed, once or twice, the ref may post for the group and the invitation is gone."""
    entry = asked(priya, group)
    ref = entry["data"]["ref"]
    kim = Organiser(priya.site, "Kim", refs=(ref,))
    assert kim.get(f"/groups/{group.slug}").status_code == 404
    hear(priya, "contact.received.v1", {"ref": ref, "message_id": entry["id"]})
    assert "offer" not in (invitations().find_one({}) or {"offer": 1})
    for _ in range(2):
        hear(priya, "contact.confirmed.v1", outcome(ref))
    assert organisers_of(group) == [*priya.refs, ref]
    assert invitations().count_documents({}) == 0
    assert kim.get(f"/groups/{group.slug}").status_code == 200


@pytest.mark.parametrize("type_", ["contact.expired.v1", "contact.suppressed.v1"])
def test_a_no_leaves_nothing(priya: Organiser, group: Group, type_: str) -> None:
    """Before their yes the invitation goes; after it the ref is no organiser's any more; the first one stays."""
    early, late = asked(priya, group)["data"]["ref"], asked(priya, group, "lou.marsh@example.org")["data"]["ref"]
    hear(priya, "contact.confirmed.v1", outcome(late))
    for ref in (early, late):
        hear(priya, type_, outcome(ref, "not-me"))
    assert invitations().count_documents({}) == 0
    assert organisers_of(group) == list(priya.refs)


def test_somebody_elses_contact(priya: Organiser, group: Group) -> None:
    """The outcomes of pledges' addresses, on the same topic, change nothing here."""
    for type_ in ("contact.confirmed.v1", "contact.expired.v1", "contact.suppressed.v1"):
        hear(priya, type_, outcome("3b1f8a7e-1f7e-4e0e-9b57-0a3a3f1b6d11"))
    assert organisers_of(group) == list(priya.refs)


def test_there_are_enough(priya: Organiser, group: Group) -> None:
    """Eight at most, those who have been asked among them."""
    for number in range(MOST_ORGANISERS - 1):
        asked(priya, group, f"person.{number}@example.org")
    answer = priya.post(f"/groups/{group.slug}/organisers", {"email": ADDRESS})
    assert answer.status_code == 422
    assert invitations().count_documents({}) == MOST_ORGANISERS - 1


def test_offered_again_each_day(priya: Organiser, group: Group) -> None:
    """Until notify has it: the same message, so that nothing is mailed twice."""
    entry = asked(priya, group)
    invitations().update_many({}, {"$unset": {"outbox": 1, "pending_since": 1}})
    priya.site.clock.move(days=1, seconds=1)
    for due in DUE:
        due.step(priya.site.work, priya.site.clock())
    row = invitations().find_one({}) or {}
    assert [one["id"] for one in row["outbox"]] == [entry["id"]]


def test_forms_keys_are_forgotten(priya: Organiser) -> None:
    """A day after a group and a draft were made nothing tells their forms from others."""
    made = priya.group()
    priya.draft(made)
    priya.site.clock.move(days=1, seconds=1)
    for due in DUE:
        due.step(priya.site.work, priya.site.clock())
    row = groups().find_one({}) or {}
    assert not {"key", "key_digest", "key_until"} & set(row)
