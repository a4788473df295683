"""/staff: who you are here, what you may do, where you are signed in."""

from flask import Blueprint, render_template

from services.notify.operations import staff
from services.notify.store.sign_ins import sessions_of
from services.notify.web.current import current_member, current_work
from shared.reference.areas import area_name
from shared.web.audience import requires
from shared.web.factory import now
from shared.web.sessions import current_session
from shared.web.staff import ROLE_MEANS, ROLE_WORDS

pages = Blueprint("staff", __name__, template_folder="templates")


@pages.get("/staff")
@requires()
def you() -> str:
    found, session = current_member(), current_session()
    return render_template(
        "notify/staff.html",
        person=staff.open_box(current_work(), found),
        roles=[(ROLE_WORDS[role], ROLE_MEANS[role]) for role in found.roles],
        boroughs=[area_name(slug) for slug in found.boroughs],
        sessions=sessions_of(found.id, now()),
        this_one=session.id if session else "",
    )
