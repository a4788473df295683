"""/staff/campaign/struck-out: a batch of pledges that are abuse, looked for by facts or references, then struck out with a reason."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.pledge.operations import striking
from services.pledge.operations.striking import Chosen
from services.pledge.store.campaign import batches_until
from services.pledge.web import campaign_desk
from services.pledge.web.campaign_desk import member
from services.pledge.web.reading import Errors, form_key, new_key
from shared.runtime.clock import in_london, week_of
from shared.runtime.errors import Conflict, Forbidden, InvalidInput, KeyReused
from shared.security.sessions import CAMPAIGN
from shared.web.audience import requires
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_
from shared.web.words import day

pages = Blueprint("campaign_strikes", __name__, template_folder="templates")

PATH = "/staff/campaign/struck-out"
FIELDS = ("week", "channel", "area", "references", "reason", "note")
MOST_WEEKS, MOST_SHOWN = 60, 100
LOOK, STRIKE = "look", "strike"
USED = N_("This form was sent once already, with other answers. Look at the list below, then press the button once more")


@pages.get(PATH)
@requires(CAMPAIGN)
def listed() -> str:
    return _page({}, {}, None)


@pages.post(PATH)
@requires(CAMPAIGN)
def act() -> ResponseReturnValue:
    """Looking changes nothing, and shows the same page with how many there are: references belong in no address."""
    typed, errors = read_answers(*FIELDS, "do", "key", long=("references", "note"))
    typed["note"] = typed["note"].replace("\r\n", "\n")
    errors.pop("key", None)
    errors.pop("do", None)
    try:
        if errors:
            raise InvalidInput(errors)
        chosen = striking.choose(typed["week"], typed["channel"], typed["area"], typed["references"])
    except InvalidInput as error:
        return _page(typed, error.fields, None), 422
    if typed["do"] != STRIKE:
        return _page(typed, {}, chosen)
    return _strike(typed, chosen)


def _strike(typed: Mapping[str, str], chosen: Chosen) -> ResponseReturnValue:
    key = form_key(typed["key"])
    try:
        if key is None:
            raise InvalidInput({"": [_("Part of this page was lost on its way. Press the button once more")]})
        striking.strike_out(chosen, typed["reason"], typed["note"], key=key, by=member(), now=now())
    except InvalidInput as error:
        return _page(typed, error.fields, chosen), 422
    except KeyReused:
        return _page({**typed, "key": ""}, {"": [_(USED)]}, chosen), 422
    except Conflict as error:
        return _page(typed, {"": [_(error.message)]}, chosen), 409
    except Forbidden as error:
        return _page(typed, {"": [_(error.message)]}, chosen), 403
    return redirect(PATH, 303)


def _page(typed: Mapping[str, str], errors: Errors, chosen: Chosen | None) -> str:
    """`chosen`: what was looked for, with how many there are."""
    moment = now()
    given = {**dict.fromkeys((*FIELDS, "key"), ""), **typed}
    return render_template(
        "pledge/staff/struck_out.html",
        typed=given,
        errors=errors,
        count=striking.how_many(chosen, moment) if chosen else None,
        most=striking.MOST_COUNTED,
        key=form_key(given["key"]) or new_key(),
        weeks=[("", _("Choose one")), *_weeks()],
        channels=campaign_desk.channel_options(_("Choose one"), reach=False),
        areas=campaign_desk.area_options(_("Choose one")),
        reasons=campaign_desk.options_of(striking.REASONS, _("Choose why")),
        batches=[campaign_desk.batch_words(one) for one in batches_until(moment, MOST_SHOWN)],
        for_london=campaign_desk.for_london(),
    )


def _weeks() -> list[tuple[str, str]]:
    today = in_london(now()).date()
    monday = today - timedelta(days=today.weekday())
    return [
        (week_of(start), _("from %(day)s", day=day(start, year=True))) for start in (monday - timedelta(weeks=n) for n in range(MOST_WEEKS))
    ]
