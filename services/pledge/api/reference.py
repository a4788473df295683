"""GET /api/v1/actions, /areas (also as /boroughs) and /themes: what the rest of the API speaks of."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView

from services.pledge.api.current import desk
from services.pledge.operations.by_area import MISSING, area_number
from services.pledge.rules import disclosure
from shared.reference.actions import actions
from shared.reference.areas import Area as OurArea
from shared.reference.areas import area, areas, resolve_area
from shared.reference.groupings import groupings
from shared.reference.themes import themes
from shared.runtime.clock import in_london
from shared.runtime.errors import NotFound
from shared.web.audience import public
from shared.web.factory import now
from shared.web.json_api import Blueprint

calls = Blueprint("reference", __name__, url_prefix="/api/v1", description="The actions, areas and themes.")

AREA = {
    "in": "path",
    "name": "area",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9-]+$", "maxLength": 40},
    "description": "Its slug or GSS code, in any case",
}


class Action(ma.Schema):
    slug = ma.fields.String(required=True, metadata={"description": "Our code, which a pledge names"})
    title = ma.fields.String(required=True, metadata={"description": "What it is called on pages"})
    lede = ma.fields.String(required=True, metadata={"description": "What to do, in a sentence"})
    minutes = ma.fields.String(required=True, metadata={"description": "How long it takes, in words"})
    facts = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "A few words each: where, what it costs"})
    why = ma.fields.String(required=True, metadata={"description": "Why it helps"})
    care_note = ma.fields.String(required=True, allow_none=True, metadata={"description": "What to know before choosing it"})
    theme = ma.fields.Integer(required=True, metadata={"description": "The theme that its pledges count for"})
    starter = ma.fields.Boolean(required=True, metadata={"description": "One of the three to begin with"})


class Grouping(ma.Schema):
    code = ma.fields.String(required=True, metadata={"description": "Our code, as in /data/groupings.json"})
    set = ma.fields.String(required=True, metadata={"description": "nhs-footprint or icb, an integrated care board"})
    gss = ma.fields.String(required=True, allow_none=True, metadata={"description": "Its ONS code, if it has one"})
    name = ma.fields.String(required=True, metadata={"description": "Its name, for people"})
    valid_from = ma.fields.Date(required=True, metadata={"description": "The first day on which it stood"})
    valid_to = ma.fields.Date(required=True, allow_none=True, metadata={"description": "The last; null while it stands"})


class Area(ma.Schema):
    slug = ma.fields.String(required=True, metadata={"description": "Our code, as in the address of its page"})
    gss = ma.fields.String(required=True, metadata={"description": "The GSS code of the Office for National Statistics"})
    name = ma.fields.String(required=True, metadata={"description": "Its name, for people"})
    population_2021 = ma.fields.Integer(required=True, metadata={"description": "Census 2021, to the nearest 100"})
    compared = ma.fields.Boolean(required=True, metadata={"description": "False for the City, where too few live for a rate"})
    groupings = ma.fields.List(
        ma.fields.Nested(Grouping), required=True, metadata={"description": "Its NHS footprint of 2017, and each care board it was ever in"}
    )


class AreaWithNumber(Area):
    pledges = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "Pledges so far, to the nearest 5"})
    status = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf((disclosure.PUBLISHED, disclosure.FEW, disclosure.WITHHELD, MISSING)),
        metadata={"description": "Why there is a number, or why there is none; missing before the first edition"},
    )
    rate_per_10000 = ma.fields.Float(
        required=True, allow_none=True, metadata={"description": "Published pledges for every 10,000 people of the census"}
    )
    publication = ma.fields.String(required=True, allow_none=True, metadata={"description": "The id of the edition"})
    as_at = ma.fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "When it was counted"})


class Theme(ma.Schema):
    number = ma.fields.Integer(required=True, metadata={"description": "Its number, which actions and events name"})
    slug = ma.fields.String(required=True, metadata={"description": "Our code"})
    name = ma.fields.String(required=True, metadata={"description": "Its name, for people"})
    aspiration = ma.fields.String(required=True, metadata={"description": "The programme’s own words"})


class Actions(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Action), required=True, metadata={"description": "Every action that can be pledged today"})


class Areas(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Area), required=True, metadata={"description": "All 33, in alphabetical order"})


class Themes(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Theme), required=True, metadata={"description": "In the order of their numbers"})


@calls.route("/actions")
@public
class ActionList(MethodView):
    @calls.response(200, Actions)
    @calls.doc(summary="The actions that can be pledged")
    def get(self) -> dict[str, Any]:
        """In the order in which the pages show them."""
        return {"items": actions(in_london(now()).date())}


@calls.route("/areas")
@public
class AreaList(MethodView):
    @calls.response(200, Areas)
    @calls.doc(summary="The 33 areas: 32 boroughs and the City of London")
    def get(self) -> dict[str, Any]:
        """A pledge's area may also be work-study or not-said."""
        return {"items": _areas()}


@calls.route("/boroughs")
@public
class BoroughList(MethodView):
    @calls.response(200, Areas)
    @calls.doc(summary="The same as /api/v1/areas")
    def get(self) -> dict[str, Any]:
        """For who knows them by this name."""
        return {"items": _areas()}


@calls.route("/areas/<area>", parameters=[AREA])
@public
class OneArea(MethodView):
    @calls.response(200, AreaWithNumber)
    @calls.doc(summary="One area with its number")
    def get(self, area: str) -> dict[str, Any]:
        """Its pledges as published, through the disclosure rule, and the rate that follows from them."""
        return _with_number(area)


@calls.route("/boroughs/<area>", parameters=[AREA])
@public
class OneBorough(MethodView):
    @calls.response(200, AreaWithNumber)
    @calls.doc(summary="The same as /api/v1/areas/{area}")
    def get(self, area: str) -> dict[str, Any]:
        """For who knows them by this name."""
        return _with_number(area)


@calls.route("/themes")
@public
class ThemeList(MethodView):
    @calls.response(200, Themes)
    @calls.doc(summary="The themes that pledges count for")
    def get(self) -> dict[str, Any]:
        """The programme's aspirations, by number."""
        return {"items": themes()}


def _areas() -> list[dict[str, Any]]:
    return [_area(one) for one in areas()]


def _area(one: OurArea) -> dict[str, Any]:
    return {**vars(one), "groupings": [grouping for grouping in groupings() if one.slug in grouping.areas]}


def _with_number(text: str) -> dict[str, Any]:
    found = area(resolve_area(text) or "")
    if found is None:
        raise NotFound("We have no area of that name or code: /api/v1/areas lists them all.")
    edition = desk().numbers.at(now()).edition
    number = area_number(edition, found)
    shown = {"pledges": number.cell.value, "status": number.cell.status, "rate_per_10000": number.rate}
    return {**_area(found), **shown, "publication": edition.id if edition else None, "as_at": edition.as_at if edition else None}
