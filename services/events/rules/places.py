"""A slot's places: who has one, who waits, how long somebody may still be called, and what may be said of a person. Pure.

    requested → placed | queued | refused        queued → placed | refused        placed, queued → cancelling → left

A repeat by the same person is a sign-up of its own that never enters the roster: it shows the answer that a stranger would have got.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.events.rules.content import Field
from services.events.rules.wording import LINK, Flaw, Flaws, text_flaw
from shared.runtime.clock import LONDON, in_london
from shared.runtime.quiet_hours import before_quiet, is_quiet
from shared.runtime.translation import N_

REQUESTED, QUEUED, PLACED, CANCELLING, LEFT, REFUSED, REPEAT = STATES = (
    "requested",
    "queued",
    "placed",
    "cancelling",
    "left",
    "refused",
    "repeat",
)
LIVE = (PLACED, QUEUED)
FULL, CLOSED, CANCELLED, TAKEN_DOWN = REASONS = ("full", "closed", "cancelled", "taken-down")  # why somebody is refused
FORWARD: Mapping[str, tuple[str, ...]] = {  # state → from which states it can be reached
    QUEUED: (REQUESTED,),
    PLACED: (REQUESTED, QUEUED),
    LEFT: (REQUESTED, QUEUED, PLACED, CANCELLING),
    REFUSED: (REQUESTED, QUEUED),
}

OPEN, LAST, SHUT = "open", "last", "shut"  # a roster takes: everybody; only whom it has a place for; nobody
CALLS_END = timedelta(hours=3)  # before the start: later than that nobody is called from the queue
EVE = time(18)  # in London, the evening before: when an organiser hears who comes
FIX_WITHIN = timedelta(hours=1)  # after signing up: a mistyped address can be put right

FIRST_NAME = Field("first_name", "text", "join", most=40)
ACCESS_NEEDS = Field("access_needs", "lines", "join", needed=False, most=280)

NO_NAME = Flaw(N_("Type a first name. Any name will do"))
NAME_IS_LINK = Flaw(N_("Type a first name, not a web or e-mail address"))
NO_NAME_AT_ALL = Flaw(N_("Type a first name: letters, spaces and hyphens"))
NEEDS_HOLD_LINK = Flaw(N_("Leave out web and e-mail addresses here"))


@dataclass(frozen=True)
class Answer:
    """What somebody is told when they sign up. `position`: in the queue. `reason`: why they are refused."""

    state: str
    position: int | None = None
    reason: str | None = None


def answer(taking: str, free: int, waiting: int, party: int) -> Answer:
    """What a roster that stands so says to somebody new; the store decides the same in its one update."""
    if taking == SHUT:
        return Answer(REFUSED, reason=CLOSED)
    if free >= party and waiting == 0:
        return Answer(PLACED)
    return Answer(QUEUED, waiting + 1) if taking == OPEN else Answer(REFUSED, reason=FULL)


def queue_closes(starts: datetime) -> datetime:
    """The last moment at which somebody could still be called: three hours before, and by day."""
    return before_quiet(starts - CALLS_END)


def may_call(now: datetime, starts: datetime) -> bool:
    """Whether a free place may be given to the next in the queue just now."""
    return now < queue_closes(starts) and not is_quiet(now)


def taking(now: datetime, starts: datetime, *, shown: bool) -> str:
    """`shown`: people can find the event."""
    if not shown or now >= starts:
        return SHUT
    return OPEN if now < queue_closes(starts) else LAST


def next_turn(now: datetime, starts: datetime) -> datetime | None:
    """When that changes by itself; None when it never will again."""
    return next((moment for moment in (queue_closes(starts), starts) if moment > now), None)


def eve(starts: datetime) -> datetime:
    """Six in the evening of the day before, in London."""
    return datetime.combine(in_london(starts).date() - timedelta(days=1), EVE, LONDON)


def flaws(answers: Mapping[str, str]) -> Flaws:
    """What is wrong with a first name and with access needs; hard words are never wrong."""
    found = {
        FIRST_NAME.name: _name_flaw(answers.get(FIRST_NAME.name, "")),
        ACCESS_NEEDS.name: _needs_flaw(answers.get(ACCESS_NEEDS.name, "")),
    }
    return {name: flaw for name, flaw in found.items() if flaw}


def _name_flaw(text: str) -> Flaw | None:
    if not text:
        return NO_NAME
    flaw = text_flaw(text, FIRST_NAME.most, links=False)
    if flaw:
        return NAME_IS_LINK if flaw is LINK else flaw
    return NO_NAME_AT_ALL if set(text) & set("/@<>:\n\t") else None


def _needs_flaw(text: str) -> Flaw | None:
    flaw = text_flaw(text, ACCESS_NEEDS.most, links=False)
    return NEEDS_HOLD_LINK if flaw is LINK else flaw
