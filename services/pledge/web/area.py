"""One borough on one page: its number, what is on there, how to pledge; to read, to pin up, to take to a committee."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from services.pledge.operations import listings
from services.pledge.operations.by_area import CENSUS, area_number, grouping_number
from services.pledge.web.borough_map import borough_map
from services.pledge.web.cards import cards
from services.pledge.web.current import desk
from services.pledge.web.reading import turn_away
from shared.reference.areas import Area, area, area_name, areas, resolve_area
from shared.reference.groupings import groupings_of, set_name
from shared.reference.neighbours import neighbours
from shared.runtime.clock import in_london
from shared.web.audience import public
from shared.web.factory import now

pages = Blueprint("area", __name__, template_folder="templates")


@pages.get("/area/")
@public
def every() -> ResponseReturnValue:
    """All of them are a table already."""
    return redirect("/progress?boroughs=table#borough-table", 303)


@pages.get("/area/<slug>")
@public
def page(slug: str) -> ResponseReturnValue:
    """A GSS code, or a slug in capitals, leads to the one address that the area has."""
    found = area(resolve_area(slug) or "")
    if found is None:
        turn_away("pledge/no_area.html", 404, areas=areas())
    if found.slug != slug:
        return redirect(f"/area/{found.slug}", 301)
    return _page(found)


def _page(found: Area) -> str:
    moment, work = now(), desk().work
    campaign = desk().numbers.at(moment)
    edition = campaign.edition
    return render_template(
        "pledge/area.html",
        section="progress",
        area=found,
        number=area_number(edition, found),
        edition=edition,
        boroughs_shown=borough_map(campaign.breakdowns["area"]) is not None,
        census=CENSUS,
        groupings=[grouping_number(edition, one) for one in groupings_of(found.slug, in_london(moment).date())],
        set_name=set_name,
        events=cards(listings.on_in(work, found.slug, moment)),
        always=listings.always_on_in(work, found.slug),
        next_door=[(slug, area_name(slug)) for slug in neighbours(found.slug)],
        printed_at=moment,
    )
