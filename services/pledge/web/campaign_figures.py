"""/staff/campaign/figures, /reach, /tally: the figures that the campaign team types, one by one, with what became of each."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.pledge.operations import figures
from services.pledge.operations.figures import Flawed, VoidAlready
from services.pledge.rules import campaign as rules
from services.pledge.rules.campaign import Figure, Flaw
from services.pledge.store.campaign import CampaignFigure, figures_before
from services.pledge.web import campaign_desk
from services.pledge.web.campaign_desk import member
from services.pledge.web.reading import Errors, form_key, new_key
from shared.reference.actions import every_action
from shared.reference.choices import choice_name
from shared.runtime.clock import in_london
from shared.runtime.errors import Conflict, Forbidden, InvalidInput, KeyReused
from shared.security.sessions import CAMPAIGN
from shared.web.audience import requires
from shared.web.checks import read_answers
from shared.web.csv_files import csv_answer
from shared.web.factory import now
from shared.web.i18n import N_
from shared.web.words import number

pages = Blueprint("campaign_figures", __name__, template_folder="templates")

A_PAGE, ALL = 50, 10_000
COLUMNS = "id kind number first_day last_day week channel area action source confidence note typed_at void_reason void_at corrects"
FIELDS = ("kind", "number", "first", "last", "channel", "area", "action", "source", "confidence", "note")
IN_REACH = ("channel", "first", "last", "number", "source", "confidence", "area", "note")  # as they stand on the pages
IN_TALLY = ("kind", "number", "last", "area", "channel", "action", "note")
LOST = N_("Part of this page was lost on its way. Press the button once more")
USED = N_("This form was sent once already, with other answers, and that figure counts. If this is another one, press the button once more")
WORDS: Mapping[tuple[str, Flaw], str] = {
    ("kind", Flaw.NO_KIND): N_("Choose what was counted"),
    ("number", Flaw.NO_NUMBER): N_("Type a whole number, like 12,000"),
    ("number", Flaw.TOO_SMALL): N_("Type 1 or more. To take a figure away, strike it out"),
    ("first", Flaw.NO_DAY): N_("Choose the first day"),
    ("first", Flaw.TOO_LONG): N_("Choose a first day within a year of the last"),
    ("last", Flaw.NO_DAY): N_("Choose the last day"),
    ("last", Flaw.TO_COME): N_("Choose a day that has been: today or before"),
    ("last", Flaw.TOO_OLD): N_("Choose a day within the last year"),
    ("last", Flaw.TURNED): N_("Choose a last day that is not before the first"),
    ("channel", Flaw.NOT_CHOSEN): N_("Choose the channel"),
    ("area", Flaw.NOT_CHOSEN): N_("Choose the borough, or “Not said”"),
    ("action", Flaw.NOT_CHOSEN): N_("Choose the action that was pledged. Of several, add a tally for each"),
    ("source", Flaw.NOT_CHOSEN): N_("Choose where the figure is from"),
    ("confidence", Flaw.NOT_CHOSEN): N_("Choose how sure we can be"),
}


# All of them


@pages.get("/staff/campaign/figures")
@requires(CAMPAIGN)
def listed() -> str:
    before = _moment(request.args.get("before", ""))
    found = figures_before(before, A_PAGE + 1)
    return render_template(
        "pledge/staff/figures.html",
        rows=[campaign_desk.figure_words(one) for one in found[:A_PAGE]],
        older=found[A_PAGE - 1].at.isoformat() if len(found) > A_PAGE else "",
        for_london=campaign_desk.for_london(),
    )


@pages.get("/staff/campaign/figures.csv")
@requires(CAMPAIGN)
def as_csv() -> Response:
    header = tuple(COLUMNS.split())
    rows = [
        (
            one.id,
            one.kind,
            one.number,
            one.first or one.last,
            one.last,
            one.week,
            one.channel,
            one.area or "london",
            one.action,
            one.source,
            one.confidence,
            one.note,
            one.at.isoformat(timespec="seconds"),
            (one.void or {}).get("reason"),
            one.void["at"].isoformat(timespec="seconds") if one.void else None,
            one.corrects,
        )
        for one in figures_before(now() + timedelta(days=1), ALL)
    ]
    return csv_answer("figures.csv", header, rows)


def _moment(text: str) -> datetime:
    """Where an older page begins; anything else is the newest."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    return found if found and found.tzinfo else now() + timedelta(days=1)


# A new one


@pages.get("/staff/campaign/reach")
@requires(CAMPAIGN)
def new_reach() -> Response:
    return _kept_for_back(_form("reach", {"kind": rules.REACH}, {}))


@pages.post("/staff/campaign/reach")
@requires(CAMPAIGN)
def add_reach() -> ResponseReturnValue:
    return _add("reach")


@pages.get("/staff/campaign/tally")
@requires(CAMPAIGN)
def new_tally() -> Response:
    return _kept_for_back(_form("tally", {}, {}))


@pages.post("/staff/campaign/tally")
@requires(CAMPAIGN)
def add_tally() -> ResponseReturnValue:
    return _add("tally")


def _add(page: str) -> ResponseReturnValue:
    typed, errors, key = _typed(page)
    try:
        if errors or key is None:
            raise InvalidInput(errors or {"": [_(LOST)]})
        made = figures.record(_figure(typed), key=key, by=member(), now=now())
    except (Flawed, InvalidInput) as error:
        return _form(page, typed, _words(error, typed)), 422
    except KeyReused:
        return _form(page, typed | {"key": ""}, {"": [_(USED)]}), 422
    except Forbidden as error:
        return _form(page, typed, {"": [_(error.message)]}), 403
    return redirect(f"/staff/campaign/figures/{made.id}?done=added", 303)


def _kept_for_back(page: str) -> Response:
    """The browser may keep it, with its key: Back and the button once more is the same figure."""
    answer = make_response(page)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _typed(page: str) -> tuple[dict[str, str], Errors, str | None]:
    """What was sent, what cannot be read of it, and the form's key."""
    typed, errors = read_answers(*FIELDS, "key", long=("note",))
    typed["note"] = typed["note"].replace("\r\n", "\n")
    if page == "reach":
        typed["kind"] = rules.REACH
    elif typed["kind"] not in rules.TALLIES:
        typed["kind"] = ""
    errors.pop("key", None)
    return typed, errors, form_key(typed["key"])


def _figure(typed: Mapping[str, str]) -> Figure:
    reach = typed["kind"] == rules.REACH
    return Figure(
        kind=typed["kind"],
        number=rules.whole_number(typed["number"]),
        first=rules.read_day(typed["first"]) if reach else None,
        last=rules.read_day(typed["last"]),
        channel=typed["channel"],
        area=typed["area"],
        action=typed["action"] if typed["kind"] == rules.PAPER else "",
        source=typed["source"] if reach else "",
        confidence=typed["confidence"] if reach else "",
        note=typed["note"],
    )


def _words(error: Flawed | InvalidInput, typed: Mapping[str, str]) -> Errors:
    """Field → sentences, each saying what to change."""
    if isinstance(error, InvalidInput):
        return error.fields
    order = IN_REACH if typed["kind"] == rules.REACH else IN_TALLY
    return {name: [_sentence(name, error.flaws[name], typed)] for name in sorted(error.flaws, key=order.index)}


def _sentence(name: str, flaw: Flaw, typed: Mapping[str, str]) -> str:
    if flaw is Flaw.TOO_LARGE:
        most = number(rules.MOST.get(typed["kind"], 0))
        return str(_("Type %(most)s or less. Are there too many zeros? Split what is really larger", most=most))
    if flaw is Flaw.TOO_WORDY:
        return str(_("Use %(most)s characters or fewer", most=rules.LONGEST_NOTE))
    if name == "last" and flaw is Flaw.NO_DAY and typed["kind"] != rules.REACH:
        return str(_("Choose the day"))
    return str(_(WORDS[name, flaw]))


def _form(page: str, typed: Mapping[str, str], errors: Errors, *, of: CampaignFigure | None = None) -> str:
    """`of`: the figure that this one is to take the place of."""
    session, given = member(), {**dict.fromkeys(FIELDS, ""), "channel": "" if page == "reach" else "booths", **typed}
    return render_template(
        f"pledge/staff/{page}.html",
        typed=given,
        errors=errors,
        key=form_key(given.get("key", "")) or new_key(),
        channels=campaign_desk.channel_options(_("Choose one"), reach=page == "reach"),
        areas=campaign_desk.area_options(_("All of London") if page == "reach" else _("Choose one"), session.boroughs),
        actions=[("", _("Choose one")), *((one.slug, _(one.title)) for one in every_action())],
        sources=campaign_desk.options_of("reach-sources", _("Choose one")),
        confidence=campaign_desk.options_of("confidence"),
        tallies=campaign_desk.options_of("tallies"),
        today=in_london(now()).date().isoformat(),
        for_london=campaign_desk.for_london(),
        of=campaign_desk.figure_words(of) if of else None,
    )


# One figure


@pages.get("/staff/campaign/figures/<uuid:figure_id>")
@requires(CAMPAIGN)
def show(figure_id: Any) -> str:
    return _page(figures.existing(str(figure_id)), {}, {})


@pages.post("/staff/campaign/figures/<uuid:figure_id>/void")
@requires(CAMPAIGN)
def void(figure_id: Any) -> ResponseReturnValue:
    id_ = str(figure_id)
    typed, errors = read_answers("reason", "void_note", long=("void_note",))
    try:
        if errors:
            raise InvalidInput(errors)
        figures.void(id_, typed["reason"], typed["void_note"].replace("\r\n", "\n"), by=member(), now=now())
    except InvalidInput as error:
        return _page(figures.existing(id_), typed, error.fields), 422
    except VoidAlready as error:
        return _page(figures.existing(id_), typed, {"": [_already(error)]}), 409
    except Forbidden as error:
        return _page(figures.existing(id_), typed, {"": [_(error.message)]}), 403
    return redirect(f"/staff/campaign/figures/{id_}?done=void", 303)


@pages.get("/staff/campaign/figures/<uuid:figure_id>/correct")
@requires(CAMPAIGN)
def correction(figure_id: Any) -> ResponseReturnValue:
    found = figures.existing(str(figure_id))
    if found.void:
        return redirect(f"/staff/campaign/figures/{found.id}", 303)
    return _kept_for_back(_form(_page_of(found), _as_typed(found), {}, of=found))


@pages.post("/staff/campaign/figures/<uuid:figure_id>/correct")
@requires(CAMPAIGN)
def correct(figure_id: Any) -> ResponseReturnValue:
    found = figures.existing(str(figure_id))
    page = _page_of(found)
    typed, errors, key = _typed(page)
    try:
        if errors or key is None:
            raise InvalidInput(errors or {"": [_(LOST)]})
        made = figures.correct(found.id, _figure(typed), key=key, by=member(), now=now())
    except (Flawed, InvalidInput) as error:
        return _form(page, typed, _words(error, typed), of=found), 422
    except KeyReused:
        return _form(page, typed | {"key": ""}, {"": [_(USED)]}, of=found), 422
    except VoidAlready as error:
        return _page(figures.existing(found.id), {}, {"": [_already(error)]}), 409
    except Conflict as error:
        return _form(page, typed, {"number": [_(error.message)]}, of=found), 422
    except Forbidden as error:
        return _form(page, typed, {"": [_(error.message)]}, of=found), 403
    return redirect(f"/staff/campaign/figures/{made.id}?done=corrected", 303)


def _page_of(found: CampaignFigure) -> str:
    return "reach" if found.kind == rules.REACH else "tally"


def _as_typed(found: CampaignFigure) -> dict[str, str]:
    return {name: str(getattr(found, name) or "") for name in FIELDS}


def _already(error: VoidAlready) -> str:
    reason = error.void["reason"]
    words = _("it was corrected") if reason == rules.CORRECTED else _(choice_name("void-reasons", reason))
    day = in_london(error.void["at"]).date()
    return str(
        _(
            "This figure was struck out on %(day)s already: %(reason)s. It stays so: if it was right after all, type it again.",
            day=_day(day),
            reason=words,
        )
    )


def _day(day: date) -> str:
    return f"{day:%-d %B}"


def _page(found: CampaignFigure, typed: Mapping[str, str], errors: Errors) -> str:
    session = member()
    return render_template(
        "pledge/staff/figure.html",
        one=campaign_desk.figure_words(found),
        week=found.week,
        twins=[one.id for one in figures.twins(found)] if not found.void else [],
        may=rules.may_type(session.boroughs, figures.as_typed(found)),
        reasons=campaign_desk.options_of("void-reasons", _("Choose why")),
        typed={"reason": "", "void_note": "", **typed},
        errors=errors,
        done=request.args.get("done", ""),
    )
