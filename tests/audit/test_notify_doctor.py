"""notify's doctor finds every way in which contacts, archive and ledger can differ, by the contact's ref; it never reads an address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.notify import rules
from services.notify.operations import pausing
from services.notify.operations.examine import examine
from shared.messaging import archive
from shared.messaging.findings import AMISS, DOUBLED, LOST, NOTE, Finding
from tests.audit.world import Cast, World

pytestmark = pytest.mark.xdist_group("audit")

Found = set[tuple[str, str, str]]
Break = Callable[[World, Cast], Found]


def look(world: World) -> list[Finding]:
    return examine(world.notify, world.clock())


def found(world: World) -> Found:
    return {(one.effect, one.name, one.about) for one in look(world) if one.effect != NOTE}


def notes(world: World) -> dict[str, str]:
    return {one.name: one.words for one in look(world) if one.effect == NOTE}


def change_contact(world: World, ref: str, **operators: dict[str, Any]) -> None:
    changed = world.notify.db["contacts"].update_one({"_id": ref}, {f"${name}": value for name, value in operators.items()})
    assert changed.modified_count == 1


def change_mail(world: World, ref: str, template: str = "confirm", **operators: dict[str, Any]) -> None:
    changed = world.notify.db["notifications"].update_one(
        {"ref": ref, "template": template}, {f"${name}": value for name, value in operators.items()}
    )
    assert changed.modified_count == 1


def test_a_world_in_order_has_no_findings(world: World) -> None:
    """Offered, confirmed, expired, suppressed, nudged and put off: all of it agrees, and is counted in the notes."""
    assert found(world) == set()
    assert notes(world) == {
        "contacts": "5 contacts: confirmed 2, expired 1, offered 1, suppressed 1",
        "mails": "8 mails: sent 8",
    }


# Contacts and what they told


def lose_contact(world: World, cast: Cast) -> Found:
    world.notify.db["contacts"].delete_one({"_id": cast.waiting.ref})
    return {(LOST, "contact-gone", cast.waiting.ref)}


def lose_archive_row(world: World, cast: Cast) -> Found:
    world.notify.db[archive.COLLECTION].delete_one({"subject": cast.nudged.ref, "type": "contact.confirmed.v1"})
    return {(LOST, "archive-row-missing", cast.nudged.ref)}


def change_state(world: World, cast: Cast) -> Found:
    """Confirmed, by nobody's word."""
    change_contact(world, cast.waiting.ref, set={"state": rules.CONFIRMED, "confirmed_at": world.clock(), "nudge_due": world.clock()})
    return {(LOST, "told-otherwise", cast.waiting.ref)}


def put_back(world: World, cast: Cast) -> Found:
    """What it told remains told."""
    change_contact(world, cast.confirmed.ref, set={"state": rules.OFFERED, "expires_at": world.clock()})
    return {(DOUBLED, "told-otherwise", cast.confirmed.ref)}


def tell_beyond(world: World, cast: Cast) -> Found:
    change_contact(world, cast.waiting.ref, set={"outbox_base": 0})
    return {(DOUBLED, "told-beyond", cast.waiting.ref), (LOST, "told-otherwise", cast.waiting.ref)}


def keep_address(world: World, cast: Cast) -> Found:
    stopped = world.notify.db["contacts"].find_one({"state": rules.SUPPRESSED})
    assert stopped
    change_contact(world, stopped["_id"], set={"address_hash": "0" * 64})
    return {(AMISS, "address-kept", stopped["_id"])}


def lose_address(world: World, cast: Cast) -> Found:
    change_contact(world, cast.confirmed.ref, unset={"sealed": 1})
    return {(LOST, "address-gone", cast.confirmed.ref)}


def never_expire(world: World, cast: Cast) -> Found:
    change_contact(world, cast.waiting.ref, unset={"expires_at": 1})
    return {(AMISS, "never-expires", cast.waiting.ref)}


# Contacts and the ledger


def lose_first_mail(world: World, cast: Cast) -> Found:
    world.notify.db["notifications"].delete_one({"ref": cast.waiting.ref})
    return {(LOST, "mail-not-planned", cast.waiting.ref)}


def lose_nudge(world: World, cast: Cast) -> Found:
    world.notify.db["notifications"].delete_one({"ref": cast.nudged.ref, "template": "nudge"})
    return {(LOST, "nudge-not-planned", cast.nudged.ref)}


def lose_second_nudge(world: World, cast: Cast) -> Found:
    """The mail of the first round does not stand for the second."""
    change_contact(world, cast.confirmed.ref, unset={"nudge_due": 1})
    return {(LOST, "nudge-not-planned", cast.confirmed.ref)}


def be_late_with_nudge(world: World, cast: Cast) -> Found:
    change_contact(world, cast.confirmed.ref, set={"nudge_due": world.clock() - timedelta(minutes=5)})
    return {(AMISS, "nudge-late", cast.confirmed.ref)}


# The ledger by itself


def plan_twice(world: World, cast: Cast) -> Found:
    row = world.notify.db["notifications"].find_one({"ref": cast.waiting.ref})
    assert row
    world.notify.db["notifications"].insert_one({**row, "_id": "0" * 40})
    return {(DOUBLED, "planned-twice", cast.waiting.ref), (DOUBLED, "message-id-shared", cast.waiting.ref)}


def lose_next_attempt(world: World, cast: Cast) -> Found:
    change_mail(world, cast.waiting.ref, set={"state": rules.PLANNED})
    return {(LOST, "mail-unseen", cast.waiting.ref)}


def try_again(world: World, cast: Cast) -> Found:
    change_mail(world, cast.waiting.ref, set={"next_attempt_at": world.clock()})
    return {(DOUBLED, "mail-open-again", cast.waiting.ref)}


def be_in_no_state(world: World, cast: Cast) -> Found:
    change_mail(world, cast.waiting.ref, set={"state": "posted"})
    return {(AMISS, "state-unknown", cast.waiting.ref)}


def give_no_reason(world: World, cast: Cast) -> Found:
    change_mail(world, cast.nudged.ref, "nudge", set={"state": rules.FAILED})
    return {(AMISS, "ledger-row-lacks", cast.nudged.ref)}


def be_late(world: World, cast: Cast) -> Found:
    change_mail(world, cast.waiting.ref, set={"state": rules.PLANNED, "next_attempt_at": world.clock() - timedelta(minutes=3)})
    return {(AMISS, "mails-late", "ledger")}


def leave_claim(world: World, cast: Cast) -> Found:
    change_mail(world, cast.waiting.ref, set={"state": rules.CLAIMED, "next_attempt_at": world.clock() - timedelta(hours=1)})
    return {(AMISS, "mails-late", "ledger")}


def forget_the_pause(world: World, cast: Cast) -> Found:
    pausing.pause("the server moves house", now=world.clock() - timedelta(days=2))
    return {(AMISS, "mail-paused-long", "mail")}


BREAKS: list[Break] = [
    lose_contact,
    lose_archive_row,
    change_state,
    put_back,
    tell_beyond,
    keep_address,
    lose_address,
    never_expire,
    lose_first_mail,
    lose_nudge,
    lose_second_nudge,
    be_late_with_nudge,
    plan_twice,
    lose_next_attempt,
    try_again,
    be_in_no_state,
    give_no_reason,
    be_late,
    leave_claim,
    forget_the_pause,
]


@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: break_.__name__)
def test_each_difference_is_found_and_named(world: World, cast: Cast, break_: Break) -> None:
    """Broken once, exactly that is found, with the contact that it is about."""
    expected = break_(world, cast)
    assert found(world) == expected


def test_what_is_due_or_held_back_is_a_note(world: World, cast: Cast) -> None:
    """A mail that is due since seconds, and mail that is paused since minutes, are told and are nothing wrong."""
    change_mail(world, str(cast.waiting.ref), set={"state": rules.PLANNED, "next_attempt_at": world.clock() - timedelta(seconds=3)})
    assert found(world) == set()
    assert notes(world)["mails-due"] == "mails due: 1, the oldest for 3.0 s"
    pausing.pause("the server moves house", now=world.clock() - timedelta(minutes=10))
    world.clock.move(hours=1)
    assert found(world) == set()
    assert notes(world)["mail-paused"] == "mail is paused since 70 min ago (the server moves house); mails that wait: 1"


def test_a_mail_that_may_have_gone_is_shown(world: World, cast: Cast) -> None:
    """Unknown is a state with a reason: it is told, and nothing is wrong."""
    change_mail(world, str(cast.nudged.ref), "nudge", set={"state": rules.UNKNOWN, "reason": "ConnectionResetError"}, unset={"sent_at": 1})
    assert found(world) == set()
    assert "mails that went, or did not: 1" in notes(world)["mails-unknown"]


def test_old_contacts_outlive_their_messages_and_mails(world: World) -> None:
    """Long after its end nobody misses a contact's messages and mails; those that go on are still asked for theirs."""
    world.clock.move(days=400)
    try:
        world.notify.db[archive.COLLECTION].delete_many({})
        world.notify.db["notifications"].delete_many({})
        ended = [row["_id"] for row in world.notify.db["contacts"].find({"ended_at": {"$exists": True}})]
        assert len(ended) == 2
        assert not {about for _, _, about in found(world)} & set(ended)
    finally:
        world.clock.now -= timedelta(days=400)
