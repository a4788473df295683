"""/staff/held: words that were set apart, for the safeguarding role alone. Nothing is drawn until somebody asks for it."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import held, safeguarding, soft_lock
from services.events.rules.posts import EVENT, INITIATIVE
from services.events.store import Held
from services.events.store.review import decisions_about, held_waiting
from services.events.store.review import held as held_rows
from services.events.web import staff_desk
from services.events.web.ages import age
from services.events.web.current import current_work
from services.events.web.staff_desk import reviewer
from services.events.web.wording import areas_words
from shared.runtime.errors import Conflict, InvalidInput
from shared.security.sessions import SAFEGUARDING
from shared.web.audience import requires
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("held_texts", __name__, template_folder="templates")

LONGEST_TOLD = 200
FROM: Mapping[str, str] = {
    EVENT: N_("Came with an event that a group sent"),
    INITIATIVE: N_("Came with something always on that a group sent"),
    held.GROUP: N_("Came with what a group says of itself"),
    held.REPORT: N_("Came with a report about a page"),
    held.SIGN_UP: N_("Came as an access need of somebody who signed up"),
}
WHOLE = (held.REPORT, held.SIGN_UP)  # where one field holds words, so that its name adds nothing
PASSED, KEPT = N_("Moderators may read it, and publish what it is in."), N_("Nobody else reads it. A group is asked to change it.")
EFFECTS: Mapping[str, tuple[str, str]] = {  # what passing on and withholding do, where it is not `PASSED` and `KEPT`
    held.SIGN_UP: (
        N_("Whoever runs the event reads it on their list. The place stays as it is."),
        N_("Nobody else reads it. Their list says “One access need: ask us”. The place stays as it is."),
    ),
}
IN_LOG: Mapping[str, str] = {
    safeguarding.PASS_ON: N_("passed it on"),
    safeguarding.WITHHOLD: N_("withheld it"),
    safeguarding.REPLY: N_("sent a care reply"),
    safeguarding.ESCALATE: N_("told somebody else:"),
}


@pages.get("/staff/held")
@requires(SAFEGUARDING)
def everything() -> str:
    session = reviewer()
    rows = [_row(one) for one in held_waiting() if staff_desk.looks_after(session, one.areas or ())]
    return render_template("events/staff/held.html", rows=rows)


@pages.get("/staff/held/<uuid:held_id>")
@requires(SAFEGUARDING)
def show(held_id: uuid.UUID) -> str:
    return _page(safeguarding.set_apart(str(held_id), reviewer()), {}, {})


@pages.post("/staff/held/<uuid:held_id>")
@requires(SAFEGUARDING)
def decide(held_id: uuid.UUID) -> ResponseReturnValue:
    answers, errors = read_answers("do", "told")
    if len(answers["told"]) > LONGEST_TOLD:
        errors["told"] = [_("Use %(most)s characters or fewer", most=LONGEST_TOLD)]
    try:
        if errors:
            raise InvalidInput(errors)
        safeguarding.decide(current_work(), str(held_id), answers["do"], answers["told"], by=reviewer(), now=now())
    except InvalidInput as error:
        return _page(safeguarding.set_apart(str(held_id), reviewer()), answers, error.fields), 422
    except Conflict as error:
        return _page(safeguarding.set_apart(str(held_id), reviewer()), answers, {"": [_(error.message)]}), 409
    return redirect(f"/staff/held/{held_id}", 303)


@pages.post("/staff/held/<uuid:held_id>/read")
@requires(SAFEGUARDING)
def read(held_id: uuid.UUID) -> ResponseReturnValue:
    found = safeguarding.set_apart(str(held_id), reviewer())
    try:
        soft_lock.take(held_rows(), found.id, by=reviewer(), now=now())
    except Conflict as error:
        return _page(safeguarding.set_apart(str(held_id), reviewer()), {}, {"": [_(error.message)]}), 409
    return redirect(f"/staff/held/{held_id}", 303)


@pages.post("/staff/held/<uuid:held_id>/let-go")
@requires(SAFEGUARDING)
def let_go(held_id: uuid.UUID) -> ResponseReturnValue:
    soft_lock.let_go(held_rows(), safeguarding.set_apart(str(held_id), reviewer()).id, by=reviewer(), now=now())
    return redirect("/staff/held", 303)


def _page(found: Held, answers: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    log = [
        {"at": row.at, "who": row.by_name, "what": _(IN_LOG.get(row.what, row.what)), "note": row.note or ""}
        for row in decisions_about([found.id])
    ]
    return render_template(
        "events/staff/held_item.html",
        row=_row(found),
        can_reply=bool(safeguarding.reply_to(found)),
        effects=[_(words) for words in EFFECTS.get(found.source["kind"], (PASSED, KEPT))],
        words=held.words_of(current_work(), found),
        waits=found.state == held.WAITING,
        state=found.state,
        forget_at=found.forget_at,
        log=log,
        answers={"do": "", "told": "", **answers},
        errors=errors,
    )


def _row(one: Held) -> dict[str, Any]:
    session, moment = reviewer(), now()
    reader = one.reader if one.reader and one.reader["until"] > moment else None
    return {
        "id": one.id,
        "from_": _(FROM.get(one.source["kind"], FROM[held.GROUP])),
        "field": _(staff_desk.label_of(one.source["kind"], one.source["field"])) if one.source["kind"] not in WHOLE else "",
        "area": areas_words(one.areas) if one.areas else "",
        "age": age(one.at, moment),
        "reader": reader["name"] if reader else "",
        "mine": bool(reader and reader["session"] == session.id),
        "escalated_at": one.escalated_at,
        "replied_at": one.replied_at,
    }
