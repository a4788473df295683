"""Signing in: an address is asked for, a mail brings a link, GET shows it, POST signs in. And signing out.

Known and unknown addresses get the same answer, at the same pace: what is stored is the same, and only the sender looks.
"""

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.notify.operations import sessions, staff
from services.notify.web.current import current_actor, current_work
from services.notify.web.reading import read_each
from shared.runtime.errors import Expired
from shared.security.addresses import ADVICE, read_address
from shared.web.audience import STAFF, by_link, public, way_on
from shared.web.factory import now
from shared.web.sessions import current_session, drop, keep

pages = Blueprint("sign_in", __name__, template_folder="templates")
GONE = 410


@pages.get("/sign-in")
@public
def ask() -> ResponseReturnValue:
    if request.args.get("asked"):
        return render_template("notify/sign_in_asked.html")
    return _form("", request.args.get("next", ""), {})


@pages.post("/sign-in")
@public
def send() -> ResponseReturnValue:
    answers, errors = read_each("email", "next")
    address = read_address(answers["email"])
    if address is None:
        return _form(answers["email"], answers["next"], {"email": errors.get("email") or [_(ADVICE)]}), 422
    then = way_on(answers["next"])
    sessions.ask(current_work(), address, "" if then == STAFF else then, now())
    return redirect("/sign-in?asked=1", 303)


@pages.get("/sign-in/<token>")
@by_link
def show(token: str) -> ResponseReturnValue:
    try:
        sessions.look_at_link(token, now())
    except Expired as error:
        return render_template("notify/sign_in_over.html", words=error.message), GONE
    return render_template("notify/sign_in_here.html")


@pages.post("/sign-in/<token>")
@by_link
def sign_in(token: str) -> ResponseReturnValue:
    try:
        signed_in = sessions.sign_in(current_work(), token, now())
    except Expired as error:
        return render_template("notify/sign_in_over.html", words=error.message), GONE
    return keep(make_response(redirect(way_on(signed_in.then), 303)), signed_in.cookie, signed_in.session)


@pages.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Here, or with `everywhere` on every machine. Who is signed out already is told the same."""
    everywhere = read_each("everywhere")[0]["everywhere"]
    if session := current_session():
        if everywhere:
            actor = current_actor()
            staff.sign_out_everywhere(current_work(), actor.id, by=actor, now=now())
        else:
            sessions.end(session.id, now())
    return drop(make_response(redirect("/sign-in", 303)))


def _form(typed: str, then: str, errors: dict[str, list[str]]) -> str:
    return render_template("notify/sign_in.html", typed=typed, then=then if way_on(then) != STAFF else "", errors=errors)
