"""GET /api/v1/events and /api/v1/initiatives: what people can find, a page at a time; and one of them by its id."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import marshmallow as ma
from flask import current_app
from flask.views import MethodView
from webargs.fields import DelimitedList

from services.events.api.shapes import STATUSES, EventPage, EventShape, InitiativePage, InitiativeShape, rosters_of, shown
from services.events.api.words import EVENT_ID, INITIATIVE_ID
from services.events.operations import finding
from services.events.operations.finding import LONGEST_WORDS, Place, areas_near, words_of
from services.events.rules import days
from services.events.rules.content import ONLINE
from services.events.rules.days import Days
from services.events.rules.posts import EVENT, INITIATIVE
from services.events.store.finding import Found, Wanted, by_id
from shared.reference.areas import area, resolve_area
from shared.reference.choices import codes
from shared.reference.postcodes import Postcodes
from shared.reference.themes import themes
from shared.runtime.clock import in_london
from shared.runtime.errors import InvalidInput, NotFound
from shared.web.audience import public
from shared.web.factory import current_settings, now
from shared.web.json_api import Blueprint

calls = Blueprint("finding", __name__, url_prefix="/api/v1", description="What groups have on.")

POSTCODES = "postcodes"  # its place among the app's extensions
_NO_AREA = "Send a borough’s slug or GSS code from /api/v1/areas, or online, or leave it out."
_NO_CURSOR = "Send the `next` of the page before, or leave it out."


class Asked(ma.Schema):
    """What both lists can be asked."""

    borough = ma.fields.String(metadata={"description": "A slug or GSS code from /api/v1/areas, or online"})
    near = ma.fields.String(metadata={"description": "A borough or a full London postcode: there and next door. Instead of borough"})
    q = ma.fields.String(validate=ma.validate.Length(max=LONGEST_WORDS), metadata={"description": "Words, each to be found in it"})
    access = DelimitedList(ma.fields.String(), metadata={"description": "Access facts that it must all have, as step-free,quiet"})
    free = ma.fields.Boolean(metadata={"description": "Only what costs nothing"})
    limit = ma.fields.Integer(
        load_default=50, validate=ma.validate.Range(1, 100), metadata={"description": "How many at most; `next` leads to more"}
    )
    cursor = ma.fields.String(validate=ma.validate.Length(max=300), metadata={"description": "The `next` of the page before"})


class EventsAsked(Asked):
    theme = ma.fields.Integer(metadata={"description": "A number from /api/v1/themes"})
    from_ = ma.fields.Date(data_key="from", metadata={"description": "The first day, today at the earliest; today if left out"})
    to = ma.fields.Date(metadata={"description": "The last day, 92 days on at most; that many if left out"})
    alone = ma.fields.Boolean(metadata={"description": "Only where coming alone is easy"})


@calls.route("/events")
@public
class EventList(MethodView):
    @calls.arguments(EventsAsked, location="query")
    @calls.response(200, EventPage)
    @calls.doc(summary="Events that people can find")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """In order of time; published ones alone."""
        errors: dict[str, list[str]] = {}
        wanted, between = _wanted(asked, errors), _days(asked, in_london(now()).date(), errors)
        place = _place(asked, errors)
        if errors:
            raise InvalidInput(errors)
        found, after = finding.page_of_events(wanted, between, place, asked["limit"], now())
        return _page(found, _cursor(after.starts.isoformat(), after.id) if after else None)


@calls.route("/events/<uuid:event_id>", parameters=[EVENT_ID])
@public
class OneEvent(MethodView):
    @calls.response(200, EventShape)
    @calls.doc(summary="See an event")
    def get(self, event_id: Any) -> dict[str, Any]:
        """Also when it is over or was cancelled, which its status says."""
        return _one(EVENT, str(event_id))


@calls.route("/initiatives")
@public
class InitiativeList(MethodView):
    @calls.arguments(Asked, location="query")
    @calls.response(200, InitiativePage)
    @calls.doc(summary="Initiatives that people can find")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What is always on, by title; published ones alone."""
        errors: dict[str, list[str]] = {}
        wanted, place = _wanted(asked, errors), _read_cursor(asked, errors)
        if errors:
            raise InvalidInput(errors)
        rest = [one for one in finding.initiatives(wanted, whole=True) if place is None or _by_title(one) > place]
        found = rest[: asked["limit"]]
        return _page(found, _cursor(*_by_title(found[-1])) if len(rest) > len(found) else None)


@calls.route("/initiatives/<uuid:initiative_id>", parameters=[INITIATIVE_ID])
@public
class OneInitiative(MethodView):
    @calls.response(200, InitiativeShape)
    @calls.doc(summary="See an initiative")
    def get(self, initiative_id: Any) -> dict[str, Any]:
        """With the day on which its group last said that it runs."""
        return _one(INITIATIVE, str(initiative_id))


def _one(kind: str, id_: str) -> dict[str, Any]:
    found = by_id(kind, id_)
    if found is None or finding.how_shown(found, now()) not in STATUSES:
        raise NotFound(f"We have no {kind} with that id that people can find.")
    return shown(found, current_settings().public_url, now(), rosters_of([found]))


def _page(found: list[Found], after: str | None) -> dict[str, Any]:
    known = rosters_of(found)
    return {"items": [shown(one, current_settings().public_url, now(), known) for one in found], "next": after}


def _wanted(asked: Mapping[str, Any], errors: dict[str, list[str]]) -> Wanted:
    theme = asked.get("theme")
    if theme is not None and theme not in {one.number for one in themes()}:
        errors["theme"] = ["Send a number from /api/v1/themes, or leave it out."]
    if "borough" in asked and "near" in asked:
        errors["near"] = ["Send borough or near, not both."]
    areas = _borough(asked["borough"], errors) if "borough" in asked else ()
    areas = _near(asked["near"], errors) if "near" in asked else areas
    access = tuple(dict.fromkeys(asked.get("access", ())))
    if not set(access) <= set(codes("access")):
        errors["access"] = [f"Send some of {', '.join(codes('access'))}, with commas between them."]
    return Wanted(areas, theme, asked.get("alone", False), asked.get("free", False), access, words_of(asked.get("q", "")))


def _borough(sent: str, errors: dict[str, list[str]]) -> tuple[str, ...]:
    code = _area(sent)
    if code is None:
        errors["borough"] = [_NO_AREA]
        return ()
    return (code,)


def _near(sent: str, errors: dict[str, list[str]]) -> tuple[str, ...]:
    """A postcode is looked up and forgotten."""
    code = _area(sent) or (_postcodes().area_of(sent) if Postcodes.is_postcode(sent) else None)
    if code is None:
        errors["near"] = ["Send a borough’s slug or GSS code, or a full London postcode, like E8 1DY."]
        return ()
    return areas_near(code)


def _area(sent: str) -> str | None:
    if sent.strip().lower() == ONLINE:
        return ONLINE
    code = resolve_area(sent)
    return code if code and area(code) else None


def _postcodes() -> Postcodes:
    """Read when somebody first asks by postcode: few do, and it is two megabytes."""
    found: Postcodes | None = current_app.extensions.get(POSTCODES)
    if found is None:
        found = current_app.extensions[POSTCODES] = Postcodes.load(current_settings().build_dir)
    return found


def _days(asked: Mapping[str, Any], today: date, errors: dict[str, list[str]]) -> Days:
    first, last = max(asked.get("from_") or today, today), asked.get("to")
    if first > today + days.FARTHEST:
        errors["from"] = ["Send a day within the next two years."]
        return days.from_(today, days.WEEK)
    if last is None:
        return days.from_(first, days.LONGEST)
    if not first <= last < first + days.LONGEST:
        errors["to"] = ["Send a day that is not before `from` or today, and within 92 days of it."]
        return days.from_(today, days.WEEK)
    return Days(first, last)


def _place(asked: Mapping[str, Any], errors: dict[str, list[str]]) -> Place | None:
    parts = _read_cursor(asked, errors)
    if parts is None:
        return None
    try:
        moment = datetime.fromisoformat(parts[0])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not abs(moment - now()) < days.FARTHEST + days.LONGEST:
        errors["cursor"] = [_NO_CURSOR]
        return None
    return Place(moment, parts[1])


def _cursor(*parts: str) -> str:
    return urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")


def _read_cursor(asked: Mapping[str, Any], errors: dict[str, list[str]]) -> tuple[str, str] | None:
    sent = asked.get("cursor")
    if sent is None:
        return None
    try:
        parts = json.loads(urlsafe_b64decode(sent + "=" * (-len(sent) % 4)))
    except (ValueError, RecursionError):
        parts = None
    if not (isinstance(parts, list) and len(parts) == 2 and all(isinstance(part, str) for part in parts)):
        errors["cursor"] = [_NO_CURSOR]
        return None
    return parts[0], parts[1]


def _by_title(one: Found) -> tuple[str, str]:
    return str(one.live["title"]).casefold(), one.id
