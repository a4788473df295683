"""The auditor crosses what lies with different services: each difference is made once on real engines, found, and named."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.notify import mails as templates
from shared.laptop.audit.evidence import Acknowledged, read_acknowledged
from shared.laptop.audit.mails import RESEND
from shared.laptop.mailbox import Taken
from shared.messaging import archive
from shared.messaging.findings import AMISS, DOUBLED, LOST
from shared.runtime.errors import InvalidInput
from tests.audit.auditing import Audit, Found, audit_of
from tests.audit.world import Cast, World
from tests.support.builders import an_id
from tests.support.settings import A_MOMENT

pytestmark = pytest.mark.xdist_group("audit")


@pytest.fixture
def audit(world: World, cast: Cast) -> Audit:
    return audit_of(world, cast)


def test_a_world_in_order_is_clean(audit: Audit) -> None:
    """Nothing is lost, doubled or amiss, and the notes tell how much was compared."""
    assert audit.found() == set()
    assert audit.notes() == {"log": "33 records on the log, 33 messages", "mails": "8 mails planned, 8 sent, 8 received"}
    assert audit.verdict().line == "0 lost, 0 doubled"
    assert audit.verdict().is_clean


Break = Callable[[Audit, Cast], Found]


def forge_answer(audit: Audit, cast: Cast) -> Found:
    audit.acknowledged.append(Acknowledged(id_ := an_id(), "CL-2222-2222"))
    return {(LOST, "acknowledged-not-stored", id_)}


def forge_reference(audit: Audit, cast: Cast) -> Found:
    """Told by its reference alone."""
    audit.acknowledged.append(Acknowledged("", "CL-2222-2222"))
    return {(LOST, "acknowledged-not-stored", "CL-2222-2222")}


def answer_otherwise(audit: Audit, cast: Cast) -> Found:
    audit.acknowledged.append(Acknowledged(cast.plain.id, cast.answered.reference))
    return {(LOST, "acknowledged-otherwise", cast.plain.id)}


def lose_document(audit: Audit, cast: Cast) -> Found:
    audit.world.pledge.db["pledges"].delete_one({"_id": cast.plain.id})
    return {(LOST, "acknowledged-not-stored", cast.plain.id), (LOST, "document-gone", cast.plain.id)}


def lose_archive_row(audit: Audit, cast: Cast) -> Found:
    audit.world.pledge.db[archive.COLLECTION].delete_one({"subject": cast.plain.id})
    return {(LOST, "archive-row-missing", cast.plain.id)}


def lose_archive_row_of_notify(audit: Audit, cast: Cast) -> Found:
    audit.world.notify.db[archive.COLLECTION].delete_one({"subject": cast.nudged.ref, "type": "contact.confirmed.v1"})
    return {(LOST, "archive-row-missing", str(cast.nudged.ref))}


def change_archive_row(audit: Audit, cast: Cast) -> Found:
    audit.world.pledge.db[archive.COLLECTION].update_one({"subject": cast.plain.id}, {"$set": {"data.area": "bexley"}})
    return {(AMISS, "archive-otherwise", cast.plain.id)}


def lose_counted_row(audit: Audit, cast: Cast) -> Found:
    row = audit.world.pledge.db[archive.COLLECTION].find_one({"subject": cast.answered.id, "type": "pledge.kept.v1"})
    assert row
    audit.world.pledge.db["counted"].delete_one({"_id": row["_id"]})
    return {(LOST, "not-counted", cast.answered.id)}


def lose_counted_poster(audit: Audit, cast: Cast) -> Found:
    """It names no pledge, so it is named itself."""
    row = audit.world.pledge.db[archive.COLLECTION].find_one({"type": "poster.used.v1"})
    assert row
    audit.world.pledge.db["counted"].delete_one({"_id": row["_id"]})
    return {(LOST, "not-counted", row["_id"])}


def double_counted_row(audit: Audit, cast: Cast) -> Found:
    row = audit.world.pledge.db["counted"].find_one({"deltas.pledge": 1})
    assert row
    audit.world.pledge.db["counted"].insert_one({**row, "_id": (other := an_id())})
    return {(DOUBLED, "pledge-twice", other)}


def lose_outcome(audit: Audit, cast: Cast) -> Found:
    """pledge has read that the address was confirmed, and did nothing about it."""
    audit.world.pledge.db["pledges"].update_one({"_id": cast.nudged.id}, {"$set": {"state": "unconfirmed"}})
    return {(LOST, "not-heard", str(cast.nudged.ref)), (AMISS, "states-differ", cast.nudged.id)}


def keep_ref(audit: Audit, cast: Cast) -> Found:
    """pledge has read that the address is stopped, and kept its tie."""
    stopped = audit.world.notify.db["contacts"].find_one({"state": "suppressed"})
    assert stopped
    audit.world.pledge.db["pledges"].update_one({"_id": cast.stopped.id}, {"$set": {"ref": stopped["_id"]}})
    return {(LOST, "not-heard", stopped["_id"]), (AMISS, "states-differ", cast.stopped.id)}


def keep_offer(audit: Audit, cast: Cast) -> Found:
    row = audit.world.notify.db[archive.COLLECTION].find_one({"subject": cast.waiting.ref, "type": "contact.received.v1"})
    assert row
    offer = {"message": {"id": row["data"]["message_id"], "subject": cast.waiting.ref}, "due": audit.world.clock()}
    audit.world.pledge.db["pledges"].update_one({"_id": cast.waiting.id}, {"$set": {"offer": offer}})
    return {(LOST, "not-heard", str(cast.waiting.ref))}


def lose_contact(audit: Audit, cast: Cast) -> Found:
    audit.world.notify.db["contacts"].delete_one({"_id": cast.waiting.ref})
    return {(LOST, "not-heard", str(cast.waiting.ref)), (LOST, "address-nowhere", cast.waiting.id)}


def lose_copy(audit: Audit, cast: Cast) -> Found:
    """notify has read that the pledge was put off, and keeps no copy of that."""
    audit.world.notify.db["promises"].delete_one({"_id": cast.confirmed.ref})
    return {(LOST, "not-heard", cast.confirmed.id)}


def lose_ledger_row(audit: Audit, cast: Cast) -> Found:
    mail = audit.mail_of(str(cast.waiting.ref))
    audit.world.notify.db["notifications"].delete_one({"ref": cast.waiting.ref})
    return {(LOST, "not-heard", str(cast.waiting.ref)), (DOUBLED, "mail-of-nobody", mail.message_id)}


def lose_pledge_behind_an_address(audit: Audit, cast: Cast) -> Found:
    audit.world.pledge.db["pledges"].update_one({"_id": cast.waiting.id}, {"$unset": {"ref": 1}, "$set": {"state": "anonymous"}})
    return {(AMISS, "address-without-pledge", str(cast.waiting.ref))}


def drop_mail(audit: Audit, cast: Cast) -> Found:
    audit.mails.remove(audit.mail_of(str(cast.waiting.ref)))
    return {(LOST, "mail-not-received", str(cast.waiting.ref))}


def double_first_mail(audit: Audit, cast: Cast) -> Found:
    """It may be sent again, but it was tried only once."""
    audit.mails.append(audit.mail_of(str(cast.waiting.ref)))
    return {(DOUBLED, "mail-unexplained", str(cast.waiting.ref))}


def double_nudge(audit: Audit, cast: Cast) -> Found:
    """However often it was tried."""
    audit.mails.append(audit.mail_of(str(cast.nudged.ref), "nudge"))
    audit.world.notify.db["notifications"].update_many({"ref": cast.nudged.ref}, {"$set": {"attempts": 2}})
    return {(DOUBLED, "mail-twice", str(cast.nudged.ref))}


def send_unplanned(audit: Audit, cast: Cast) -> Found:
    audit.mails.append(Taken(A_MOMENT.isoformat(), "<abc@example.org>"))
    return {(DOUBLED, "mail-of-nobody", "<abc@example.org>")}


def send_before_its_claim(audit: Audit, cast: Cast) -> Found:
    changes = {"state": "planned", "attempts": 0}
    audit.world.notify.db["notifications"].update_one({"ref": cast.waiting.ref}, {"$set": changes})
    return {(DOUBLED, "mail-before-its-claim", str(cast.waiting.ref))}


BREAKS: Sequence[Break] = (
    forge_answer,
    forge_reference,
    answer_otherwise,
    lose_document,
    lose_archive_row,
    lose_archive_row_of_notify,
    change_archive_row,
    lose_counted_row,
    lose_counted_poster,
    double_counted_row,
    lose_outcome,
    keep_ref,
    keep_offer,
    lose_contact,
    lose_copy,
    lose_ledger_row,
    lose_pledge_behind_an_address,
    drop_mail,
    double_first_mail,
    double_nudge,
    send_unplanned,
    send_before_its_claim,
)


@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: break_.__name__)
def test_each_difference_is_found_and_named(audit: Audit, cast: Cast, break_: Break) -> None:
    """Broken once, exactly that is found, with the pledge, contact or mail that it is about; and the verdict is not clean."""
    expected = break_(audit, cast)
    assert audit.found() == expected
    assert not audit.verdict().is_clean


# What two examinations say of one thing


@pytest.mark.parametrize(
    ("break_", "line"),
    [
        (lose_document, "1 lost, 0 doubled"),
        (lose_archive_row, "1 lost, 0 doubled"),
        (forge_answer, "1 lost, 0 doubled"),
        (drop_mail, "1 lost, 0 doubled"),
        (double_nudge, "0 lost, 1 doubled"),
        (change_archive_row, "1 lost, 0 doubled, 1 amiss"),
        (lose_pledge_behind_an_address, "0 lost, 0 doubled, 1 amiss"),
    ],
    ids=lambda given: getattr(given, "__name__", given),
)
def test_the_last_line_counts_each_thing_once(audit: Audit, cast: Cast, break_: Break, line: str) -> None:
    """However many stations miss it; where the log knows whose a counted row is, the doctor's doubt is settled."""
    break_(audit, cast)
    assert audit.verdict().line == line


# What is no difference


def test_a_mail_that_may_be_sent_again_is_explained(audit: Audit, cast: Cast) -> None:
    """Received twice under one Message-ID and tried twice: told, and no difference."""
    audit.mails.append(audit.mail_of(str(cast.waiting.ref)))
    audit.world.notify.db["notifications"].update_one({"ref": cast.waiting.ref}, {"$set": {"attempts": 2}})
    assert audit.found() == set()
    assert "received 2 times under one Message-ID: it was tried 2 times" in audit.notes()["mail-resent"]
    assert {name for name, template in templates.TEMPLATES.items() if template.resend} == set(RESEND)


def test_a_record_that_is_there_twice_has_its_effect_once(audit: Audit) -> None:
    """A relay that was killed sends again: told, and no difference."""
    evidence = audit.look()
    twice = replace(evidence, log=[*evidence.log, evidence.log[0]])
    assert audit.found(twice) == set()
    assert "on it more than once, with effects once: 1" in next(one.words for one in audit.findings(twice) if one.name == "log")


def test_a_log_that_lost_something_is_told(audit: Audit) -> None:
    """What is archived and not on the log is amiss, and lost is nothing yet; what the log may have forgotten is not missed."""
    evidence = audit.look()
    kept = [record for record in evidence.log if not (record.envelope and record.envelope.type == "pledge.made.v1")]
    assert {(effect, name) for effect, name, _ in audit.found(replace(evidence, log=kept))} == {(AMISS, "not-on-the-log")}
    later = replace(evidence, log=kept, now=evidence.now + timedelta(days=36))
    assert audit.found(later) == set()


# The file of acknowledgements


def test_acknowledgements_are_read_from_a_file(tmp_path: Path) -> None:
    """One JSON object a line; what else it holds does not matter."""
    file = tmp_path / "acks.jsonl"
    file.write_text('{"id": "a", "reference": "CL-1", "at": 12.5}\n{"reference": "CL-2"}\n{"id": "c"}\n')
    assert read_acknowledged(file) == [Acknowledged("a", "CL-1"), Acknowledged("", "CL-2"), Acknowledged("c", "")]


@pytest.mark.parametrize("line", ["", "{", "[]", json.dumps({"at": 1}), "\u00ff"])
def test_a_line_that_says_nothing_is_named(tmp_path: Path, line: str) -> None:
    """A driver's file that is broken is not taken for one that has nothing to say."""
    file = tmp_path / "acks.jsonl"
    file.write_text('{"id": "a"}\n' + line + "\n", encoding="latin-1")
    with pytest.raises(InvalidInput, match=r"line 2|cannot be read"):
        read_acknowledged(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """As anybody's typing mistake."""
    with pytest.raises(InvalidInput, match="cannot be read: FileNotFoundError"):
        read_acknowledged(tmp_path / "none")
