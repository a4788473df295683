"""/staff/campaign: the week's table for the London Health Board, on a page to print, as text to copy and as CSV."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

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
from shared.web.words import number, when

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
    """The same for a mail: columns of plain text."""
    titles = (_("This week"), _("Last week"), _("In all"), _("Target"))
    rows = [(_line(one)["name"], (one.this_week, one.last_week, one.total), one.target, one.part) for one in found.lines]
    names = [f"  {name}" if part else name for name, _values, _target, part in rows]
    width = max(map(len, names))
    lines = [
        _("The week from Monday %(day)s (%(week)s)", day=f"{found.monday:%-d %B %Y}", week=found.week),
        _("As at %(when)s", when=when(found.as_at, year=True)),
        "",
        " " * width + "".join(f"{title:>20}" for title in titles),
    ]
    for name, (_name, values, target, _part) in zip(names, rows, strict=True):
        shown = [number(value) if value is not None else _("not collected yet") for value in values]
        lines.append(f"{name:<{width}}" + "".join(f"{cell:>20}" for cell in (*shown, number(target) if target else "–")))
    lines += ["", _("Reach is an estimate. The five numbers are never added together.")]
    lines += [
        f"- {one['channel']}: {number(one['number'])} ({one['source']}; {_('confidence')}: {one['confidence']})"
        for one in map(campaign_desk.figure_words, found.estimates)
    ]
    return "\n".join(lines)
