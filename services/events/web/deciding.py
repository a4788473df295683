"""/groups/<slug>/<post>: how a post stands, its preview, and what its organiser does with the whole of it."""

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import cancel_notes, changing, drafts, groups
from services.events.operations.facts import slots_of
from services.events.rules import checks, content
from services.events.rules import groups as group_rules
from services.events.rules import posts as rules
from services.events.rules.posts import EVENT
from services.events.store import Group, Post
from services.events.web import questions
from services.events.web.current import current_work, my_post, my_ref, organisers
from services.events.web.organisers_words import asked_words, has_unsent, note_to_group, promise, standing, summed_up
from services.events.web.places_words import told_of_change, who_comes
from services.events.web.questions import Pairs
from services.events.web.reading import form_key, new_key
from services.events.web.wording import as_previewed, named
from shared.reference.choices import choices
from shared.runtime.errors import InvalidInput
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("deciding", __name__, template_folder="templates")

OVER = N_("This is over")
_HEADINGS = {
    rules.DRAFT: N_("Look it over, then send it"),
    rules.CHANGES_ASKED: N_("Change it, then send it again"),
    rules.SUBMITTED: N_("Somebody will read it"),
    rules.PUBLISHED: N_("People can find it"),
}
ONE = "/groups/<slug>/<uuid:post_id>"


@pages.get(ONE)
@pages.get(f"{ONE}/preview")
@organisers
def show(slug: str, post_id: uuid.UUID) -> str:
    return _page(*my_post(slug, post_id), alarm=False)


@pages.post(f"{ONE}/send")
@organisers
def send(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    act = changing.change if post.state == rules.PUBLISHED else drafts.send
    try:
        act(current_work(), post, group, ref=my_ref(group), now=now())
    except InvalidInput:
        return _page(group, post, alarm=True), 422
    return _see(group, post)


@pages.post(f"{ONE}/take-back")
@organisers
def take_back(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    drafts.take_back(post, group, now=now())
    return _see(group, post)


@pages.post(f"{ONE}/delete")
@organisers
def delete(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    drafts.delete(post)
    return redirect(f"/groups/{group.slug}", 303)


@pages.post(f"{ONE}/again")
@organisers
def again(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    made = drafts.post_again(post, group, now=now(), key=form_key())
    return redirect(f"/groups/{group.slug}/{made.id}/{content.WHEN}", 303)


@pages.get(f"{ONE}/cancel")
@organisers
def ask_why(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    if post.state != rules.PUBLISHED or post.kind != EVENT:
        return _see(group, post)
    return _why(group, post, {}, {})


@pages.post(f"{ONE}/cancel")
@organisers
def cancel(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    typed, errors = _typed("reason", "note")
    try:
        if errors:
            raise InvalidInput(errors)
        cancel_notes.check(typed["note"])  # before anything is cancelled
        cancelled = changing.cancel(post, group, typed["reason"], now=now())
        if typed["note"]:
            cancel_notes.offer(current_work(), cancelled, typed["note"], ref=my_ref(group), now=now())
    except InvalidInput as error:
        return _why(group, post, typed, error.fields), 422
    return _see(group, post)


@pages.post(f"{ONE}/note")
@organisers
def add_note(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    """A few words more, after it was cancelled."""
    group, post = my_post(slug, post_id)
    typed, errors = _typed("note")
    if not typed["note"]:
        errors.setdefault("note", [_("Type what you would like to say")])
    try:
        if errors:
            raise InvalidInput(errors)
        cancel_notes.offer(current_work(), post, typed["note"], ref=my_ref(group), now=now())
    except InvalidInput as error:
        return _page(group, post, alarm=False, typed=typed["note"], errors=error.fields), 422
    return _see(group, post)


def _typed(*names: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    values, errors = read_answers(*names, long=("note",))
    return {name: text.replace("\r\n", "\n").strip() for name, text in values.items()}, errors


@pages.post(f"{ONE}/end")
@organisers
def end(slug: str, post_id: uuid.UUID) -> ResponseReturnValue:
    group, post = my_post(slug, post_id)
    changing.end(post, group, now=now())
    return _see(group, post)


def _see(group: Group, post: Post) -> ResponseReturnValue:
    """On to how it now stands."""
    return redirect(f"/groups/{group.slug}/{post.id}", 303)


def _why(group: Group, post: Post, typed: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    reasons = [(one.code, named("cancel", one.code)) for one in choices("cancel")]
    return render_template(
        "events/post_cancel.html",
        section="groups",
        group=group,
        post=post,
        reasons=reasons,
        typed={"reason": "", "note": "", **typed},
        promise=promise(),
        errors=errors,
        day=who_comes(post, now()),
    )


def _page(group: Group, post: Post, *, alarm: bool, typed: str = "", errors: Mapping[str, list[str]] = MappingProxyType({})) -> str:
    """`typed`, `errors`: of a note that can't be taken as it is."""
    moment = now()
    editable = rules.may_edit(post.state)
    seen = checks.as_sent(post.kind, (post.draft if editable else post.waiting or post.live or post.draft) or {})
    to_do = _to_do(group, post, seen) if editable else []
    troubles = {"": [_("There is a problem")]} if alarm and to_do else {}
    return render_template(
        "events/post.html",
        section="groups",
        at=f"/groups/{group.slug}/{post.id}",
        mine=group,
        group=as_previewed(group),
        post=post,
        content=seen,
        slots=_slots(post, seen),
        heading=3,
        heading_words=_(_HEADINGS.get(post.state, OVER)),
        whole_place=True,
        last_checked=post.last_checked or moment,
        standing=standing(post, moment),
        asked_words=asked_words((post.asked or {}).get("reasons", ())),
        note=note_to_group(post),
        steps=[(step, _(questions.HEADINGS[step])) for step in content.steps_of(post.kind)],
        to_do=to_do,
        alarm=bool(troubles),
        errors={**troubles, **errors},
        said={
            "may": cancel_notes.may_offer(post, moment),
            "typed": typed,
            "waits": cancel_notes.waiting(post),
            "shown": cancel_notes.shown(post.ended),
        },
        editable=editable,
        can_send=editable and (post.state != rules.PUBLISHED or has_unsent(post)),
        promise=promise(),
        key=new_key(),
        day=who_comes(post, moment) if post.kind == EVENT and post.live else None,
        told_of_change=told_of_change(post) if post.kind == EVENT else "",
        public=f"/{post.kind}/{post.slug}" if post.slug and post.listed else "",
    )


def _slots(post: Post, seen: dict[str, Any]) -> list[dict[str, Any]]:
    """As it would be; none while its day and times are not all there, or don't fit."""
    wanted = ("date", "starts", "ends", "joining")
    if post.kind != EVENT or any(not seen.get(name) for name in wanted) or (seen["joining"] == "book" and not seen.get("capacity")):
        return []
    try:
        return slots_of(seen, post.slots or ())
    except ValueError:
        return []


def _to_do(group: Group, post: Post, seen: dict[str, Any]) -> Pairs:
    """(where, what): all that keeps it from being sent, its group's part last."""
    at = f"/groups/{group.slug}"
    faults = checks.faults(post.kind, seen, drafts.terms_of(post, group, now()))
    rows: Pairs = [
        (f"{at}/{post.id}/{content.field_of(post.kind, name).step}#{name}", sentences[0])
        for name, sentences in summed_up(faults, questions.POST).items()
    ]
    if group.state == group_rules.DRAFT:
        missing = summed_up(group_rules.faults(groups.answers_of(current_work(), group)), questions.GROUP)
        rows += [(f"{at}/about#{name}", _("About your group: %(what)s", what=sentences[0])) for name, sentences in missing.items()]
    return rows
