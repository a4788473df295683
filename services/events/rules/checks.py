"""Whether a content may be kept and sent: each field by itself, then what fits together. Pure; the order is the form's.

A draft may lack anything, so `flaws_of` looks at what is there; `missing` adds what is needed before somebody can read it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from services.events.rules import content as contents
from services.events.rules import times
from services.events.rules.content import CODES, DAY, NOTHING, NUMBER, ONLINE, TIME, YES_NO, Field, fields_of
from services.events.rules.posts import EVENT
from services.events.rules.reading import day_of, time_of
from services.events.rules.wording import CHOOSE, LINK, ONE_LINE, Flaw, Flaws, codes_flaw, link_flaw, phone_flaw, text_flaw
from shared.reference.areas import areas
from shared.reference.choices import codes
from shared.reference.themes import themes
from shared.runtime.clock import in_london
from shared.runtime.translation import N_

LONGEST_NOTE = 280  # beside the reason of what was cancelled
LONGEST_EVENT = timedelta(hours=12)
FURTHEST = timedelta(days=550)
_WHEN = ("date", "starts", "ends")

TYPES: Mapping[str, Flaw] = {
    DAY: Flaw(N_("Type the day like 28 November 2026"), general=True),
    TIME: Flaw(N_("Type the time like 6pm or 18:00"), general=True),
    NUMBER: Flaw(N_("Type a whole number"), general=True),
    YES_NO: Flaw(N_("Choose yes or no"), general=True),
    contents.CODE: Flaw(N_("Choose one of the answers on the page"), general=True),
    CODES: CHOOSE,
    contents.TEXT: Flaw(N_("Type this in words"), general=True),
    contents.LINES: Flaw(N_("Type this in words"), general=True),
}
_NEEDED: Mapping[str, Flaw] = {
    "title": Flaw(N_("Give it a title")),
    "summary": Flaw(N_("Say in one line what it is")),
    "kind": Flaw(N_("Choose what kind of event it is")),
    "theme": Flaw(N_("Choose what it helps with most")),
    "description": Flaw(N_("Say what happens, so that somebody new knows")),
    "calendar_name": Flaw(N_("Give it a name for calendars")),
    "date": Flaw(N_("Say which day it is")),
    "starts": Flaw(N_("Say when it starts")),
    "ends": Flaw(N_("Say when it ends")),
    "area": Flaw(N_("Choose a borough, or online")),
    "place": Flaw(N_("Say where to meet")),
    "place_shown_to": Flaw(N_("Choose who sees the meeting point")),
    "near": Flaw(N_("Say what it is near, for people without a place yet")),
    "joining": Flaw(N_("Choose how people join")),
    "capacity": Flaw(N_("Say how many places there are")),
    "who_for": Flaw(N_("Choose who it is for")),
    "cost": Flaw(N_("Say what it costs")),
    "cost_note": Flaw(N_("Say how much it costs")),
    "greeter": Flaw(N_("Say who greets people")),
    "leave_early": Flaw(N_("Say whether people may leave early")),
    "alone": Flaw(N_("Say whether people can come alone")),
    "has_room": Flaw(N_("Say whether there is room")),
}
_NEEDED_ANYHOW = Flaw(N_("This is needed: fill it in"))

_NUMBERS: Mapping[str, str] = {
    "capacity": N_("Type how many places there are, from %(least)s to %(most)s"),
    "bringing": N_("Type how many people each may bring, from %(least)s to %(most)s"),
}

NO_SUCH_TIME = Flaw(N_("The clocks go forward that night, so this time doesn’t exist. Choose another"))
BACKWARDS = Flaw(N_("It would end %(hours)s hours after it starts. Check both times, and the day"))
NO_TIME_AT_ALL = Flaw(N_("It would end when it starts. Check both times"))
OVER = Flaw(N_("That day is over. Choose one that is still to come"))
STARTED = Flaw(N_("That time is over. Choose one that is still to come"))
TOO_FAR = Flaw(N_("Choose a day within the next 18 months"))
SHOWN_TO_WHOM = Flaw(N_("Nobody books a place here, so the meeting point has to be for everyone"))
TOO_FEW = N_("%(taken)s people have places already. Choose %(taken)s or more")
BOOKED = Flaw(N_("People have places already, so this one stays to be booked. Cancel it and post it again, if it has to change"))
NO_LINKS = Flaw(N_("Leave out web and e-mail addresses: people get this by mail"))
NOT_KNOWN_YET = Flaw(N_("You can add a link once we know your group. Leave this empty for now"))


@dataclass(frozen=True)
class Terms:
    """What is asked of a content beside itself. `trusted`: whether its group may use links. `live`: what people see of it now, if
    anything; a time that stays as it was may be over already. `taken`: how many places of it people have."""

    now: datetime
    trusted: bool = False
    live: Mapping[str, Any] | None = None
    taken: int = 0


def flaws_of(kind: str, content: Mapping[str, Any], terms: Terms) -> Flaws:
    """What is wrong with what is there."""
    found = {field.name: flaw for field in fields_of(kind) if (flaw := _flaw(field, content.get(field.name), terms))}
    for name, flaw in _together(kind, content, found, terms):
        found.setdefault(name, flaw)
    return _in_order(kind, found)


def missing(kind: str, content: Mapping[str, Any]) -> Flaws:
    """What has to be filled in before it can be sent for review."""
    needed = {field.name for field in fields_of(kind) if field.needed} | set(_needed_too(content))
    return {
        field.name: _NEEDED.get(field.name, _NEEDED_ANYHOW)
        for field in fields_of(kind)
        if field.name in needed and content.get(field.name) in NOTHING
    }


def faults(kind: str, content: Mapping[str, Any], terms: Terms) -> Flaws:
    """All that keeps it from being sent, in the order of the form."""
    return _in_order(kind, {**missing(kind, content), **flaws_of(kind, content, terms)})


def as_sent(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """What a draft comes to when it is sent: nothing empty, and nothing that its other answers make idle."""
    idle = ("capacity", "bringing") if content.get("joining") == "turn-up" else ()
    names = [field.name for field in fields_of(kind) if field.name not in idle]
    return {name: content[name] for name in names if content.get(name) not in NOTHING}


def note_flaw(text: str) -> Flaw | None:
    """Of an organiser's own words about what was cancelled: they are mailed, so nobody's hold links."""
    flaw = text_flaw(text, LONGEST_NOTE, links=False)
    return NO_LINKS if flaw is LINK else flaw


def _in_order(kind: str, found: Flaws) -> Flaws:
    return {field.name: found[field.name] for field in fields_of(kind) if field.name in found}


def _needed_too(content: Mapping[str, Any]) -> Iterator[str]:
    """What other answers make needed."""
    if content.get("joining") == "book":
        yield "capacity"
    if content.get("place_shown_to") == "placed":
        yield "near"
    if content.get("cost") == "paid":
        yield "cost_note"


def _flaw(field: Field, value: Any, terms: Terms) -> Flaw | None:
    if value in NOTHING:
        return None
    if field.kind == CODES:
        return codes_flaw(value, options(field))
    if not _has_type(field, value):
        return TYPES[field.kind]
    if field.kind in (contents.TEXT, contents.LINES):
        return _text_flaw(field, value, terms)
    if field.kind == NUMBER:
        return _number_flaw(field, value, terms)
    if field.kind == contents.CODE:
        return None if value in options(field) else TYPES[field.kind]
    return None


def _has_type(field: Field, value: Any) -> bool:
    if field.kind == NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    if field.kind == YES_NO:
        return isinstance(value, bool)
    if not isinstance(value, str):
        return False
    return {DAY: day_of, TIME: time_of}[field.kind](value) == value if field.kind in (DAY, TIME) else True


def _text_flaw(field: Field, value: str, terms: Terms) -> Flaw | None:
    if field.name == "link":
        return link_flaw(value, field.most) if terms.trusted else NOT_KNOWN_YET
    if field.name == "phone":
        return phone_flaw(value, field.most)
    if field.kind == contents.TEXT and "\n" in value:
        return ONE_LINE
    return text_flaw(value, field.most, links=terms.trusted)


def _number_flaw(field: Field, value: int, terms: Terms) -> Flaw | None:
    if field.name == "theme":
        return None if value in theme_numbers(terms.now) else _NEEDED["theme"]
    least = 0 if field.name == "bringing" else 1
    if least <= value <= field.most:
        return None
    return Flaw(_NUMBERS[field.name], {"least": least, "most": f"{field.most:,}"})


def theme_numbers(now: datetime) -> tuple[int, ...]:
    return tuple(theme.number for theme in themes(in_london(now).date()))


def options(field: Field) -> Sequence[str]:
    """The codes that a field may hold."""
    if field.table:
        return codes(field.table)
    boroughs = tuple(area.slug for area in areas())
    return (*boroughs, ONLINE) if field.name == "area" else boroughs


def _together(kind: str, content: Mapping[str, Any], found: Flaws, terms: Terms) -> Iterator[tuple[str, Flaw]]:
    """What doesn't fit together, of fields that are right by themselves."""
    if kind != EVENT:
        return
    if content.get("place_shown_to") == "placed" and content.get("joining") == "turn-up":
        yield "place_shown_to", SHOWN_TO_WHOM
    if terms.taken:
        yield from _places(content, terms)
    if not any(name in found for name in _WHEN):
        yield from _when(content, terms)


def _places(content: Mapping[str, Any], terms: Terms) -> Iterator[tuple[str, Flaw]]:
    """Nobody loses a place by a change. What stays as people see it may be so all the same."""
    live = terms.live or {}
    joining, capacity = content.get("joining"), content.get("capacity")
    if joining == "turn-up" and live.get("joining") != joining:
        yield "joining", BOOKED
    if isinstance(capacity, int) and capacity < terms.taken and live.get("capacity") != capacity:
        yield "capacity", Flaw(TOO_FEW, {"taken": f"{terms.taken:,}"})


def _when(content: Mapping[str, Any], terms: Terms) -> Iterator[tuple[str, Flaw]]:
    day, starts, ends = (content.get(name) for name in _WHEN)
    if terms.live and all(terms.live.get(name) == content.get(name) for name in _WHEN):
        return
    today = in_london(terms.now).date()
    if day and date.fromisoformat(day) < today:
        yield "date", OVER
    elif day and date.fromisoformat(day) > today + FURTHEST:
        yield "date", TOO_FAR
    elif day and starts and ends:
        yield from _span(day, starts, ends, terms.now)


def _span(day: str, starts: str, ends: str, now: datetime) -> Iterator[tuple[str, Flaw]]:
    try:
        times.at(date.fromisoformat(day), time.fromisoformat(starts))
    except times.NoSuchTime:
        yield "starts", NO_SUCH_TIME
        return
    try:
        begins, over = times.span(day, starts, ends)
    except times.NoSuchTime:
        yield "ends", NO_SUCH_TIME
        return
    if starts == ends:
        yield "ends", NO_TIME_AT_ALL
    elif not timedelta(0) < over - begins <= LONGEST_EVENT:
        yield "ends", Flaw(BACKWARDS.words, {"hours": round((over - begins).total_seconds() / 3600)})
    elif begins <= now:
        yield "starts", STARTED
