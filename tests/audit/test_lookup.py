"""Why was this mail sent, or not? Two commands answer, step by step, and show neither an address nor a link."""

import re
import uuid
from datetime import timedelta

import pytest

from services.notify import rules
from services.notify.operations import lookup as notify_lookup
from services.notify.operations import pausing
from services.pledge.operations import lookup as pledge_lookup
from services.pledge.operations import pledges
from services.pledge.store import Pledge, by_id
from tests.audit.world import Cast, World
from tests.support.commands import run_command
from tests.support.engines import Store
from tests.support.settings import environment_for

pytestmark = pytest.mark.xdist_group("audit")


def of_pledge(world: World, made: Pledge) -> str:
    return "\n".join(pledge_lookup.story(world.pledge, made.reference, world.clock()) or ["nothing"])


def of_contact(world: World, ref: str) -> str:
    return "\n".join(notify_lookup.story(world.notify, ref, world.clock()) or ["nothing"])


def test_a_pledge_tells_its_messages_with_their_hour(world: World, cast: Cast) -> None:
    """State, answer, each message with the hour in London and whether it is counted, and that no mail goes."""
    said = of_pledge(world, cast.answered)
    assert "state:    anonymous, answered yes" in said
    assert re.findall(r"(\d)  (\S+) +2026-06-10 15h  published, (.*)", said) == [
        ("0", "pledge.made.v1", "counted"),
        ("1", "pledge.kept.v1", "counted"),
        ("2", "pledge.kept.v1", "counted"),
    ]
    assert "none: never given" in said


def test_a_pledge_tells_where_its_address_is(world: World, cast: Cast) -> None:
    """On its way, handed over, or forgotten; what is never archived is told as a number."""
    made = world.make()
    world.ask(made)
    said = of_pledge(world, made)
    assert "offered to notify 0.0 s ago" in said
    assert len(re.findall(r"waits to be published", said)) == 2
    assert f"handed over; notify knows it as contact {cast.nudged.ref}" in of_pledge(world, cast.nudged)
    assert "1 more of kinds that are not kept" in of_pledge(world, cast.nudged)
    assert "forgotten: its owner said stop" in of_pledge(world, cast.stopped)


def test_a_contact_tells_each_mail(world: World, cast: Cast) -> None:
    """Confirmed and nudged: both mails with state, time, cause, attempts and Message-ID."""
    said = of_contact(world, str(cast.nudged.ref))
    assert "state:    confirmed, since 2026-06-10 15:37" in said
    assert re.search(r"^  confirm: sent 2026-06-10 15:37:\d\d$", said, re.MULTILINE)
    assert re.search(r"^  nudge: sent 2026-06-10 15:37:\d\d$", said, re.MULTILINE)
    assert f"because of nudge:2026-06-13:{cast.nudged.ref}" in said
    assert said.count("attempts 1, <") == 2


def test_a_mail_that_waits_tells_why(world: World, cast: Cast) -> None:
    """Quiet hours, a pledge that was taken back, a shelf life that is over, mail that is paused: in words, as things are now."""
    ref = str(cast.confirmed.ref)
    night = world.clock().replace(hour=22)
    rows = world.notify.db["notifications"]
    cause = rows.find_one({"ref": ref, "template": "nudge"})
    assert cause
    planned = {"state": rules.PLANNED, "next_attempt_at": night, "reason": "smtp-451", "shelf_ends": night + timedelta(hours=20)}
    rows.update_one({"_id": cause["_id"]}, {"$set": planned, "$unset": {"sent_at": 1, "ignore_quiet": 1}})
    world.notify.db["contacts"].update_one({"_id": ref}, {"$unset": {"nudge_due": 1}})
    world.clock.set(night)
    assert "nudge: planned: smtp-451" in of_contact(world, ref)
    assert "it waits until 2026-06-11 08:00:00 (quiet hours)" in of_contact(world, ref)
    world.clock.move(hours=12)
    assert "as things are now: it may go" in of_contact(world, ref)
    pledges.withdraw(world.pledge, cast.confirmed.reference, now=world.clock())
    world.notify.db["promises"].update_one({"_id": ref}, {"$set": {"state": "withdrawn"}}, upsert=True)
    assert "it will not go (withdrawn)" in of_contact(world, ref)
    world.clock.move(hours=12)
    assert "it expires unsent, for its shelf life is over" in of_contact(world, ref)
    pausing.pause("the server moves house", now=world.clock())
    assert "mail is paused since 2026-06-11 23:" in of_contact(world, ref)


def test_a_contact_that_ended_tells_why(world: World, cast: Cast) -> None:
    """Stopped and not-me are reasons; what is not known at all is nothing."""
    (stopped,) = world.notify.db["contacts"].find({"state": rules.SUPPRESSED})
    assert "state:    suppressed (stop)" in of_contact(world, stopped["_id"])
    assert "address:  forgotten" in of_contact(world, stopped["_id"])
    (expired,) = world.notify.db["contacts"].find({"state": rules.EXPIRED})
    assert "state:    expired (not-me)" in of_contact(world, expired["_id"])
    assert of_contact(world, str(uuid.uuid4())) == "nothing"


def test_neither_shows_what_is_personal(world: World, cast: Cast) -> None:
    """No address, no token, no hash of either, for any pledge or contact of the world."""
    said = "\n".join(of_pledge(world, made) for made in vars(cast).values())
    said += "\n".join(of_contact(world, row["_id"]) for row in world.notify.db["contacts"].find())
    assert "@example.org" not in re.sub(r"<[0-9a-f]{40}@example\.org>", "", said)  # a Message-ID is no address
    for made in vars(cast).values():
        stored = by_id(made.id)
        assert stored
        assert not stored.withdraw_hash or stored.withdraw_hash not in said
    for row in world.notify.db["contacts"].find({"sealed": {"$exists": True}}):
        assert row["sealed"] not in said
        assert row["address_hash"] not in said
    assert not any(token["_id"] in said for token in world.notify.db["tokens"].find())


def test_the_commands_lead_from_one_to_the_other(world: World, cast: Cast, store: Store) -> None:
    """Found is 0, with the command to go on with; unknown is 1; a mistyped reference, or the wrong kind of id, is 2 and says so."""
    first = environment_for("pledge", store, None, world.pledge.db.name)
    second = environment_for("notify", store, None, world.notify.db.name, MAIL_FROM="pledge@example.org")
    typed = cast.nudged.reference.lower().replace("-", " ")
    said = run_command("pledge", first, "lookup", typed)
    assert said.returncode == 0, said.stderr
    assert said.stdout.endswith(f"go on with: python -m services.notify lookup {cast.nudged.ref}\n")
    then = run_command("notify", second, "lookup", str(cast.nudged.ref))
    assert (then.returncode, then.stdout.splitlines()[0]) == (0, f"contact {cast.nudged.ref}"), then.stderr
    other = "A" if cast.nudged.reference[-1] != "A" else "B"
    mistyped = run_command("pledge", first, "lookup", cast.nudged.reference[:-1] + other)
    assert mistyped.returncode == 2
    assert "is mistyped" in mistyped.stderr
    world.pledge.db["pledges"].delete_one({"_id": cast.nudged.id})
    assert run_command("pledge", first, "lookup", cast.nudged.reference).returncode == 1
    assert run_command("notify", second, "lookup", str(uuid.uuid4())).returncode == 1
    wrong = run_command("notify", second, "lookup", cast.nudged.reference)
    assert wrong.returncode == 2
    assert "services.pledge lookup" in " ".join(wrong.stderr.split())
    assert run_command("notify", second, "lookup", "ada").returncode == 2
