"""One look at everything there is: the log, three stores, the account of mails, and what a load driver was answered.

Read in the order of a message's way: how far the groups have come, the log, documents, archives, effects, mails. So what lies
before a group's place has had its effect by the time that this is looked for.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.laptop import tally
from shared.laptop.mailbox import Taken, read_account
from shared.laptop.stores import OUTBOXES, Store
from shared.laptop.tally import Tally
from shared.messaging import archive, dead_letters, pauses
from shared.messaging.broker import committed, read_everything
from shared.messaging.catalogue import CATALOGUE, TOPICS
from shared.messaging.dead_letters import letter_id
from shared.messaging.envelope import Envelope, UnknownType, from_record
from shared.messaging.records import Partition, Record
from shared.privacy import erasure
from shared.runtime.errors import InvalidInput, Poison
from shared.runtime.processes import SERVICES
from shared.runtime.settings import CommonSettings
from shared.security import revocations

Row = dict[str, Any]
HEARERS = CATALOGUE["session.revoked.v1"].hearers
OWNERS = CATALOGUE[erasure.ASKED].hearers
PAUSE_HEARERS = CATALOGUE[pauses.PAUSED].hearers
OF_A_SIGN_UP = "ref given offer.message.id"
OF_A_POST = "kind group state slug live.title listed.areas submitted_at paused_at"
COPIED = "sequence kind group slug title state waiting_since forget_at"


@dataclass(frozen=True)
class Acknowledged:
    """What somebody was answered: a pledge's id, its reference, or both."""

    id: str
    reference: str


@dataclass(frozen=True)
class OnLog:
    """One record. `envelope` is None where it cannot be read, or is of a type that this release does not know."""

    at: Partition
    offset: int
    time: datetime
    letter: str
    envelope: Envelope | None

    def __str__(self) -> str:
        return f"{self.at} offset {self.offset}"


@dataclass(frozen=True)
class Evidence:
    """`handled`: service → where its group goes on. `pending`: service → ids that lie in its documents. `ledger`: by row id.

    `sign_ups`, `sign_up_copies`: events' own, and what notify heard of them.
    `posts`, `paused`: events' own posts, and those of its groups that are paused; `speaking`: its documents that have something to tell.
    `copies`, `paused_copies`: service → what it keeps of both.
    `revoked`: service → sessions that it lets in no more. `erasures`: service → refs that it was asked to erase what is under.
    `pauses`: service → how far it has heard of the campaign's pauses.
    """

    acknowledged: Sequence[Acknowledged]
    handled: Mapping[str, Mapping[Partition, int]]
    log: Sequence[OnLog]
    tally: Tally
    pledges: Mapping[str, Row]
    contacts: Mapping[str, Row]
    posts: Mapping[str, Row]
    paused: Collection[str]
    speaking: Collection[str]
    sign_ups: Mapping[str, Row]
    sign_up_copies: Mapping[str, Row]
    copies: Mapping[str, Mapping[str, Row]]
    paused_copies: Mapping[str, Mapping[str, Row]]
    pending: Mapping[str, Collection[str]]
    archives: Mapping[str, Mapping[str, Row]]
    counted: Collection[str]
    promises: Mapping[str, int]
    ledger: Mapping[str, Row]
    letters: Mapping[str, Collection[str]]
    revoked: Mapping[str, Collection[str]]
    erasures: Mapping[str, Mapping[str, Row]]
    pauses: Mapping[str, int]
    mails: Sequence[Taken] | None
    now: datetime

    def has_handled(self, service: str, record: OnLog) -> bool:
        """Whether this service's group has gone past it."""
        return record.offset < self.handled[service].get(record.at, 0)


def gather(
    stores: Mapping[str, Store],
    settings: CommonSettings,
    acknowledged: Sequence[Acknowledged],
    mails: Sequence[Taken] | Path | None,
    now: datetime,
) -> Evidence:
    """`mails`: what the server took, or the file of its account; None: nobody kept one. Raises Unavailable."""
    handled = {service: committed(settings, service) for service in SERVICES}
    log = [_on_log(record) for record in read_everything(settings, tuple(TOPICS))]
    pledge, notify, events = stores["pledge"], stores["notify"], stores["events"]
    figures = tally.take(pledge)
    pledges = _rows(pledge, "pledges", "state ref offer.message.id outbox.id")
    contacts = _rows(notify, "contacts", "state kind reason erasing forget_at outbox.id")
    sessions = _rows(notify, "sessions", "outbox.id")
    erasures = {service: _rows(stores[service], erasure.COLLECTION, "done_at outbox.id") for service in OWNERS}
    speaking = {name: _rows(events, name, f"{OF_A_POST} {OF_A_SIGN_UP} outbox.id") for name in OUTBOXES["events"]}
    return Evidence(
        acknowledged=acknowledged,
        handled=handled,
        log=log,
        tally=figures,
        pledges=pledges,
        contacts=contacts,
        posts=speaking["posts"],
        paused={id_ for id_, row in speaking["groups"].items() if "paused_at" in row},
        sign_ups=speaking["sign_ups"],
        sign_up_copies=_rows(notify, "sign_ups", "sequence state"),
        speaking={id_ for rows in speaking.values() for id_, row in rows.items() if row.get("outbox")},
        pending={
            "pledge": {id_ for name in OUTBOXES["pledge"] for id_ in _outbox(_rows(pledge, name, "outbox.id"))},
            "notify": _outbox(contacts) | _outbox(sessions),
            "events": {id_ for rows in speaking.values() for id_ in _outbox(rows)},
        },
        archives={service: _rows(stores[service], archive.COLLECTION, "type topic subject sequence data time") for service in SERVICES},
        counted={row["_id"] for row in pledge["counted"].find({}, {"_id": 1})},
        promises={row["_id"]: row["sequence"] for row in notify["promises"].find({}, {"sequence": 1})},
        letters={service: {row["_id"] for row in stores[service][dead_letters.COLLECTION].find({}, {"_id": 1})} for service in SERVICES},
        revoked={service: {row["_id"] for row in stores[service][revocations.COLLECTION].find({}, {"_id": 1})} for service in HEARERS},
        erasures=erasures,
        pauses={service: _heard_of_pauses(stores[service]) for service in PAUSE_HEARERS},
        copies={"pledge": _rows(pledge, "listings", COPIED), "notify": _rows(notify, "posts", COPIED)},
        paused_copies={
            "pledge": _rows(pledge, "paused_groups", "sequence paused_since"),
            "notify": _rows(notify, "groups", "sequence paused"),
        },
        ledger=_rows(notify, "notifications", "ref template cause state attempts message_id sent_at"),
        mails=_taken(mails),
        now=now,
    )


def _rows(db: Store, name: str, fields: str) -> dict[str, Row]:
    return {row["_id"]: row for row in db[name].find({}, dict.fromkeys(fields.split(), 1))}


def _heard_of_pauses(db: Store) -> int:
    row = db[pauses.COLLECTION].find_one({"_id": pauses.CAMPAIGN}, {"sequence": 1})
    return int(row["sequence"]) if row else -1


def _outbox(documents: Mapping[str, Row]) -> set[str]:
    return {entry["id"] for row in documents.values() for entry in row.get("outbox") or ()}


def _taken(mails: Sequence[Taken] | Path | None) -> Sequence[Taken] | None:
    """Read last: what the ledger says was sent lies in the account by then."""
    if not isinstance(mails, Path):
        return mails
    return read_account(mails) if mails.exists() else None


def _on_log(record: Record) -> OnLog:
    try:
        envelope = from_record(record)
    except (Poison, UnknownType):
        envelope = None
    return OnLog(record.at, record.offset, record.time, letter_id(record), envelope)


def read_acknowledged(file: Path) -> list[Acknowledged]:
    """A load driver's file: one JSON object a line, with `id`, `reference` or both, and what else it likes.

    Raises InvalidInput naming the line.
    """
    found = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput({}, f"{file} cannot be read: {type(error).__name__}") from None
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
            ack = Acknowledged(str(said.get("id") or ""), str(said.get("reference") or ""))
        except (ValueError, AttributeError):
            raise InvalidInput({}, f"{file}, line {number}: that is no JSON object") from None
        if not (ack.id or ack.reference):
            raise InvalidInput({}, f"{file}, line {number}: neither an id nor a reference") from None
        found.append(ack)
    return found
