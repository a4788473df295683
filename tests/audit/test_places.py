"""Places, examined between the services: what notify heard of each, whose address it holds, what was counted and mailed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.events.operations import sign_ups
from services.events.operations.sign_ups import Wish
from services.events.store import SignUp
from services.events.store.places import by_id
from services.notify.operations import sessions
from shared.messaging import archive
from shared.messaging.findings import AMISS, DOUBLED, LOST
from tests.audit.auditing import Audit, Found, received
from tests.audit.world import Snapshot, World, open_world
from tests.support.engines import Broker, Store
from tests.support.posts import an_event
from tests.support.reviewed import a_new_group, shown
from tests.support.smtp import MailServer

pytestmark = pytest.mark.xdist_group("audit-places")

Guests = dict[str, SignUp]
Stage = tuple[World, Guests, Snapshot]


@pytest.fixture(scope="module")
def stage(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Broker(tmp_path_factory.mktemp("audit-places")) as broker, MailServer() as server, open_world(store, broker, server) as world:
        guests = play_places(world)
        yield world, guests, world.snapshot()


@pytest.fixture
def world(stage: Stage) -> World:
    stage[0].restore(stage[2])
    return stage[0]


@pytest.fixture
def guests(stage: Stage) -> Guests:
    return stage[1]


def play_places(world: World) -> Guests:
    """Two places: taken, taken and given back, queued for and called, queued for, asked for twice; until all of it has arrived."""
    events, now = world.events, world.clock
    group = a_new_group(events, sessions.known_organiser(world.notify, "quill@example.org", now()))
    post = shown(events, group, an_event(joining="book", capacity=2))
    world.settle()
    asked = {}
    for name in ("placed", "left", "called", "waits", "again"):
        address = f"{'placed' if name == 'again' else name}@example.org"
        asked[name], _said = sign_ups.ask(events, post, post.slots[0]["id"], Wish("Quill", address), now=now.move(seconds=1))
    world.settle()
    sign_ups.leave(asked["left"], now=now())
    world.settle()
    return {name: found for name, one in asked.items() if (found := by_id(one.id))}


def auditor(world: World) -> Audit:
    return Audit(world, [], received(world))


def test_a_world_in_order_is_clean(world: World, guests: Guests) -> None:
    """Every station agrees, and each of them counts once."""
    assert {name: found.state for name, found in guests.items()} == {
        "placed": "placed",
        "left": "left",
        "called": "placed",
        "waits": "queued",
        "again": "repeat",
    }
    audit = auditor(world)
    assert audit.found() == set()
    assert audit.verdict().line == "0 lost, 0 doubled"
    assert audit.notes()["places"] == "5 sign-ups, 3 with a place or in a queue"


def told(world: World, guest: SignUp, type_: str) -> dict[str, Any]:
    row = world.events.db[archive.COLLECTION].find_one({"subject": guest.id, "type": f"sign-up.{type_}.v1"})
    assert row, "it was told"
    return row


def lose_copy(world: World, guests: Guests) -> Found:
    world.notify.db["sign_ups"].delete_one({"_id": guests["placed"].id})
    return {(LOST, "place-behind", guests["placed"].id)}


def fall_behind(world: World, guests: Guests) -> Found:
    world.notify.db["sign_ups"].update_one({"_id": guests["left"].id}, {"$set": {"sequence": 0, "state": "placed"}})
    return {(LOST, "place-behind", guests["left"].id)}


def keep_as_another(world: World, guests: Guests) -> Found:
    world.notify.db["sign_ups"].update_one({"_id": guests["waits"].id}, {"$set": {"state": "placed"}})
    return {(AMISS, "place-otherwise", guests["waits"].id)}


def lose_address(world: World, guests: Guests) -> Found:
    world.notify.db["contacts"].delete_one({"_id": guests["called"].ref})
    return {(LOST, "place-address-nowhere", guests["called"].id), (LOST, "not-heard", guests["called"].ref)}


def lose_sign_up(world: World, guests: Guests) -> Found:
    world.events.db["sign_ups"].delete_one({"_id": guests["waits"].id})
    return {(AMISS, "address-without-place", guests["waits"].ref)}


def lose_count(world: World, guests: Guests) -> Found:
    world.pledge.db["counted"].delete_one({"_id": told(world, guests["placed"], "placed")["_id"]})
    return {(LOST, "not-heard", guests["placed"].id)}


def lose_call(world: World, guests: Guests) -> Found:
    """notify has read that a place came free, and planned no mail for it."""
    mail = world.notify.db["notifications"].find_one({"cause": told(world, guests["called"], "promoted")["_id"]})
    assert mail
    world.notify.db["notifications"].delete_one({"_id": mail["_id"]})
    return {(LOST, "not-heard", guests["called"].id), (DOUBLED, "mail-of-nobody", mail["message_id"])}


BREAKS = (lose_copy, fall_behind, keep_as_another, lose_address, lose_sign_up, lose_count, lose_call)


@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: break_.__name__)
def test_the_auditor_finds_and_names_it(world: World, guests: Guests, break_: Callable[[World, Guests], Found]) -> None:
    """Broken once, exactly that is found, with the place or the contact that it is about."""
    expected = break_(world, guests)
    audit = auditor(world)
    assert audit.found() == expected
    assert not audit.verdict().is_clean
