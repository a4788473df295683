"""Things that tests make: a promise, a nudge, envelopes. Invented people at example.org."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.pledge import rules
from services.pledge.operations.pledges import Nudge, Promise
from shared.messaging.envelope import Envelope, to_record
from shared.messaging.records import Partition, Record
from shared.reference.consents import REMINDERS, current
from tests.support.settings import A_MOMENT

ADDRESS = "wilhelmina.quill@example.org"


def a_promise(**changes: Any) -> Promise:
    given = {"action": "check-in", "area": "hackney", "channel": "direct", "poster": None}
    return Promise(**{**given, **changes})


def a_nudge(**changes: Any) -> Nudge:
    given = {"address": ADDRESS, "choice": rules.SATURDAY, "consent": current(REMINDERS).id}
    return Nudge(**{**given, **changes})


def an_id() -> str:
    return str(uuid.uuid4())


def counted(**changes: Any) -> dict[str, Any]:
    """The payload of a pledge message."""
    given = {
        "action": "check-in",
        "theme": 1,
        "area": "hackney",
        "week": "2026-W24",
        "channel": "direct",
        "deltas": {"pledge": 1, "interaction": 1},
    }
    return {**given, **changes}


def an_envelope(type_: str = "pledge.made.v1", data: Mapping[str, Any] | None = None, **changes: Any) -> Envelope:
    given: dict[str, Any] = {
        "id": an_id(),
        "type": type_,
        "source": "pledge",
        "time": A_MOMENT.replace(minute=0, second=0, microsecond=0),
        "subject": an_id(),
        "data": counted() if data is None else data,
        "sequence": 0,
    }
    return Envelope(**{**given, **changes})


def a_record(type_: str = "pledge.made.v1", data: Mapping[str, Any] | None = None, **changes: Any) -> Record:
    return to_record(an_envelope(type_, data, **changes))


def outcome(ref: str, reason: str = "confirmed") -> dict[str, Any]:
    """The payload of contact.confirmed and its kin."""
    return {"ref": ref, "reason": reason}


Change = Callable[[Record], Record]


def without_header(name: str) -> Change:
    return lambda record: replace(record, headers=tuple(item for item in record.headers if item[0] != name))


def with_header(name: str, value: bytes) -> Change:
    return lambda record: replace(record, headers=(*without_header(name)(record).headers, (name, value)))


def on(place: Partition, record: Record) -> Record:
    """The same record, to be written there."""
    return replace(record, topic=place.topic, partition=place.number)
