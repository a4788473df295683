"""/staff/review: what waits, oldest first; one thing to read; and the reviewer's choice, which can be undone for a minute."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import group_review, held, review, soft_lock
from services.events.operations.facts import areas_of
from services.events.operations.groups import answers_of
from services.events.operations.review import Changed, Item
from services.events.rules import posts as rules
from services.events.rules.posts import ASK, PUBLISH, PUT_BACK, TAKE_DOWN
from services.events.rules.reviewing import Choice, Seen, read_seen
from services.events.store import Group, Post, groups, posts
from services.events.store.review import decisions_about, held_waiting
from services.events.web import staff_desk
from services.events.web.ages import age
from services.events.web.current import current_work
from services.events.web.staff_desk import reviewer
from services.events.web.wording import areas_words
from shared.reference.choices import choice_name, choices
from shared.runtime.errors import Conflict, InvalidInput
from shared.security.sessions import MODERATOR, SAFEGUARDING, Session
from shared.web.audience import requires
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("review", __name__, template_folder="templates")

MOST = 500
BESIDE = 6  # rows of the queue beside the one that is read: on a phone they stand above it
LATELY = timedelta(days=7)
DONE: Mapping[str, str] = {
    PUBLISH: N_("Publishing in a minute"),
    ASK: N_("Asking for changes in a minute"),
    PUT_BACK: N_("Putting it back in a minute"),
}
STATE_WORDS: Mapping[str, str] = {
    rules.SUBMITTED: N_("waiting"),
    rules.CHANGES_ASKED: N_("changes asked"),
    rules.PUBLISHED: N_("published"),
    rules.CLOSING: N_("being cancelled"),
    rules.CANCELLED: N_("cancelled"),
    rules.PAST: N_("over"),
    rules.TAKEN_DOWN: N_("taken down"),
}
WAITS_WORDS: Mapping[str, str] = {  # where people see or saw something already
    rules.PUBLISHED: N_("published, new words wait"),
    **dict.fromkeys(rules.CALLED_OFF, N_("cancelled, a note about it waits")),
}
IN_LOG: Mapping[str, str] = {
    PUBLISH: N_("chose to publish"),
    ASK: N_("asked for changes"),
    TAKE_DOWN: N_("took it down"),
    PUT_BACK: N_("chose to put it back"),
    "undo": N_("undid the choice"),
    "came-to-nothing": N_("that came to nothing: it had changed meanwhile"),
}


@pages.get("/staff/review")
@requires(MODERATOR)
def queue() -> ResponseReturnValue:
    session, moment = reviewer(), now()
    return render_template(
        "events/staff/queue.html",
        rows=_queue(session, moment),
        waiting_groups=_groups_alone(session, moment),
        changed=_changed_lately(session, moment),
        held_count=_held_count(session),
        promise=current_work().settings.review_promise,
    )


@pages.get("/staff/review/<uuid:post_id>")
@requires(MODERATOR)
def show(post_id: uuid.UUID) -> ResponseReturnValue:
    return _page(review.item(str(post_id), reviewer()), {}, {})


@pages.post("/staff/review/<uuid:post_id>")
@requires(MODERATOR)
def choose(post_id: uuid.UUID) -> ResponseReturnValue:
    answers, errors = _answers()
    choice = Choice(answers["do"], answers["check"], _reasons(answers), answers["note"])
    try:
        if errors:
            raise InvalidInput(errors)
        review.choose(current_work(), str(post_id), choice, read_seen(answers["seen"]) or Seen(), by=reviewer(), now=now())
    except InvalidInput as error:
        return _page(review.item(str(post_id), reviewer()), answers, error.fields), 422
    except Changed as error:
        found = review.item(str(post_id), reviewer())
        names = ", ".join(_(staff_desk.label_of(found.post.kind, name)) for name in error.fields)
        words = _("It has changed since you opened it: %(names)s. Read it again, then choose.", names=names) if names else _(error.message)
        return _page(found, answers, {"": [words]}), 409
    except Conflict as error:
        return _page(review.item(str(post_id), reviewer()), answers, {"": [_(error.message)]}), 409
    return redirect(f"/staff/review/{post_id}", 303)


@pages.post("/staff/review/<uuid:post_id>/undo")
@requires(MODERATOR)
def undo(post_id: uuid.UUID) -> ResponseReturnValue:
    try:
        review.undo(current_work(), str(post_id), by=reviewer(), now=now())
    except Conflict as error:
        return _page(review.item(str(post_id), reviewer()), {}, {"": [_(error.message)]}), 409
    return redirect(f"/staff/review/{post_id}", 303)


@pages.post("/staff/review/<uuid:post_id>/read")
@requires(MODERATOR)
def read(post_id: uuid.UUID) -> ResponseReturnValue:
    found = review.item(str(post_id), reviewer())
    try:
        soft_lock.take(posts.posts(), found.post.id, by=reviewer(), now=now())
    except Conflict as error:
        return _page(review.item(str(post_id), reviewer()), {}, {"": [_(error.message)]}), 409
    return redirect(f"/staff/review/{post_id}", 303)


@pages.post("/staff/review/<uuid:post_id>/let-go")
@requires(MODERATOR)
def let_go(post_id: uuid.UUID) -> ResponseReturnValue:
    soft_lock.let_go(posts.posts(), review.item(str(post_id), reviewer()).post.id, by=reviewer(), now=now())
    return redirect("/staff/review", 303)


# One thing to read


def _answers() -> tuple[dict[str, Any], dict[str, list[str]]]:
    boxes = {
        f"{name}-{one.code}": (name, one.code) for name, table in (("check", "checklist"), ("reason", "changes")) for one in choices(table)
    }
    texts, errors = read_answers("do", "seen", "why", "note", long=("note",))
    ticked, _wrong = read_answers(*boxes)
    found: dict[str, Any] = {**texts, "note": texts["note"].replace("\r\n", "\n"), "check": [], "reason": []}
    for box, (name, code) in boxes.items():
        found[name] += [code] if ticked[box] else []
    return found, errors


def _reasons(answers: Mapping[str, Any]) -> list[str]:
    return [answers["why"]] if answers["do"] == TAKE_DOWN else list(answers["reason"])


def _page(found: Item, answers: Mapping[str, Any], errors: Mapping[str, Sequence[str]]) -> str:
    session, moment, post = reviewer(), now(), found.post
    content, set_apart = staff_desk.for_preview(post.kind, found.content, post.id)
    about, about_apart = staff_desk.for_preview(held.GROUP, found.group.about or {}, found.group.id)
    live = post.live if post.waiting else None
    rows = _queue(session, moment)
    shown_live = held.without(live, held.fields_of(current_work(), post.id, live)) if live else None
    return render_template(
        "events/staff/item.html",
        rows=rows[:BESIDE],
        more=len(rows) if len(rows) > BESIDE else 0,
        post=post,
        group=_shown(found.group, about),
        facts=staff_desk.group_facts(found.group),
        group_id=found.group.id,
        paused=bool(found.group.paused_at),
        known_since=found.group.approved_at,
        group_waits=bool(found.group.submitted_at),
        statements=_statements(about),
        private=_private(found.group),
        content=content,
        slots=staff_desk.slots_for(post, content) if _is_whole(content) else [],
        set_apart=[*set_apart, *about_apart],
        changed=staff_desk.what_changed(post.kind, shown_live, content, moment) if shown_live else [],
        seen=str(review.seen_of(current_work(), found)),
        reader=soft_lock.other_reader(post.reader, session, moment),
        reads_it=bool(post.reader and post.reader["session"] == session.id and post.reader["until"] > moment),
        standing=_standing(post, moment),
        may_choose=_choices_for(post),
        state_words=_(WAITS_WORDS.get(post.state, STATE_WORDS[rules.PUBLISHED])) if live else _(STATE_WORDS.get(post.state, post.state)),
        age=age(post.submitted_at, moment) if post.submitted_at else "",
        log=[_logged(row) for row in decisions_about([post.id])],
        checklist=[(one.code, _(one.name)) for one in choices("checklist")],
        changes=[(one.code, _(one.name)) for one in choices("changes")],
        whys=[(one.code, _(one.name)) for one in choices("take-down")],
        answers={"check": [], "reason": [], "why": "", "note": "", "do": "", **answers},
        errors=errors,
        promise=current_work().settings.review_promise,
    )


def _is_whole(content: Mapping[str, Any]) -> bool:
    return all(content.get(name) for name in ("date", "starts", "ends"))


def _shown(group: Group, about: Mapping[str, Any]) -> dict[str, Any]:
    """What the partial of a post takes: the words that are read now, where none have been approved."""
    said = about if group.submitted_at or not group.approved else group.approved
    return {**said, "slug": None, "trusted": bool(group.trusted), "approved_at": group.approved_at}


def _statements(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    said: Mapping[str, str] = about.get("statements", {})
    return [(_(staff_desk.label_of(held.GROUP, name)), text) for name, text in said.items()]


def _private(group: Group) -> dict[str, str]:
    answers = answers_of(current_work(), group)
    return {name: answers.get(name, "") for name in ("phone", "safeguarding_name", "safeguarding_phone")}


def _standing(post: Post, moment: datetime) -> dict[str, Any] | None:
    """The choice whose minute runs."""
    if not post.decision:
        return None
    left = max(int((post.decision_due - moment).total_seconds()), 0)
    return {"words": _(DONE.get(post.decision["what"], "")), "by": post.decision.get("by_name", ""), "left": left}


def _choices_for(post: Post) -> list[str]:
    """The buttons that apply."""
    if post.decision:
        return []
    reading = [PUBLISH, ASK] if post.waiting else []
    down = [TAKE_DOWN] if rules.after(TAKE_DOWN, post.state) else []
    back = [PUT_BACK] if rules.may_put_back(post.state, post.ended) else []
    return [*reading, *down, *back]


def _logged(row: Any) -> dict[str, Any]:
    tables = {TAKE_DOWN: "take-down", ASK: "changes"}
    reasons = [choice_name(tables[row.what], code) for code in row.reasons or ()] if row.what in tables else []
    return {"at": row.at, "who": row.by_name, "what": _(IN_LOG.get(row.what, row.what)), "reasons": reasons, "note": row.note or ""}


# The queue


def _queue(session: Session, moment: datetime) -> list[dict[str, Any]]:
    found = posts.waiting(MOST)
    known = groups.these(list({post.group for post in found}))
    return [
        _row(post, session, moment)
        for post in found
        if post.group in known
        and not staff_desk.is_own(session, known[post.group])
        and staff_desk.looks_after(session, areas_of(post.kind, post.waiting or {}))
    ]


def _row(post: Post, session: Session, moment: datetime) -> dict[str, Any]:
    content, _apart = staff_desk.for_preview(post.kind, post.waiting or {}, post.id)
    reader = post.reader if post.reader and post.reader["until"] > moment else None
    return {
        "id": post.id,
        "title": content.get("title") or _("No title that can be shown"),
        "is_new": post.live is None,
        "area": areas_words(areas_of(post.kind, content)),
        "age": age(post.submitted_at, moment),
        "since": post.submitted_at,
        "reader": reader["name"] if reader else "",
        "mine": bool(reader and reader["session"] == session.id),
        "decided": bool(post.decision),
    }


def _groups_alone(session: Session, moment: datetime) -> list[dict[str, Any]]:
    """Groups that no post brings along: they have changed what they say of themselves, or are new and have posted nothing yet."""
    found = [one for one in groups.waiting() if group_review.waits_alone(one) and not staff_desk.is_own(session, one)]
    return [
        {"id": one.id, "name": staff_desk.name_of(one), "is_new": not one.approved, "age": age(one.submitted_at, moment)}
        for one in found
        if staff_desk.looks_after(session, one.about.get("areas", ()))
    ]


def _changed_lately(session: Session, moment: datetime) -> list[dict[str, Any]]:
    """What changed after it was published, without anybody having read it: times, places, numbers."""
    found = [one for one in posts.changed_since(moment - LATELY) if one.state == rules.PUBLISHED and one.changed_at > one.published_at]
    return [
        {"id": one.id, "title": one.live["title"], "at": one.changed_at}
        for one in found
        if staff_desk.looks_after(session, areas_of(one.kind, one.live))
    ][:50]


def _held_count(session: Session) -> int:
    if not session.has_role(SAFEGUARDING):
        return 0
    return sum(staff_desk.looks_after(session, one.areas or ()) for one in held_waiting())
