"""The campaign's numbers as pages and JSON show them. Read at most once a second, so that a burst does not ask the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.pledge.operations.counting import ALL, DIMENSIONS
from services.pledge.settings import Settings
from services.pledge.store import Published, published, totals
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
class Edition:
    """What is published hourly, all of one moment. `id`: names it for whoever quotes it. `totals`: the counters' exact values then."""

    id: str
    as_at: datetime
    totals: Mapping[str, int]
    breakdowns: Mapping[str, Sequence[Cell]]


@dataclass(frozen=True)
class Campaign:
    """`totals`: the counters' exact values at `as_at`. `edition`: what was published last; None before the first time.

    While the campaign is paused both stand as they were. `struck`: batches struck out as abuse, newest first.
    """

    as_at: datetime
    totals: Mapping[str, int]
    edition: Edition | None
    struck: Sequence[StruckBatch] = ()

    @property
    def published_at(self) -> datetime | None:
        return self.edition.as_at if self.edition else None

    @property
    def breakdowns(self) -> Mapping[str, Sequence[Cell]]:
        return self.edition.breakdowns if self.edition else dict.fromkeys(DIMENSIONS, ())

    def total(self, counter: str) -> int:
        return self.totals.get(counter, 0)

    def value(self, counter: Counter) -> int | None:
        return value_of(counter, self.totals)

    def area(self, slug: str) -> Cell | None:
        """The area's cell as published; None before the first edition."""
        return next((cell for cell in self.breakdowns["area"] if cell.key == slug), None)


def value_of(counter: Counter, totals: Mapping[str, int]) -> int | None:
    """None while it is not collected yet: nothing has fed it, and it does not begin at 0."""
    return totals.get(counter.id, 0) if counter.from_start or counter.id in totals else None


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
        struck = [one for one in batches_until(as_at, MOST_STRUCK) if one.struck]
        return Campaign(as_at, counters, _edition(published()), struck)

    def _counters(self, now: datetime) -> tuple[datetime, Mapping[str, int]]:
        """The totals as they are; while the campaign is paused, as they were when that began."""
        found = campaign()
        if found and found.frozen and read_pause(found.pause, now):
            return found.frozen["as_at"], found.frozen["totals"]
        return now, totals(self._work.db, ALL).get("", {})


def _edition(found: Published | None) -> Edition | None:
    if found is None:
        return None
    breakdowns: Mapping[str, Sequence[dict[str, Any]]] = found.breakdowns
    cells = {name: tuple(Cell(row["key"], row["value"], row["status"]) for row in breakdowns.get(name, ())) for name in DIMENSIONS}
    return Edition(found.publication or "", found.as_at, dict(found.counters), cells)
