"""The result page of a pledge, its calendar entry, and "send it once more"."""

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services.pledge import rules
from services.pledge.operations import listings, pledges
from services.pledge.store import Pledge
from services.pledge.web.calendar import entry
from services.pledge.web.cards import cards
from services.pledge.web.current import desk
from services.pledge.web.reading import pledge_of
from shared.reference.actions import Action, ever
from shared.runtime.errors import NotFound
from shared.web.audience import by_link
from shared.web.calendars import answer
from shared.web.factory import now

pages = Blueprint("pledged", __name__, template_folder="templates")

HELP_NUMBERS_ACTION = "know-where"  # its next step is our own file of help numbers
TEMPLATES = {
    rules.ANONYMOUS: "pledge/done.html",
    rules.UNCONFIRMED: "pledge/done_mail.html",
    rules.CONFIRMED: "pledge/done_set.html",
    rules.WITHDRAWN: "pledge/done_back.html",
    rules.VOIDED: "pledge/done_back.html",
}


@pages.get("/pledged/<reference>")
@by_link
def result(reference: str) -> str:
    pledge, moment = pledge_of(reference), now()
    return render_template(
        TEMPLATES[pledge.state],
        section="pledge",
        pledge=pledge,
        action=action_of(pledge),
        saves_numbers=pledge.action == HELP_NUMBERS_ACTION,
        sent_again=request.args.get("again") == "sent",
        nudge_comes=rules.nudge_comes(pledge.nudge_at, moment) if pledge.nudge_at else None,
        company=cards(listings.company(desk().work, pledge.area, moment)) if pledge.state in rules.LIVE else (),
        now=moment,
    )


@pages.get("/pledged/<reference>.ics")
@by_link
def calendar(reference: str) -> Response:
    pledge = pledge_of(reference)
    return answer(entry(pledge, desk().work.settings.public_url, now()), "your-small-thing.ics")


@pages.post("/pledged/<reference>/again")
@by_link
def again(reference: str) -> ResponseReturnValue:
    pledge = pledge_of(reference)
    pledges.send_again(desk().work, pledge.reference, now=now())
    return redirect(f"/pledged/{pledge.reference}?again=sent", 303)


def action_of(pledge: Pledge) -> Action:
    """The pledge's action, retired or not."""
    found = ever(pledge.action)
    if found is None:
        raise NotFound("The action of this pledge is no longer in our list.")
    return found
