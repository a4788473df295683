"""/event/<slug>/join and what follows: a first name and an address, then the answer, by a reference that shows nothing about anybody."""

from datetime import datetime, timedelta
from typing import Any, NoReturn

from flask import Blueprint, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import finding, held, joining, sign_ups
from services.events.rules import days, seen
from services.events.rules import places as rules
from services.events.rules.posts import EVENT
from services.events.rules.reading import number_of
from services.events.store import SignUp
from services.events.store.finding import Found, Wanted, by_address
from services.events.store.places import by_reference, heads
from services.events.web import feeds, places_words
from services.events.web.current import current_work
from services.events.web.organisers_words import said
from services.events.web.reading import form_key, new_key
from services.events.web.wording import as_shown
from shared.reference.channels import DIRECT, channel_of
from shared.reference.consents import EVENING_BEFORE, current
from shared.runtime.clock import in_london
from shared.runtime.errors import Conflict, KeyReused, NotFound
from shared.security.addresses import ADVICE, read_address
from shared.security.references import read_reference
from shared.web import per_network
from shared.web.audience import by_link, public
from shared.web.calendar_files import place_uid
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.guesses import guesses
from shared.web.i18n import N_

pages = Blueprint("joining", __name__, template_folder="templates")

NO_EVENT = N_("We have nothing under that address. Look for it in the list of what’s on.")
USED = N_("This page was sent before with other answers, and that place stands. To ask once more, press the button again")
LOST = N_("Part of this page was lost on its way. Press the button once more")
OLD_WORDS = N_("We have changed these words since you opened the page. Read them, then tick the box if you like")
OTHERS_WITHIN = timedelta(days=14)
OTHERS = 2
FIELDS = (rules.FIRST_NAME.name, joining.EMAIL, joining.BRINGING, rules.ACCESS_NEEDS.name, "evening", "channel", "website")
Errors = dict[str, list[str]]


# The form


@pages.get("/event/<slug>/join")
@public
def form(slug: str) -> ResponseReturnValue:
    found = _event(slug)
    if why := joining.why_not(found, now()):
        return _closed(found, why)
    return _form(found, {"channel": request.args.get("channel", "")}, {})


@pages.post("/event/<slug>/join")
@public
def join(slug: str) -> ResponseReturnValue:
    found = _event(slug)
    typed, unread = read_answers(*FIELDS, long=(rules.ACCESS_NEEDS.name,))
    typed = {name: text.replace("\r\n", "\n").strip() for name, text in typed.items()}
    key = form_key()
    twice = sign_ups.asked_before(key)
    if not twice and (why := joining.why_not(found, now())):
        return _closed(found, why, typed), 409
    slot = found.slots[0]["id"]
    bringing = number_of(typed[joining.BRINGING]) if typed[joining.BRINGING] else 0
    errors = {**said(joining.faults(typed, bringing, found.live.get("bringing") or 0)), **unread}
    consent = current(EVENING_BEFORE).id
    if typed["evening"] not in ("", consent):
        errors["evening"] = [_(OLD_WORDS)]
    if key is None:
        errors[""] = [_(LOST)]
    if errors:
        return _form(found, typed, errors), 422
    if typed["website"]:  # a field that nobody sees: whatever fills it in is no person
        return redirect(found.path, 303)
    if not twice:
        per_network.spend(joining.CROWD, slot, _(joining.CROWDED), joining.CROWD_WAITS)
    wish = joining.wish_of(typed, bringing or 0, [consent] if typed["evening"] else [], channel_of(typed["channel"]))
    try:
        made, answer = sign_ups.ask(current_work(), found, slot, wish, now=now(), key=key, fresh=not twice)
    except KeyReused:
        return _form(found, typed, {"": [_(USED)]}, new=True), 422
    if answer.state == rules.REFUSED:
        why = joining.why_refused(found, answer.reason, now())
        if why == joining.FEWER:
            return _form(found, typed, {joining.BRINGING: [_(joining.WHY_NOT[why])]}, new=True), 409
        return _closed(found, why, typed), 409
    return redirect(f"{found.path}/joined/{made.reference}", 303)


def _form(found: Found, typed: dict[str, str], errors: Errors, *, new: bool = False) -> str:
    most = found.live.get("bringing") or 0
    along = [("0", _("Just me")), *((str(count), _("Me and %(count)s more", count=count)) for count in range(1, most + 1))]
    consent = current(EVENING_BEFORE)
    return render_template(
        "events/join.html",
        section="whats-on",
        event=found,
        group=found.group,
        along=along if most else [],
        typed={**dict.fromkeys(FIELDS, ""), "channel": DIRECT, **typed},
        errors=errors,
        consent=consent,
        consented=typed.get("evening") == consent.id,
        key=(None if new else form_key()) or new_key(),
        places=places_words.for_people(joining.places_of(found, now())),
        queues=_queues(found),
        shows_place=found.live["place_shown_to"] == "everyone",
        most=rules.ACCESS_NEEDS.most,
    )


def _queues(found: Found) -> bool:
    places = joining.places_of(found, now())
    return places is not None and not places.free


def _closed(found: Found, why: str, typed: dict[str, str] | None = None) -> str:
    """Why not, and where else to go."""
    return render_template(
        "events/join_closed.html",
        section="whats-on",
        event=found,
        why=_(joining.WHY_NOT[why]),
        others=_others(found, now()),
        hard=held.is_hard((typed or {}).get(rules.ACCESS_NEEDS.name, "")),
    )


# The answer, by its reference


@pages.get("/event/<slug>/joined/<reference>")
@by_link
def joined(slug: str, reference: str) -> str:
    """What was answered, for ever: what became of it is behind the mailed link."""
    found, sign_up = _joined(slug, reference)
    moment = now()
    answer = sign_ups.answer_given(sign_up, found, moment)
    return render_template(
        "events/joined.html",
        section="whats-on",
        event=found,
        group=as_shown(found.group),
        at=f"{found.path}/joined/{sign_up.reference}",
        reference=sign_up.reference,
        answer=answer,
        how=finding.how_shown(found, moment),
        reason_words=feeds.cancel_words(found),
        others=_others(found, moment) if answer.state == rules.QUEUED else [],
        needs_help=bool(sign_up.hard_words) and moment < sign_up.made_at + held.HELP_SHOWN,
        fixable=moment < sign_up.made_at + rules.FIX_WITHIN,
        sent_again=request.args.get("mail") == "sent",
    )


@pages.get("/event/<slug>/joined/<reference>.ics")
@by_link
def calendar(slug: str, reference: str) -> ResponseReturnValue:
    """As everybody's, without the meeting point, but the same entry as the one in the mail: that one then completes it."""
    found, sign_up = _joined(slug, reference)
    return feeds.one_event(found, now(), place_uid(found.id, sign_up.id))


@pages.post("/event/<slug>/joined/<reference>/again")
@by_link
def again(slug: str, reference: str) -> ResponseReturnValue:
    found, sign_up = _joined(slug, reference)
    if sign_ups.may_fix(sign_up, now()):
        sign_ups.send_again(sign_up, now=now())
    return redirect(f"{found.path}/joined/{sign_up.reference}?mail=sent", 303)


@pages.get("/event/<slug>/joined/<reference>/address")
@by_link
def address(slug: str, reference: str) -> str:
    found, sign_up = _joined(slug, reference)
    return _address(found, sign_up, "", {})


@pages.post("/event/<slug>/joined/<reference>/address")
@by_link
def fix(slug: str, reference: str) -> ResponseReturnValue:
    """The same page follows whoever's the address is, and whatever has become of the place."""
    found, sign_up = _joined(slug, reference)
    typed, errors = read_answers(joining.EMAIL)
    right = read_address(typed[joining.EMAIL])
    if right is None:
        errors = errors or {joining.EMAIL: [_(ADVICE)]}
        return _address(found, sign_up, typed[joining.EMAIL], errors), 422
    if now() >= sign_up.made_at + rules.FIX_WITHIN:
        raise Conflict(_("The address can be changed for an hour after signing up. Use the link in our mail, or sign up again."))
    if sign_ups.may_fix(sign_up, now()):
        sign_ups.fix_address(current_work(), sign_up, found, right, now=now())
    return redirect(f"{found.path}/joined/{sign_up.reference}?mail=sent", 303)


def _address(found: Found, sign_up: SignUp, typed: str, errors: Errors) -> str:
    at = f"{found.path}/joined/{sign_up.reference}"
    return render_template("events/join_address.html", section="whats-on", event=found, at=at, typed=typed, errors=errors)


def _joined(slug: str, typed: str) -> tuple[Found, SignUp]:
    """The event and the sign-up of this reference, or a page that says what is wrong with it."""
    found, reference = _event(slug), read_reference(typed)
    if reference is None:
        _turn_away(found, typed[:40], mistyped=True)
    guesses().refuse_if_many()
    sign_up = by_reference(reference)
    if sign_up is None or sign_up.event != found.id or sign_up.added:
        guesses().missed()
        _turn_away(found, reference, mistyped=False)
    return found, sign_up


def _turn_away(found: Found, typed: str, *, mistyped: bool) -> NoReturn:
    page = render_template("events/join_no_reference.html", section="whats-on", event=found, typed=typed, mistyped=mistyped)
    abort(make_response(page, 404))


# What both need


def _event(slug: str) -> Found:
    found = by_address(EVENT, slug)
    if found is None or finding.how_shown(found, now()) not in (seen.SHOWN, seen.CLOSED, seen.CANCELLED, seen.OVER):
        raise NotFound(_(NO_EVENT))
    return found


def _others(found: Found, moment: datetime) -> list[dict[str, Any]]:
    """Two things near by and soon that take people without waiting."""
    near = finding.areas_near(found.live["area"])
    soon = finding.events(Wanted(areas=near), days.from_(in_london(moment).date(), OTHERS_WITHIN), moment)
    soon = [one for one in soon if one.id != found.id and one.starts > moment]
    known = heads(slot["id"] for one in soon if one.live["joining"] == joining.BOOK for slot in one.slots)
    free = [(one, joining.places_by(one, known.get(one.slots[0]["id"]), moment)) for one in soon[:20]]
    return [{"event": one, "places": places_words.for_people(places)} for one, places in free if places is None or places.free][:OTHERS]
