"""Whether somebody can sign up for an event, and what they typed: the same for the page and for the JSON call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.events.operations import finding
from services.events.operations.sign_ups import Wish
from services.events.rules import places as rules
from services.events.rules import seen
from services.events.rules.places import ACCESS_NEEDS, FIRST_NAME
from services.events.rules.wording import Flaw, Flaws
from services.events.store.finding import Found
from services.events.store.places import Head, head
from shared.runtime.translation import N_
from shared.security.addresses import ADVICE, read_address

CROWD = "sign-ups"  # what one network may send for one slot
CROWD_WAITS = 600
CROWDED = N_("Many people signed up for this from your network at once. Wait ten minutes, then send it again: nothing is lost.")
EMAIL, BRINGING = "email", "bringing"
BOOK = "book"
TURN_UP, FULL, FEWER, OVER, CANCELLED, CLOSED = "turn-up", "full", "fewer", "over", "cancelled", "closed"

# Why somebody cannot sign up, in words for them.
WHY_NOT: Mapping[str, str] = {
    TURN_UP: N_("You don’t need to book this. Just turn up."),
    FULL: N_("All places are taken, and nobody more can wait for one."),
    FEWER: N_("There aren’t enough places for all of you, and nobody can queue any more. Choose fewer people"),
    OVER: N_("This has begun or is over, so nobody can sign up any more."),
    CANCELLED: N_("This isn’t happening, so nobody can sign up."),
    CLOSED: N_("Nobody new can sign up for this at the moment."),
}
NO_ADDRESS = Flaw(N_("Type your e-mail. The meeting point comes by mail"))
BAD_ADDRESS = Flaw(N_(ADVICE))
ALONE = Flaw(N_("Here everybody books for themselves, so choose “Just me”"))


@dataclass(frozen=True)
class Places:
    """How an event's places stand. `free`: 0 where people wait, who come first. `queue`: whether one may still queue.

    `begun`: it takes nobody any more, whatever is free.
    """

    capacity: int
    free: int
    waiting: int
    queue: bool
    begun: bool = False


def why_not(found: Found, now: datetime, places: Places | None = None) -> str | None:
    """A key of WHY_NOT; None where somebody can ask for a place. Of what is not there any more, ask how_shown first.

    `places`: as they stand, where they have been read.
    """
    how = finding.how_shown(found, now)
    if how == seen.CANCELLED:
        return CANCELLED
    if how == seen.OVER or found.starts <= now:
        return OVER
    if how != seen.SHOWN:
        return CLOSED
    if found.live.get("joining") != BOOK:
        return TURN_UP
    stands = places or places_of(found, now)
    return FULL if stands and not stands.free and not stands.queue else None


def why_refused(found: Found, reason: str | None, now: datetime) -> str:
    """The same of somebody whom the roster did not take: FEWER where it has places for a smaller party."""
    if reason == FULL and (stands := places_of(found, now)) and stands.free:
        return FEWER
    return reason if reason and reason in WHY_NOT else CLOSED


def places_of(found: Found, now: datetime) -> Places | None:
    """None where nobody books."""
    return places_by(found, head(found.slots[0]["id"]), now) if found.live.get("joining") == BOOK and found.slots else None


def places_by(found: Found, stands: Head | None, now: datetime) -> Places | None:
    """The same by a roster's head that was read with those of a whole list; None where nobody has asked for a place yet."""
    if found.live.get("joining") != BOOK or not found.slots:
        return None
    slot = found.slots[0]
    queue, begun = now < rules.queue_closes(slot["starts"]), now >= slot["starts"]
    if stands is None:
        return Places(slot["capacity"], slot["capacity"], 0, queue, begun)
    return Places(stands.capacity, 0 if stands.waiting else max(stands.free, 0), stands.waiting, queue, begun)


def faults(typed: Mapping[str, str], bringing: int | None, most: int) -> Flaws:
    """What is wrong with what somebody typed, in the order of the form. `bringing`: None where it is no number. `most`: may come along."""
    own = rules.flaws(typed)
    found = {
        FIRST_NAME.name: own.get(FIRST_NAME.name),
        EMAIL: _address_flaw(typed.get(EMAIL, "")),
        BRINGING: _bringing_flaw(bringing, most),
        ACCESS_NEEDS.name: own.get(ACCESS_NEEDS.name),
    }
    return {name: flaw for name, flaw in found.items() if flaw}


def wish_of(typed: Mapping[str, str], bringing: int, consents: Sequence[str], channel: str) -> Wish:
    """Of answers that have no faults."""
    return Wish(typed[FIRST_NAME.name], read_address(typed[EMAIL]), bringing, typed.get(ACCESS_NEEDS.name, ""), tuple(consents), channel)


def _address_flaw(text: str) -> Flaw | None:
    if not text:
        return NO_ADDRESS
    return None if read_address(text) else BAD_ADDRESS


def _bringing_flaw(bringing: int | None, most: int) -> Flaw | None:
    if bringing is not None and 0 <= bringing <= most:
        return None
    return Flaw(N_("Choose how many people you bring, from 0 to %(most)s"), {"most": str(most)}) if most else ALONE
