"""POST /api/v1/pledges makes one; GET /api/v1/pledges/{id} shows its public state."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView

from services.pledge import rules
from services.pledge.api.current import desk
from services.pledge.operations import pledges
from services.pledge.operations.places import Doubt, area_meant
from services.pledge.operations.pledges import Nudge, Promise
from services.pledge.store import Pledge, by_id
from shared.reference.actions import action, actions
from shared.reference.channels import channel_of
from shared.reference.consents import REMINDERS, current
from shared.runtime.clock import in_london
from shared.runtime.errors import InvalidInput, NotFound
from shared.security.addresses import ADVICE, read_address
from shared.web.audience import public
from shared.web.factory import now
from shared.web.json_api import IDEMPOTENCY_KEY, Blueprint, JustTrueOrFalse, idempotency_key

calls = Blueprint("pledges", __name__, url_prefix="/api/v1/pledges", description="Make a pledge, and see how it stands.")

PLEDGE_ID = {"in": "path", "name": "pledge_id", "required": True, "description": "The id that POST answered with"}

DOUBTS = {
    Doubt.NO_AREA: ("borough", "Send a borough’s slug or GSS code from /api/v1/areas, or work-study, or leave it out."),
    Doubt.NO_POSTCODE: ("postcode", "Send a full postcode, like E8 1DY, or leave it out."),
    Doubt.NOT_LONDON: ("postcode", "We do not know this postcode in London. Check it, or leave it out and send a borough."),
    Doubt.WHICH_ONE: ("postcode", "The borough and the postcode differ. Send the one that is meant."),
}


class Consents(ma.Schema):
    reminders = JustTrueOrFalse(metadata={"description": "Whether we may keep the e-mail with the pledge, to send its one nudge"})


class NewPledge(ma.Schema):
    action = ma.fields.String(required=True, metadata={"description": "The slug of an action from /api/v1/actions"})
    borough = ma.fields.String(metadata={"description": "A slug or GSS code from /api/v1/areas, or work-study; not said if left out"})
    postcode = ma.fields.String(metadata={"description": "A full London postcode instead; looked up, then forgotten"})
    email = ma.fields.String(metadata={"description": "For one nudge; needs consents.reminders"})
    channel = ma.fields.String(metadata={"description": "How the person came; one that we do not know counts as direct"})
    nudge = ma.fields.String(
        validate=ma.validate.OneOf(rules.NUDGE_CHOICES, error="Send 2-days, saturday or next-week."),
        metadata={"description": "When to nudge; saturday if left out. Only with an e-mail"},
    )
    consents = ma.fields.Nested(Consents)


class MadePledge(ma.Schema):
    id = ma.fields.UUID(required=True, metadata={"description": "For GET /api/v1/pledges/{pledge_id}"})
    reference = ma.fields.String(required=True, metadata={"description": "For its owner alone: whoever has it can take the pledge back"})
    status = ma.fields.String(
        required=True, validate=ma.validate.OneOf((rules.ANONYMOUS, rules.UNCONFIRMED)), metadata={"description": "How it stands now"}
    )


class PublicPledge(ma.Schema):
    id = ma.fields.UUID(required=True, metadata={"description": "As it was answered when it was made"})
    action = ma.fields.String(required=True, metadata={"description": "The slug of what was pledged"})
    theme = ma.fields.Integer(required=True, metadata={"description": "The theme that it counts for"})
    area = ma.fields.String(required=True, metadata={"description": "A slug from /api/v1/areas, work-study or not-said"})
    week = ma.fields.String(required=True, metadata={"description": "The ISO week in London, as 2026-W48"})
    status = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf((*rules.LIVE, rules.WITHDRAWN, rules.VOIDED)),
        metadata={"description": "Withdrawn: taken back by its owner. Voided: struck out as abuse. The others count"},
    )
    answer = ma.fields.String(
        required=True,
        allow_none=True,
        validate=ma.validate.OneOf(rules.ANSWERS),
        metadata={"description": "How it went, if its owner said"},
    )


@calls.route("")
@public
class Pledges(MethodView):
    @calls.arguments(NewPledge)
    @calls.response(201, MadePledge)
    @calls.doc(summary="Make a pledge", parameters=[IDEMPOTENCY_KEY])
    def post(self, body: dict[str, Any]) -> tuple[dict[str, str], int, dict[str, str]]:
        """It counts at once. With an e-mail we write to its owner, who confirms before any nudge is sent."""
        key = idempotency_key()
        errors: dict[str, list[str]] = {}
        promise, nudge = _promise(body, errors), _nudge(body, errors)
        if errors or promise is None:
            raise InvalidInput(errors)
        made = pledges.make(desk().work, promise, now=now(), key=key, nudge=nudge)
        status = rules.UNCONFIRMED if nudge else rules.ANONYMOUS  # as it was made: a repeat brings the same answer
        answer = {"id": made.id, "reference": made.reference, "status": status}
        return answer, 201, {"Location": f"/api/v1/pledges/{made.id}"}


@calls.route("/<uuid:pledge_id>", parameters=[PLEDGE_ID])
@public
class OnePledge(MethodView):
    @calls.response(200, PublicPledge)
    @calls.doc(summary="See a pledge")
    def get(self, pledge_id: Any) -> dict[str, Any]:
        """Its public state; never its reference, which can take it back."""
        found = by_id(str(pledge_id))
        if found is None:
            raise NotFound("We have no pledge with that id.")
        return _shown(found)


def _promise(body: dict[str, Any], errors: dict[str, list[str]]) -> Promise | None:
    today = in_london(now()).date()
    chosen = action(body["action"], today)
    if chosen is None:
        errors["action"] = [f"Send one of {', '.join(entry.slug for entry in actions(today))}."]
    area = area_meant(body.get("borough", ""), body.get("postcode", ""), desk().postcodes)
    if isinstance(area, Doubt):
        field, words = DOUBTS[area]
        errors[field] = [words]
        return None
    return Promise(chosen.slug, area, channel_of(body.get("channel"))) if chosen else None


def _nudge(body: dict[str, Any], errors: dict[str, list[str]]) -> Nudge | None:
    if "email" not in body:
        if "nudge" in body:
            errors["nudge"] = ["A nudge needs an e-mail: send one, or leave this out."]
        return None
    address = read_address(body["email"])
    if address is None:
        errors["email"] = [f"{ADVICE}."]
    if not body.get("consents", {}).get("reminders"):
        errors["consents.reminders"] = ["Send true when the owner of the e-mail said yes, or leave the e-mail out."]
    return Nudge(address, body.get("nudge", rules.SATURDAY), current(REMINDERS).id) if address else None


def _shown(pledge: Pledge) -> dict[str, Any]:
    return {
        "id": pledge.id,
        "action": pledge.action,
        "theme": pledge.theme,
        "area": pledge.area,
        "week": pledge.week,
        "status": pledge.state,
        "answer": pledge.answer,
    }
