"""The campaign's numbers as pages and JSON show them. Read at most once a second, so that a burst does not ask the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.pledge.operations.counting import ALL, DIMENSIONS
from services.pledge.settings import Settings
from services.pledge.store import published, totals
from services.pledge.store.campaign import StruckBatch, batches_until, campaign
from shared.messaging.pauses import read_pause
from shared.messaging.work import Work
from shared.reference.counters import Counter

READ_EVERY = timedelta(seconds=1)
MOST_STRUCK = 100


@dataclass(frozen=True)
class Cell:
    """One cell of a breakdown, as the disclosure rule left it."""

    key: str
    value: int | None
    status: str


@dataclass(frozen=True)
class Campaign:
    """`totals`: the counters' exact values at `as_at`. `breakdowns`: as published at `published_at`, None before the first time.

    While the campaign is paused all of them stand as they were. `struck`: batches struck out as abuse, newest first.
    """

    as_at: datetime
    totals: Mapping[str, int]
    published_at: datetime | None
    breakdowns: Mapping[str, Sequence[Cell]]
    struck: Sequence[StruckBatch] = ()

    def total(self, counter: str) -> int:
        return self.totals.get(counter, 0)

    def value(self, counter: Counter) -> int | None:
        """None while it is not collected yet: nothing has fed it, and it does not begin at 0."""
        return self.total(counter.id) if counter.from_start or counter.id in self.totals else None


class Numbers:
    """Keeps the last reading for a moment. Threads may read at once: they read the same."""

    def __init__(self, work: Work[Settings]) -> None:
        self._work = work
        self._last: tuple[datetime, Campaign] | None = None

    def at(self, now: datetime) -> Campaign:
        last = self._last
        if last is None or not timedelta(0) <= now - last[0] < READ_EVERY:
            self._last = last = now, self._read(now)
        return last[1]

    def _read(self, now: datetime) -> Campaign:
        as_at, counters = self._counters(now)
        found = published()
        breakdowns: Mapping[str, Sequence[dict[str, Any]]] = found.breakdowns if found else {}
        cells = {name: tuple(Cell(row["key"], row["value"], row["status"]) for row in breakdowns.get(name, ())) for name in DIMENSIONS}
        struck = [one for one in batches_until(as_at, MOST_STRUCK) if one.struck]
        return Campaign(as_at, counters, found.as_at if found else None, cells, struck)

    def _counters(self, now: datetime) -> tuple[datetime, Mapping[str, int]]:
        """The totals as they are; while the campaign is paused, as they were when that began."""
        found = campaign()
        if found and found.frozen and read_pause(found.pause, now):
            return found.frozen["as_at"], found.frozen["totals"]
        return now, totals(self._work.db, ALL).get("", {})
