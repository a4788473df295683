"""/place/<token>: one person's place, behind the link of a mail: where to meet, the name and the need. A POST gives it back."""

from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import finding, sign_ups
from services.events.rules import places as rules
from services.events.rules import seen
from services.events.rules.posts import EVENT
from services.events.store import SignUp
from services.events.store.finding import Found, by_id
from services.events.web import feeds
from services.events.web.current import current_work
from services.events.web.wording import as_shown
from shared.runtime.errors import NotFound
from shared.web import calendar_files
from shared.web.audience import by_link
from shared.web.calendars import Entry, answer, calendar, place_uid
from shared.web.factory import current_settings, now
from shared.web.i18n import N_

pages = Blueprint("place", __name__, template_folder="templates")

GONE = N_("This link leads nowhere any more. If you have questions, write to us: the address is on our contact page.")


@pages.get("/place/<token>")
@by_link
def show(token: str) -> ResponseReturnValue:
    sign_up, found = _behind(token)
    moment = now()
    known, how = sign_ups.known_of(current_work(), sign_up), finding.how_shown(found, moment)
    state = _stands(sign_up, how)
    return render_template(
        "events/place.html",
        section="whats-on",
        token=token,
        event=found,
        group=as_shown(found.group),
        state=state,
        first_name=known.first_name if state in rules.LIVE else "",
        access_needs=known.access_needs if state in rules.LIVE else "",
        party=sign_up.party,
        position=sign_ups.place_in_queue(sign_up) if state == rules.QUEUED else None,
        reason_words=feeds.cancel_words(found),
        had_place=sign_up.state == rules.PLACED,
        may_leave=state in rules.LIVE and moment < found.ends,
    )


@pages.post("/place/<token>")
@by_link
def leave(token: str) -> ResponseReturnValue:
    """Twice is once. What is over, or isn't happening, needs no giving back."""
    sign_up, found = _behind(token)
    if _stands(sign_up, finding.how_shown(found, now())) in rules.LIVE:
        sign_ups.leave(sign_up, now=now())
    return redirect(f"/place/{token}", 303)


@pages.get("/place/<token>.ics")
@by_link
def calendar_of_place(token: str) -> ResponseReturnValue:
    """With the meeting point, for whom has a place; for others an entry that takes itself out."""
    sign_up, found = _behind(token)
    settings, moment = current_settings(), now()
    stands = _stands(sign_up, finding.how_shown(found, moment))
    off = stands != rules.PLACED
    entry = Entry(
        uid=place_uid(found.id, sign_up.id),
        name=str(found.live["calendar_name"]),
        starts=found.starts,
        ends=found.ends,
        sequence=found.edition + off,
        url=settings.public_url + found.path,  # never the link itself: a calendar may be shared
        where="" if off else str(found.live["place"]),
        changed=found.changed_at,
        cancelled=off,
    )
    method = calendar_files.CANCEL if off else calendar_files.PUBLISH
    content = calendar([entry], maker=settings.brand_name, public_url=settings.public_url, now=moment, method=method)
    return answer(content, "your-place.ics")


def _behind(token: str) -> tuple[SignUp, Found]:
    sign_up = sign_ups.behind(token)
    found = by_id(EVENT, sign_up.event)
    if found is None:
        raise NotFound(_(GONE))
    return sign_up, found


CANCELLED, OVER, AWAY = "cancelled", "over", "away"


def _stands(sign_up: SignUp, how: Any) -> str:
    """What the page is about: the event, where that is off or over, else the place."""
    about_event = {seen.CANCELLED: CANCELLED, seen.OVER: OVER, seen.GONE: AWAY}
    if how in about_event and sign_up.state not in (rules.LEFT, rules.CANCELLING):
        return about_event[how]
    return {rules.CANCELLING: rules.LEFT, rules.REQUESTED: rules.QUEUED}.get(sign_up.state, str(sign_up.state))
