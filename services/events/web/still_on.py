"""Behind the link in the monthly mail: is this still on? GET shows, POST says so; no sign-in, and again is as once."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import still_on
from services.events.rules.still_on import is_answered
from services.events.store import Post, groups
from services.events.web.current import current_work
from shared.reference.choices import choices
from shared.runtime.errors import Expired, InvalidInput, NotFound
from shared.web.audience import by_link
from shared.web.checks import read_form
from shared.web.factory import now

pages = Blueprint("still_on", __name__, template_folder="templates")
OK, GONE, MISSING, WRONG = 200, 410, 404, 422


@pages.get("/still-on/<token>")
@by_link
def show(token: str) -> ResponseReturnValue:
    try:
        return _page(still_on.behind(token, now()), None, {})
    except (NotFound, Expired) as error:
        return _over(error)


@pages.post("/still-on/<token>")
@by_link
def answer(token: str) -> ResponseReturnValue:
    try:
        found = still_on.behind(token, now())
        form = read_form("has_room", "over")
        if form["over"]:
            still_on.end(token, now())
        else:
            still_on.say(current_work(), token, form["has_room"], now())
    except InvalidInput as error:
        return _page(found, "", error.fields), WRONG
    except (NotFound, Expired) as error:
        return _over(error)
    return redirect(f"/still-on/{token}", 303)


def _page(found: Post, typed: str | None, errors: dict[str, list[str]]) -> str:
    group = groups.by_id(found.group)
    return render_template(
        "events/still_on.html",
        post=found,
        group=group,
        answered=is_answered(found.last_checked, found.asked_to_check_at) and not errors,
        rooms=[(one.code, _(one.name)) for one in choices("has-room")],
        has_room=found.live["has_room"] if typed is None else typed,
        errors=errors,
    )


def _over(error: NotFound | Expired) -> ResponseReturnValue:
    ended = isinstance(error, still_on.Over)
    page = render_template("events/still_on_over.html", words=error.message, ended=ended)
    return page, OK if ended else GONE if isinstance(error, Expired) else MISSING
