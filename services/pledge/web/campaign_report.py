"""/staff/campaign: the week's table for the London Health Board, on a page to print, as text to copy and as CSV."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from services.pledge.operations import pausing
from services.pledge.operations import report as reports
from services.pledge.operations.report import Line, Report
from services.pledge.web import campaign_desk
from services.pledge.web.current import desk
from shared.runtime.clock import iso_week, week_of, week_starts
from shared.runtime.errors import NotFound
from shared.security.sessions import CAMPAIGN
from shared.web.audience import requires
from shared.web.csv_files import csv_answer
from shared.web.factory import now
from shared.web.i18n import N_
from shared.web.words import day, number, when

pages = Blueprint("campaign_report", __name__, template_folder="templates")

PARTS = {"confirmed": N_("of them confirmed by e-mail"), "partly": N_("done in part, apart")}
NOT_COLLECTED, COUNTED = "not-collected", "counted"


@pages.get("/staff/campaign")
@requires(CAMPAIGN)
def table() -> ResponseReturnValue:
    found, moment = _report(), now()
    return render_template(
        "pledge/staff/report.html",
        report=found,
        this_week=iso_week(moment),
        lines=[_line(one) for one in found.lines],
        estimates=[campaign_desk.figure_words(one) for one in found.estimates],
        struck=[campaign_desk.batch_words(one) for one in found.struck],
        text=_as_text(found),
        pause=pausing.standing_pause(moment),
        for_london=campaign_desk.for_london(),
    )


@pages.get("/staff/campaign/week.csv")
@requires(CAMPAIGN)
def as_csv() -> Response:
    """One row a counter; an empty cell and "not-collected" where there is no figure, which is not 0."""
    found = _report()
    header = ("counter", "name", "week", "this_week", "last_week", "total", "target", "status", "as_at")
    rows = [
        (
            one.counter.part if one.part else one.counter.id,
            _line(one)["name"],
            found.week,
            one.this_week,
            one.last_week,
            one.total,
            one.target,
            NOT_COLLECTED if one.total is None else COUNTED,
            found.as_at.isoformat(timespec="seconds"),
        )
        for one in found.lines
    ]
    return csv_answer(f"week-{found.week}.csv", header, rows)


def _report() -> Report:
    moment = now()
    week = request.args.get("week", "") or iso_week(moment)
    try:
        known = week_of(week_starts(week)) == week and week <= iso_week(moment)
    except ValueError:
        known = False
    if not known:
        raise NotFound(N_("There is no such week, or it has not come yet. A week is written like 2026-W48."))
    return reports.report(desk().work, week, moment)


def _line(one: Line) -> dict[str, Any]:
    name = _(PARTS[one.counter.part or ""]) if one.part else _(one.counter.name)
    return {"name": name, "part": one.part, "values": (one.this_week, one.last_week, one.total), "target": one.target}


def _as_text(found: Report) -> str:
    """The same for a mail: a line a number, which reads well in any type."""
    lines = [
        _("The week from %(day)s (%(week)s)", day=day(found.monday, year=True), week=found.week),
        _("As at %(when)s", when=when(found.as_at, year=True)),
        "",
        *map(_line_of_text, found.lines),
        "",
        _("Reach is an estimate. The five numbers are never added together."),
    ]
    for one in map(campaign_desk.figure_words, found.estimates):
        where = _("confidence: %(confidence)s", confidence=one["confidence"])
        lines.append(f"- {one['channel']}: {number(one['number'])} ({one['source']}; {where})")
    struck = [one for one in map(campaign_desk.batch_words, found.struck) if one["struck"]]
    if struck:
        lines.append(_("Struck out as abuse, and in no number above:"))
        lines += [f"- {ngettext('1 pledge', '%(num)s pledges', one['struck'])} ({one['reason']})" for one in struck]
    return "\n".join(lines)


def _line_of_text(one: Line) -> str:
    shown = _line(one)
    if one.total is None:
        return f"{shown['name']}: {_('not collected yet')}"
    this, last, total = (number(value or 0) for value in shown["values"])
    words = _("%(this)s this week, %(last)s last week, %(total)s in all", this=this, last=last, total=total)
    aim = f" ({_('target %(target)s', target=number(one.target))})" if one.target else ""
    return f"{'  ' if one.part else ''}{shown['name']}: {words}{aim}"
