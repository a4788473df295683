"""The published numbers as plain tables, for files: made once an edition and from nothing but the edition.

A number that is hidden, one that is 0 and one that is not there are three things: the value is a number or empty, and the status always
says which. Every row names its edition and its licence, so that one that is cut out still says where it comes from.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.pledge.operations.by_area import CENSUS, MISSING, area_numbers, grouping_number
from services.pledge.operations.numbers import Cell, Edition, value_of
from services.pledge.rules import disclosure
from shared.reference.areas import NOT_SAID, WORK_STUDY, area_name
from shared.reference.channels import channels
from shared.reference.counters import counters
from shared.reference.groupings import groupings
from shared.reference.postcodes import ATTRIBUTION as POSTCODES
from shared.reference.themes import themes
from shared.runtime.clock import iso_week, week_starts
from shared.web.csv_files import Value, csv_bytes

NOT_COLLECTED = "not-collected"
LICENCE = "OGL-UK-3.0"
# What our own figures lean on: boroughs found by postcode, the people who live there, names and codes.
ATTRIBUTION = (
    POSTCODES,
    "Source: Office for National Statistics, Census 2021, licensed under the Open Government Licence v.3.0.",
    "Area names and codes: mySociety, UK local authority names and codes, CC BY 4.0.",
)

Row = Mapping[str, Value]


_COUNT = "pledges status"
_PEOPLE = "population population_source rate_per_10000"
COLUMNS = {
    name: (*columns.split(), "publication", "as_at", "licence")
    for name, columns in {
        "totals": "counter part_of name value status target",
        "areas": f"area gss_code name {_COUNT} {_PEOPLE}",
        "groupings": f"grouping set gss_code name valid_from valid_to areas areas_shown {_COUNT} {_PEOPLE}",
        "weeks": f"iso_week monday complete {_COUNT}",
        "themes": f"theme code name {_COUNT}",
        "channels": f"channel name {_COUNT}",
    }.items()
}


@dataclass(frozen=True)
class Table:
    """`name`: of its files, a key of COLUMNS. Each row has exactly those columns."""

    name: str
    rows: Sequence[Row]

    @property
    def columns(self) -> tuple[str, ...]:
        return COLUMNS[self.name]


class Files:
    """Every table as CSV and as JSON, made when an edition is first asked for and kept until the next one."""

    def __init__(self) -> None:
        self._last: tuple[Edition, Mapping[str, bytes]] | None = None

    def of(self, edition: Edition) -> Mapping[str, bytes]:
        """A file's name, as `areas.csv`, → what is in it."""
        last = self._last
        if last is None or (last[0].id, last[0].as_at) != (edition.id, edition.as_at):
            self._last = last = edition, dict(_files(edition))
        return last[1]


def tables(edition: Edition) -> tuple[Table, ...]:
    """Every public breakdown, and the counters themselves."""
    made = {
        "totals": _totals(edition),
        "areas": _areas(edition),
        "groupings": _groupings(edition),
        "weeks": _weeks(edition),
        "themes": _themes(edition),
        "channels": _channels(edition),
    }
    origin: Row = {"publication": edition.id, "as_at": edition.as_at.isoformat(timespec="seconds"), "licence": LICENCE}
    return tuple(Table(name, [{**row, **origin} for row in rows]) for name, rows in made.items())


def _files(edition: Edition) -> Iterator[tuple[str, bytes]]:
    for table in tables(edition):
        yield f"{table.name}.csv", csv_bytes(table.columns, ([row[name] for name in table.columns] for row in table.rows))
        yield f"{table.name}.json", _json(table, edition)


def _json(table: Table, edition: Edition) -> bytes:
    rows = [{name: row[name] for name in table.columns if name not in ("publication", "as_at", "licence")} for row in table.rows]
    head = {"table": table.name, "publication": edition.id, "as_at": edition.as_at.isoformat(timespec="seconds"), "licence": LICENCE}
    said = {"attribution": list(ATTRIBUTION), "dictionary": "/data/dictionary", "method": "/data/method"}
    return json.dumps({**head, **said, "rows": rows}, ensure_ascii=False, indent=1).encode()


def _totals(edition: Edition) -> list[Row]:
    rows: list[Row] = []
    for one in counters():
        value = value_of(one, edition.totals)
        status = NOT_COLLECTED if value is None else disclosure.PUBLISHED
        rows.append({"counter": one.id, "name": one.name, "part_of": None, "value": value, "status": status, "target": one.target})
        if one.part:
            part = edition.totals.get(one.part, 0) if value is not None else None
            rows.append({"counter": one.part, "name": one.part, "part_of": one.id, "value": part, "status": status, "target": None})
    return rows


def _areas(edition: Edition) -> list[Row]:
    rows: list[Row] = [
        {
            "area": one.area.slug,
            "gss_code": one.area.gss,
            "name": one.area.name,
            "pledges": one.cell.value,
            "status": one.cell.status,
            "population": one.area.population_2021,
            "population_source": CENSUS,
            "rate_per_10000": one.rate,
        }
        for one in area_numbers(edition)
    ]
    cells = _by_key(edition, "area")
    nowhere = {"population": None, "population_source": None, "rate_per_10000": None}
    for code in (WORK_STUDY, NOT_SAID):
        rows.append({"area": code, "gss_code": None, "name": area_name(code), **_shown(cells.get(code)), **nowhere})
    return rows


def _groupings(edition: Edition) -> list[Row]:
    rows: list[Row] = []
    for one in groupings():
        number = grouping_number(edition, one)
        rows.append(
            {
                "grouping": one.code,
                "set": one.set,
                "gss_code": one.gss,
                "name": one.name,
                "valid_from": one.valid_from.isoformat(),
                "valid_to": _day(one.valid_to),
                "areas": len(one.areas),
                "areas_shown": number.shown,
                "pledges": number.value,
                "status": number.status,
                "population": number.people,
                "population_source": CENSUS,
                "rate_per_10000": number.rate,
            }
        )
    return rows


def _weeks(edition: Edition) -> list[Row]:
    """Oldest first. The week of the edition itself was not over."""
    now = iso_week(edition.as_at)
    return [
        {"iso_week": one.key, "monday": week_starts(one.key).isoformat(), "complete": one.key < now, **_shown(one)}
        for one in edition.breakdowns["week"]
    ]


def _themes(edition: Edition) -> list[Row]:
    cells = _by_key(edition, "theme")
    return [{"theme": one.number, "code": one.slug, "name": one.name, **_shown(cells.get(str(one.number)))} for one in themes()]


def _channels(edition: Edition) -> list[Row]:
    cells = _by_key(edition, "channel")
    return [{"channel": one.slug, "name": one.name, **_shown(cells.get(one.slug))} for one in channels()]


def _by_key(edition: Edition, kind: str) -> dict[str, Cell]:
    return {cell.key: cell for cell in edition.breakdowns[kind]}


def _shown(cell: Cell | None) -> dict[str, Value]:
    """A cell that this release knows and the edition does not is missing: of an older release, or not counted then."""
    return {"pledges": cell.value, "status": cell.status} if cell else {"pledges": None, "status": MISSING}


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
