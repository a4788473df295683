"""/groups/<slug>/<post>/…: the pages of a post's form. Each saves what is right on it, and says at the field what is not."""

import uuid
from typing import Any

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from services.events.operations import drafts
from services.events.rules import checks, content
from services.events.rules import posts as rules
from services.events.rules.wording import Flaws
from services.events.store import Group, Post
from services.events.web import questions
from services.events.web.current import my_group, my_post, organisers
from services.events.web.organisers_words import said, summed_up
from services.events.web.places_words import told_of_change
from services.events.web.reading import form_key, read_fields, shown
from shared.runtime.errors import Conflict, NotFound
from shared.web.checks import read_answers
from shared.web.factory import now
from shared.web.i18n import N_

pages = Blueprint("drafting", __name__, template_folder="templates")

STEPS = "any(what,when,access,first)"


@pages.post("/groups/<slug>/new")
@organisers
def new(slug: str) -> ResponseReturnValue:
    group = my_group(slug)
    values, _ = read_answers("kind")
    if values["kind"] not in rules.KINDS:
        raise NotFound(N_("Choose an event or something that is always on, on your group’s page."))
    post = drafts.make(group, values["kind"], now=now(), key=form_key(), digest=values["kind"])
    return redirect(f"/groups/{group.slug}/{post.id}/{content.WHAT}", 303)


@pages.get(f"/groups/<slug>/<uuid:post_id>/<{STEPS}:step>")
@organisers
def form(slug: str, post_id: uuid.UUID, step: str) -> ResponseReturnValue:
    group, post = _editable(slug, post_id, step)
    return _page(group, post, step, shown(_fields(group, post, step), post.draft or {}), {})


@pages.post(f"/groups/<slug>/<uuid:post_id>/<{STEPS}:step>")
@organisers
def save(slug: str, post_id: uuid.UUID, step: str) -> ResponseReturnValue:
    group, post = _editable(slug, post_id, step)
    fields = _fields(group, post, step)
    read = read_fields(fields, questions.boxes(fields))
    names = [field.name for field in fields]
    together = {**(post.draft or {}), **read.answers}
    wrong = {
        name: flaw for name, flaw in checks.flaws_of(post.kind, together, drafts.terms_of(post, group, now())).items() if name in names
    }
    flaws = {name: {**wrong, **read.flaws}[name] for name in names if name in wrong or name in read.flaws}
    post = drafts.save(post, {name: value for name, value in read.answers.items() if name not in flaws}, now=now())
    if flaws:
        return _page(group, post, step, read.typed, flaws), 422
    return redirect(_way_on(group, post, step), 303)


def _editable(slug: str, post_id: uuid.UUID, step: str) -> tuple[Group, Post]:
    group, post = my_post(slug, post_id)
    if step not in content.steps_of(post.kind):
        raise NotFound(N_("This page is for events only."))
    if not rules.may_edit(post.state):
        raise Conflict(drafts.why_not(post.state))
    return group, post


def _fields(group: Group, post: Post, step: str) -> tuple[content.Field, ...]:
    """A link is asked for only of a group that we know."""
    return tuple(field for field in content.in_step(post.kind, step) if field.name != "link" or group.trusted)


def _way_on(group: Group, post: Post, step: str) -> str:
    """The next page; to the end for who changes one thing of something published; home for who is tired."""
    values, _ = read_answers("then")
    steps = content.steps_of(post.kind)
    if values["then"] == "later":
        return f"/groups/{group.slug}"
    if post.state == rules.PUBLISHED or step == steps[-1]:
        return f"/groups/{group.slug}/{post.id}"
    return f"/groups/{group.slug}/{post.id}/{steps[steps.index(step) + 1]}"


def _page(group: Group, post: Post, step: str, typed: dict[str, Any], flaws: Flaws) -> str:
    steps = content.steps_of(post.kind)
    number = steps.index(step)
    before = steps[number - 1] if number and post.state != rules.PUBLISHED else None
    at = f"/groups/{group.slug}/{post.id}"
    return render_template(
        "events/post_step.html",
        section="groups",
        group=group,
        post=post,
        step=step,
        number=number + 1,
        count=len(steps),
        back=f"{at}/{before}" if before else at,
        headings=questions.HEADINGS,
        fields=_fields(group, post, step),
        questions=questions.POST,
        typed=typed,
        errors=said(flaws),
        summary=summed_up(flaws, questions.POST),
        published=post.state == rules.PUBLISHED,
        told_of_change=told_of_change(post),
    )
