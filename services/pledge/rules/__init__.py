"""Pure decisions about a pledge: its states, when to nudge, what each step changes in the counters, what may be published.

Imports the standard library and shared's errors and clock arithmetic only: no store, no framework, no reading of the time.
"""

from collections.abc import Callable, Mapping, Sequence
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


# What may be published

FEWEST_SHOWN, ROUNDED_TO, CELLS_NEEDED = 10, 5, 5
PUBLISHED, FEW, WITHHELD = "published", "fewer-than-10", "withheld"


def disclose(counts: Mapping[str, int]) -> dict[str, tuple[int | None, str]]:
    """One breakdown through the disclosure rule: key → (value or None, status).

    Under 10 is "fewer than 10" (0 as well, or an empty cell would be a fact), others go to the nearest 5. Until five cells
    have 10 or more, nothing is shown. The London total is published exactly, so one hidden cell alone could be worked out
    from it: the smallest shown cell is then withheld too, and the next smallest, until no hidden cell has a single possible
    value left. Where that leaves fewer than four shown, nothing is.
    """
    large = sorted((key for key, count in counts.items() if count >= FEWEST_SHOWN), key=lambda key: (counts[key], key))
    hidden = [key for key in counts if key not in large]
    fewest, most = 1 if len(hidden) == 1 else 0, len(large) - CELLS_NEEDED + 1
    for partners in range(fewest, most + 1) if len(large) >= CELLS_NEEDED else ():
        withheld, shown = large[:partners], large[partners:]
        if not (hidden and _can_be_worked_out(counts, hidden, withheld, shown)):
            return {key: _cell(key, count, key in large, key in withheld) for key, count in counts.items()}
    return dict.fromkeys(counts, (None, WITHHELD))


def _can_be_worked_out(counts: Mapping[str, int], hidden: Sequence[str], withheld: Sequence[str], shown: Sequence[str]) -> bool:
    """Whether the exact total is the least or the most that the published cells allow: then every hidden cell is known."""
    ranges = [(max(round_half_up(counts[key]) - 2, FEWEST_SHOWN), round_half_up(counts[key]) + 2) for key in shown]
    most = min(high for _, high in ranges)  # a withheld cell is no larger than the smallest shown
    ranges += [(FEWEST_SHOWN, most)] * len(withheld) + [(0, FEWEST_SHOWN - 1)] * len(hidden)
    total = sum(counts.values())
    return total <= sum(low for low, _ in ranges) or total >= sum(high for _, high in ranges)


def _cell(key: str, count: int, shown: bool, withheld: bool) -> tuple[int | None, str]:
    if withheld:
        return None, WITHHELD
    if not shown:
        return None, FEW
    return round_half_up(count), PUBLISHED


def round_half_up(count: int) -> int:
    """The nearest 5."""
    return (count + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO


def next_action(done: str, order: Sequence[str], offered: Sequence[str]) -> str | None:
    """Of those offered the first that comes after what was done, in the order of the catalogue and from its start again; never the same."""
    start = order.index(done) + 1 if done in order else 0
    return next((slug for slug in (*order[start:], *order[:start]) if slug in offered and slug != done), None)
