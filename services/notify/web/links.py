"""Behind the links in a mail: GET shows, POST acts, so that a mail scanner that follows links answers nothing.

After a POST the same address is shown again, and says what is so now: a link pressed twice, or late, tells the truth.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from services.notify import mails, rules
from services.notify.operations import contacts
from services.notify.operations.contacts import CONFIRM, NOT_ME, STOP
from services.notify.settings import Settings
from services.notify.store import Contact, Token, contact, refs_of_address
from shared.messaging.work import Work
from shared.reference.actions import Action, ever
from shared.reference.consents import Consent, consent
from shared.runtime.errors import Expired
from shared.web.checks import public_post
from shared.web.factory import now

blueprint = Blueprint("links", __name__, template_folder="templates")


def _work() -> Work[Settings]:
    work: Work[Settings] = current_app.extensions["work"]
    return work


@dataclass(frozen=True)
class Asked:
    """What somebody is asked to say yes to: the action, the day, the exact words of the consent."""

    action: Action | None
    nudge_at: datetime
    consents: list[Consent]
    reference: str


def _asked(found: Contact) -> Asked:
    box = contacts.open_box(_work(), found.sealed)
    when = found.nudge_due or rules.nudge_due(found.nudge_at, now())
    return Asked(ever(box.action), when, [words for id_ in box.consents if (words := consent(id_))], box.reference)


@blueprint.get("/confirm/<token>")
def show_confirm(token: str) -> str:
    found = contact(contacts.behind(token, CONFIRM).ref)
    if found is None or found.state not in (rules.OFFERED, rules.CONFIRMED) or not found.sealed:
        raise Expired("This link has run out: it is good for 7 days. Your pledge still counts.")
    return render_template("notify/confirm.html", confirmed=found.state == rules.CONFIRMED, asked=_asked(found), token=token)


@blueprint.post("/confirm/<token>")
def confirm(token: str) -> Response:
    contacts.confirm(_work(), token, now())
    return redirect(url_for(".show_confirm", token=token), 303)


@blueprint.get("/not-me/<token>")
def show_not_me(token: str) -> str:
    found = contact(contacts.behind(token, NOT_ME).ref)
    open_ = found is not None and found.state in (rules.OFFERED, rules.CONFIRMED)
    return render_template("notify/not_me.html", done=not open_, token=token)


@blueprint.post("/not-me/<token>")
def not_me(token: str) -> Response:
    contacts.not_me(_work(), token, now())
    return redirect(url_for(".show_not_me", token=token), 303)


@blueprint.get("/stop/<token>")
def show_stop(token: str) -> str:
    return render_template("notify/stop.html", done=not _gets_mails(contacts.behind(token, STOP)), token=token)


@blueprint.post("/stop/<token>")
@public_post
def stop(token: str) -> Response:
    """From our page, or from a mail program's own button (RFC 8058): no cookie, no sign-in, no Origin is asked for."""
    contacts.stop(_work(), token, now())
    return redirect(url_for(".show_stop", token=token), 303)


def _gets_mails(found: Token) -> bool:
    return found.purpose == mails.REMINDERS and bool(refs_of_address(found.address_hash, rules.CONFIRMED))
