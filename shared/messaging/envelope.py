"""A message's envelope: CloudEvents 1.0 over Kafka in binary mode, JSON body.

Source of the format: CloudEvents Kafka protocol binding 1.0.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from marshmallow import ValidationError

from shared.messaging.catalogue import CATALOGUE
from shared.messaging.records import Record
from shared.runtime.errors import Poison


@dataclass(frozen=True)
class Envelope:
    """`subject`: whose message it is, and the Kafka key. `sequence`: its place among the subject document's messages."""

    id: str
    type: str
    source: str
    time: datetime
    subject: str
    data: Mapping[str, Any]
    sequence: int | None = None
    correlation_id: str | None = None


# The library would make up an id or a time that is missing, and another one at each reading.
_REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject")


class UnknownType(Exception):
    """A type that this release's catalogue does not hold: to be parked, not condemned."""


def to_record(envelope: Envelope, topic: str = "") -> Record:
    """The Kafka record, its timestamp the envelope's own time. `topic`: the catalogue's, unless it is said."""
    extensions = {"sequence": envelope.sequence, "correlationid": envelope.correlation_id}
    attributes = {
        "id": envelope.id,
        "type": envelope.type,
        "source": envelope.source,
        "time": envelope.time,
        "subject": envelope.subject,
        "specversion": "1.0",
        "datacontenttype": "application/json",
        **{name: str(value) for name, value in extensions.items() if value is not None},
    }
    message = to_binary(CloudEvent(attributes, dict(envelope.data)), JSONFormat(), key_mapper=lambda _: envelope.subject)
    return Record(
        topic=topic or CATALOGUE[envelope.type].topic,
        key=envelope.subject.encode(),
        value=message.value,
        headers=tuple(message.headers.items()),
        time=envelope.time,
    )


def from_record(record: Record) -> Envelope:
    """Read and check a record. Raises Poison with the reason, or UnknownType."""
    if record.value is None:
        raise Poison("the body is null")
    if missing := [name for name in _REQUIRED if name not in dict(record.headers)]:
        raise Poison(f"headers are missing: {', '.join(missing)}")
    try:
        event = from_binary(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat(), CloudEvent)
    except Exception as error:  # whatever a stranger's bytes can provoke in the decoder, they are poison
        raise Poison(f"cannot be decoded: {type(error).__name__}") from None
    type_, data = event.get_type(), event.get_data()
    entry = CATALOGUE.get(type_)
    if entry is None:
        raise UnknownType(type_)
    if entry.topic != record.topic:
        raise Poison(f"{type_} does not belong on {record.topic}")
    if not isinstance(data, dict):
        raise Poison("the body is not a JSON object")
    subject, time = event.get_subject(), event.get_time()
    if not subject or time is None:
        raise Poison("subject or time is empty")
    extensions = {name: event.get_extension(name) for name in ("sequence", "correlationid")}
    return Envelope(
        id=event.get_id(),
        type=type_,
        source=event.get_source(),
        time=time,
        subject=subject,
        data=checked(type_, data),
        sequence=_number(extensions["sequence"]),
        correlation_id=extensions["correlationid"],
    )


def checked(type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as its schema reads it (ids and times as text). Raises Poison naming the fields."""
    schema = CATALOGUE[type_].schema()
    try:
        loaded = schema.load(dict(data))
    except ValidationError as error:
        raise Poison(f"{type_} has wrong fields: {', '.join(_wrong_fields(error))}") from None
    dumped: dict[str, Any] = schema.dump(loaded)
    return dumped


def _wrong_fields(error: ValidationError) -> list[str]:
    return sorted(map(str, error.messages)) if isinstance(error.messages, dict) else ["body"]


def _number(text: Any) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise Poison("sequence is not a number") from None
