"""What a public service owes its visitors: privacy, accessibility, cookies, and whom to write to."""

from datetime import timedelta

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from services.pledge.web.current import desk
from shared.privacy.retention import FOR_GOOD, RETENTION, WHILE_IT_SERVES, Kept
from shared.web.audience import public

A_YEAR = timedelta(days=365)

pages = Blueprint("notices", __name__, template_folder="templates")


@pages.get("/privacy")
@public
def privacy() -> str:
    return _notice("pledge/privacy.html")


@pages.get("/accessibility")
@public
def accessibility() -> str:
    return _notice("pledge/accessibility.html")


@pages.get("/cookies")
@public
def cookies() -> str:
    return _notice("pledge/cookies.html")


@pages.get("/contact")
@public
def contact() -> str:
    return _notice("pledge/contact.html")


def _notice(template: str) -> str:
    return render_template(template, host=desk().work.settings, retention=RETENTION, how_long=how_long)


def how_long(kept: Kept) -> str:
    """A row's figure in words, and what else is to be said of it."""
    also = str(_(kept.also)) if kept.also else ""
    if kept.lasts in (WHILE_IT_SERVES, timedelta(0)):
        return also
    return "; ".join(filter(None, (_figure(kept.lasts), also)))


def _figure(lasts: timedelta) -> str:
    said = ngettext("%(num)s day", "%(num)s days", lasts.days)
    if lasts == FOR_GOOD:
        said = _("for good")
    elif lasts == A_YEAR:
        said = _("12 months")
    elif lasts > A_YEAR and not lasts % A_YEAR:
        said = ngettext("%(num)s year", "%(num)s years", lasts // A_YEAR)
    elif lasts <= timedelta(days=1):
        said = ngettext("%(num)s hour", "%(num)s hours", lasts // timedelta(hours=1))
    return str(said)
