"""pledge's doctor finds every way in which its stations can differ, and names the pledge; it is healthy where they agree."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.pledge.operations import counting
from services.pledge.operations.examine import examine
from services.pledge.store import pledges as rows
from shared.messaging import archive, dead_letters
from shared.messaging.findings import AMISS, DOUBLED, LOST, NOTE
from tests.audit.world import Cast, World
from tests.support.builders import a_record, an_id
from tests.support.relays import relay_everything

pytestmark = pytest.mark.xdist_group("audit")

Found = set[tuple[str, str, str]]
Break = Callable[[World, Cast], Found]


def found(world: World) -> Found:
    """Effect, name and what it is about; of a total, its cell."""
    findings = [one for one in examine(world.pledge, world.clock()) if one.effect != NOTE]
    return {(one.effect, one.name, one.message if one.about == "totals" else one.about) for one in findings}


def row_of(world: World, subject: str, type_: str = "pledge.made.v1") -> dict[str, Any]:
    row = world.pledge.db[archive.COLLECTION].find_one({"subject": subject, "type": type_})
    assert row, "it was published"
    return row


def test_a_world_in_order_has_no_findings(world: World) -> None:
    """Made, posted, answered twice, withdrawn, offered, confirmed, nudged, lapsed, stopped: all of it agrees."""
    assert found(world) == set()


# What is on its way


def test_what_is_on_its_way_is_not_a_finding(world: World) -> None:
    """Stored and not published, or counted and not folded, is no difference. Published and not counted yet is told, and not as lost."""
    made = world.make(poster="OLD-ST-3")
    assert found(world) == set()
    relay_everything(world.pledge, [rows()])
    assert found(world) <= {(AMISS, "not-counted", made.id), (AMISS, "not-counted", posters_message(world))}
    counting.count(world.pledge, [one for one in archive.in_log_order(world.pledge.db) if one.id not in counted(world)])
    assert found(world) == set()
    world.pledge.db["counted"].update_many({"arrived": {"$exists": True}}, {"$set": {"batch": "b"}, "$unset": {"arrived": 1}})
    assert found(world) == set()


def counted(world: World) -> set[str]:
    return {row["_id"] for row in world.pledge.db["counted"].find({}, {"_id": 1})}


def posters_message(world: World) -> str:
    rows = world.pledge.db[archive.COLLECTION].find({"type": "poster.used.v1"})
    return next(str(row["_id"]) for row in rows if row["_id"] not in counted(world))


def test_a_message_archived_and_not_cleared_is_one(world: World, cast: Cast) -> None:
    """A relay that ended between archiving and clearing leaves it in both places: that is no repetition."""
    row = row_of(world, cast.plain.id)
    entry = {"id": row["_id"], **{name: row[name] for name in ("type", "subject", "time", "data")}}
    world.pledge.db["pledges"].update_one(
        {"_id": cast.plain.id}, {"$set": {"outbox": [entry], "outbox_base": 0, "pending_since": world.clock()}}
    )
    assert found(world) == set()


def test_a_message_that_was_set_aside_is_the_dead_letters_to_tell(world: World, cast: Cast) -> None:
    """While its letter is open it is not lost; closed and still uncounted, it is."""
    row = first_of_its_partition(world)
    world.pledge.db["counted"].delete_one({"_id": row["_id"]})
    letter = replace(a_record(id=row["_id"]), partition=row["partition"], offset=row["offset"])
    dead_letters.set_aside(world.pledge.db, letter, dead_letters.POISON, "KeyError", world.clock())
    assert LOST not in {effect for effect, name, _ in found(world) if name == "not-counted"}
    dead_letters.close_letter(world.pledge.db, dead_letters.letter_id(letter), dead_letters.DISCARDED, world.clock())
    assert (LOST, "not-counted", row["subject"]) in found(world)


# Breaking each station once


def lose_document(world: World, cast: Cast) -> Found:
    world.pledge.db["pledges"].delete_one({"_id": cast.answered.id})
    return {(LOST, "document-gone", cast.answered.id)}


def lose_archive_row(world: World, cast: Cast) -> Found:
    """The row that is still counted has no message any more, either."""
    row = row_of(world, cast.plain.id)
    world.pledge.db[archive.COLLECTION].delete_one({"_id": row["_id"]})
    return {(LOST, "archive-row-missing", cast.plain.id), (DOUBLED, "counted-for-nobody", row["_id"])}


def lose_withdrawal(world: World, cast: Cast) -> Found:
    """In the place of a message that might have been a poster's tally."""
    row = row_of(world, cast.withdrawn.id, "pledge.withdrawn.v1")
    world.pledge.db[archive.COLLECTION].delete_one({"_id": row["_id"]})
    return {(LOST, "told-otherwise", cast.withdrawn.id), (DOUBLED, "counted-for-nobody", row["_id"])}


def lose_confirmation(world: World, cast: Cast) -> Found:
    """Among places that offers may have taken."""
    row = row_of(world, cast.nudged.id, "pledge.confirmed.v1")
    world.pledge.db[archive.COLLECTION].delete_one({"_id": row["_id"]})
    return {(LOST, "told-otherwise", cast.nudged.id), (DOUBLED, "counted-for-nobody", row["_id"])}


def lose_postponement(world: World, cast: Cast) -> Found:
    """It changes no counter; only its kind tells that it is missing."""
    world.pledge.db[archive.COLLECTION].delete_one({"subject": cast.confirmed.id, "type": "pledge.postponed.v1"})
    return {(LOST, "told-otherwise", cast.confirmed.id)}


def lose_lapse(world: World, cast: Cast) -> Found:
    """Nothing else would say that this pledge ever had an address."""
    world.pledge.db[archive.COLLECTION].delete_one({"subject": cast.lapsed.id, "type": "pledge.lapsed.v1"})
    return {(LOST, "archive-row-missing", cast.lapsed.id)}


def repeat_sequence(world: World, cast: Cast) -> Found:
    row = row_of(world, cast.answered.id, "pledge.kept.v1")
    world.pledge.db[archive.COLLECTION].insert_one({**row, "_id": (other := an_id())})
    world.pledge.db["counted"].insert_one({"_id": other, **counting.row_of(row["data"])})
    wrong = {(DOUBLED, "sequence-repeated", cast.answered.id), (DOUBLED, "told-otherwise", cast.answered.id)}
    return wrong | short_of(world, counting.row_of(row["data"]))


def tell_beyond(world: World, cast: Cast) -> Found:
    """A document that was put back to what it was before its last message."""
    world.pledge.db["pledges"].update_one({"_id": cast.plain.id}, {"$set": {"outbox_base": 0}})
    return {(DOUBLED, "told-beyond", cast.plain.id), (LOST, "told-otherwise", cast.plain.id)}


def lose_counted_row(world: World, cast: Cast) -> Found:
    """Its totals are too high, then, for what is counted; the message is lost, for later ones of its partition are counted."""
    row = first_of_its_partition(world)
    world.pledge.db["counted"].delete_one({"_id": row["_id"]})
    return {(LOST, "not-counted", row["subject"])} | over_by(world, counting.row_of(row["data"]))


def first_of_its_partition(world: World) -> dict[str, Any]:
    rows = list(world.pledge.db[archive.COLLECTION].find({"type": "pledge.made.v1"}).sort([("partition", 1), ("offset", 1)]))
    return next(row for row, later in pairwise(rows) if row["partition"] == later["partition"])


def double_counted_row(world: World, cast: Cast) -> Found:
    row = world.pledge.db["counted"].find_one({"_id": row_of(world, cast.plain.id)["_id"]})
    assert row
    world.pledge.db["counted"].insert_one({**row, "_id": (other := an_id())})
    return {(DOUBLED, "counted-for-nobody", other)} | short_of(world, row)


def count_otherwise(world: World, cast: Cast) -> Found:
    """Twice the deltas in one row."""
    row = row_of(world, cast.plain.id)
    world.pledge.db["counted"].update_one({"_id": row["_id"]}, {"$inc": {"deltas.pledge": 1}})
    one_more = {**counting.row_of(row["data"]), "deltas": {"pledge": 1}}
    return {(DOUBLED, "counted-otherwise", cast.plain.id)} | short_of(world, one_more)


def lower_total(world: World, cast: Cast) -> Found:
    world.pledge.db["totals"].update_one({"_id": "all:"}, {"$inc": {"counters.pledge": -1}})
    return {(LOST, "total-differs", "all::pledge")}


def raise_total(world: World, cast: Cast) -> Found:
    world.pledge.db["totals"].update_one({"_id": "area:hackney"}, {"$inc": {"counters.kept": 2}})
    return {(DOUBLED, "total-differs", "area:hackney:kept")}


def lose_total(world: World, cast: Cast) -> Found:
    """A whole cell, of a poster: no document tells of it."""
    world.pledge.db["totals"].delete_one({"kind": "poster"})
    return {(LOST, "total-differs", "poster:OLD-ST-3:poster")}


def change_document(world: World, cast: Cast) -> Found:
    world.pledge.db["pledges"].update_one({"_id": cast.answered.id}, {"$set": {"area": "bexley"}})
    return {(LOST, "told-otherwise", cast.answered.id)}


def change_answer(world: World, cast: Cast) -> Found:
    world.pledge.db["pledges"].update_one({"_id": cast.plain.id}, {"$set": {"answer": "yes"}})
    return {(LOST, "told-otherwise", cast.plain.id)}


def keep_ref(world: World, cast: Cast) -> Found:
    world.pledge.db["pledges"].update_one({"_id": cast.plain.id}, {"$set": {"ref": an_id()}})
    return {(AMISS, "tie-kept", cast.plain.id)}


def lose_ref(world: World, cast: Cast) -> Found:
    world.pledge.db["pledges"].update_one({"_id": cast.waiting.id}, {"$unset": {"ref": 1}})
    return {(LOST, "tie-missing", cast.waiting.id)}


def keep_offer(world: World, cast: Cast) -> Found:
    offer = {"message": {"subject": cast.confirmed.ref, "id": an_id(), "time": world.clock()}, "due": world.clock()}
    world.pledge.db["pledges"].update_one({"_id": cast.confirmed.id}, {"$set": {"offer": offer}})
    return {(AMISS, "offer-kept", cast.confirmed.id)}


def short_of(world: World, row: dict[str, Any]) -> Found:
    """The totals lack what this row adds."""
    return {
        (LOST if value > 0 else DOUBLED, "total-differs", ":".join((*cell, name)))
        for cell, deltas in counting.sum_up([row]).items()
        for name, value in deltas.items()
    }


def over_by(world: World, row: dict[str, Any]) -> Found:
    """The totals hold what this row would have added."""
    return {(DOUBLED if effect == LOST else LOST, name, about) for effect, name, about in short_of(world, row)}


BREAKS: list[Break] = [
    lose_document,
    lose_archive_row,
    lose_withdrawal,
    lose_confirmation,
    lose_postponement,
    lose_lapse,
    repeat_sequence,
    tell_beyond,
    lose_counted_row,
    double_counted_row,
    count_otherwise,
    lower_total,
    raise_total,
    lose_total,
    change_document,
    change_answer,
    keep_ref,
    lose_ref,
    keep_offer,
]


@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: break_.__name__)
def test_each_difference_is_found_and_named(world: World, cast: Cast, break_: Break) -> None:
    """Broken once, exactly that is found, with the pledge, message or cell that it is about."""
    expected = break_(world, cast)
    assert found(world) == expected


def test_old_pledges_outlive_their_messages_and_still_add_up(world: World, cast: Cast) -> None:
    """When the archive's life is over its rows are missed by nobody; the documents are then asked themselves."""
    world.clock.move(days=420)
    try:
        world.pledge.db[archive.COLLECTION].delete_many({})
        assert found(world) == set()
        world.pledge.db["pledges"].update_one({"_id": cast.plain.id}, {"$set": {"state": "withdrawn"}})
        assert {(effect, name) for effect, name, _ in found(world)} == {(DOUBLED, "documents-differ")}
        assert (DOUBLED, "documents-differ", "all::pledge") in found(world)
    finally:
        world.clock.now -= timedelta(days=420)
