"""/staff/reports: what people say is wrong, oldest first: take the page down now, or nothing to do."""

import uuid
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import reports
from services.events.rules.posts import TAKEN_DOWN
from services.events.store import Group, Post, Report, groups, posts
from services.events.store.review import reports_waiting
from services.events.web import staff_desk
from services.events.web.ages import age
from services.events.web.current import current_work
from services.events.web.staff_desk import reviewer
from services.events.web.wording import areas_words
from shared.reference.choices import choice_name, choices
from shared.runtime.errors import Conflict, InvalidInput
from shared.security.sessions import MODERATOR, SAFEGUARDING
from shared.web.audience import requires
from shared.web.checks import read_answers
from shared.web.factory import now

pages = Blueprint("staff_reports", __name__, template_folder="templates")


@pages.get("/staff/reports")
@requires(MODERATOR, SAFEGUARDING)
def everything() -> ResponseReturnValue:
    return _page("", {})


@pages.post("/staff/reports/<uuid:report_id>")
@requires(MODERATOR, SAFEGUARDING)
def decide(report_id: uuid.UUID) -> ResponseReturnValue:
    id_ = str(report_id)
    answers, errors = read_answers("do", f"why-{id_}")
    try:
        if errors:
            raise InvalidInput(errors)
        reports.decide(current_work(), id_, answers["do"], answers[f"why-{id_}"], by=reviewer(), now=now())
    except InvalidInput as error:
        named = {f"why-{id_}" if name == "why" else name: [_(words) for words in said] for name, said in error.fields.items()}
        return _page(id_, named), 422
    except Conflict as error:
        return _page(id_, {"": [_(error.message)]}), 409
    return redirect("/staff/reports", 303)


def _page(open_: str, errors: dict[str, list[str]]) -> str:
    session, found = reviewer(), reports_waiting()
    about = {post.id: post for post in posts.these([one.post for one in found])}
    theirs = groups.these([one.group for one in found])
    rows = [
        _row(one, about[one.post], theirs[one.group])
        for one in found
        if one.post in about
        and one.group in theirs
        and staff_desk.looks_after(session, one.areas or ())
        and not staff_desk.is_own(session, theirs[one.group])
    ]
    whys = [(one.code, _(one.name)) for one in choices("take-down")]
    return render_template("events/staff/reports.html", rows=rows, whys=whys, open_=open_, errors=errors)


def _row(one: Report, post: Post, group: Group) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": post.live["title"],
        "path": f"/{post.kind}/{post.slug}",
        "post": post.id,
        "group": (group.approved or {}).get("name", ""),
        "is_down": post.state == TAKEN_DOWN,
        "area": areas_words(one.areas or ()),
        "reason": _(choice_name("reports", one.reason)),
        "words": reports.words_of(current_work(), one),
        "age": age(one.at, now()),
    }
