"""Who may call a route: each says so, and a test walks every app for one that does not.

    @pages.get("/staff/people")
    @requires(OPERATOR, CAMPAIGN)

`public`: everybody. `by_link`: whoever holds the link or the reference in its address. `signed_in`: whoever has signed in, staff or
organiser; what is theirs the view asks of the session. `requires(roles)`: who has signed in as staff with one of these roles;
without any, as staff at all. The mark stands under the route's own line.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug import exceptions as http

from shared.runtime.errors import Forbidden
from shared.security.sessions import ROLES
from shared.web.i18n import N_
from shared.web.problems import wants_json
from shared.web.routes import DOOR, LAPTOP, owner_of
from shared.web.sessions import current_session

PUBLIC, LINK, SIGNED_IN = "public", "link", "signed-in"
SIGN_IN, STAFF, GROUPS = "/sign-in", "/staff", "/groups"
LONGEST_WAY = 300

View = TypeVar("View", bound=Callable[..., Any])
Guarded = TypeVar("Guarded", bound=Callable[..., ResponseReturnValue])


def public(view: View) -> View:
    """Everybody may call it."""
    return _mark(view, PUBLIC)


def by_link(view: View) -> View:
    """Whoever has the link, token or reference in its address; the view checks that."""
    return _mark(view, LINK)


def signed_in(view: Guarded) -> Guarded:
    """Whoever has signed in. Who has not is led to do so, and then back here."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        return view(*args, **kwargs) if current_session() else _sign_in_first()

    return _mark(guarded, SIGNED_IN)  # type: ignore[return-value]  # `wraps` keeps the view's own signature


def requires(*roles: str) -> Callable[[Guarded], Guarded]:
    """Only staff with one of these roles. Who has not signed in is led to do so, and then back here."""
    allowed = roles or ROLES

    def guard(view: Guarded) -> Guarded:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            session = current_session()
            if session is None:
                return _sign_in_first()
            if not session.has_role(*allowed):
                raise Forbidden(N_("Your roles don’t open this page. Ask whoever invited you if they should."))
            return view(*args, **kwargs)

        return _mark(guarded, allowed)  # type: ignore[return-value]  # `wraps` keeps the view's own signature

    return guard


def audience_of(view: Any) -> str | tuple[str, ...] | None:
    """What a view function (or the class behind it) says of itself; None where it says nothing."""
    found: str | tuple[str, ...] | None = getattr(getattr(view, "view_class", view), "audience", None)
    return found


def way_on(asked: str, otherwise: str = STAFF) -> str:
    """Where to go after signing in: a page of our staff or of groups, else `otherwise`. No link of ours leads to another site."""
    parts = urlsplit(asked) if asked.isascii() and asked.isprintable() and len(asked) <= LONGEST_WAY else None
    plain = parts is not None and not parts.scheme and not parts.netloc and "\\" not in asked and "/../" not in asked
    known = plain and parts is not None and owner_of(parts.path) not in (None, DOOR, LAPTOP)
    return asked if known and (is_under(STAFF, asked) or is_under(GROUPS, asked)) else otherwise


def is_under(page: str, path: str) -> bool:
    """Whether a path is this page or one below it."""
    return path == page or path.startswith((f"{page}/", f"{page}?"))


def _sign_in_first() -> ResponseReturnValue:
    """A page that was asked for comes after the sign-in; what was to be changed has to be sent again."""
    if request.method in ("GET", "HEAD") and not wants_json():
        return redirect(f"{SIGN_IN}?{urlencode({'next': request.full_path.rstrip('?')})}", 303)
    raise http.Unauthorized(N_("Sign in, then send it again. You are signed out after 12 hours, or when somebody changes your roles."))


def _mark(view: View, audience: str | tuple[str, ...]) -> View:
    view.audience = audience  # type: ignore[attr-defined]  # a mark on a function, as `public_post` is
    return view
