"""The questions of the long forms, in the words of the page: one table a form, by field. Which pages they are on is in the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from services.events.rules import checks
from services.events.rules import groups as group_rules
from services.events.rules.content import ACCESS, FIRST, ONLINE, WHAT, WHEN, YES_NO, Field
from services.events.web.reading import NO, YES
from shared.reference.areas import area_name
from shared.reference.choices import choices
from shared.reference.themes import theme_name
from shared.web.i18n import N_

BOXES, RADIOS, SELECT, LINE, AREA = "boxes", "radios", "select", "line", "area"  # how a question looks
Pairs = list[tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """`look`: how it is drawn. `rows`: of a text area. `width`: of a line, in signs. `type`, `inputmode`: for a phone's keyboard.
    `folded`: the words that open it, where few need it. `depends`: whether it is needed follows from another answer."""

    label: str
    hint: str = ""
    look: str = LINE
    rows: int = 4
    width: int | None = None
    type: str = "text"
    inputmode: str | None = None
    autocomplete: str | None = None
    folded: str = ""
    depends: bool = False


HEADINGS: Mapping[str, str] = {
    WHAT: N_("What is it?"),
    WHEN: N_("When and where?"),
    ACCESS: N_("Who can come, and how?"),
    FIRST: N_("Somebody’s first time"),
}

POST: Mapping[str, Question] = {
    "title": Question(N_("Title"), N_("As you would say it: “Evening walk along the canal”")),
    "summary": Question(N_("In one line"), N_("What happens, in plain words. Lists show it"), AREA, rows=2),
    "kind": Question(N_("What kind is it?"), look=RADIOS),
    "theme": Question(N_("What does it help with most?"), look=RADIOS),
    "description": Question(N_("What happens"), N_("Write as you’d tell a neighbour. No home addresses, no names of guests"), AREA, rows=8),
    "calendar_name": Question(
        N_("Name for calendars and mails"),
        N_("Something that says nothing about anybody’s health: others may see it on a lock screen. “Walk with Lea Side”"),
    ),
    "link": Question(N_("Link to more about it"), type="url", inputmode="url"),
    "date": Question(N_("Day"), type="date", width=10),
    "starts": Question(N_("Starts"), type="time", width=10),
    "ends": Question(N_("Ends"), N_("After midnight is the next day"), type="time", width=10),
    "area": Question(N_("Borough"), look=SELECT),
    "place": Question(
        N_("Where to meet"), N_("Exact enough to find: the door, the bench, the room. Online: how people get in"), AREA, rows=2
    ),
    "place_shown_to": Question(N_("Who sees the meeting point?"), look=RADIOS),
    "near": Question(
        N_("What is it near?"),
        N_("If only people with a place see where to meet: “near Hackney Wick station”"),
        depends=True,
    ),
    "joining": Question(N_("How do people join?"), look=RADIOS),
    "capacity": Question(N_("How many places?"), N_("If people book"), width=4, inputmode="numeric", depends=True),
    "bringing": Question(
        N_("How many people may each bring along?"), N_("If people book: 0 to 3. Leave it empty for none"), width=2, inputmode="numeric"
    ),
    "who_for": Question(N_("Who is it for?"), look=RADIOS),
    "cost": Question(N_("What does it cost?"), look=RADIOS),
    "cost_note": Question(N_("More about the cost"), N_("If it costs something: how much, and what is in it"), depends=True),
    "access": Question(N_("Access"), N_("Tick what is true on the day"), BOXES),
    "access_note": Question(N_("More about access"), N_("How far, how loud, how light; the nearest step-free station"), AREA),
    "languages": Question(N_("Languages spoken"), look=BOXES, folded=N_("Which languages?")),
    "greeter": Question(N_("Who greets people?"), N_("And how to know them: “Priya, in a yellow hat”. A first name is enough")),
    "leave_early": Question(N_("May people leave when they like?"), look=RADIOS),
    "alone": Question(N_("Can people come alone?"), look=RADIOS),
    "first_time": Question(N_("What will happen, step by step?"), N_("From arriving to going home"), AREA, rows=6),
    "areas": Question(N_("Boroughs"), N_("None ticked is all of London"), BOXES, folded=N_("Only in some boroughs?")),
    "days": Question(N_("When?"), N_("In words: “Tuesdays and Fridays, 10am to noon”")),
    "phone": Question(
        N_("Phone for everybody"),
        N_("Anybody can read it: not a private number"),
        type="tel",
        inputmode="tel",
        width=20,
        autocomplete="off",
    ),
    "has_room": Question(N_("Is there room for new people?"), look=RADIOS),
}

GROUP: Mapping[str, Question] = {
    "name": Question(N_("Name of your group"), autocomplete="organization"),
    "kind": Question(N_("What kind of group is it?"), look=SELECT),
    "what": Question(N_("What do you do?"), N_("Two or three sentences. People see them beside what you post"), AREA, rows=4),
    "areas": Question(N_("Where? Tick your boroughs"), look=BOXES, folded=N_("Which boroughs are you in?")),
    "link": Question(N_("Your web page"), N_("Whoever reads your post looks at it; people see it later"), type="url", inputmode="url"),
    "charity_number": Question(N_("Charity number"), width=10, autocomplete="off"),
    "phone": Question(
        N_("Your phone"), N_("For us alone, if something is urgent"), type="tel", inputmode="tel", width=20, autocomplete="tel"
    ),
    "safeguarding_name": Question(N_("Who looks after safeguarding?"), N_("A name"), width=20, autocomplete="off"),
    "safeguarding_phone": Question(N_("Their phone"), type="tel", inputmode="tel", width=20, autocomplete="off"),
    "dbs": Question(
        N_("Who has a DBS check?"),
        N_("Whoever works with under-18s or with adults at risk needs one. Or say why nobody does"),
        AREA,
        rows=2,
    ),
    "insurance": Question(N_("How are you insured?"), N_("Your own, your venue’s or none"), AREA, rows=2),
    "distress": Question(
        N_("What do you do if someone is in distress?"), N_("Who sits with them, whom you ring, what happens after"), AREA
    ),
}
_FIRST = {"area": N_("Choose a borough"), "kind": N_("Choose one")}


def options(field: Field, now: datetime) -> Pairs:
    """(code, words) or (code, words, note) for each answer that a question offers."""
    if field.kind == YES_NO:
        return [(YES, _("Yes")), (NO, _("No"))]
    if field.name == "theme":
        return [(str(number), _(theme_name(number))) for number in checks.theme_numbers(now)]
    if field.table:
        return [(one.code, _(one.name), _(one.words) if one.words else "") for one in choices(field.table)]
    return [(code, _("Online") if code == ONLINE else area_name(code)) for code in checks.options(field)]


def select_options(field: Field, now: datetime) -> Pairs:
    """The same for a list to pick from: nothing is chosen for anybody."""
    return [("", _(_FIRST[field.name])), *(pair[:2] for pair in options(field, now))]


def boxes(fields: tuple[Field, ...]) -> dict[str, tuple[str, ...]]:
    """The codes of those questions that are boxes to tick."""
    return {field.name: tuple(checks.options(field)) for field in fields if field.kind == "codes"}


GROUP_HEADINGS: Mapping[str, str] = {
    group_rules.ABOUT: N_("For everybody, once we have read it"),
    group_rules.PRIVATE: N_("For us alone"),
    group_rules.STATEMENT: N_("How you keep people safe"),
}
