"""The list of actions, the page of one, and the POST that makes a pledge."""

from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.pledge.operations import pledges, posters
from services.pledge.operations.places import Doubt, area_meant
from services.pledge.operations.pledges import Promise
from services.pledge.store import Pledge
from services.pledge.web.current import desk
from services.pledge.web.reading import Errors, Origin, form_key, new_key, origin, origin_of_link, read_each, turn_away
from shared.reference.actions import Action, action, actions, ever
from shared.reference.areas import WORK_STUDY, areas
from shared.runtime.clock import in_london
from shared.runtime.errors import KeyReused
from shared.web.audience import public
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("pledging", __name__, template_folder="templates")

NUDGE = "nudge"
DOUBTS = {
    Doubt.NO_AREA: ("area", N_("Choose a borough, or say you’d rather not")),
    Doubt.NO_POSTCODE: ("postcode", N_("Type a full postcode, like E8 1DY, or leave it empty")),
    Doubt.NOT_LONDON: (
        "postcode",
        N_("We don’t know that postcode in London. Check it, or leave it empty and choose from the list"),
    ),
    Doubt.WHICH_ONE: (
        "area",
        N_("You gave a borough and a postcode. Which one did you mean? Choose “Rather not say” in the list, or empty the postcode"),
    ),
}


@pages.get("/pledge")
@public
def listed() -> str:
    return render_template("pledge/actions.html", section="pledge", actions=actions(_today()), origin=origin_of_link())


@pages.get("/pledge/<slug>")
@public
def form(slug: str) -> Response:
    """The browser may keep it for its Back button, so that Back and the other button is the same pledge (the key is in the page)."""
    page = make_response(_form(_action(slug), origin_of_link(), {}, {}))
    page.headers["Cache-Control"] = "private, no-cache"
    return page


@pages.post("/pledge/<slug>")
@public
def make(slug: str) -> ResponseReturnValue:
    chosen = _action(slug)
    answers, errors = read_each("area", "postcode", "key", "then", "channel", "poster")
    came = origin(answers["channel"], answers["poster"], answers["area"])
    key = form_key(answers["key"])
    area = _area(answers, errors)
    if key is None:
        errors[""] = [_("Part of this page was lost on its way. Press the button once more")]
    for hidden in ("key", "then", "channel", "poster"):
        errors.pop(hidden, None)
    if errors or key is None or area is None:
        return _form(chosen, came, answers, errors), 422
    try:
        pledge = pledges.make(desk().work, _promise(chosen, area, came), now=now(), key=key)
    except KeyReused:
        again = _("This page was sent before with another answer, and that pledge counts. To make one more, press the button again")
        return _form(chosen, came, answers | {"key": ""}, {"": [again]}), 422
    return redirect(_next(pledge, answers["then"]), 303)


def _today() -> date:
    return in_london(now()).date()


def _action(slug: str) -> Action:
    """The action, or a page that names others."""
    found = action(slug, _today())
    if found is None:
        gone = ever(slug)
        turn_away("pledge/no_action.html", 410 if gone else 404, gone=gone, actions=actions(_today()), origin=origin_of_link())
    return found


def _area(answers: dict[str, str], errors: Errors) -> str | None:
    """The area meant; None, with the error put among the others, where it cannot be told."""
    if "area" in errors or "postcode" in errors:
        return None
    meant = area_meant(answers["area"], answers["postcode"], desk().postcodes)
    if isinstance(meant, Doubt):
        field, words = DOUBTS[meant]
        errors[field] = [_(words)]
        return None
    return meant


def _promise(chosen: Action, area: str, came: Origin) -> Promise:
    return Promise(chosen.slug, area, came.channel, posters.known(came.poster) if came.poster else None)


def _next(pledge: Pledge, then: str) -> str:
    return f"/pledged/{pledge.reference}/nudge" if then == NUDGE else f"/pledged/{pledge.reference}"


def _form(chosen: Action, came: Origin, answers: dict[str, str], errors: Errors) -> str:
    """The page of one action, with whatever was answered before. A key that is no good is replaced."""
    boroughs = [("", _("Rather not say")), (WORK_STUDY, _("I work or study in London")), *((area.slug, area.name) for area in areas())]
    return render_template(
        "pledge/action.html",
        section="pledge",
        action=chosen,
        origin=came,
        boroughs=boroughs,
        answers={"area": came.area, "postcode": ""} | answers,
        key=form_key(answers.get("key", "")) or new_key(),
        errors=errors,
        how_many=len(actions(_today())),
    )
