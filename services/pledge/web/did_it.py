"""How it went: four answers, all fine. GET shows, POST acts, so a mail scanner that follows links answers nothing."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.pledge import rules
from services.pledge.operations import listings, pledges
from services.pledge.store import Pledge
from services.pledge.web.cards import cards
from services.pledge.web.current import desk
from services.pledge.web.pledged import action_of
from services.pledge.web.reading import Errors, pledge_of, read_each
from shared.reference.actions import ever, every_action, starters
from shared.runtime.clock import in_london
from shared.runtime.errors import Conflict
from shared.security.references import read_reference
from shared.web.audience import by_link, public
from shared.web.factory import now

pages = Blueprint("did_it", __name__, template_folder="templates")

NOT_YET, CHANGED_MY_MIND = "not-yet", "changed-my-mind"
NOT_YET_WITHOUT_NUDGE = "not-yet-without-nudge"


@pages.get("/did-it")
@public
def ask() -> str:
    return _ask("", {})


@pages.post("/did-it")
@public
def find() -> ResponseReturnValue:
    answers, errors = read_each("reference")
    typed = answers["reference"]
    reference = read_reference(typed)
    if reference is None and not errors:
        mistyped = _("That reference has a sign wrong. Check it against your photo or mail, sign by sign")
        errors["reference"] = [mistyped if typed else _("Type your reference. It looks like CL-7K3M-9QXA")]
    if errors:
        return _ask(typed, errors), 422
    return redirect(f"/did-it/{reference}", 303)


@pages.get("/did-it/<reference>")
@by_link
def show(reference: str) -> str:
    pledge = pledge_of(reference)
    return _page(pledge, _told(pledge, request.args.get("told", "")), {})


@pages.post("/did-it/<reference>")
@by_link
def tell(reference: str) -> ResponseReturnValue:
    pledge = pledge_of(reference)
    answer = read_each("answer")[0]["answer"]
    if answer not in (*rules.ANSWERS, NOT_YET, CHANGED_MY_MIND):
        return _page(pledge, "", {"answer": [_("Press one of the four buttons. Any answer is fine")]}), 422
    try:
        told = _store(pledge.reference, answer)
    except Conflict:  # taken back meanwhile: its page says so
        return redirect(f"/did-it/{pledge.reference}", 303)
    return redirect(f"/did-it/{pledge.reference}?told={told}", 303)


def _store(reference: str, answer: str) -> str:
    """What the next page thanks for."""
    work, moment = desk().work, now()
    if answer == CHANGED_MY_MIND:
        pledges.withdraw(work, reference, now=moment)
    elif answer == NOT_YET:
        _pledge, moved = pledges.postpone(work, reference, now=moment)
        return NOT_YET if moved else NOT_YET_WITHOUT_NUDGE
    else:
        pledges.answer(work, reference, answer, now=moment)
    return answer


def _told(pledge: Pledge, said: str) -> str:
    """What a link claims was told, if the pledge bears it out; else nothing."""
    true = {
        rules.YES: pledge.answer == rules.YES,
        rules.PARTLY: pledge.answer == rules.PARTLY,
        NOT_YET: pledge.state == rules.CONFIRMED and bool(pledge.postponements),
        NOT_YET_WITHOUT_NUDGE: pledge.state in rules.LIVE,
        CHANGED_MY_MIND: pledge.state == rules.WITHDRAWN,
    }
    return said if true.get(said) else ""


def _ask(typed: str, errors: Errors) -> str:
    return render_template("pledge/did_it_ask.html", section="pledge", typed=typed, errors=errors)


def _page(pledge: Pledge, told: str, errors: Errors) -> str:
    template = "pledge/did_it.html" if pledge.state in rules.LIVE else "pledge/done_back.html"
    more: dict[str, Any] = {}
    if told and pledge.state in rules.LIVE:
        template = "pledge/told.html"
        more = _next_thing(pledge) if told == rules.YES else {}
    return render_template(template, section="pledge", pledge=pledge, action=action_of(pledge), told=told, errors=errors, **more)


def _next_thing(pledge: Pledge) -> dict[str, Any]:
    """Exactly one: something that is on in her borough; else one of the smallest actions."""
    moment = now()
    if found := listings.at_home(desk().work, pledge.area, moment):
        return {"event": cards([found])[0], "other": None}
    today = in_london(moment).date()
    slug = rules.next_action(pledge.action, [one.slug for one in every_action()], [one.slug for one in starters(today)])
    return {"event": None, "other": ever(slug) if slug else None}
