"""POST /api/v1/events/{id}/sign-ups asks for a place; DELETE /api/v1/sign-ups/{id} gives it back, with the token of the mailed link."""

from typing import Any, NoReturn

import marshmallow as ma
from flask import current_app, request
from flask.views import MethodView
from werkzeug import exceptions as http

from services.events.api.words import EVENT_ID, SIGN_UP_ID, described
from services.events.operations import finding, joining, sign_ups
from services.events.rules import places as rules
from services.events.rules import seen
from services.events.rules.posts import EVENT
from services.events.settings import Settings
from services.events.store.finding import Found, by_id
from services.events.store.places import by_leave_hash
from shared.messaging.work import Work
from shared.reference.channels import channel_of
from shared.reference.consents import EVENING_BEFORE, current
from shared.runtime.errors import Conflict, InvalidInput, NotFound
from shared.security.tokens import hash_token, looks_like_token
from shared.web import per_network
from shared.web.audience import by_link, public
from shared.web.factory import now
from shared.web.i18n import N_
from shared.web.json_api import IDEMPOTENCY_KEY, Blueprint, JustTrueOrFalse, idempotency_key

calls = Blueprint("sign_ups", __name__, url_prefix="/api/v1", description="Take a place at an event, and give it back.")

BEARER = "Bearer "
_NO_EVENT = "We have no event with that id that people can find."
_TOKEN = {
    "in": "header",
    "name": "Authorization",
    "required": True,
    "schema": {"type": "string"},
    "description": "Bearer and the token of the mailed link, its last 22 signs",
}


class SignUpConsents(ma.Schema):
    evening_before = JustTrueOrFalse(
        data_key=EVENING_BEFORE, metadata={"description": "Whether we may mail them the evening before; they confirm it in our mail"}
    )


class NewSignUp(ma.Schema):
    first_name = ma.fields.String(required=True, metadata={"maxLength": rules.FIRST_NAME.most, "description": "Any name will do"})
    email = ma.fields.String(required=True, metadata={"description": "Where the meeting point and the link to leave go"})
    slot = ma.fields.UUID(metadata={"description": "One of the event’s slots; the first if left out"})
    bringing = ma.fields.Integer(
        strict=True, load_default=0, metadata={"description": "How many people come along; the event says how many may"}
    )
    access_needs = ma.fields.String(
        load_default="", metadata={"maxLength": rules.ACCESS_NEEDS.most, "description": "Shown to the event’s organisers alone"}
    )
    channel = ma.fields.String(load_default="", metadata={"description": "How the person came; one that we do not know counts as direct"})
    consents = ma.fields.Nested(SignUpConsents)


@described
class MadeSignUp(ma.Schema):
    id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True, metadata={"description": "Opens the page that repeats this answer, and nothing else"})
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(rules.LIVE))
    position = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "In the queue, from 1; else null"})


@calls.route("/events/<uuid:event_id>/sign-ups", parameters=[EVENT_ID])
@public
class SignUps(MethodView):
    @calls.arguments(NewSignUp)
    @calls.response(201, MadeSignUp)
    @calls.doc(summary="Ask for a place", parameters=[IDEMPOTENCY_KEY])
    def post(self, body: dict[str, Any], event_id: Any) -> tuple[dict[str, Any], int, dict[str, str]]:
        """A place, or one in the queue, at once. The same person again gets a stranger’s answer, and the truth by mail."""
        key, found = idempotency_key(), _found(str(event_id))
        twice = sign_ups.asked_before(key)
        if not twice and (why := joining.why_not(found, now())):
            _refuse(why)
        slot = _slot(found, body.get("slot"))
        typed = {name: str(body[name]).strip() for name in ("first_name", "email", "access_needs")}
        if flaws := joining.faults(typed, body["bringing"], found.live.get("bringing") or 0):
            raise InvalidInput({name: [f"{flaw.plain}."] for name, flaw in flaws.items()})
        consents = [current(EVENING_BEFORE).id] if (body.get("consents") or {}).get("evening_before") else []
        wish = joining.wish_of(typed, body["bringing"], consents, channel_of(body["channel"]))
        if not twice:
            per_network.spend(joining.CROWD, slot, joining.CROWDED, joining.CROWD_WAITS)
        made, said = sign_ups.ask(_work(), found, slot, wish, now=now(), key=key, fresh=not twice)
        if said.state == rules.REFUSED:
            _refuse(joining.why_refused(found, said.reason, now()))
        answer = {"id": made.id, "reference": made.reference, "status": said.state, "position": said.position}
        return answer, 201, {"Location": f"/event/{found.slug}/joined/{made.reference}"}


@calls.route("/sign-ups/<uuid:sign_up_id>", parameters=[SIGN_UP_ID])
@by_link
class OneSignUp(MethodView):
    @calls.response(204)
    @calls.alt_response(401, "UNAUTHORIZED")
    @calls.doc(summary="Give a place back", parameters=[_TOKEN])
    def delete(self, sign_up_id: Any) -> None:
        """Twice is once; the next in the queue is called."""
        token = _token()
        opened = by_leave_hash(hash_token(token)) if looks_like_token(token) else None
        if opened is None or str(sign_up_id) not in (opened.id, opened.same_as):
            raise NotFound("This token opens no place with that id.")
        sign_ups.leave(sign_ups.behind(token), now=now())


def _work() -> Work[Settings]:
    work: Work[Settings] = current_app.extensions["work"]
    return work


def _found(event_id: str) -> Found:
    found = by_id(EVENT, event_id)
    if found is None or finding.how_shown(found, now()) not in (seen.SHOWN, seen.CLOSED, seen.CANCELLED, seen.OVER):
        raise NotFound(_NO_EVENT)
    return found


def _slot(found: Found, sent: Any) -> str:
    slots = [slot["id"] for slot in found.slots]
    if sent is not None and str(sent) not in slots:
        raise InvalidInput({"slot": ["Send the id of one of this event’s slots, or leave it out."]})
    return str(sent or slots[0])


def _token() -> str:
    sent = request.headers.get("Authorization", "")
    if not sent.startswith(BEARER):
        raise http.Unauthorized(N_("Send the token of the mailed link, as Authorization: Bearer …"))
    return sent.removeprefix(BEARER).strip()


def _refuse(why: str) -> NoReturn:
    raise Conflict(joining.WHY_NOT[why])
