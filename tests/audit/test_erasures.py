"""Erasing, across the three services on real engines: done everywhere with an answer, surviving replays and what is dropped in after it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.events.operations import sign_ups
from services.events.operations.sign_ups import Wish
from services.notify.operations import boxes, erasing, sessions
from services.pledge import rules
from services.pledge.operations import pledges
from services.pledge.store import by_id
from shared.messaging import handover
from shared.messaging.broker import Producer
from shared.messaging.envelope import to_record
from shared.messaging.outbox import as_envelope
from shared.messaging.republish import republish
from tests.audit.auditing import Audit, Found, received
from tests.audit.world import Snapshot, World, open_world
from tests.support.builders import a_nudge
from tests.support.engines import Broker, Store
from tests.support.posts import an_event
from tests.support.reviewed import a_new_group, shown
from tests.support.smtp import MailServer
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("audit-erasures")

ADDRESS, NAME, NEED = "zephyrine.canary@example.org", "Zephyrine", "A stool for Zephyrine"
Person = dict[str, Any]
Stage = tuple[World, Person, Snapshot]


@pytest.fixture(scope="module")
def stage(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Broker(tmp_path_factory.mktemp("audit-erasures")) as broker, MailServer() as server, open_world(store, broker, server) as world:
        person = play(world)
        yield world, person, world.snapshot()


@pytest.fixture
def world(stage: Stage) -> World:
    stage[0].restore(stage[2])
    return stage[0]


@pytest.fixture
def person(stage: Stage) -> Person:
    return stage[1]


def play(world: World) -> Person:
    """A pledge that is confirmed, one that is not, a place, with somebody waiting behind it; and an offer kept aside, to drop in later."""
    now = world.clock
    group = a_new_group(world.events, sessions.known_organiser(world.notify, "quill@example.org", now()))
    post = shown(world.events, group, an_event(joining="book", capacity=1))
    confirmed, open_ = world.make(), world.make()
    refs = [world.ask(confirmed, ADDRESS), world.ask(open_, ADDRESS)]
    offer = as_envelope((by_id(open_.id) or open_).offer["message"], "pledge", 1)
    world.settle()
    world.confirm(refs[0])
    slot = post.slots[0]["id"]
    place, _said = sign_ups.ask(world.events, post, slot, Wish(NAME, ADDRESS, access_needs=NEED), now=now.move(seconds=1))
    waits, _said = sign_ups.ask(world.events, post, slot, Wish("Kit", "kit.lane@example.org"), now=now.move(seconds=1))
    world.settle()
    return {"confirmed": confirmed, "open": open_, "place": place, "waits": waits, "refs": [*refs, place.ref], "offer": offer}


def hashed(world: World) -> str:
    return boxes.hash_of(world.notify, ADDRESS)


def erase(world: World) -> None:
    erasing.erase(world.notify, hashed(world), world.clock.move(seconds=1))
    world.settle()


def found(world: World) -> Found:
    """Beside what the log, which no test puts back, still says of the tests before."""
    return Audit(world, [], received(world)).found()


def counters(world: World) -> dict[str, int]:
    found_: dict[str, int] = (world.pledge.db["totals"].find_one({"_id": "all:"}) or {})["counters"]
    return found_


def names(world: World) -> set[str]:
    return {name for _, name, _ in found(world)}


def documents(world: World, *but: str) -> str:
    """Every document of every store, archives and dead letters too."""
    return repr([list(db[name].find()) for db in world.stores.values() for name in db.list_collection_names() if name not in but])


def test_done_everywhere(world: World, person: Person) -> None:
    """Each service has answered for each ref; the pledges count, the place is the next one's, and nothing leads to anybody."""
    before, counted = found(world), counters(world)
    erase(world)
    assert erasing.stands(hashed(world)) == erasing.DONE
    assert found(world) <= before
    assert counters(world) == counted
    states = [(by_id(person[name].id) or person[name]).state for name in ("confirmed", "open")]
    assert states == [rules.CONFIRMED, rules.ANONYMOUS]
    entries = {one["id"]: one["state"] for one in (world.events.db["rosters"].find_one({}) or {})["entries"]}
    assert (entries[person["place"].id], entries[person["waits"].id]) == ("left", "placed")
    for ref in person["refs"]:
        kept = {(name, db.name) for db in world.stores.values() for name in ("pledges", "sign_ups") if db[name].find_one({"ref": ref})}
        assert kept == set()
    assert not any(secret in documents(world) for secret in (ADDRESS, NAME, NEED))


def test_it_survives_republish(world: World, person: Person) -> None:
    """Every archive and every open offer once more: nothing comes back, nobody is mailed."""
    before = found(world)
    erase(world)
    mailed = len(world.server.taken)
    for work, rows in ((world.pledge, "pledges"), (world.notify, "contacts"), (world.events, "sign_ups")):
        republish(work.db, [work.db[rows]], lambda work=work: Producer(work.settings), world.clock)  # type: ignore[misc]
    world.settle()
    assert len(world.server.taken) == mailed
    assert found(world) <= before
    assert erasing.stands(hashed(world)) == erasing.DONE
    assert person["refs"]


def test_an_old_offer_dropped_in(world: World, person: Person) -> None:
    """As it lay on the log before: refused, asked about again, answered again; the same where its pledge was put back with it."""
    erase(world)
    mailed = len(world.server.taken)
    back = {"ref": person["offer"].subject, "state": rules.UNCONFIRMED, "nudge_at": world.clock(), "withdraw_hash": "0" * 64}
    entry = {"id": person["offer"].id, "type": "contact.offered.v1", "subject": person["offer"].subject, "time": person["offer"].time}
    entry |= {"data": dict(person["offer"].data), "correlation": None}
    world.pledge.db["pledges"].update_one({"_id": person["open"].id}, {"$set": {**back, "offer": handover.kept(entry, world.clock())}})
    producer = Producer(world.pledge.settings)
    ticket = producer.send(to_record(person["offer"]))
    until(lambda: ticket.done, "it is on the log")
    producer.close()
    world.settle()
    assert len(world.server.taken) == mailed
    left = world.pledge.db["pledges"].find_one({"_id": person["open"].id}) or {}
    assert not {"ref", "offer", "withdraw_hash", "nudge_at"} & set(left)
    assert not world.notify.db["contacts"].count_documents({"address_hash": hashed(world)})


def test_a_store_put_back(world: World, person: Person) -> None:
    """pledge's and events' stores from before the erasure: the auditor names what they hold, `erasures ask` has it erased again."""
    before = world.snapshot()
    erase(world)
    for (service, name), rows in before.items():
        if service != "notify" and name in ("pledges", "sign_ups", "rosters", "erasures"):
            world.stores[service][name].delete_many({})
            if rows:
                world.stores[service][name].insert_many(rows)
    assert "erased-yet-held" in names(world)
    assert erasing.ask_again(world.notify, world.clock()) == len(person["refs"])
    world.settle()
    assert not any(
        db[name].find_one({"ref": ref}) for ref in person["refs"] for db in world.stores.values() for name in ("pledges", "sign_ups")
    )


def test_a_new_beginning(world: World, person: Person) -> None:
    """The same address, on the pledge that lapsed: mailed, confirmed, as if never here before."""
    before = found(world)
    erase(world)
    mailed = len(world.server.taken)
    asked = pledges.ask_for_nudge(world.pledge, person["open"].reference, a_nudge(address=ADDRESS), now=world.clock.move(seconds=1))
    world.settle()
    assert [mail.to for mail in world.server.taken[mailed:]] == [ADDRESS]
    world.confirm(asked.ref)
    world.settle()
    assert (by_id(asked.id) or asked).state == rules.CONFIRMED
    assert found(world) <= before


BREAKS: dict[str, tuple[Callable[[World, Person], Any], str]] = {
    "heard and not noted": (lambda world, person: world.pledge.db["erasures"].delete_one({"_id": person["refs"][0]}), "not-heard"),
    "a pledge still holds it": (
        lambda world, person: world.pledge.db["pledges"].update_one({"_id": person["confirmed"].id}, {"$set": {"ref": person["refs"][0]}}),
        "erased-yet-held",
    ),
    "a sign-up still holds it": (
        lambda world, person: world.events.db["sign_ups"].update_one({"_id": person["place"].id}, {"$set": {"ref": person["refs"][2]}}),
        "erased-yet-held",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_auditor_finds_and_names_it(world: World, person: Person, name: str) -> None:
    """Each break by its name."""
    erase(world)
    break_, finding = BREAKS[name]
    break_(world, person)
    assert finding in names(world)
