"""What each field of a group, an event and an initiative means, in a few words: said once, for what is posted and for what is shown."""

from typing import TypeVar

import marshmallow as ma

Shape = TypeVar("Shape", bound=type[ma.Schema])

WORDS = {
    "id": "Ours, a UUID",
    "name": "What the group is called",
    "slug": "Its code, as in the address of its page",
    "kind": "What sort of group or event it is",
    "what": "What the group does, in its own words",
    "areas": "Boroughs’ slugs; empty for all of London",
    "link": "The group’s own page about it",
    "charity_number": "Its number at the Charity Commission, if it has one",
    "phone": "A phone number; of a group never shown, of an initiative shown to everybody",
    "safeguarding_name": "Who looks after safeguarding; only our moderators see it",
    "safeguarding_phone": "Their phone number; only our moderators see it",
    "dbs": "What is checked about those who help",
    "insurance": "How it is insured",
    "distress": "What is done when somebody is not well",
    "title": "What people read in lists",
    "summary": "One sentence beneath it",
    "description": "Plain text; an empty line parts paragraphs",
    "theme": "A number from /api/v1/themes",
    "calendar_name": "A neutral name for calendars, which are read over shoulders",
    "area": "A borough’s slug, or online",
    "place": "Where to meet",
    "place_shown_to": "Whether everybody sees the place, or only who has a place there",
    "near": "What it is near, where the place itself is not shown",
    "joining": "Whether to book or just turn up",
    "capacity": "How many places; null or left out where nobody needs to book",
    "bringing": "How many people one may bring",
    "who_for": "Whom it is for",
    "cost": "Whether it costs anything",
    "cost_note": "How much, in words",
    "access": "Access facts, as codes",
    "access_note": "What else there is to know about access",
    "languages": "The languages that are spoken, as codes",
    "greeter": "Who greets people",
    "leave_early": "Whether one may leave early",
    "alone": "Whether coming alone is easy",
    "first_time": "What happens when one comes for the first time",
    "days": "When, in words",
    "has_room": "Whether there is room for more people",
    "changed_at": "When what people see was changed last",
    "starts": "When it starts",
    "ends": "When it ends",
    "slots": "Its dates, the first one first",
    "free": "Places that are free; 0 where people wait",
    "waiting": "How many people wait",
    "items": "What was found, in its order",
    "last_checked": "When the group last said that it still runs; null if never",
    "status": "How it stands now",
}

EVENT_ID = {"in": "path", "name": "event_id", "required": True, "description": "The event’s id"}
INITIATIVE_ID = {"in": "path", "name": "initiative_id", "required": True, "description": "The initiative’s id"}
SIGN_UP_ID = {"in": "path", "name": "sign_up_id", "required": True, "description": "The id that the POST answered with"}


def described(shape: Shape) -> Shape:
    """The schema, with the words of this table for each field that has none of its own."""
    for name, field in shape._declared_fields.items():
        if name in WORDS:
            field.metadata = {"description": WORDS[name], **field.metadata}
    return shape
