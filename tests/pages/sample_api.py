"""An OpenAPI document as our machinery makes it, of a small API."""

import json
from typing import Any

import marshmallow as ma
from flask import Flask

from shared.web import json_api, openapi


class Consents(ma.Schema):
    reminders = ma.fields.Boolean(required=True, metadata={"description": "Whether we may send the nudge"})


class NewPledge(ma.Schema):
    action = ma.fields.String(required=True, metadata={"description": "What is pledged"})
    nudge = ma.fields.String(validate=ma.validate.OneOf(["2-days", "saturday"]))
    email = ma.fields.Email(allow_none=True)
    consents = ma.fields.Nested(Consents)


class Pledge(ma.Schema):
    id = ma.fields.UUID(required=True)
    history = ma.fields.List(ma.fields.Nested(Consents))


def sample_document() -> str:
    """The JSON text."""
    app = Flask("sample")
    pledges = json_api.Blueprint("pledges", "sample", url_prefix="/api/v1/pledges", description="Pledges")

    def make(_: dict[str, Any]) -> None:
        """Make a pledge

        With an e-mail it stays unconfirmed until its owner <taps> the link.
        """

    def show(pledge_id: str) -> None:
        """What anybody may know of it"""

    taken = pledges.arguments(NewPledge)(pledges.response(201, Pledge)(pledges.doc(parameters=[json_api.IDEMPOTENCY_KEY])(make)))
    pledges.route("", methods=["POST"])(taken)
    pledges.route("/<uuid:pledge_id>")(pledges.response(200, Pledge)(show))
    json_api.install(app, "Sample", [pledges])
    with app.app_context():
        return json.dumps(openapi.document(app))
