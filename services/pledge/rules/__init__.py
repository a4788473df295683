"""Pure decisions about a pledge: its states, when to nudge, what each step changes in the counters. What may be published: disclosure.

Imports the standard library and shared's errors and clock arithmetic only: no store, no framework, no reading of the time.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from shared.runtime.clock import LONDON, in_london

ANONYMOUS, UNCONFIRMED, CONFIRMED, WITHDRAWN, VOIDED = "anonymous", "unconfirmed", "confirmed", "withdrawn", "voided"
LIVE = (ANONYMOUS, UNCONFIRMED, CONFIRMED)
YES, PARTLY = "yes", "partly"
ANSWERS = (YES, PARTLY)
COUNTER_OF_ANSWER = {YES: "kept", PARTLY: "partly"}

NUDGE_HOUR = 9
TWO_DAYS, SATURDAY, NEXT_WEEK = "2-days", "saturday", "next-week"
NUDGE_CHOICES = (TWO_DAYS, SATURDAY, NEXT_WEEK)
MOST_POSTPONEMENTS = 2

Deltas = dict[str, int]
Thing = TypeVar("Thing")


# When to nudge


def nudge_day(choice: str, today: date) -> date:
    """The London day of a nudge asked for on `today`; Saturday is the next one after today."""
    if choice == TWO_DAYS:
        return today + timedelta(days=2)
    if choice == NEXT_WEEK:
        return today + timedelta(days=7)
    return today + timedelta(days=(5 - today.weekday() - 1) % 7 + 1)


def nudge_time(choice: str, now: datetime) -> datetime:
    """Nine in the morning in London on that day, whatever the clocks do in between."""
    return datetime.combine(nudge_day(choice, in_london(now).date()), time(NUDGE_HOUR), LONDON)


def nudge_comes(nudge_at: datetime, yes_at: datetime) -> datetime:
    """When it really comes: as asked, or, where the yes came after that, at the next nine in the morning (notify's own rule)."""
    if yes_at <= nudge_at:
        return nudge_at
    local = in_london(yes_at)
    day = local.date() + timedelta(days=0 if local.hour < NUDGE_HOUR else 1)
    return datetime.combine(day, time(NUDGE_HOUR), LONDON)


# What each step changes in the counters


def made() -> Deltas:
    return {"pledge": 1, "interaction": 1}


def confirmed() -> Deltas:
    return {"confirmed": 1}


def withdrawn(state: str, answer: str | None) -> Deltas:
    """Taking a pledge back takes back whatever it had added, but never the interaction."""
    deltas = {"pledge": -1}
    if state == CONFIRMED:
        deltas["confirmed"] = -1
    if answer:
        deltas[COUNTER_OF_ANSWER[answer]] = -1
    return deltas


def voided(state: str, answer: str | None) -> Deltas:
    """Struck out as abuse: as withdrawn if it still counted, and the interaction goes too."""
    return {**(withdrawn(state, answer) if state in LIVE else {}), "interaction": -1}


def answered(new: str, former: str | None) -> Deltas:
    """The new answer counts; a former one no longer does."""
    deltas = {COUNTER_OF_ANSWER[new]: 1}
    if former and former != new:
        deltas[COUNTER_OF_ANSWER[former]] = -1
    return deltas


def stands_for(state: str, answer: str | None) -> Deltas:
    """What all its messages together have added to the counters, for a pledge that is now in this state."""
    if state == VOIDED:
        return {}
    standing = {"interaction": 1}
    if state in LIVE:
        standing["pledge"] = 1
        if state == CONFIRMED:
            standing["confirmed"] = 1
        if answer:
            standing[COUNTER_OF_ANSWER[answer]] = 1
    return standing


def may_postpone(state: str, postponements: int) -> bool:
    return state == CONFIRMED and postponements < MOST_POSTPONEMENTS


# What is shown of events


def spread(things: Sequence[Thing], place_of: Callable[[Thing], str], most: int) -> list[Thing]:
    """A few of them in their order: the first of each place, and more of the same places only where there are too few."""
    places: dict[str, Thing] = {}
    for thing in things:
        places.setdefault(place_of(thing), thing)
    chosen = list(places.values())[:most]
    chosen += [thing for thing in things if thing not in chosen][: most - len(chosen)]
    return [thing for thing in things if thing in chosen]


def next_action(done: str, order: Sequence[str], offered: Sequence[str]) -> str | None:
    """Of those offered the first that comes after what was done, in the order of the catalogue and from its start again; never the same."""
    start = order.index(done) + 1 if done in order else 0
    return next((slug for slug in (*order[start:], *order[:start]) if slug in offered and slug != done), None)
