"""GET /api/v1/campaign: what Londoners have done so far."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView

from services.pledge.api.current import desk
from services.pledge.operations.numbers import Campaign
from services.pledge.rules import disclosure
from shared.reference.counters import Counter, counters
from shared.web.audience import public
from shared.web.factory import now
from shared.web.json_api import Blueprint

calls = Blueprint("campaign", __name__, url_prefix="/api/v1/campaign", description="The campaign’s numbers.")

COUNTED, NOT_COLLECTED = "counted", "not-collected"


class CounterSchema(ma.Schema):
    """One counter. `confirmed` is within pledges, `partly` beside kept; the others have neither."""

    value = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "null, never 0, while nothing feeds it"})
    status = ma.fields.String(
        required=True, validate=ma.validate.OneOf((COUNTED, NOT_COLLECTED)), metadata={"description": "Whether anything feeds it yet"}
    )
    confirmed = ma.fields.Integer(metadata={"description": "Of pledges: those whose e-mail was confirmed"})
    partly = ma.fields.Integer(metadata={"description": "Of kept: those done in part, counted apart"})


class Cell(ma.Schema):
    key = ma.fields.String(required=True, metadata={"description": "A theme’s number, an area’s or a channel’s slug, or an ISO week"})
    value = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "To the nearest 5"})
    status = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf((disclosure.PUBLISHED, disclosure.FEW, disclosure.WITHHELD)),
        metadata={"description": "Hidden is fewer-than-10 or withheld; neither means 0"},
    )


class Breakdowns(ma.Schema):
    theme = ma.fields.List(ma.fields.Nested(Cell), required=True, metadata={"description": "By the action’s theme"})
    area = ma.fields.List(
        ma.fields.Nested(Cell), required=True, metadata={"description": "By where people live; work-study and not-said last"}
    )
    week = ma.fields.List(ma.fields.Nested(Cell), required=True, metadata={"description": "By ISO week, the first to the present one"})
    channel = ma.fields.List(ma.fields.Nested(Cell), required=True, metadata={"description": "By how people heard of us"})


class Counters(ma.Schema):
    pledge = ma.fields.Nested(CounterSchema, required=True)
    interaction = ma.fields.Nested(CounterSchema, required=True)
    reach = ma.fields.Nested(CounterSchema, required=True)
    participant = ma.fields.Nested(CounterSchema, required=True)
    kept = ma.fields.Nested(CounterSchema, required=True)


class Targets(ma.Schema):
    reach = ma.fields.Integer(metadata={"description": "How many should have seen or heard of it"})
    interaction = ma.fields.Integer(metadata={"description": "How many should have done something"})


class EditionSchema(ma.Schema):
    publication = ma.fields.String(required=True, metadata={"description": "Its id, to be quoted; the same in the files under /data"})
    as_at = ma.fields.AwareDateTime(required=True, metadata={"description": "When the breakdowns were counted"})


class CampaignSchema(ma.Schema):
    as_at = ma.fields.AwareDateTime(required=True, metadata={"description": "When the counters were read"})
    targets = ma.fields.Nested(Targets, required=True, metadata={"description": "Counter → what the campaign aims for"})
    counters = ma.fields.Nested(Counters, required=True)
    breakdowns = ma.fields.Nested(Breakdowns, required=True, metadata={"description": "Pledges by one dimension, as published last"})
    published = ma.fields.Nested(
        EditionSchema, required=True, allow_none=True, metadata={"description": "Of the breakdowns; null before the first edition"}
    )


@calls.route("")
@public
class CampaignNumbers(MethodView):
    @calls.response(200, CampaignSchema)
    @calls.doc(summary="The campaign’s numbers")
    def get(self) -> dict[str, Any]:
        """Five counters that are never added together, and breakdowns that give nobody away."""
        found = desk().numbers.at(now())
        return {
            "as_at": found.as_at,
            "targets": {entry.id: entry.target for entry in counters() if entry.target},
            "counters": {entry.id: _counter(entry, found) for entry in counters()},
            "breakdowns": found.breakdowns,
            "published": {"publication": found.edition.id, "as_at": found.edition.as_at} if found.edition else None,
        }


def _counter(entry: Counter, found: Campaign) -> dict[str, Any]:
    value = found.value(entry)
    if value is None:
        return {"value": None, "status": NOT_COLLECTED}
    shown: dict[str, Any] = {"value": value, "status": COUNTED}
    if entry.part:
        shown[entry.part] = found.total(entry.part)
    return shown
