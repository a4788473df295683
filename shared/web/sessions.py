"""Who is asking: the session behind the cookie, and the cookie itself. What a route asks of it is in `audience`.

The cookie is the only one we set: strictly necessary, for staff and organisers alone, gone after 12 hours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import Flask, Response, current_app, g, request

from shared.runtime.clock import Clock
from shared.security import sessions
from shared.security.sessions import Session
from shared.web import staff

_SESSIONS = "sessions"  # its place among the app's extensions


@dataclass(frozen=True)
class Sessions:
    """`is_live`: whether a session that is signed and has not run out still counts; only the service's store can tell."""

    verify_key: str
    is_live: Callable[[Session], bool]
    over_https: bool

    @property
    def cookie(self) -> str:
        """`__Host-` binds it to this host, to https and to `/`; a laptop speaks http, where a browser would refuse that name."""
        return "__Host-session" if self.over_https else "session"


def install(app: Flask, sessions_: Sessions) -> None:
    app.extensions[_SESSIONS] = sessions_
    app.jinja_env.globals.update(current_session=current_session, staff_links=_links)


def current_session() -> Session | None:
    """Who has signed in; None for everybody else. Looked up once a request, and only where somebody asks."""
    if "session" not in g:
        g.session = _read()
    return cast("Session | None", g.session)


def keep(response: Response, signed: str, session: Session) -> Response:
    """Give the browser its cookie."""
    response.set_cookie(_ours().cookie, signed, max_age=session.expires - session.issued, **_attributes())
    return response


def drop(response: Response) -> Response:
    """Take it away again."""
    response.delete_cookie(_ours().cookie, **_attributes())
    return response


def _attributes() -> dict[str, Any]:
    return {"path": "/", "secure": _ours().over_https, "httponly": True, "samesite": "Lax"}


def _read() -> Session | None:
    ours: Sessions | None = current_app.extensions.get(_SESSIONS)
    sent = request.cookies.get(ours.cookie) if ours else None
    if ours is None or not sent:
        return None
    found = sessions.read(ours.verify_key, sent, _now())
    return found if found and ours.is_live(found) else None


def _ours() -> Sessions:
    found: Sessions = current_app.extensions[_SESSIONS]
    return found


def _now() -> datetime:
    clock: Clock = current_app.extensions["clock"]
    return clock()


def _links() -> tuple[staff.StaffLink, ...]:
    session = current_session()
    return staff.links_for(session.roles) if session else ()
