"""POST /api/v1/groups, /events and /initiatives: an organiser's program posts as her form does, and it waits to be read.

The schemas come from the tables that the forms are made from, and what is said is checked by the same rules.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow as ma
import orjson
from flask import current_app
from werkzeug import exceptions as http

from services.events.api.words import WORDS, described
from services.events.operations import drafts, groups
from services.events.rules import checks, content
from services.events.rules import groups as group_rules
from services.events.rules.checks import Terms
from services.events.rules.content import CODE, CODES, DAY, NUMBER, TIME, YES_NO, Field
from services.events.rules.posts import DRAFT, EVENT, INITIATIVE
from services.events.rules.wording import Flaws, whole_address
from services.events.settings import Settings
from services.events.store import Group
from services.events.store.groups import by_slug
from shared.messaging.work import Work
from shared.runtime.errors import InvalidInput
from shared.security.sealing import keyed_hash
from shared.web.audience import signed_in
from shared.web.factory import now
from shared.web.i18n import N_
from shared.web.json_api import IDEMPOTENCY_KEY, Blueprint, JustTrueOrFalse, idempotency_key
from shared.web.sessions import current_session

calls = Blueprint("posting", __name__, url_prefix="/api/v1", description="Post what a group does, with an organiser’s session.")

SUBMITTED = "submitted"
_ABOUT: Mapping[str, str] = {
    DAY: "As 2026-11-28",
    TIME: "On London’s wall clock, as 18:00; an end that is not after the start is on the next day",
}
Answer = tuple[dict[str, str], int, dict[str, str]]


def _shape(field: Field, codes: Iterable[str]) -> ma.fields.Field[Any]:
    about: dict[str, Any] = {"description": f"{WORDS.get(field.name, 'The day')}. {_ABOUT[field.kind]}"} if field.kind in _ABOUT else {}
    if field.kind == NUMBER:
        return ma.fields.Integer(strict=True, required=field.needed, metadata=about)
    if field.kind == YES_NO:
        return JustTrueOrFalse(required=field.needed)
    if field.kind == CODES:
        return ma.fields.List(ma.fields.String(metadata={"enum": list(codes)}), required=field.needed)
    if field.kind == CODE:
        about["enum"] = list(codes)
    elif field.most:
        about["maxLength"] = field.most
    return ma.fields.String(required=field.needed, metadata=about)


def _shapes(fields: Iterable[Field]) -> dict[str, ma.fields.Field[Any]]:
    return {field.name: _shape(field, _codes(field)) for field in fields}


def _codes(field: Field) -> tuple[str, ...]:
    if field.kind not in (CODE, CODES):
        return ()
    return tuple(group_rules.options(field)) if field in group_rules.FIELDS else tuple(checks.options(field))


_GROUP_FIELD = {"group": ma.fields.String(required=True, metadata={"description": "The slug of a group of yours"})}
NewGroup = described(ma.Schema.from_dict(_shapes(group_rules.FIELDS), name="NewGroup"))
NewEvent = described(ma.Schema.from_dict(_GROUP_FIELD | _shapes(content.EVENT_FIELDS), name="NewEvent"))
NewInitiative = described(ma.Schema.from_dict(_GROUP_FIELD | _shapes(content.INITIATIVE_FIELDS), name="NewInitiative"))


@described
class Posted(ma.Schema):
    id = ma.fields.UUID(required=True)
    status = ma.fields.String(required=True, validate=ma.validate.OneOf((SUBMITTED,)), metadata={"description": "It waits to be read"})


class PostedGroup(Posted):
    slug = ma.fields.String(required=True, metadata={"description": "What its posts name as their group"})


@calls.post("/groups")
@signed_in
@calls.arguments(NewGroup)
@calls.response(201, PostedGroup)
@calls.alt_response(401, "UNAUTHORIZED")
@calls.doc(summary="Tell us about a group", parameters=[IDEMPOTENCY_KEY])
def post_group(body: dict[str, Any]) -> Answer:
    """A person reads it: by itself, or together with the first thing it posts."""
    ref, work = _refs()[0], _work()
    answers = _with_address(body)
    _refuse(group_rules.faults(answers))
    group = groups.make(work, answers, ref, now=now(), key=idempotency_key(), digest=_digest(work, body, ref))
    if not group.asked:
        groups.send(work, group, ref=ref, now=now())
    return {"id": group.id, "slug": group.slug, "status": SUBMITTED}, 201, {"Location": f"/groups/{group.slug}"}


@calls.post("/events")
@signed_in
@calls.arguments(NewEvent)
@calls.response(201, Posted)
@calls.alt_response(401, "UNAUTHORIZED")
@calls.doc(summary="Post an event", parameters=[IDEMPOTENCY_KEY])
def post_event(body: dict[str, Any]) -> Answer:
    """A person reads it before anybody sees it."""
    return _post(EVENT, body)


@calls.post("/initiatives")
@signed_in
@calls.arguments(NewInitiative)
@calls.response(201, Posted)
@calls.alt_response(401, "UNAUTHORIZED")
@calls.doc(summary="Post something that is always on", parameters=[IDEMPOTENCY_KEY])
def post_initiative(body: dict[str, Any]) -> Answer:
    """A person reads it before anybody sees it."""
    return _post(INITIATIVE, body)


def _post(kind: str, body: dict[str, Any]) -> Answer:
    work, group = _work(), _group(body.pop("group"))
    ref = next(ref for ref in _refs() if ref in group.organisers)
    said = checks.as_sent(kind, _with_address(body))
    _refuse(checks.faults(kind, said, Terms(now(), bool(group.trusted))))
    if group.state == group_rules.DRAFT and group_rules.faults(groups.answers_of(work, group)):
        raise InvalidInput({"group": [f"Something is still missing about this group: fill it in on /groups/{group.slug}/about first."]})
    post = drafts.make(group, kind, now=now(), key=idempotency_key(), digest=_digest(work, body, group.id), content=said)
    if post.state == DRAFT:
        drafts.send(work, post, group, ref=ref, now=now())
    return {"id": post.id, "status": SUBMITTED}, 201, {"Location": f"/groups/{group.slug}/{post.id}"}


def _work() -> Work[Settings]:
    work: Work[Settings] = current_app.extensions["work"]
    return work


def _refs() -> tuple[str, ...]:
    session = current_session()
    if session is None or not session.refs:
        raise http.Unauthorized(N_("Sign in as an organiser, then send it again."))
    return session.refs


def _group(slug: str) -> Group:
    found = by_slug(slug)
    if found is None or not set(found.organisers) & set(_refs()):
        raise InvalidInput({"group": ["Send the slug of a group of yours."]})
    return found


def _with_address(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "link": whole_address(body["link"])} if body.get("link") else dict(body)


def _refuse(flaws: Flaws) -> None:
    if flaws:
        raise InvalidInput({name: [f"{flaw.plain}."] for name, flaw in flaws.items()})


def _digest(work: Work[Settings], body: Mapping[str, Any], whose: str) -> str:
    """What tells one body from another under the same key."""
    return keyed_hash(work.settings.events_key, "posted", orjson.dumps([whose, body], option=orjson.OPT_SORT_KEYS).decode())
