"""Signing in: an address is asked for, a mail brings a link, GET shows it, POST signs in. And signing out.

Known and unknown addresses get the same answer, at the same pace: what is stored is the same, and only the sender looks.
"""

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.notify.operations import sessions, staff
from services.notify.operations.sessions import SignedIn
from services.notify.web.current import current_actor, current_work
from services.notify.web.reading import read_each
from shared.runtime.errors import Expired
from shared.security.addresses import ADVICE, read_address
from shared.web.audience import GROUPS, SIGN_IN, STAFF, by_link, is_under, public, way_on
from shared.web.factory import now
from shared.web.sessions import current_session, drop, keep

pages = Blueprint("sign_in", __name__, template_folder="templates")
GONE = 410
GROUPS_ASKED = "groups"  # whom the page speaks to that says "look in your mail"


@pages.get("/sign-in")
@public
def ask() -> ResponseReturnValue:
    if request.args.get("asked"):
        return render_template("notify/sign_in_asked.html", for_groups=request.args["asked"] == GROUPS_ASKED)
    return _form("", request.args.get("next", ""), {})


@pages.post("/sign-in")
@public
def send() -> ResponseReturnValue:
    answers, errors = read_each("email", "next")
    address = read_address(answers["email"])
    if address is None:
        return _form(answers["email"], answers["next"], {"email": errors.get("email") or [_(ADVICE)]}), 422
    then = way_on(answers["next"], otherwise="")
    sessions.ask(current_work(), address, then, now())
    return redirect(f"/sign-in?asked={GROUPS_ASKED if is_under(GROUPS, then) else 1}", 303)


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
    return keep(make_response(redirect(_way_on(signed_in), 303)), signed_in.cookie, signed_in.session)


@pages.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Here, or with `everywhere` on every machine. Who is signed out already is told the same."""
    everywhere = read_each("everywhere")[0]["everywhere"]
    back = SIGN_IN
    if session := current_session():
        back = SIGN_IN if session.is_staff else GROUPS
        if everywhere:
            _everywhere(session.id)
        else:
            sessions.end(session.id, now())
    return drop(make_response(redirect(back, 303)))


def _everywhere(session_id: str) -> None:
    """On every machine, as whatever somebody is here."""
    found = sessions.of(session_id, now())
    if found.member:
        actor = current_actor()
        staff.sign_out_everywhere(current_work(), actor.id, by=actor, now=now())
    if found.organiser:
        sessions.end_all_of_organiser(found.organiser, now())


def _way_on(signed_in: SignedIn) -> str:
    """The page that was asked for, if it is for them; else where they begin."""
    home = STAFF if signed_in.session.is_staff else GROUPS
    then = way_on(signed_in.then, otherwise=home)
    return home if is_under(STAFF, then) and not signed_in.session.is_staff else then


def _form(typed: str, then: str, errors: dict[str, list[str]]) -> str:
    then = way_on(then, otherwise="")
    return render_template("notify/sign_in.html", typed=typed, then=then, for_groups=is_under(GROUPS, then), errors=errors)
