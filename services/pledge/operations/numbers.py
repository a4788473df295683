"""The campaign's numbers as pages and JSON show them. Read at most once a second, so that a burst does not ask the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.pledge.operations.counting import ALL, DIMENSIONS
from services.pledge.settings import Settings
from services.pledge.store import published, totals
from shared.messaging.work import Work
from shared.reference.counters import Counter

READ_EVERY = timedelta(seconds=1)


@dataclass(frozen=True)
class Cell:
    """One cell of a breakdown, as the disclosure rule left it."""

    key: str
    value: int | None
    status: str


@dataclass(frozen=True)
class Campaign:
    """`totals`: the counters' exact values at `as_at`. `breakdowns`: as published at `published_at`, None before the first time."""

    as_at: datetime
    totals: Mapping[str, int]
    published_at: datetime | None
    breakdowns: Mapping[str, Sequence[Cell]]

    def total(self, counter: str) -> int:
        return self.totals.get(counter, 0)

    def value(self, counter: Counter) -> int | None:
        """None while it is not collected yet: nothing has fed it, and it does not begin at 0."""
        return self.total(counter.id) if counter.from_start or counter.id in self.totals else None


class Numbers:
    """Keeps the last reading for a moment. Threads may read at once: they read the same."""

    def __init__(self, work: Work[Settings]) -> None:
        self._work = work
        self._last: Campaign | None = None

    def at(self, now: datetime) -> Campaign:
        last = self._last
        if last is None or not timedelta(0) <= now - last.as_at < READ_EVERY:
            self._last = last = self._read(now)
        return last

    def _read(self, now: datetime) -> Campaign:
        counters = totals(self._work.db, ALL).get("", {})
        found = published()
        breakdowns: Mapping[str, Sequence[dict[str, Any]]] = found.breakdowns if found else {}
        cells = {name: tuple(Cell(row["key"], row["value"], row["status"]) for row in breakdowns.get(name, ())) for name in DIMENSIONS}
        return Campaign(now, counters, found.as_at if found else None, cells)
