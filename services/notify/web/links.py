"""Behind the links in a mail: GET shows, POST acts, so that a mail scanner that follows links answers nothing.

A page says what is so now: a link that is pressed twice, or late, or after something else happened, tells the truth and
leads on.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.notify import mails, rules
from services.notify.operations import boxes, contacts, places
from services.notify.operations.contacts import CONFIRM, ERASED, NOT_ME, REPLACED, STOP
from services.notify.store import Contact, contact, promise, refs_of_address, suppression
from services.notify.store.posts import post_copy
from services.notify.web.current import current_work
from shared.reference.actions import ever
from shared.reference.consents import consent
from shared.runtime.errors import Expired
from shared.web.audience import by_link
from shared.web.checks import public_post
from shared.web.factory import now

blueprint = Blueprint("links", __name__, template_folder="templates")
GONE = 410


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
        "nudge_at": rules.nudge_due(found.nudge_at, found.confirmed_at or now()),
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
    asked = places.evening_consents(found) if found.state == rules.SERVING else []
    if not asked:
        return render_template("notify/evening_over.html", refused=found.reason == NOT_ME), GONE
    event = post_copy(current_work().db, found.event)
    words = [known.words for one in asked if (known := consent(one["id"]))]
    said = all("confirmed_at" in one for one in asked)
    return render_template("notify/evening.html", title=event.get("title", ""), consents=words, said=said)


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
    found = contacts.behind(token, STOP)
    gets_mails = found.purpose == mails.REMINDERS and bool(refs_of_address(found.address_hash, rules.CONFIRMED, (rules.PLEDGE,)))
    return render_template("notify/stop.html", done=not gets_mails)


@blueprint.post("/stop/<token>")
@by_link
@public_post
def stop(token: str) -> ResponseReturnValue:
    """From our page, or from a mail program's own button (RFC 8058): no cookie, no sign-in, no Origin is asked for.

    A mail program gets its answer at once: that RFC forbids to send it on.
    """
    contacts.stop(current_work(), token, now())
    if request.form.get("List-Unsubscribe") == "One-Click":
        return show_stop(token)
    return redirect(url_for(".show_stop", token=token), 303)
