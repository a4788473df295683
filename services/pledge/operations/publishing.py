"""What is published of the counts, hourly: every breakdown through the disclosure rule, all of one moment, under one id.

An edition that would give somebody away waits, and the one before it stays: `services/pledge/rules/disclosure.py` says when.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from services.pledge.operations.counting import ALL, DIMENSIONS, TAKEN_BACK
from services.pledge.rules import disclosure
from services.pledge.rules.disclosure import Table
from services.pledge.settings import Settings
from services.pledge.store import Published, published, totals
from services.pledge.store.campaign import campaign
from shared.messaging.pauses import read_pause
from shared.messaging.work import Work
from shared.reference.areas import area_codes
from shared.reference.channels import channels
from shared.reference.themes import themes
from shared.runtime.clock import in_london, iso_week, week_starts

Counters = Mapping[str, Mapping[str, int]]


def publish_breakdowns(work: Work[Settings], now: datetime) -> int:
    """Publish what the disclosure rule lets out, as at `now`; an edition that has to wait leaves the former one as it is.

    None comes while the campaign is paused.
    """
    found = campaign()
    if found and read_pause(found.pause, now):
        return 0
    former = published()
    taken = -totals(work.db, TAKEN_BACK).get("", {}).get("pledge", 0)
    tables = {}
    for kind in DIMENSIONS:
        table = _next(kind, _counts(kind, totals(work.db, kind), now), former, taken)
        if table is None:
            return 0
        tables[kind] = table
    counters = totals(work.db, ALL).get("", {})
    breakdowns = {kind: _rows(table) for kind, table in tables.items()}
    shown = {kind: _kept(table, taken) for kind, table in tables.items() if table.is_shown}
    Published.objects(id="current").update_one(
        set__as_at=now,
        set__publication=_publication(now, counters, breakdowns),
        set__counters=counters,
        set__breakdowns=breakdowns,
        set__last_shown={**(former.last_shown if former else {}), **shown},
        upsert=True,
    )
    return 0


def _next(kind: str, counts: Mapping[str, int], former: Published | None, taken: int) -> Table | None:
    last = former.last_shown.get(kind) if former else None
    if last is None:
        return disclosure.first(counts)
    return disclosure.next_one(counts, _table(last), taken=taken - last["taken"])


def _counts(kind: str, counters: Counters, now: datetime) -> dict[str, int]:
    return {key: counters.get(key, {}).get("pledge", 0) for key in _keys(kind, counters, now)}


def _keys(kind: str, counters: Counters, now: datetime) -> list[str]:
    """Every cell that could be counted, so that an empty one looks like a small one; weeks from the first pledge's to this one."""
    fixed = {
        "theme": [str(theme.number) for theme in themes()],
        "area": list(area_codes()),
        "channel": [channel.slug for channel in channels()],
    }
    return fixed.get(kind) or _weeks(counters, now)


def _weeks(counters: Counters, now: datetime) -> list[str]:
    mondays = [week_starts(week) for week, found in counters.items() if "pledge" in found]
    if not mondays:
        return []
    first, last = min(mondays), max(*mondays, week_starts(iso_week(now)))
    return [_iso(first + timedelta(weeks=count)) for count in range((last - first).days // 7 + 1)]


def _iso(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def _rows(table: Table) -> list[dict[str, Any]]:
    return [{"key": key, "value": value, "status": status} for key, (value, status) in table.cells.items()]


def _kept(table: Table, taken: int) -> dict[str, Any]:
    """What the rule must know of it when the next edition comes. Never shown."""
    cells = [
        {"key": key, "value": value, "status": status, "low": table.ranges[key][0], "high": table.ranges[key][1]}
        for key, (value, status) in table.cells.items()
    ]
    return {"cells": cells, "total": table.total, "taken": taken}


def _table(kept: Mapping[str, Any]) -> Table:
    cells = {row["key"]: (row["value"], row["status"]) for row in kept["cells"]}
    return Table(cells, {row["key"]: (row["low"], row["high"]) for row in kept["cells"]}, kept["total"])


def _publication(now: datetime, counters: Mapping[str, int], breakdowns: Mapping[str, Any]) -> str:
    """Its id: the day in London, and what its content comes to."""
    content = json.dumps([now.isoformat(), dict(counters), breakdowns], sort_keys=True)
    return f"{in_london(now).date().isoformat()}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
