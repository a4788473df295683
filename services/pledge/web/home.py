"""The first page: what to do, what is on this week, then what London did."""

from flask import Blueprint, render_template

from services.pledge.web.borough_map import borough_map
from services.pledge.web.cards import cards
from services.pledge.web.current import desk
from shared.reference.actions import actions, starters
from shared.runtime.clock import in_london
from shared.web.audience import public
from shared.web.factory import now

pages = Blueprint("home", __name__, template_folder="templates")


@pages.get("/")
@public
def page() -> str:
    moment = now()
    today = in_london(moment).date()
    found = desk().numbers.at(moment)
    return render_template(
        "pledge/home.html",
        starters=starters(today),
        how_many=len(actions(today)),
        campaign=found,
        pledges=found.total("pledge"),
        week=cards(desk().week.at(moment)),
        map=borough_map(found.breakdowns["area"]),
    )
