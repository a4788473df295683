"""/event, /initiative and /group: what one thing is, for somebody who has never been; and the calendar entry of an event."""

from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from services.events.operations import cancel_notes, finding, joining
from services.events.rules import seen
from services.events.rules.days import LONGEST
from services.events.rules.posts import EVENT, INITIATIVE
from services.events.store.finding import Found, by_address, of_group, runner
from services.events.web import feeds, places_words
from services.events.web.structured import described
from services.events.web.whats_on import by_day
from services.events.web.wording import as_shown
from shared.runtime.errors import NotFound
from shared.web.audience import public
from shared.web.factory import current_settings, now
from shared.web.i18n import N_

pages = Blueprint("posts", __name__, template_folder="templates")

NO_POST = N_("We have nothing under that address. Look for it in the list of what’s on.")
NO_GROUP = N_("We have no group under that address.")
# What is not there any more and what was never there are told apart: the first was real.
_LEFT = (seen.SHOWN, seen.CLOSED, seen.CANCELLED, seen.OVER)


@pages.get("/event/<slug>")
@public
def event(slug: str) -> ResponseReturnValue:
    found, how = _there(EVENT, slug)
    if how not in _LEFT:
        return _gone()
    return render_template(
        "events/event.html",
        **_shown(found),
        **_joining(found, how),
        how=how,
        over=how != seen.SHOWN,
        reason_words=feeds.cancel_words(found),
        said=cancel_notes.shown(found.ended),
        data=described(found, how == seen.CANCELLED, current_settings().public_url),
    )


@pages.get("/event/<slug>.ics")
@public
def event_calendar(slug: str) -> ResponseReturnValue:
    found, how = _there(EVENT, slug)
    return feeds.one_event(found, now()) if how in _LEFT else _gone()


@pages.get("/initiative/<slug>")
@public
def initiative(slug: str) -> ResponseReturnValue:
    found, how = _there(INITIATIVE, slug)
    if how not in _LEFT:
        return _gone()
    stale = how == seen.SHOWN and seen.is_stale(found.last_checked, now())
    return render_template(
        "events/initiative.html", **_shown(found), how=how, over=how != seen.SHOWN, last_checked=found.last_checked, stale=stale
    )


@pages.get("/group/<slug>")
@public
def group(slug: str) -> ResponseReturnValue:
    found = runner(slug)
    if found is None:
        raise NotFound(NO_GROUP)
    if found.paused_at:
        return _gone()
    moment = now()
    posted = of_group(found.id, moment, moment + LONGEST)
    return render_template(
        "events/group.html",
        section="whats-on",
        group=as_shown(found),
        by_day=by_day([one for one in posted if one.kind == EVENT]),
        places=places_words.of_rows([one for one in posted if one.kind == EVENT], moment),
        always=[one for one in posted if one.kind == INITIATIVE],
        is_stale=lambda one: seen.is_stale(one.last_checked, moment),
    )


def _there(kind: str, slug: str) -> tuple[Found, str]:
    found = by_address(kind, slug)
    how = finding.how_shown(found, now()) if found else None
    if found is None or how is None:
        raise NotFound(NO_POST)
    return found, how


def _shown(found: Found) -> dict[str, Any]:
    """What the partial of a post takes."""
    return {
        "section": "whats-on",
        "content": found.live,
        "slots": found.slots,
        "group": as_shown(found.group),
        "address": found.path,
    }


def _joining(found: Found, how: str) -> dict[str, Any]:
    """How its places stand and where the button leads; nothing to press where nobody can sign up."""
    moment = now()
    places = joining.places_of(found, moment) if how == seen.SHOWN else None
    may = places is not None and joining.why_not(found, moment, places) is None
    return {
        "places": places_words.for_people(places),
        "join_at": f"{found.path}/join" if may else "",
        "queues": bool(places and not places.free),
    }


def _gone() -> Response:
    return Response(render_template("events/gone.html", section="whats-on"), 410, content_type="text/html; charset=utf-8")
