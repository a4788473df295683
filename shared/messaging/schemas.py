"""The payloads. Readers ignore unknown fields, and only optional fields may come or go: then versions run side by side.

No payload holds a person's name, address, need or words in clear; `sealed` opens with notify's key alone.
"""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

_WEEK = r"\d{4}-W\d{2}"


class Payload(Schema):
    class Meta:
        unknown = EXCLUDE


class Deltas(Payload):
    """What this message changes in the counters; the names are fixed, so no field name is ever made from data."""

    pledge = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    confirmed = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    interaction = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    kept = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    partly = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    poster = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    participant = fields.Integer(validate=Range(-1_000_000, 1_000_000))
    reach = fields.Integer(validate=Range(-10_000_000_000, 10_000_000_000))


def _code(**kwargs: Any) -> fields.String:
    return fields.String(validate=[Length(1, 64), Regexp(r"[a-z0-9-]+\Z")], **kwargs)


def _identifier(**kwargs: Any) -> fields.UUID:
    return fields.UUID(**kwargs)


class PledgeCounted(Payload):
    action = _code(required=True)
    theme = fields.Integer(required=True, validate=Range(1, 99))
    area = _code(required=True)
    week = fields.String(required=True, validate=Regexp(_WEEK + r"\Z"))
    channel = _code(required=True)
    deltas = fields.Nested(Deltas, required=True)


class PledgeAnswered(PledgeCounted):
    ref = _identifier()
    answer = fields.String(validate=OneOf(["yes", "partly"]))


class PledgePostponed(PledgeAnswered):
    nudge_at = fields.AwareDateTime(required=True)


class PosterUsed(Payload):
    code = fields.String(required=True, validate=[Length(1, 32), Regexp(r"[A-Z0-9-]+\Z")])
    week = fields.String(required=True, validate=Regexp(_WEEK + r"\Z"))
    deltas = fields.Nested(Deltas, required=True)


class ContactRef(Payload):
    ref = _identifier(required=True)


class ContactOffered(ContactRef):
    """`sealed` holds {address, first_name?, reference, token, consents, action, nudge_at}."""

    kind = fields.String(required=True, validate=OneOf(["pledge", "place", "organiser"]))
    replaces = _identifier()
    outcome = fields.String()
    position = fields.Integer()
    sealed = fields.String(required=True, validate=Length(1, 4000))


class ContactReceived(ContactRef):
    message_id = _identifier(required=True)


class ContactOutcome(ContactRef):
    reason = _code(required=True)


class SessionRevoked(Payload):
    """`expires`: when it would have run out by itself, so that whoever keeps the id knows how long."""

    session = _identifier(required=True)
    expires = fields.AwareDateTime(required=True)
