"""/staff/groups: who posts. Pause a group, show it again, trust it with links; and read one by itself, if no post brings it along."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import group_review, held, pausing
from services.events.operations.groups import answers_of
from services.events.rules import differences
from services.events.rules.groups import answers_of as flat
from services.events.rules.posts import ASK, DRAFT, PUBLISH
from services.events.store import Group, Post, groups, posts
from services.events.store.review import decisions_about
from services.events.web import staff_desk
from services.events.web.ages import age
from services.events.web.current import current_work
from services.events.web.review import STATE_WORDS
from services.events.web.staff_desk import Difference, reviewer
from services.events.web.wording import areas_words
from shared.reference.areas import area_name
from shared.reference.choices import choice_name, choices
from shared.runtime.errors import Conflict, InvalidInput
from shared.security.sessions import MODERATOR
from shared.web.audience import requires
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("staff_groups", __name__, template_folder="templates")

IN_LOG: Mapping[str, str] = {
    pausing.PAUSE: N_("paused it"),
    pausing.SHOW_AGAIN: N_("showed it again"),
    pausing.TRUST: N_("let it use links"),
    pausing.UNTRUST: N_("took links from it"),
    PUBLISH: N_("approved what it says of itself"),
    ASK: N_("asked for changes"),
}


@pages.get("/staff/groups")
@requires(MODERATOR)
def everybody() -> str:
    session = reviewer()
    rows = [_row(one) for one in groups.known() if staff_desk.looks_after(session, _areas(one))]
    return render_template("events/staff/groups.html", rows=sorted(rows, key=lambda row: str(row["name"]).casefold()))


@pages.get("/staff/groups/<uuid:group_id>")
@requires(MODERATOR)
def show(group_id: uuid.UUID) -> str:
    return _page(pausing.group(str(group_id), reviewer()), {}, {})


@pages.post("/staff/groups/<uuid:group_id>")
@requires(MODERATOR)
def act(group_id: uuid.UUID) -> ResponseReturnValue:
    id_, boxes = str(group_id), {f"reason-{one.code}": one.code for one in choices("changes")}
    answers, errors = read_answers("do", "seen", "note", long=("note",))
    ticked, _wrong = read_answers(*boxes)
    reasons = [code for box, code in boxes.items() if ticked[box]]
    again: dict[str, Any] = {**answers, "reason": reasons}
    try:
        if errors:
            raise InvalidInput(errors)
        _act(id_, answers, reasons)
    except InvalidInput as error:
        return _page(pausing.group(id_, reviewer()), again, error.fields), 422
    except Conflict as error:
        return _page(pausing.group(id_, reviewer()), again, {"": [_(error.message)]}), 409
    return redirect(f"/staff/groups/{id_}", 303)


def _act(id_: str, answers: Mapping[str, str], reasons: list[str]) -> None:
    work, by, moment, what = current_work(), reviewer(), now(), answers["do"]
    if what == pausing.PAUSE:
        pausing.pause(work, id_, by=by, now=moment)
    elif what == pausing.SHOW_AGAIN:
        pausing.show_again(work, id_, by=by, now=moment)
    elif what in (pausing.TRUST, pausing.UNTRUST):
        pausing.trust(id_, what == pausing.TRUST, by=by, now=moment)
    elif what == PUBLISH:
        group_review.approve(work, id_, answers["seen"], by=by, now=moment)
    elif what == ASK:
        group_review.ask(id_, answers["seen"], reasons, answers["note"].replace("\r\n", "\n"), by=by, now=moment)
    else:
        raise InvalidInput({"": [_("Press one of the buttons")]})


def _page(group: Group, answers: Mapping[str, Any], errors: Mapping[str, Sequence[str]]) -> str:
    moment = now()
    about, set_apart = staff_desk.for_preview(held.GROUP, group.about or {}, group.id)
    shown, waits_alone = group.approved or about, group_review.waits_alone(group)
    return render_template(
        "events/staff/group.html",
        id=group.id,
        group=shown,
        slug=group.slug if group.approved else None,
        facts=staff_desk.group_facts(group),
        known_since=group.approved_at,
        statements=[(_(staff_desk.label_of(held.GROUP, name)), text) for name, text in shown.get("statements", {}).items()],
        private={name: answers_of(current_work(), group).get(name, "") for name in ("phone", "safeguarding_name", "safeguarding_phone")},
        paused=bool(group.paused_at),
        trusted=bool(group.trusted),
        posts=[_post(one) for one in sorted(posts.of_group(group.id), key=lambda one: one.made_at, reverse=True) if one.state != DRAFT],
        waits_alone=waits_alone,
        is_new=not group.approved,
        waits_since=age(group.submitted_at, moment) if group.submitted_at else "",
        changed=_differences(group.approved, about) if waits_alone and group.approved else [],
        set_apart=set_apart,
        seen=group_review.stamp(group),
        changes=[(one.code, _(one.name)) for one in choices("changes")],
        log=[{"at": row.at, "who": row.by_name, "what": _(IN_LOG.get(row.what, row.what))} for row in decisions_about([group.id])],
        answers={"do": "", "note": "", "reason": [], **answers},
        errors=errors,
    )


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    old, new = flat(before, {}), flat(after, {})
    names = [name for name in {**old, **new} if (old.get(name) or None) != (new.get(name) or None)]
    return [(_(staff_desk.label_of(held.GROUP, name)), differences.between(_said(name, old), _said(name, new))) for name in names]


def _said(name: str, answers: Mapping[str, Any]) -> str:
    value = answers.get(name) or ""
    if name == "areas":
        return ", ".join(area_name(code) for code in value)
    return choice_name("group-kinds", value) if name == "kind" else str(value)


def _areas(group: Group) -> list[str]:
    return list((group.approved or group.about or {}).get("areas", ()))


def _row(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": (group.approved or {}).get("name", ""),
        "area": areas_words(_areas(group)),
        "since": group.approved_at,
        "paused": bool(group.paused_at),
        "trusted": bool(group.trusted),
        "waits": group_review.waits_alone(group),
    }


def _post(post: Post) -> dict[str, Any]:
    content, _apart = staff_desk.for_preview(post.kind, post.live or post.waiting or post.draft or {}, post.id)
    return {
        "id": post.id,
        "title": content.get("title") or _("No title that can be shown"),
        "state": _(STATE_WORDS.get(post.state, post.state)),
    }
