"""What Londoners have done so far: five numbers, and by borough, week, theme and channel."""

from collections.abc import Sequence
from dataclasses import dataclass

from babel import numbers
from flask import Blueprint, render_template, request

from services.pledge.operations.numbers import Campaign, Cell
from services.pledge.rules import disclosure
from services.pledge.web.borough_map import borough_map
from services.pledge.web.campaign_desk import batch_words
from services.pledge.web.current import desk
from services.pledge.web.week_chart import bars, weeks
from shared.reference.areas import NOT_SAID, WORK_STUDY, area_name
from shared.reference.channels import channel_name
from shared.reference.counters import Counter, counters
from shared.reference.themes import theme_name
from shared.runtime.clock import iso_week
from shared.web.audience import public
from shared.web.factory import now
from shared.web.i18n import page_locale

MILLION = 1_000_000

pages = Blueprint("progress", __name__, template_folder="templates")


@dataclass(frozen=True)
class Number:
    """One counter as shown. `value`: None while nothing feeds it. `aim`: its target in words; `reached`: in percent."""

    counter: Counter
    value: int | None
    part: int | None
    aim: str | None
    reached: float | None


@dataclass(frozen=True)
class Row:
    name: str
    cell: Cell


@pages.get("/progress")
@public
def page() -> str:
    moment = now()
    found = desk().numbers.at(moment)
    by_week = weeks(found.breakdowns["week"], iso_week(moment))
    return render_template(
        "pledge/progress.html",
        section="progress",
        campaign=found,
        numbers=[_number(entry, found) for entry in counters()],
        map=borough_map(found.breakdowns["area"]),
        elsewhere=[_row(cell, area_name(cell.key)) for cell in found.breakdowns["area"] if cell.key in (NOT_SAID, WORK_STUDY)],
        table_open=request.args.get("boroughs") == "table",
        weeks=by_week,
        bars=bars(by_week, page_locale()),
        themes=_shown([_row(cell, theme_name(int(cell.key))) for cell in found.breakdowns["theme"]]),
        struck=[batch_words(one) for one in found.struck],
        channels=_shown([_row(cell, channel_name(cell.key)) for cell in found.breakdowns["channel"]]),
    )


def _number(entry: Counter, found: Campaign) -> Number:
    value = found.value(entry)
    part = found.total(entry.part) if value is not None and entry.part else None
    aim = _round(entry.target) if entry.target else None
    reached = min(100.0, round(value / entry.target * 100, 2)) if entry.target and value is not None else None
    return Number(entry, value, part, aim, reached)


def _round(target: int) -> str:
    """2 million, but 100,000."""
    if target < MILLION:
        return str(numbers.format_decimal(target, locale=page_locale()))
    return str(numbers.format_compact_decimal(target, format_type="long", locale=page_locale()))


def _row(cell: Cell, name: str) -> Row:
    return Row(name, cell)


def _shown(rows: Sequence[Row]) -> Sequence[Row]:
    """Nothing until the disclosure rule lets the breakdown out."""
    return rows if any(row.cell.status == disclosure.PUBLISHED for row in rows) else ()
