"""The frozen corpus: for each released message type what its payload must hold, and records exactly as they lay on the log.

`python -m tests.support.corpus` adds a file for each type that has none. A file that is there is never changed: it is what
another release may still write, and what an archive may still hold.
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields
from nacl.public import PrivateKey

from shared.messaging.catalogue import CATALOGUE
from shared.messaging.envelope import Envelope, checked, to_record
from shared.messaging.records import Record
from shared.security.sealing import seal
from tests.support.settings import as_key

FOLDER = Path(__file__).parents[1] / "messaging" / "corpus"
SECRET = PrivateKey(b"the corpus has a key of its own!")  # for tests alone: its boxes hold nobody
SECRET_KEY, PUBLIC_KEY = as_key(bytes(SECRET)), as_key(bytes(SECRET.public_key))

IDS = uuid.UUID("0b6f5f0e-5a0b-4f0e-9d6a-2f3c1d0e9a11")
SUBJECT = "5d1c9d52-0e7c-4f0c-8c57-7a2f4f6f1b22"
REF, OTHER_REF = "9f3b1c84-6b1e-4b60-a7d4-3f0d2c5e8c33", "c2a7e6d1-83f4-4a5b-b9c8-1e6f7a8b9c44"
HOUR = datetime(2026, 6, 10, 14, tzinfo=UTC)

SEALED = {
    "address": "ada.quill@example.org",
    "reference": "CL-7K3M-9QXA",
    "token": "a-withdraw-token-22-sg",
    "consents": ["nudge-2026-11"],
    "action": "check-in",
    "nudge_at": "2026-06-13T09:00:00+01:00",
}
NOTE = {"template": "still-on", "values": {"title": "Open table", "post": SUBJECT}, "token": "a-still-on-token-22-sgn"}
# A value for each field that a payload may have. A new field needs one here.
VALUES: dict[str, Any] = {
    "action": "check-in",
    "answer": "partly",
    "area": "hackney",
    "channel": "posters",
    "code": "OLD-ST-3",
    "confidence": "medium",
    "confirmed": 1,
    "corrects": OTHER_REF,
    "expires": "2026-06-11T02:00:00+00:00",
    "interaction": 1,
    "kept": -1,
    "kind": "pledge",
    "message_id": str(IDS),
    "nudge_at": "2026-06-20T08:00:00+00:00",
    "outcome": "placed",
    "participant": 12,
    "partly": 1,
    "pledge": 1,
    "position": 3,
    "poster": 1,
    "reach": 2_000,
    "reason": "unconfirmed",
    "ref": REF,
    "replaces": OTHER_REF,
    "sealed": seal(PUBLIC_KEY, SEALED),
    "service": "pledge",
    "session": OTHER_REF,
    "theme": 1,
    "access": ["step-free", "quiet"],
    "access_needs": 2,
    "alone": True,
    "approved": True,
    "areas": ["hackney"],
    "calendar_name": "Thursday walk",
    "capacity": 20,
    "changed": ["place", "starts"],
    "conversations": 9,
    "cost": "free",
    "days": "Tuesdays and Fridays",
    "edition": 2,
    "event": OTHER_REF,
    "ends": "2026-06-18T18:15:00+00:00",
    "event_kind": "walk",
    "group": OTHER_REF,
    "group_name": "Lea Side Walkers",
    "group_slug": "lea-side-walkers",
    "has_room": "ring-first",
    "id": SUBJECT,
    "joining": "book",
    "last_checked": "2026-06-01T09:00:00+00:00",
    "name": "Lea Side Walkers",
    "paused": True,
    "people": 14,
    "placed": 12,
    "place": "White Post Lane, E9",
    "reasons": ["access", "unclear"],
    "refs": [REF],
    "sealed_place": seal(PUBLIC_KEY, {"place": "White Post Lane, E9"}),
    "slot": OTHER_REF,
    "slug": "evening-walk-5d1c9d",
    "source": "publisher",
    "starts": "2026-06-18T17:00:00+00:00",
    "taken_back": True,
    "summary": "A slow walk by the water, then tea.",
    "title": "Evening walk along the canal",
    "until": "2026-06-30T22:00:00+00:00",
    "waiting": 3,
    "what": "paper",
    "who_for": "adults",
    "week": "2026-W24",
}


@dataclass(frozen=True)
class Frozen:
    """`required`, `optional`: field (nested ones as `deltas.pledge`) → kind."""

    type: str
    required: dict[str, str]
    optional: dict[str, str]
    records: list[Record]


def load(type_: str) -> Frozen:
    found = json.loads(_file(type_).read_text())
    topic = found["topic"]
    return Frozen(found["type"], found["required"], found["optional"], [_record(topic, one) for one in found["records"]])


def frozen_types() -> set[str]:
    return {file.stem for file in FOLDER.glob("*.json")}


def _file(type_: str) -> Path:
    return FOLDER / f"{type_}.json"


def _record(topic: str, one: dict[str, Any]) -> Record:
    headers = tuple((name, value.encode()) for name, value in one["headers"].items())
    return Record(topic, one["key"].encode(), one["value"].encode(), headers, datetime.fromisoformat(one["time"]), 0, 0)


# What a schema asks for


def shape(schema: Schema, *, required: bool) -> dict[str, str]:
    """The fields of a payload that are (not) required, with their kinds."""
    return {name: type(field).__name__ for name, field in _all_fields(schema) if field.required is required}


def _all_fields(schema: Schema, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in sorted(schema.fields.items()):
        yield prefix + name, field
        if nested := _nested(field):
            yield from _all_fields(nested.schema, f"{prefix}{name}.")


def _nested(field: Any) -> Any:
    """The nested field: itself, or what a list holds; else None."""
    inner = field.inner if isinstance(field, fields.List) else field
    return inner if isinstance(inner, fields.Nested) else None


def samples(type_: str) -> list[dict[str, Any]]:
    """The least payload, and the fullest."""
    schema = CATALOGUE[type_].schema()
    own = {"sealed": seal(PUBLIC_KEY, NOTE)} if type_ == "contact.note.v1" else {}
    return [checked(type_, _sample(schema, everything=everything) | own) for everything in (False, True)]


def _sample(schema: Schema, *, everything: bool) -> dict[str, Any]:
    return {name: _value(name, field, everything) for name, field in schema.fields.items() if field.required or everything}


def _value(name: str, field: Any, everything: bool) -> Any:
    if (nested := _nested(field)) is None:
        return VALUES[name]
    one = _sample(nested.schema, everything=everything)
    return [one] if isinstance(field, fields.List) else one


def golden(type_: str) -> list[Record]:
    """The samples as they are written today."""
    entry = CATALOGUE[type_]
    subject = {"poster.used.v1": VALUES["code"], "session.revoked.v1": OTHER_REF}.get(
        type_, REF if type_.startswith("contact.") else SUBJECT
    )
    marks: dict[str, Any] = {} if entry.apart else {"sequence": 2, "correlation_id": "9c1e"}
    return [
        to_record(Envelope(str(uuid.uuid5(IDS, f"{type_}/{number}")), type_, entry.emitters[0], HOUR, subject, data, **marks))
        for number, data in enumerate(samples(type_))
    ]


def _frozen(type_: str) -> dict[str, Any]:
    entry = CATALOGUE[type_]
    records = [
        {
            "key": (record.key or b"").decode(),
            "time": record.time.isoformat(),
            "headers": {name: value.decode() for name, value in record.headers},
            "value": (record.value or b"").decode(),
        }
        for record in golden(type_)
    ]
    schema = entry.schema()
    shapes = {"required": shape(schema, required=True), "optional": shape(schema, required=False)}
    return {"type": type_, "topic": entry.topic, **shapes, "records": records}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for type_ in CATALOGUE.keys() - frozen_types():
        _file(type_).write_text(json.dumps(_frozen(type_), indent=1, ensure_ascii=False) + "\n")
        print(f"{_file(type_)} written: look at it, then commit it")  # noqa: T201 -- a command speaks to whoever runs it


if __name__ == "__main__":
    main()
