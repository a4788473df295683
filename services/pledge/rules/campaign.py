"""Pure decisions of the campaign team's console: which figures may be, what each adds, who may type it, when a pause is over."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

REACH = "reach"
CONVERSATIONS, PEOPLE, PAPER = TALLIES = ("conversations", "people", "paper")
KINDS = (REACH, *TALLIES)
CORRECTED = "corrected"  # why a figure was voided that another one takes the place of

MOST: Mapping[str, int] = {REACH: 20_000_000, **dict.fromkeys(TALLIES, 100_000)}
OLDEST = timedelta(days=366)  # what is older cannot be compared with messages any more
LONGEST_PERIOD = timedelta(days=366)
LONGEST_NOTE = 500

_SLASHES = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
_NUMBER = re.compile(r"[+-]?\d{1,30}")

Deltas = dict[str, int]


@dataclass(frozen=True)
class Figure:
    """What somebody has typed. `number`, `first`, `last`: None where that is no whole number or no day.

    `first`: None for a tally, which has one day. `area`: "" for all of London. `action`: of pledges on paper.
    """

    kind: str
    number: int | None
    first: date | None
    last: date | None
    channel: str
    area: str = ""
    action: str = ""
    source: str = ""
    confidence: str = ""
    note: str = ""


@dataclass(frozen=True)
class Known:
    """The codes that may be chosen, by field."""

    channels: Collection[str]
    areas: Collection[str]
    actions: Collection[str]
    sources: Collection[str]
    confidence: Collection[str]


class Flaw(Enum):
    """What is wrong with one field; each door words it in its own way."""

    NO_KIND = "that is no kind of figure"
    NO_NUMBER = "that is no whole number"
    TOO_SMALL = "less than one"
    TOO_LARGE = "more than one figure may be"
    NO_DAY = "that is no day"
    TO_COME = "a day that has not come"
    TOO_OLD = "a day too long ago"
    TURNED = "it ends before it begins"
    TOO_LONG = "too long a period"
    NOT_CHOSEN = "none of those that may be chosen"
    TOO_WORDY = "too many words"


def whole_number(text: str) -> int | None:
    """A number as people type it, with commas or spaces between thousands; None where it is none."""
    plain = re.sub(r"(?<=\d)[,\u00a0 ](?=\d{3}(\D|$))", "", text.strip())
    return int(plain) if plain.isascii() and _NUMBER.fullmatch(plain) else None


def read_day(text: str) -> date | None:
    """2026-11-28 as a browser sends it, or 28/11/2026 by hand; None where it is no day."""
    if found := _SLASHES.fullmatch(text.strip()):
        text = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}"
    try:
        return date.fromisoformat(text.strip()) if text.isascii() else None
    except ValueError:
        return None


def flaws(figure: Figure, known: Known, today: date) -> dict[str, Flaw]:
    """Field → what is wrong with it; empty when it may be kept."""
    found: dict[str, Flaw] = {}
    if figure.kind not in KINDS:
        return {"kind": Flaw.NO_KIND}
    if flaw := _number_flaw(figure):
        found["number"] = flaw
    found |= _day_flaws(figure, today)
    if figure.channel not in known.channels:
        found["channel"] = Flaw.NOT_CHOSEN
    if figure.area and figure.area not in known.areas:
        found["area"] = Flaw.NOT_CHOSEN
    if figure.kind == PAPER and figure.action not in known.actions:
        found["action"] = Flaw.NOT_CHOSEN
    if figure.kind == REACH:
        if figure.source not in known.sources:
            found["source"] = Flaw.NOT_CHOSEN
        if figure.confidence not in known.confidence:
            found["confidence"] = Flaw.NOT_CHOSEN
    elif not figure.area:
        found["area"] = Flaw.NOT_CHOSEN
    if len(figure.note) > LONGEST_NOTE:
        found["note"] = Flaw.TOO_WORDY
    return found


def _number_flaw(figure: Figure) -> Flaw | None:
    if figure.number is None:
        return Flaw.NO_NUMBER
    if figure.number < 1:
        return Flaw.TOO_SMALL
    return Flaw.TOO_LARGE if figure.number > MOST[figure.kind] else None


def _day_flaws(figure: Figure, today: date) -> dict[str, Flaw]:
    found: dict[str, Flaw] = {}
    if figure.last is None:
        found["last"] = Flaw.NO_DAY
    elif figure.last > today:
        found["last"] = Flaw.TO_COME
    elif figure.last < today - OLDEST:
        found["last"] = Flaw.TOO_OLD
    if figure.kind != REACH:
        return found
    if figure.first is None:
        found["first"] = Flaw.NO_DAY
    elif figure.last is not None and figure.last < figure.first:
        found.setdefault("last", Flaw.TURNED)
    elif figure.last is not None and figure.last - figure.first > LONGEST_PERIOD:
        found["first"] = Flaw.TOO_LONG
    return found


def adds(kind: str, number: int) -> Deltas:
    """What a figure adds to the counters."""
    names = {REACH: ("reach",), CONVERSATIONS: ("interaction",), PEOPLE: ("participant",), PAPER: ("pledge", "interaction")}[kind]
    return dict.fromkeys(names, number)


def takes_away(kind: str, number: int) -> Deltas:
    """The same, once it is voided."""
    return {name: -value for name, value in adds(kind, number).items()}


# Who may do what


def may_type(boroughs: Collection[str], figure: Figure) -> bool:
    """Whether a member of the campaign team who looks after these boroughs (none: all of London) may type it, or void it."""
    return not boroughs or (figure.kind != REACH and figure.area in boroughs)


def acts_for_london(boroughs: Collection[str]) -> bool:
    """Pausing, striking out and posters concern everybody, so they are for those who look after all of London."""
    return not boroughs


# Pauses

INCIDENT, ELECTION = PAUSES = ("incident", "election")
LONGEST_PAUSE = timedelta(days=100)


def is_over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until <= now
