"""Who asks, and what is theirs: the session's refs against a group's organisers. What is somebody else's is not there."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services.events.settings import Settings
from services.events.store import Group, Post, groups, posts
from shared.messaging.work import Work
from shared.runtime.errors import NotFound
from shared.web.audience import SIGN_IN, signed_in
from shared.web.checks import sent_fields
from shared.web.i18n import N_
from shared.web.problems import wants_json
from shared.web.sessions import current_session

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

NO_GROUP = N_("You have no group with that address. Check it, or ask whoever runs the group to add you.")
NO_POST = N_("This group has nothing with that address. It may have been deleted.")


def current_work() -> Work[Settings]:
    work: Work[Settings] = current_app.extensions["work"]
    return work


def organisers(view: View) -> View:
    """For who has signed in as an organiser. Staff without a group sign in as one first.

    Whoever was signed out while they typed gets their answers back, to be sent again once they have signed in.
    """
    inner = signed_in(view)

    @wraps(inner)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        session = current_session()
        if session is None and request.method == "POST" and not wants_json():
            return render_template("events/signed_out.html", fields=sent_fields(), sign_in=_sign_in("/groups")), 401
        if session is not None and not session.refs:
            return redirect(_sign_in(request.path if request.method == "GET" else "/groups"), 303)
        return inner(*args, **kwargs)

    return guarded  # type: ignore[return-value]  # `wraps` keeps the view's own signature


def _sign_in(next_: str) -> str:
    return f"{SIGN_IN}?{urlencode({'next': next_})}"


def refs() -> tuple[str, ...]:
    """The contact_refs of whoever asks; the first owns what they make."""
    session = current_session()
    return session.refs if session else ()


def my_group(slug: str) -> Group:
    """Raises NotFound for what is somebody else's as for what is nobody's."""
    found = groups.by_slug(slug)
    if found is None or not set(found.organisers) & set(refs()):
        raise NotFound(NO_GROUP)
    return found


def my_post(slug: str, post_id: uuid.UUID) -> tuple[Group, Post]:
    group, found = my_group(slug), posts.by_id(str(post_id))
    if found is None or found.group != group.id:
        raise NotFound(NO_POST)
    return group, found


def my_ref(group: Group) -> str:
    """Which of my refs is this group's."""
    return next(ref for ref in refs() if ref in group.organisers)
