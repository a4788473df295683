"""What a post holds: its fields, in the order of the form, and how long each may be.

A content is a plain mapping of these names: text, whole numbers, true or false, or lists of codes. A draft may lack any of
them; what waits for review or is live has been checked and lacks none that is needed. A day is `2026-11-28` and a time `18:00`, on London's
wall clock.
"""

from dataclasses import dataclass

TEXT, LINES, CODE, CODES, NUMBER, YES_NO, DAY, TIME = "text", "lines", "code", "codes", "number", "yes-no", "day", "time"
WHAT, WHEN, ACCESS, FIRST = STEPS = ("what", "when", "access", "first")  # the pages of the form, in order
ONLINE = "online"  # an event's area beside the boroughs
NOTHING: tuple[object, ...] = (None, "", [], ())  # an answer that says nothing is one of these


@dataclass(frozen=True)
class Field:
    """`most`: signs of a text, codes of a list, or the largest number. `table`: of shared.reference.choices, where codes come from one."""

    name: str
    kind: str
    step: str
    needed: bool = True
    most: int = 0
    table: str = ""


EVENT_FIELDS = (
    Field("title", TEXT, WHAT, most=80),
    Field("summary", TEXT, WHAT, most=140),
    Field("kind", CODE, WHAT, table="event-kinds"),
    Field("theme", NUMBER, WHAT),
    Field("description", LINES, WHAT, most=3_000),
    Field("calendar_name", TEXT, WHAT, most=60),
    Field("link", TEXT, WHAT, needed=False, most=200),
    Field("date", DAY, WHEN),
    Field("starts", TIME, WHEN),
    Field("ends", TIME, WHEN),
    Field("area", CODE, WHEN),
    Field("place", TEXT, WHEN, most=200),
    Field("place_shown_to", CODE, WHEN, table="place-shown-to"),
    Field("near", TEXT, WHEN, needed=False, most=140),
    Field("joining", CODE, WHEN, table="joining"),
    Field("capacity", NUMBER, WHEN, needed=False, most=5_000),
    Field("bringing", NUMBER, WHEN, needed=False, most=3),
    Field("who_for", CODE, ACCESS, table="who-for"),
    Field("cost", CODE, ACCESS, table="costs"),
    Field("cost_note", TEXT, ACCESS, needed=False, most=80),
    Field("access", CODES, ACCESS, needed=False, most=20, table="access"),
    Field("access_note", LINES, ACCESS, needed=False, most=600),
    Field("languages", CODES, ACCESS, needed=False, most=20, table="languages"),
    Field("greeter", TEXT, FIRST, most=140),
    Field("leave_early", YES_NO, FIRST),
    Field("alone", YES_NO, FIRST),
    Field("first_time", LINES, FIRST, needed=False, most=600),
)
INITIATIVE_FIELDS = (
    Field("title", TEXT, WHAT, most=80),
    Field("summary", TEXT, WHAT, most=140),
    Field("description", LINES, WHAT, most=3_000),
    Field("link", TEXT, WHAT, needed=False, most=200),
    Field("areas", CODES, WHEN, needed=False, most=33),
    Field("days", TEXT, WHEN, needed=False, most=80),
    Field("place", TEXT, WHEN, needed=False, most=200),
    Field("phone", TEXT, WHEN, needed=False, most=30),
    Field("has_room", CODE, WHEN, table="has-room"),
    Field("cost", CODE, ACCESS, table="costs"),
    Field("cost_note", TEXT, ACCESS, needed=False, most=80),
    Field("access", CODES, ACCESS, needed=False, most=20, table="access"),
    Field("access_note", LINES, ACCESS, needed=False, most=600),
    Field("languages", CODES, ACCESS, needed=False, most=20, table="languages"),
)


def fields_of(kind: str) -> tuple[Field, ...]:
    """Of an event or an initiative."""
    return EVENT_FIELDS if kind == "event" else INITIATIVE_FIELDS


def steps_of(kind: str) -> tuple[str, ...]:
    """The pages of its form, in order: an initiative has no first time to speak of."""
    return STEPS if kind == "event" else (WHAT, WHEN, ACCESS)


def field_of(kind: str, name: str) -> Field:
    return next(field for field in fields_of(kind) if field.name == name)


def in_step(kind: str, step: str) -> tuple[Field, ...]:
    return tuple(field for field in fields_of(kind) if field.step == step)
