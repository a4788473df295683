"""GET /api/v1/actions, /areas (also as /boroughs) and /themes: what the rest of the API speaks of."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView

from shared.reference.actions import actions
from shared.reference.areas import areas
from shared.reference.themes import themes
from shared.runtime.clock import in_london
from shared.web.audience import public
from shared.web.factory import now
from shared.web.json_api import Blueprint

calls = Blueprint("reference", __name__, url_prefix="/api/v1", description="The actions, areas and themes.")


class Action(ma.Schema):
    slug = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    lede = ma.fields.String(required=True, metadata={"description": "What to do, in a sentence"})
    minutes = ma.fields.String(required=True, metadata={"description": "How long it takes, in words"})
    facts = ma.fields.List(ma.fields.String(), required=True)
    why = ma.fields.String(required=True, metadata={"description": "Why it helps"})
    care_note = ma.fields.String(required=True, allow_none=True, metadata={"description": "What to know before choosing it"})
    theme = ma.fields.Integer(required=True, metadata={"description": "The theme that its pledges count for"})
    starter = ma.fields.Boolean(required=True, metadata={"description": "One of the three to begin with"})


class Area(ma.Schema):
    slug = ma.fields.String(required=True)
    gss = ma.fields.String(required=True, metadata={"description": "The GSS code of the Office for National Statistics"})
    name = ma.fields.String(required=True)
    population_2021 = ma.fields.Integer(required=True, metadata={"description": "Census 2021, to the nearest 100"})


class Theme(ma.Schema):
    number = ma.fields.Integer(required=True)
    slug = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    aspiration = ma.fields.String(required=True, metadata={"description": "The programme’s own words"})


class Actions(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Action), required=True)


class Areas(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Area), required=True)


class Themes(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Theme), required=True)


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
        return {"items": areas()}


@calls.route("/boroughs")
@public
class BoroughList(MethodView):
    @calls.response(200, Areas)
    @calls.doc(summary="The same as /api/v1/areas")
    def get(self) -> dict[str, Any]:
        """For who knows them by this name."""
        return {"items": areas()}


@calls.route("/themes")
@public
class ThemeList(MethodView):
    @calls.response(200, Themes)
    @calls.doc(summary="The themes that pledges count for")
    def get(self) -> dict[str, Any]:
        """The programme's aspirations, by number."""
        return {"items": themes()}
