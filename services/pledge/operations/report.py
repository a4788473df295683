"""The weekly table for the London Health Board: five counters, this week, last week and in all, with targets and where figures are from.

Always as it is now: a pause freezes what is published, not what the campaign team works with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.pledge.operations.counting import ALL
from services.pledge.settings import Settings
from services.pledge.store import totals
from services.pledge.store.campaign import CampaignFigure, StruckBatch, batches_until, figures_of_weeks
from shared.messaging.work import Work
from shared.reference.counters import Counter, counters
from shared.runtime.clock import week_of, week_starts

MOST_BATCHES = 100


@dataclass(frozen=True)
class Line:
    """One counter, or (`part`) the number shown within it, apart. None: not collected yet, which is never 0."""

    counter: Counter
    part: bool
    this_week: int | None
    last_week: int | None
    total: int | None

    @property
    def target(self) -> int | None:
        return None if self.part else self.counter.target


@dataclass(frozen=True)
class Report:
    """`estimates`: the figures of reach that count in the two weeks; `struck`: what was struck out as abuse so far, newest first."""

    week: str
    as_at: datetime
    lines: Sequence[Line]
    estimates: Sequence[CampaignFigure]
    struck: Sequence[StruckBatch]

    @property
    def monday(self) -> date:
        return week_starts(self.week)

    @property
    def week_before(self) -> str:
        return week_of(self.monday - timedelta(weeks=1))

    @property
    def week_after(self) -> str:
        return week_of(self.monday + timedelta(weeks=1))


def report(work: Work[Settings], week: str, now: datetime) -> Report:
    """Of that week and the one before it."""
    by_week, everything = totals(work.db, "week"), totals(work.db, ALL).get("", {})
    before = week_of(week_starts(week) - timedelta(weeks=1))
    lines = [
        _line(one, name, by_week.get(week, {}), by_week.get(before, {}), everything)
        for one in counters()
        for name in (one.id, one.part)
        if name
    ]
    estimates = [one for one in figures_of_weeks([before, week]) if one.kind == "reach" and not one.void]
    return Report(week, now, lines, estimates, batches_until(now, MOST_BATCHES))


def _line(one: Counter, name: str, this: Mapping[str, int], last: Mapping[str, int], everything: Mapping[str, int]) -> Line:
    collected = one.from_start or one.id in everything
    values = (source.get(name, 0) if collected else None for source in (this, last, everything))
    return Line(one, name != one.id, *values)
