"""/staff/campaign/pause: keep quiet, change for how long, go on; and who did so when, and why."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.pledge.operations import pausing
from services.pledge.rules.campaign import read_day
from services.pledge.store.campaign import campaign
from services.pledge.web import campaign_desk
from services.pledge.web.campaign_desk import member
from services.pledge.web.current import desk
from services.pledge.web.reading import Errors
from shared.reference.choices import choice_name
from shared.runtime.clock import LONDON
from shared.runtime.errors import Conflict, Forbidden, InvalidInput
from shared.security.sessions import CAMPAIGN
from shared.web.audience import requires
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("campaign_pause", __name__, template_folder="templates")

PATH = "/staff/campaign/pause"
LINES: Mapping[str, str] = {
    pausing.PAUSED: N_("paused"),
    pausing.CHANGED: N_("changed"),
    pausing.RESUMED: N_("went on"),
    pausing.ENDED: N_("ended by itself"),
}
MOST_LINES = 100


@pages.get(PATH)
@requires(CAMPAIGN)
def show() -> str:
    return _page({}, {})


@pages.post(PATH)
@requires(CAMPAIGN)
def pause() -> ResponseReturnValue:
    typed, errors = read_answers("kind", "until", "why")
    until, wrong = _until(typed["until"])
    errors = {**wrong, **errors}
    try:
        if errors:
            raise InvalidInput(errors)
        pausing.pause(desk().work, typed["kind"], until, typed["why"], by=member(), now=now())
    except InvalidInput as error:
        return _page(typed, error.fields), 422
    except Conflict as error:
        return _page(typed, {"": [_(error.message)]}), 409
    except Forbidden as error:
        return _page(typed, {"": [_(error.message)]}), 403
    return redirect(PATH, 303)


@pages.post("/staff/campaign/resume")
@requires(CAMPAIGN)
def resume() -> ResponseReturnValue:
    typed, errors = read_answers("why_now")
    try:
        if errors:
            raise InvalidInput(errors)
        pausing.resume(typed["why_now"], by=member(), now=now())
    except InvalidInput as error:
        return _page(typed, {"why_now" if name == "why" else name: words for name, words in error.fields.items()}), 422
    except Conflict as error:
        return _page(typed, {"": [_(error.message)]}), 409
    except Forbidden as error:
        return _page(typed, {"": [_(error.message)]}), 403
    return redirect(PATH, 303)


def _until(text: str) -> tuple[datetime | None, Errors]:
    """Midnight in London as that day begins."""
    if not text:
        return None, {}
    day = read_day(text)
    if day is None:
        return None, {"until": [_("Choose a day, or leave it empty")]}
    return datetime.combine(day, time(0), LONDON), {}


def _page(typed: Mapping[str, str], errors: Errors) -> str:
    moment, found = now(), campaign()
    standing = pausing.standing_pause(moment)
    return render_template(
        "pledge/staff/pause.html",
        standing=standing,
        standing_words=_(choice_name("pauses", standing.kind)) if standing else "",
        frozen=found.frozen["as_at"] if standing and found and found.frozen else None,
        kinds=campaign_desk.options_of("pauses"),
        typed={"kind": standing.kind if standing else "", "until": "", "why": "", "why_now": "", **typed},
        errors=errors,
        lines=[_line(one) for one in reversed((found.history if found else None) or [])][:MOST_LINES],
        for_london=campaign_desk.for_london(),
    )


def _line(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": one["at"],
        "what": _(LINES.get(one["what"], one["what"])),
        "kind": _(choice_name("pauses", one["kind"])),
        "until": one.get("until"),
        "by": campaign_desk.by_words(one["by"]) if one.get("by") else "",
        "why": one.get("why", ""),
    }
