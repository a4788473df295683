"""Taking a pledge back by the link in its mails: GET shows, POST acts, twice is as once."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from services.pledge import rules
from services.pledge.operations import pledges
from services.pledge.store import Pledge
from services.pledge.web.current import desk
from services.pledge.web.pledged import action_of
from services.pledge.web.reading import turn_away
from shared.runtime.errors import NotFound
from shared.web.audience import by_link
from shared.web.factory import now

pages = Blueprint("withdraw", __name__, template_folder="templates")


@pages.get("/withdraw/<token>")
@by_link
def show(token: str) -> str:
    pledge = _with_token(token)
    template = "pledge/withdraw.html" if pledge.state in rules.LIVE else "pledge/done_back.html"
    return render_template(template, section="pledge", pledge=pledge, action=action_of(pledge), token=token)


@pages.post("/withdraw/<token>")
@by_link
def act(token: str) -> ResponseReturnValue:
    _with_token(token)
    pledges.withdraw_by_token(desk().work, token, now=now())
    return redirect(f"/withdraw/{token}", 303)


def _with_token(token: str) -> Pledge:
    """The pledge, or a page that says what can be done without the link."""
    try:
        return pledges.with_token(token)
    except NotFound:
        turn_away("pledge/withdraw_gone.html", 404)
