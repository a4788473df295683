"""What every view of notify needs: its Work, and who decides where somebody has signed in."""

from flask import current_app

from services.notify.operations import sessions
from services.notify.operations.staff import Actor
from services.notify.settings import Settings
from services.notify.store import Member
from shared.messaging.work import Work
from shared.runtime.errors import Expired
from shared.web.factory import now
from shared.web.sessions import current_session


def current_work() -> Work[Settings]:
    work: Work[Settings] = current_app.extensions["work"]
    return work


def current_member() -> Member:
    """Whoever of the staff has signed in, as the store has them now. Raises Expired where they have been signed out since."""
    session = current_session()
    if session is None:
        raise Expired("You have been signed out. Sign in again.")
    return sessions.member_behind(session.id, now())


def current_actor() -> Actor:
    found = current_member()
    return Actor(found.id, tuple(found.roles), tuple(found.boroughs))
