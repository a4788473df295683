"""Behind the links in a mail: GET shows, POST acts, so that a mail scanner that follows links answers nothing.

A page says what is so now: a link that is pressed twice, or late, or after something else happened, tells the truth and
leads on.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.notify import rules
from services.notify.operations import boxes, contacts, evenings
from services.notify.operations.contacts import CONFIRM, ERASED, NOT_ME, NOT_NOW, REPLACED, STOP
from services.notify.store import Contact, contact, promise, refs_of_address, suppression
from services.notify.store.posts import post_copy
from services.notify.web.current import current_work
from shared.reference.actions import ever
from shared.reference.consents import EVENING_BEFORE, consent
from shared.runtime.errors import Expired, NotFound
from shared.web.audience import by_link
from shared.web.checks import public_post, read_form
from shared.web.factory import now

blueprint = Blueprint("links", __name__, template_folder="templates")
NOT_FOUND, GONE = 404, 410
START_AGAIN = "start-again"


# Confirm


@blueprint.get("/confirm/<token>")
@by_link
def show_confirm(token: str) -> ResponseReturnValue:
    found = contact(contacts.behind(token, CONFIRM).ref)
    if found and found.kind == rules.ORGANISER:
        return _show_invitation(found)
    if found and found.kind == rules.PLACE:
        return _show_evening(found)
    heard = promise(current_work().db, found.id).get("state", "") if found else ""
    if found is None or found.state not in (rules.OFFERED, rules.CONFIRMED) or heard == rules.WITHDRAWN:
        return _over(found, heard)
    box = boxes.open_box(current_work(), found.sealed)
    action = ever(box.action)
    asked = {
        "short": action.short if action else _("do one small thing"),
        "reference": box.reference,
        "nudge_at": found.nudge_due or rules.nudge_due(found.nudge_at, found.confirmed_at or now()),
        "consents": [words for id_ in box.consents if (words := consent(id_))],
    }
    if found.state == rules.OFFERED:
        return render_template("notify/confirm.html", **asked)
    return render_template("notify/confirmed.html", answered=heard == rules.ANSWERED, to_come=found.nudge_due is not None, **asked)


@blueprint.post("/confirm/<token>")
@by_link
def confirm(token: str) -> ResponseReturnValue:
    try:
        contacts.confirm(current_work(), token, now())
    except Expired:
        return show_confirm(token)
    return redirect(url_for(".show_confirm", token=token), 303)


def _show_invitation(found: Contact) -> ResponseReturnValue:
    """To help run a group; or, after the yes, how to go on."""
    if found.state in (rules.OFFERED, rules.CONFIRMED):
        asked = boxes.open_asked(current_work(), found.sealed)
        return render_template("notify/join.html", group=asked.group, joined=found.state == rules.CONFIRMED)
    return render_template("notify/join_over.html", refused=found.reason in (STOP, NOT_ME)), GONE


def _show_evening(found: Contact) -> ResponseReturnValue:
    """To the mail of the evening before; or, after the yes, that it is so."""
    asked = evenings.asked_of(found) if found.state == rules.SERVING else []
    if not asked:
        return render_template("notify/evening_over.html", refused=found.reason == NOT_ME), GONE
    event = post_copy(current_work().db, found.event)
    words = [known.words for one in asked if (known := consent(one["id"]))]
    said, to_come = evenings.has_said_yes(found), found.evening_due is not None
    return render_template("notify/evening.html", title=event.get("title", ""), consents=words, said=said, to_come=to_come)


def _over(found: Contact | None, heard: str) -> ResponseReturnValue:
    """Why there is no nudge to say yes to."""
    reason = found.reason if found else ""
    if heard == rules.WITHDRAWN:
        said = _("This pledge was taken back"), _("So there is no nudge to send. You can always make another.")
    elif reason == REPLACED:
        said = (
            _("This pledge has another e-mail now"),
            _("Somebody corrected the address. If the other one is yours too, look there for our mail."),
        )
    elif reason == ERASED:
        said = _("You asked us to erase it"), _("So it is erased: your e-mail, and what tied it to this. The pledge still counts.")
    elif reason in (STOP, NOT_ME):
        said = _("We send nothing to this address"), _("You told us to stop, and we have forgotten it. The pledge still counts.")
    elif found and found.state == rules.FORGOTTEN:
        said = _("This was a while ago"), _("Your nudge went out, and since then we have forgotten your e-mail. Your pledge still counts.")
    else:
        said = _("This link has run out"), _("It was good for 7 days, and we have forgotten your e-mail. Your pledge still counts.")
    return render_template("notify/over.html", heading=said[0], words=said[1]), GONE


# This wasn't me


@blueprint.get("/not-me/<token>")
@by_link
def show_not_me(token: str) -> ResponseReturnValue:
    link = contacts.behind(token, NOT_ME)
    hashed = link.address_hash
    mark = suppression(NOT_ME, hashed)
    ends = {rules.OFFERED: rules.KINDS, rules.SERVING: rules.KINDS, rules.CONFIRMED: contacts.kinds_that_end(link)}
    held = any(refs_of_address(hashed, state, kinds) for state, kinds in ends.items())
    return render_template(
        "notify/not_me.html", held=held, for_group=link.purpose == rules.ORGANISER, refused=mark is not None and now() < mark.until
    )


@blueprint.post("/not-me/<token>")
@by_link
def not_me(token: str) -> ResponseReturnValue:
    contacts.not_me(current_work(), token, now())
    return redirect(url_for(".show_not_me", token=token), 303)


# Stop


@blueprint.get("/stop/<token>")
@by_link
def show_stop(token: str) -> ResponseReturnValue:
    """One purpose each: what else we mail about stays as it is, and the page says so."""
    try:
        found = contacts.behind(token, STOP)
    except NotFound:
        return _no_such_link()
    return render_template("notify/stop.html", done=not _gets(found.purpose, found.address_hash), evening=found.purpose == EVENING_BEFORE)


def _gets(purpose: str, address_hash: str) -> bool:
    """Whether mails for this purpose come to an address."""
    if purpose == EVENING_BEFORE:
        places = [contact(ref) for ref in refs_of_address(address_hash, rules.SERVING, (rules.PLACE,))]
        return any(evenings.has_said_yes(found) for found in places if found)
    return bool(refs_of_address(address_hash, rules.CONFIRMED, (rules.PLEDGE,)))


def _no_such_link() -> ResponseReturnValue:
    """Mistyped, cut by a mail program, or out of somebody else's mail: what to do, whichever it is."""
    return render_template("notify/no_such_link.html"), NOT_FOUND


@blueprint.post("/stop/<token>")
@by_link
@public_post
def stop(token: str) -> ResponseReturnValue:
    """From our page, or from a mail program's own button (RFC 8058): no cookie, no sign-in, no Origin is asked for.

    A mail program gets its answer at once: that RFC forbids to send it on.
    """
    try:
        contacts.stop(current_work(), token, now())
    except NotFound:
        return _no_such_link()
    if request.form.get("List-Unsubscribe") == "One-Click":
        return show_stop(token)
    return redirect(url_for(".show_stop", token=token), 303)


# Not now


@blueprint.get("/not-now/<token>")
@by_link
def show_not_now(token: str) -> ResponseReturnValue:
    """Two weeks without what can wait; or, in them, when they end, and the way back."""
    try:
        hashed = contacts.behind(token, NOT_NOW).address_hash
    except NotFound:
        return _no_such_link()
    rest = contacts.rest_of(hashed, now())
    return render_template("notify/not_now.html", resting=rest is not None, until=rest.until if rest else rules.rest_ends(now()))


@blueprint.post("/not-now/<token>")
@by_link
def not_now(token: str) -> ResponseReturnValue:
    try:
        if read_form("do")["do"] == START_AGAIN:
            contacts.start_again(token, now())
        else:
            contacts.rest(token, now())
    except NotFound:
        return _no_such_link()
    return redirect(url_for(".show_not_now", token=token), 303)
