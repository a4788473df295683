"""What the JSON calls say of an event and of an initiative, as schemas and as the function that fills each."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import marshmallow as ma

from services.events.api.words import described
from services.events.operations import finding, joining
from services.events.rules import seen
from services.events.rules.posts import EVENT
from services.events.store.finding import Found
from services.events.store.places import Head, heads

STATUSES = (seen.SHOWN, seen.CLOSED, seen.CANCELLED, seen.OVER)
_EVERYONE = "everyone"
# Of a live content: what both kinds say, and what one of them does. Each is there, null or empty where nothing was said.
_SAID = ("title", "summary", "description", "cost", "cost_note", "access_note")
_SAID_OF_EVENTS = ("kind", "theme", "near", "joining", "capacity", "bringing", "who_for", "greeter", "leave_early", "alone", "first_time")
_SAID_OF_INITIATIVES = ("days", "place", "phone", "has_room")


def _text(words: str = "", *, nullable: bool = False) -> ma.fields.String:
    return ma.fields.String(required=True, allow_none=nullable, metadata={"description": words} if words else {})


def _code(table: str) -> ma.fields.String:
    return ma.fields.String(required=True, metadata={"description": f"A code of our table of {table}"})


@described
class GroupShape(ma.Schema):
    name = _text()
    slug = _text()
    url = _text("Its page, with what it has on")


@described
class SlotShape(ma.Schema):
    id = ma.fields.String(required=True)
    starts = ma.fields.AwareDateTime(required=True)
    ends = ma.fields.AwareDateTime(required=True)
    capacity = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "null where nobody needs to book"})


@described
class PlacesShape(ma.Schema):
    """`free` is 0 where people wait: they come first."""

    free = ma.fields.Integer(required=True)
    waiting = ma.fields.Integer(required=True)


@described
class PostShape(ma.Schema):
    """What an event and an initiative have in common."""

    id = ma.fields.UUID(required=True)
    url = _text("Its page")
    group = ma.fields.Nested(GroupShape, required=True)
    edition = ma.fields.Integer(required=True, metadata={"description": "How often what people see has changed, from 1"})
    changed_at = ma.fields.AwareDateTime(required=True)
    title = _text()
    summary = _text(nullable=True)
    description = _text("Plain text; an empty line parts paragraphs", nullable=True)
    link = _text("The group’s own page about it", nullable=True)
    cost = _code("costs")
    cost_note = _text(nullable=True)
    access = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "Access facts, as codes"})
    access_note = _text(nullable=True)
    languages = ma.fields.List(ma.fields.String(), required=True)


@described
class EventShape(PostShape):
    status = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(STATUSES),
        metadata={"description": "closed: nobody new can join; over: it has taken place"},
    )
    kind = _code("event-kinds")
    theme = ma.fields.Integer(required=True)
    area = _text("A borough’s slug, or online")
    starts = ma.fields.AwareDateTime(required=True)
    ends = ma.fields.AwareDateTime(required=True)
    slots = ma.fields.List(ma.fields.Nested(SlotShape), required=True)
    place = _text("null where only people with a place see it", nullable=True)
    place_shown_to = _code("place-shown-to")
    near = _text(nullable=True)
    joining = _code("joining")
    capacity = ma.fields.Integer(required=True, allow_none=True)
    bringing = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "How many people one may bring"})
    places = ma.fields.Nested(PlacesShape, required=True, allow_none=True, metadata={"description": "null where nobody needs to book"})
    who_for = _code("who-for")
    greeter = _text("Who greets people", nullable=True)
    leave_early = ma.fields.Boolean(required=True, allow_none=True)
    alone = ma.fields.Boolean(required=True, allow_none=True, metadata={"description": "Whether coming alone is easy"})
    first_time = _text(nullable=True)


@described
class InitiativeShape(PostShape):
    areas = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "Boroughs’ slugs; empty for all of London"})
    days = _text("When, in words", nullable=True)
    place = _text(nullable=True)
    phone = _text(nullable=True)
    has_room = _code("has-room")
    last_checked = ma.fields.AwareDateTime(required=True, allow_none=True)
    may_be_out_of_date = ma.fields.Boolean(required=True, metadata={"description": "Nobody has said for 60 days that it still runs"})


@described
class EventPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(EventShape), required=True)
    next = _text("Send it as `cursor` for the next page; null at the end", nullable=True)


@described
class InitiativePage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(InitiativeShape), required=True)
    next = _text("Send it as `cursor` for the next page; null at the end", nullable=True)


def shown(found: Found, public_url: str, now: datetime, known: Mapping[str, Head]) -> dict[str, Any]:
    """As EventShape or InitiativeShape. `known`: the heads of rosters, by slot."""
    own = _event(found, now, known) if found.kind == EVENT else _initiative(found, now)
    return {**_post(found, public_url), **own}


def rosters_of(found: Iterable[Found]) -> dict[str, Head]:
    """The heads of what people book among these, asked once."""
    return heads(one.slots[0]["id"] for one in found if one.slots and one.live.get("joining") == joining.BOOK)


def _post(found: Found, public_url: str) -> dict[str, Any]:
    content = found.live
    return {
        "id": found.id,
        "url": public_url + found.path,
        "group": {"name": found.group.name, "slug": found.group.slug, "url": f"{public_url}/group/{found.group.slug}"},
        "edition": found.edition,
        "changed_at": found.changed_at,
        "link": (content.get("link") or None) if found.group.trusted else None,
        "access": list(content.get("access") or ()),
        "languages": list(content.get("languages") or ()),
        **_of(content, _SAID),
    }


def _event(found: Found, now: datetime, known: Mapping[str, Head]) -> dict[str, Any]:
    content = found.live
    places = joining.places_by(found, known.get(found.slots[0]["id"]), now)
    return {
        "status": finding.how_shown(found, now),
        "places": {"free": places.free, "waiting": places.waiting} if places else None,
        "area": content["area"],
        "starts": found.starts,
        "ends": found.ends,
        "slots": [{**slot, "capacity": slot.get("capacity")} for slot in found.slots],
        "place": content["place"] if content["place_shown_to"] == _EVERYONE else None,
        "place_shown_to": content["place_shown_to"],
        **_of(content, _SAID_OF_EVENTS),
    }


def _initiative(found: Found, now: datetime) -> dict[str, Any]:
    return {
        "areas": list(found.live.get("areas") or ()),
        "last_checked": found.last_checked,
        "may_be_out_of_date": seen.is_stale(found.last_checked, now),
        **_of(found.live, _SAID_OF_INITIATIVES),
    }


def _of(content: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: None if content.get(name) == "" else content.get(name) for name in names}
