"""/groups/<slug>/<post>/list, /add, /take-off, /tally: an organiser's day. Names and needs are on these pages and in no address."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import attendance, roster, sign_ups
from services.events.operations.roster import Person
from services.events.operations.sign_ups import Wish
from services.events.rules import places as rules
from services.events.rules.reading import number_of
from services.events.rules.wording import Flaw
from services.events.store import Group, Post
from services.events.store.places import by_id
from services.events.web import places_words
from services.events.web.current import current_work, my_post, organisers
from services.events.web.organisers_words import said, summed_up
from services.events.web.questions import AREA, Question
from services.events.web.reading import form_key, new_key
from shared.runtime.errors import Conflict, InvalidInput, KeyReused, NotFound
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("roster", __name__, template_folder="templates")

ONE = "/groups/<slug>/<uuid:post_id>"
FIRST_NAME, NEEDS, BRINGING = rules.FIRST_NAME.name, rules.ACCESS_NEEDS.name, "bringing"
QUESTIONS: Mapping[str, Question] = {
    FIRST_NAME: Question(N_("First name")),
    NEEDS: Question(
        N_("Access needs, if there are any"), N_("What they would like you to know. It is on your list, nowhere else"), AREA, rows=3
    ),
    BRINGING: Question(N_("Who comes along?")),
}
HOW_MANY = Flaw(N_("Choose who comes along"))
REFUSED: Mapping[str, str] = {
    rules.FULL: N_("Every place is taken, and nobody can be put into the queue any more. Nobody was added."),
    rules.CLOSED: N_("This has begun, or nobody can find it at the moment. Nobody was added."),
}
USED = N_("This form was sent once already. If this is somebody else, press the button once more.")


# The list


@pages.get(f"{ONE}/list")
@organisers
def print_list(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    day = places_words.who_comes(post, now())
    if day is None:
        return _to_post(group, post)
    people = roster.people(current_work(), post.slots[0]["id"])
    rows = [{"name": one.first_name, "party": one.party, "needs": places_words.needs_words(one)} for one in people]
    return render_template("events/list.html", section="groups", group=group, post=post, rows=rows, day=day)


# Adding somebody, and taking them off


@pages.get(f"{ONE}/add")
@organisers
def who(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    return _adding(group, post, {}, {}) if post.slots and post.live["joining"] == "book" else _to_post(group, post)


@pages.post(f"{ONE}/add")
@organisers
def add(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    if not places_words.may_add(post, now()):
        raise Conflict(_(REFUSED[rules.CLOSED]))
    typed, unread = read_answers(FIRST_NAME, NEEDS, BRINGING, long=(NEEDS,))
    typed = {name: text.replace("\r\n", "\n").strip() for name, text in typed.items()}
    flaws = rules.flaws(typed)
    if (bringing := _bringing(post, typed[BRINGING])) is None:
        flaws[BRINGING] = HOW_MANY
    if unread or flaws:
        errors, summary = {**said(flaws), **unread}, {**summed_up(flaws, QUESTIONS), **unread}
        return _adding(group, post, typed, errors, summary=summary, key=form_key()), 422
    wish = Wish(typed[FIRST_NAME], None, bringing or 0, typed[NEEDS])
    try:
        _found, answer = sign_ups.ask(current_work(), post, post.slots[0]["id"], wish, now=now(), key=form_key())
    except KeyReused:
        return _adding(group, post, typed, {"": [_(USED)]}), 409
    if answer.state == rules.REFUSED:
        return _adding(group, post, typed, {"": [_(REFUSED.get(answer.reason or "", REFUSED[rules.CLOSED]))]}), 409
    return redirect(f"/groups/{group.slug}/{post.id}/add", 303)


@pages.post(f"{ONE}/take-off")
@organisers
def take_off(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody whom an organiser added doesn't come after all. Twice is once."""
    group, post = my_post(slug, post_id)
    values, _unread = read_answers("person")
    found = by_id(values["person"])
    if found is None or found.event != post.id or not found.added:
        raise NotFound(N_("Nobody whom you added is on this list by that name. They may have been taken off already."))
    sign_ups.leave(found, now=now())
    return redirect(f"/groups/{group.slug}/{post.id}/add", 303)


def _bringing(post: Post, text: str) -> int | None:
    """How many come along; None where that is not offered."""
    found = number_of(text) if text else 0
    return found if found is not None and 0 <= found <= (post.live.get("bringing") or 0) else None


def _adding(
    group: Group,
    post: Post,
    typed: Mapping[str, str],
    errors: Mapping[str, list[str]],
    *,
    summary: Mapping[str, list[str]] | None = None,
    key: str | None = None,
) -> str:
    moment, slot, most = now(), post.slots[0]["id"], post.live.get("bringing") or 0
    alone = [("0", _("Nobody")), *((str(count), _("%(count)s more", count=count)) for count in range(1, most + 1))]
    found = roster.standing(post)
    return render_template(
        "events/add.html",
        section="groups",
        group=group,
        post=post,
        questions=QUESTIONS,
        typed={FIRST_NAME: "", NEEDS: "", BRINGING: "0", **typed},
        errors=errors,
        summary=errors if summary is None else summary,
        along=alone if most else [],
        key=key or new_key(),
        places=places_words.places_words(found) if found else "",
        may_add=places_words.may_add(post, moment),
        added=[_row(one) for one in roster.added(current_work(), slot)],
        needs_help=roster.needs_help(slot, moment),
    )


def _row(one: Person) -> dict[str, Any]:
    has = _("has a place") if one.position is None else _("number %(number)s in the queue", number=one.position)
    more = _("with %(count)s more", count=one.party - 1) if one.party > 1 else ""
    return {"id": one.id, "name": one.first_name, "words": ", ".join(part for part in (str(has), str(more)) if part)}


# How many came


@pages.get(f"{ONE}/tally")
@organisers
def ask_how_many(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    if not attendance.may_count(post, now()):
        return _to_post(group, post)
    return _counting(group, post, {name: str(count) for name, count in (post.attendance or {}).items()}, {})


@pages.post(f"{ONE}/tally")
@organisers
def tally(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    if not attendance.may_count(post, now()):
        return _to_post(group, post)
    typed, errors = read_answers("people", "conversations")
    counts = {name: number_of(text) for name, text in typed.items()}
    if not typed["people"]:
        errors.setdefault("people", [_("Type how many people came. 0 is fine")])
    for name, text in typed.items():
        if text and counts[name] is None:
            errors.setdefault(name, [_("Type a whole number from 0 to %(most)s", most=f"{attendance.MOST:,}")])
    try:
        if errors:
            raise InvalidInput(errors)
        attendance.record(post, counts["people"] or 0, counts["conversations"], now=now())
    except InvalidInput as error:
        return _counting(group, post, typed, error.fields), 422
    return redirect(f"/groups/{group.slug}#counted", 303)


def _counting(group: Group, post: Post, typed: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    return render_template(
        "events/tally.html",
        section="groups",
        group=group,
        post=post,
        booth=attendance.is_booth(post),
        typed={"people": "", "conversations": "", **typed},
        errors=errors,
    )


def _to_post(group: Group, post: Post) -> ResponseReturnValue:
    return redirect(f"/groups/{group.slug}/{post.id}", 303)
