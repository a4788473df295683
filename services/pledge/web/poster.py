"""Where a poster leads: three actions first, then all. Pledges are counted per code, never visits."""

from flask import Blueprint, render_template

from services.pledge.operations import posters
from services.pledge.web.reading import origin
from shared.reference.actions import actions
from shared.runtime.clock import in_london
from shared.web.audience import public
from shared.web.factory import now

pages = Blueprint("poster", __name__, template_folder="templates")


@pages.get("/p/", defaults={"code": ""})
@pages.get("/p/<path:code>")
@public
def page(code: str) -> str:
    """A code that we do not know goes on as an unknown poster: nobody who scanned one is turned away."""
    found = actions(in_london(now()).date())
    known, channel = posters.leads_to(code)
    return render_template(
        "pledge/poster.html",
        section="pledge",
        starters=[entry for entry in found if entry.starter],
        others=[entry for entry in found if not entry.starter],
        origin=origin(channel, known),
    )
