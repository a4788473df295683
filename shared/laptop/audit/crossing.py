"""Each station against the next where they lie with different services: answers, documents, archives, the log, effects, contacts.

A message that lies before a group's place on the log has had its effect, or a dead letter tells of it: else it is lost.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.laptop.audit.evidence import Evidence, OnLog
from shared.laptop.audit.posts import compare_copies, tells_organisers
from shared.messaging.catalogue import CATALOGUE, TOPICS, topics_heard_by
from shared.messaging.envelope import Envelope
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding, note
from shared.privacy import erasure, retention
from shared.reference.counters import DELTAS
from shared.runtime.processes import SERVICES

REPUBLISH = "run republish of the service that told it"
ERASED = "erased"  # the reason of a contact whose owner wanted everything gone
COUNTED_BY_OURSELVES = ("pledge.", "poster.", "reach.", "tally.", "entry.")
PAUSED, RESUMED = "campaign.paused.v1", "campaign.resumed.v1"
ENDS_TOGETHER = timedelta(hours=2)  # pledge and notify each drop an old tie by their own clock


def cross(evidence: Evidence) -> list[Finding]:
    return [
        *_answers(evidence),
        *_figures(evidence),
        *_log_and_archives(evidence),
        *_log_and_effects(evidence),
        *_unreadable(evidence),
        *_ties(evidence),
        *_erasures(evidence),
        *compare_copies(evidence),
    ]


# Answers and documents


def _answers(evidence: Evidence) -> Iterator[Finding]:
    references = {row["reference"]: id_ for id_, row in evidence.tally.pledges.items()}
    for ack in evidence.acknowledged:
        row = evidence.tally.pledges.get(ack.id or references.get(ack.reference, ""))
        who = f"pledge {ack.id or '?'} {ack.reference}".strip()
        if row is None:
            words = f"somebody was told that {who} is made, and it is not stored"
            yield Finding(LOST, "acknowledged-not-stored", ack.id or ack.reference, words, "restore it from a backup, or ask the person")
        elif ack.reference and row["reference"] != ack.reference:
            words = f"somebody was told that {who} is made, and that pledge has another reference"
            yield Finding(LOST, "acknowledged-otherwise", ack.id, words, "the person's reference opens nothing")


def _figures(evidence: Evidence) -> Iterator[Finding]:
    """What /local/watch shows as lost or doubled, by name. Where the archive lacks a message the log tells whose it is."""
    subjects = {record.envelope.id: record.envelope.subject for record in evidence.log if record.envelope}
    subjects |= {id_: row["subject"] for id_, row in evidence.archives["pledge"].items()}
    counted = {subjects[id_] for id_ in evidence.counted if id_ in subjects}
    for id_ in evidence.tally.lost - counted:
        words = f"pledge {id_} was accepted, and nothing will count it"
        advice = "look for its message in the archive and among the dead letters; republish brings it again"
        yield Finding(LOST, "pledge-lost", id_, words, advice)
    for id_ in evidence.tally.twice:
        pledge = subjects.get(id_, id_)
        if pledge != id_ and pledge not in evidence.pledges:
            words = f"pledge {pledge} was told of and counted, and its document is gone"
            yield Finding(LOST, "document-gone", pledge, words, "restore it from a backup; it stays counted")
        elif pledge == id_:
            words = f"{id_} is counted twice, or is a count of no pledge at all"
            yield Finding(DOUBLED, "pledge-twice", id_, words, "see which of its rows in `counted` has no message")


# The log and the archives


def _log_and_archives(evidence: Evidence) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for record in evidence.log:
        if envelope := record.envelope:
            seen[envelope.id] = seen.get(envelope.id, 0) + 1
            yield from _archived(evidence, record, envelope)
    for service, rows in evidence.archives.items():
        for id_, row in rows.items():
            if id_ not in seen and row["time"] > evidence.now - TOPICS[row["topic"]].lifetime:
                words = f"{service}'s archive holds {row['type']} {id_} of {row['subject']}, and the log has lost it"
                yield Finding(AMISS, "not-on-the-log", row["subject"], words, REPUBLISH, id_)
    again = sum(1 for count in seen.values() if count > 1)
    words = f"{len(evidence.log)} records on the log, {len(seen)} messages"
    yield note("log", words + (f"; on it more than once, with effects once: {again}" if again else ""))


def _archived(evidence: Evidence, record: OnLog, envelope: Envelope) -> Iterator[Finding]:
    if CATALOGUE[envelope.type].archived is None:
        return
    row = evidence.archives.get(envelope.source, {}).get(envelope.id)
    if row is None:
        if envelope.id not in evidence.pending.get(envelope.source, ()):
            what = f"{envelope.type} {envelope.id} of {envelope.subject}"
            words = f"{what} is on the log ({record}), and {envelope.source}'s archive has not got it"
            yield Finding(
                LOST, "archive-row-missing", _owner(envelope), words, "put it back from the log before that forgets it", envelope.id
            )
    elif (row["type"], row["subject"], row.get("sequence"), row["data"]) != (
        envelope.type,
        envelope.subject,
        envelope.sequence,
        dict(envelope.data),
    ):
        words = (
            f"message {envelope.id} of {envelope.subject} says one thing on the log ({record}) and another in {envelope.source}'s archive"
        )
        yield Finding(AMISS, "archive-otherwise", _owner(envelope), words, "the archive was changed by another hand", envelope.id)


def _owner(envelope: Envelope) -> str:
    """Its document; of a poster's tally, which names none, the message."""
    return envelope.id if CATALOGUE[envelope.type].apart else envelope.subject


# The log and what its messages should have done


def _log_and_effects(evidence: Evidence) -> Iterator[Finding]:
    offers = {row["offer"]["message"]["id"]: id_ for id_, row in evidence.pledges.items() if row.get("offer")}
    by_ref = {row["ref"]: row for row in evidence.pledges.values() if row.get("ref")}
    planned = {row["cause"] for row in evidence.ledger.values()}
    for record in evidence.log:
        envelope = record.envelope
        for service in CATALOGUE[envelope.type].hearers if envelope else ():
            assert envelope is not None  # noqa: S101 -- as the line above says
            if not evidence.has_handled(service, record) or record.letter in evidence.letters[service]:
                continue
            if envelope.type in (PAUSED, RESUMED) and evidence.pauses[service] < (envelope.sequence or 0):
                yield _without_effect("not-heard", service, record, envelope, "it does not know whether the campaign is paused")
            if words := _still_let_in(evidence, service, envelope):
                yield _without_effect("not-heard", service, record, envelope, words)
            if envelope.type == erasure.ASKED and envelope.data["ref"] not in evidence.erasures[service]:
                yield _without_effect("not-heard", service, record, envelope, "erases nothing")
            if service == "pledge" and (words := _not_done_by_pledge(evidence, envelope, offers, by_ref)):
                name = "not-counted" if envelope.type.startswith(COUNTED_BY_OURSELVES) else "not-heard"
                yield _without_effect(name, service, record, envelope, words)
            if service == "notify" and (words := _not_done_by_notify(evidence, envelope, planned)):
                yield _without_effect("not-heard", service, record, envelope, words)


def _without_effect(name: str, service: str, record: OnLog, envelope: Envelope, words: str) -> Finding:
    words = f"{service} has read {envelope.type} {envelope.id} of {envelope.subject} ({record}), and {words}"
    return Finding(LOST, name, _owner(envelope), words, REPUBLISH, envelope.id)


def _still_let_in(evidence: Evidence, service: str, envelope: Envelope) -> str:
    """A session that ended early, until it would have run out by itself."""
    if envelope.type != "session.revoked.v1" or datetime.fromisoformat(envelope.data["expires"]) <= evidence.now:
        return ""
    return "" if envelope.data["session"] in evidence.revoked[service] else "it still lets that session in"


def _not_done_by_pledge(evidence: Evidence, envelope: Envelope, offers: dict[str, str], by_ref: dict[str, dict[str, str]]) -> str:
    """In words; empty when it is done. An outcome that no longer applies is done."""
    deltas = envelope.data.get("deltas", {})
    if any(value for name, value in deltas.items() if name in DELTAS):
        return "" if envelope.id in evidence.counted else "it is not counted"
    if envelope.type == "contact.received.v1" and (holder := offers.get(envelope.data["message_id"])):
        return f"pledge {holder} still offers that address"
    pledge = by_ref.get(str(envelope.data.get("ref")))
    if envelope.type == "contact.confirmed.v1" and pledge and pledge["state"] == "unconfirmed":
        return f"pledge {pledge['_id']} is not confirmed"
    if envelope.type in ("contact.expired.v1", "contact.suppressed.v1") and pledge:
        return f"pledge {pledge['_id']} still holds its ref"
    return ""


def _not_done_by_notify(evidence: Evidence, envelope: Envelope, planned: set[str]) -> str:
    ref = envelope.data.get("ref")
    if envelope.type == "contact.offered.v1" and ref not in evidence.contacts:
        return "there is no such contact"
    if envelope.type in ("contact.offered.v1", "contact.again.v1", "contact.note.v1") and envelope.id not in planned:
        return "no mail was planned for it"
    if tells_one(envelope) and envelope.id not in planned:
        return "no mail was planned for it"
    if tells_organisers(envelope) and not planned & {envelope.id}:
        return "no mail was planned for it"
    if envelope.type.startswith("pledge.") and ref and evidence.promises.get(ref, -1) < (envelope.sequence or 0):
        return "it has not been heard"
    return ""


def tells_one(envelope: Envelope) -> bool:
    """Whether notify plans a mail to the one person whom a place message is about."""
    called = envelope.type == "sign-up.promoted.v1"
    in_vain = envelope.type == "sign-up.refused.v1" and envelope.data.get("reason") == "full"
    return bool(envelope.data.get("ref")) and (called or in_vain)


def _unreadable(evidence: Evidence) -> Iterator[Finding]:
    """A record that cannot be read is a dead letter with every service that hears its topic."""
    for record in evidence.log:
        if record.envelope or record.time < evidence.now - retention.SET_ASIDE.lasts:
            continue
        for service in SERVICES:
            heard = record.at.topic in topics_heard_by(service) and evidence.has_handled(service, record)
            if heard and record.letter not in evidence.letters[service]:
                words = f"{service} has passed over a record that cannot be read ({record}), and keeps no dead letter of it"
                yield Finding(
                    LOST, "poison-passed-over", str(record), words, "copy it from the log while it is there", f"{service} {record.letter}"
                )


# Pledges and contacts


def _ties(evidence: Evidence) -> Iterator[Finding]:
    """Each ref of a pledge's is a contact of notify's in a state that fits, and the other way round."""
    refs = set()
    for id_, row in evidence.pledges.items():
        if not (ref := row.get("ref")):
            continue
        refs.add(ref)
        contact = evidence.contacts.get(ref)
        if contact is None and not row.get("offer"):
            words = f"pledge {id_} was given an address, and neither it nor notify holds it (contact {ref})"
            yield Finding(LOST, "address-nowhere", id_, words, "the person can ask for a nudge again")
        elif contact and not _fit(row["state"], contact["state"]):
            words = f"pledge {id_} is {row['state']}, and its contact {ref} is {contact['state']}"
            yield Finding(AMISS, "states-differ", id_, words, f"see what notify told of it, and whether pledge has heard; {REPUBLISH}")
    for ref, contact in evidence.contacts.items():
        ends_now = contact.get("forget_at") and contact["forget_at"] < evidence.now + ENDS_TOGETHER
        if contact["state"] in ("offered", "confirmed") and contact.get("kind") == "pledge" and ref not in refs and not ends_now:
            words = f"notify holds an address (contact {ref}, {contact['state']}) that no pledge leads to"
            yield Finding(AMISS, "address-without-pledge", ref, words, "its pledge is gone, or has not heard what notify told of it")


def _erasures(evidence: Evidence) -> Iterator[Finding]:
    """What people wanted erased, and everybody says that it is, is held nowhere."""
    held = {row["ref"]: f"pledge {id_}" for id_, row in evidence.pledges.items() if row.get("ref")}
    held |= {row["ref"]: f"sign-up {id_}" for id_, row in evidence.sign_ups.items() if row.get("ref")}
    erased = {ref: row for ref, row in evidence.contacts.items() if row.get("reason") == ERASED}
    for ref, row in erased.items():
        if ref in held and not row.get("erasing") and not row.get("outbox"):
            words = f"contact {ref} was erased, everybody has answered, and {held[ref]} still holds its ref"
            yield Finding(AMISS, "erased-yet-held", ref, words, "have notify ask again: `python -m services.notify erasures ask`")
    if erased:
        under_way = sum(1 for row in erased.values() if row.get("erasing"))
        yield note("erasures", f"{len(erased)} contacts erased, {under_way} of them under way")


def _fit(pledge: str, contact: str) -> bool:
    """A pledge that was taken back keeps its ref until the contact has run out."""
    fitting = {"unconfirmed": ("offered",), "confirmed": ("confirmed", "forgotten")}
    return contact in fitting[pledge] if pledge in fitting else True
