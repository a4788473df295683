"""What a public service owes its visitors: privacy, accessibility, cookies, and whom to write to."""

from flask import Blueprint, render_template

from services.pledge.web.current import desk
from shared.privacy.retention import RETENTION
from shared.web.audience import public

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
    return render_template(template, host=desk().work.settings, retention=RETENTION)
