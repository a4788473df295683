"""The campaign's figures, what is struck out and its pause, examined in pledge and between the services."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.pledge.operations import figures, pausing, striking
from services.pledge.operations.examine import examine
from services.pledge.operations.striking import Chosen
from services.pledge.store import by_id
from services.pledge.store.campaign import figure_by_id
from shared.messaging import archive, pauses
from shared.messaging.findings import AMISS, DOUBLED, LOST, NOTE
from tests.audit.auditing import Audit, received
from tests.audit.world import Snapshot, World, open_world
from tests.support.builders import an_id
from tests.support.campaigning import a_reach, a_tally, member
from tests.support.engines import Broker, Store
from tests.support.smtp import MailServer

pytestmark = pytest.mark.xdist_group("audit-campaign")

Found = set[tuple[str, str, str]]


@dataclass(frozen=True)
class Ids:
    """Of figures (a reach, a tally, one that was voided, one that was corrected and what took its place) and a pledge struck out."""

    reach: str
    tally: str
    voided: str
    corrected: str
    correction: str
    struck: str


Stage = tuple[World, Ids, Snapshot]


@pytest.fixture(scope="module")
def stage(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Broker(tmp_path_factory.mktemp("audit-campaign")) as broker, MailServer() as server, open_world(store, broker, server) as world:
        ids = play_campaign(world)
        yield world, ids, world.snapshot()


@pytest.fixture
def world(stage: Stage) -> World:
    stage[0].restore(stage[2])
    return stage[0]


@pytest.fixture
def ids(stage: Stage) -> Ids:
    return stage[1]


def play_campaign(world: World) -> Ids:
    """Everything that the campaign team does, until all of it has arrived."""
    work, by = world.pledge, member()
    typed = {name: figures.record(one, key=an_id(), by=by, now=world.clock()).id for name, one in FIGURES.items()}
    struck = [world.make(area="brent") for _ in range(2)]
    world.ask(struck[0])
    world.make(area="camden")
    world.settle()
    figures.void(typed["voided"], "counted-twice", "", by=by, now=world.clock())
    new = figures.correct(typed["corrected"], a_reach(number=70), key=an_id(), by=by, now=world.clock())
    chosen = Chosen({"week": struck[0].week, "channel": "direct", "area": "brent"})
    striking.strike_out(chosen, "test", "", key=an_id(), by=by, now=world.clock())
    pausing.pause(work, "incident", None, "Asked to.", by=by, now=world.clock())
    world.settle()
    for service in ("events", "notify"):
        assert pauses.heard_pause(world.stores[service], pauses.CAMPAIGN, world.clock()), f"{service} has heard of it"
    pausing.resume("It is over.", by=by, now=world.clock())
    world.settle()
    return Ids(**typed, correction=new.id, struck=struck[0].id)


FIGURES = {
    "reach": a_reach(),
    "tally": a_tally("paper", number=9, action="check-in"),
    "voided": a_tally("people"),
    "corrected": a_reach(number=700_000),
}


def found(world: World) -> Found:
    """By pledge's doctor; of a total, its cell."""
    findings = [one for one in examine(world.pledge, world.clock()) if one.effect != NOTE]
    return {(one.effect, one.name, one.message if one.about == "totals" else one.about) for one in findings}


def test_a_world_in_order(world: World, ids: Ids) -> None:
    """Every station agrees, between the services as well, and what was struck out is in no number."""
    assert found(world) == set()
    audit = Audit(world, [], received(world))
    assert audit.found() == set()
    assert audit.verdict().line == "0 lost, 0 doubled"
    struck = by_id(ids.struck)
    assert struck
    assert struck.state == "voided"
    total = world.pledge.db["totals"].find_one({"_id": "all:"})
    assert total
    assert {name: value for name, value in total["counters"].items() if value} == {"pledge": 10, "interaction": 10, "reach": 12_070}


Break = Callable[[World, Ids], Found]


def lose_figure(world: World, ids: Ids) -> Found:
    world.pledge.db["figures"].delete_one({"_id": ids.tally})
    return {(LOST, "document-gone", ids.tally)}


def change_figure(world: World, ids: Ids) -> Found:
    world.pledge.db["figures"].update_one({"_id": ids.reach}, {"$set": {"number": 13_000}})
    differ = {(LOST, "documents-differ", f"{cell}:reach") for cell in ("all:", "channel:social-media", "week:2026-W24")}
    return {(AMISS, "told-otherwise", ids.reach), *differ}


def lose_void(world: World, ids: Ids) -> Found:
    world.pledge.db["figures"].update_one({"_id": ids.voided}, {"$unset": {"void": 1}})
    return {(DOUBLED, "told-otherwise", ids.voided)}


def lose_message(world: World, ids: Ids) -> Found:
    row = world.pledge.db[archive.COLLECTION].find_one({"subject": ids.voided, "type": "entry.voided.v1"})
    assert row
    world.pledge.db[archive.COLLECTION].delete_one({"_id": row["_id"]})
    return {(LOST, "archive-row-missing", ids.voided), (DOUBLED, "counted-for-nobody", row["_id"])}


def lose_correction(world: World, ids: Ids) -> Found:
    world.pledge.db["figures"].update_one({"_id": ids.correction}, {"$unset": {"corrects": 1}})
    return {(LOST, "correction-gone", ids.corrected)}


def stop_correction(world: World, ids: Ids) -> Found:
    old = figure_by_id(ids.corrected)
    assert old
    world.pledge.db["figures"].update_one({"_id": ids.corrected}, {"$set": {"next_since": old.at}})
    world.clock.move(minutes=5)
    return {(AMISS, "correction-late", ids.corrected)}


def unvoid_pledge(world: World, ids: Ids) -> Found:
    world.pledge.db["pledges"].update_one({"_id": ids.struck}, {"$set": {"state": "withdrawn"}})
    return {(DOUBLED, "told-otherwise", ids.struck)}


def lose_counted_void(world: World, ids: Ids) -> Found:
    row = world.pledge.db["counted"].find_one({"deltas.participant": {"$lt": 0}})
    assert row
    world.pledge.db["counted"].delete_one({"_id": row["_id"]})
    about = ("all::participant", "area:hackney:participant", "channel:booths:participant", "week:2026-W24:participant")
    return {("*", "not-counted", ids.voided), *((LOST, "total-differs", one) for one in about)}


@pytest.mark.parametrize(
    "break_",
    [lose_figure, change_figure, lose_void, lose_message, lose_correction, stop_correction, lose_counted_void],
    ids=lambda break_: break_.__name__,
)
def test_each_difference_is_found_and_named(world: World, ids: Ids, break_: Break) -> None:
    """Broken once, that is found, with the figure, message or cell that it is about; and nothing else."""
    expected = break_(world, ids)
    assert {("*" if ("*", name, about) in expected else effect, name, about) for effect, name, about in found(world)} == expected


def test_a_pledge_that_was_struck_out_and_is_back(world: World, ids: Ids) -> None:
    """It told that it was voided, so something is wrong with it."""
    unvoid_pledge(world, ids)
    assert (ids.struck, "told-otherwise") in {(about, name) for _, name, about in found(world)}


@pytest.mark.parametrize("service", ["events", "notify"])
def test_a_service_that_has_not_heard_of_the_pause(world: World, service: str) -> None:
    """Its copy is behind what it has read."""
    db: Any = world.stores[service]
    db[pauses.COLLECTION].update_one({"_id": pauses.CAMPAIGN}, {"$set": {"sequence": 0}})
    found_ = {(one.effect, one.name, one.about) for one in Audit(world, [], received(world)).findings() if one.effect != NOTE}
    assert found_ == {(LOST, "not-heard", pauses.CAMPAIGN)}
