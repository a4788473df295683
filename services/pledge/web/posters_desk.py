"""/staff/posters: make a poster's code, see how often each was pledged by, print its sheet, retire it."""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from services.pledge.operations import posters
from services.pledge.store import Poster
from services.pledge.store import posters as all_posters
from services.pledge.web import campaign_desk
from services.pledge.web.campaign_desk import member
from services.pledge.web.current import desk
from services.pledge.web.reading import Errors
from shared.reference.areas import area_name
from shared.reference.channels import POSTERS, channel_name
from shared.runtime.errors import Forbidden, InvalidInput
from shared.security.sessions import CAMPAIGN
from shared.web.audience import requires
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("posters_desk", __name__, template_folder="templates")

PATH = "/staff/posters"
CORRECTION = "q"  # a quarter of it may be torn, wet or stuck over
QUIET = 4  # modules of white around it, as readers ask for
THERE = N_("There is a poster with this code already. Choose another")


@pages.get(PATH)
@requires(CAMPAIGN)
def listed() -> str:
    counts = posters.pledged_by(desk().work)
    rows = sorted((_row(one, counts) for one in all_posters()), key=lambda row: (row["retired"] is not None, row["code"]))
    return render_template(
        "pledge/staff/posters.html", rows=rows, unknown=counts.get(posters.UNKNOWN, 0), for_london=campaign_desk.for_london()
    )


@pages.get(f"{PATH}/new")
@requires(CAMPAIGN)
def new() -> str:
    return _form({}, {})


@pages.post(f"{PATH}/new")
@requires(CAMPAIGN)
def make() -> ResponseReturnValue:
    typed, errors = read_answers("code", "place", "area", "channel")
    try:
        if errors:
            raise InvalidInput(errors)
        given = {"area": typed["area"], "channel": typed["channel"], "by": member()}
        is_new = posters.add(typed["code"], typed["place"], now=now(), **given)  # type: ignore[arg-type]  # by their names
    except InvalidInput as error:
        return _form(typed, {name: [_(one) for one in words] for name, words in error.fields.items()}), 422
    except Forbidden as error:
        return _form(typed, {"": [_(error.message)]}), 403
    found = posters.existing(typed["code"])
    if not is_new and not _same(found, typed):
        return _form(typed, {"code": [_(THERE)]}), 409
    return redirect(f"{PATH}/{found.code}", 303)


def _same(found: Poster, typed: Mapping[str, str]) -> bool:
    """The same form once more."""
    return (found.place, found.area or "", found.channel or "") == (typed["place"], typed["area"], typed["channel"])


def _form(typed: Mapping[str, str], errors: Errors) -> str:
    return render_template(
        "pledge/staff/poster_new.html",
        typed={"code": "", "place": "", "area": "", "channel": POSTERS, **typed},
        errors=errors,
        areas=campaign_desk.area_options(_("Not in one borough")),
        channels=campaign_desk.channel_options(_("Choose one"), reach=False)[1:],
        for_london=campaign_desk.for_london(),
    )


@pages.get(f"{PATH}/<code>")
@requires(CAMPAIGN)
def show(code: str) -> str:
    found = posters.existing(code)
    row = _row(found, posters.pledged_by(desk().work))
    return render_template("pledge/staff/poster.html", one=row, qr=_drawn(found.code), for_london=campaign_desk.for_london())


@pages.get(f"{PATH}/<code>/sheet")
@requires(CAMPAIGN)
def sheet(code: str) -> str:
    """One side of A4, to hang up."""
    found = posters.existing(code)
    return render_template("pledge/staff/sheet.html", one=_row(found, {}), qr=_drawn(found.code))


@pages.get(f"{PATH}/<code>.svg")
@requires(CAMPAIGN)
def drawing(code: str) -> Response:
    """The code alone, for whoever lays out a poster of their own."""
    found = posters.existing(code)
    file = io.BytesIO()
    _code(found.code).save(file, kind="svg", scale=10, border=QUIET, light="#fff")
    answer = Response(file.getvalue(), mimetype="image/svg+xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.code}.svg"'
    return answer


@pages.post(f"{PATH}/<code>/retire")
@requires(CAMPAIGN)
def retire(code: str) -> ResponseReturnValue:
    found = posters.retire(code, by=member(), now=now())
    return redirect(f"{PATH}/{found.code}", 303)


@pages.post(f"{PATH}/<code>/hang-again")
@requires(CAMPAIGN)
def hang_again(code: str) -> ResponseReturnValue:
    found = posters.hang_again(code, by=member())
    return redirect(f"{PATH}/{found.code}", 303)


def _drawn(code: str) -> Markup:
    made = _code(code).svg_inline(border=QUIET, omitsize=True, light="#fff", svgclass="qr", lineclass=None)
    return Markup(made)  # noqa: S704 -- segno's own drawing of an address of ours


def _code(code: str) -> segno.QRCode:
    return segno.make(_address(code), error=CORRECTION, micro=False)


def _address(code: str) -> str:
    return f"{desk().work.settings.public_url}/p/{code}"


def _row(one: Poster, counts: Mapping[str, int]) -> dict[str, Any]:
    parts = urlsplit(_address(one.code))
    retired: datetime | None = one.retired_at
    return {
        "code": one.code,
        "place": one.place or "",
        "area": area_name(one.area) if one.area else "",
        "channel": _(channel_name(one.channel or POSTERS)),
        "since": one.added_at,
        "retired": retired,
        "pledges": counts.get(one.code, 0),
        "address": f"{parts.netloc}{parts.path}",
    }
