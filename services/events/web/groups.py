"""/groups: what we do with a post; what a group says of itself; its second organiser."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.events.operations import groups, organisers
from services.events.rules import groups as rules
from services.events.rules.wording import Flaws
from services.events.store import Group
from services.events.store.groups import invitations_of, of_organiser
from services.events.web import questions
from services.events.web.current import current_work, my_group, my_ref, refs
from services.events.web.current import organisers as organisers_only
from services.events.web.organisers_words import promise, said, summed_up
from services.events.web.reading import Read, form_key, new_key, read_fields, shown
from shared.runtime.errors import Conflict
from shared.security.addresses import ADVICE, read_address
from shared.web.audience import public
from shared.web.checks import read_answers
from shared.web.factory import now

pages = Blueprint("groups", __name__, template_folder="templates")


@pages.get("/groups")
@public
def everybody() -> str:
    return render_template("events/groups.html", section="groups", mine=of_organiser(refs()), signed_in=bool(refs()), promise=promise())


@pages.get("/groups/new")
@organisers_only
def new() -> str:
    return _form(None, shown(rules.FIELDS, {}), {})


@pages.post("/groups/new")
@organisers_only
def make() -> ResponseReturnValue:
    """A draft needs no more than a name; the rest is asked for before its first post is sent."""
    read, key = _read(), form_key()
    flaws = _flaws(read) | ({} if read.answers.get("name") else {"name": rules.missing(read.answers)["name"]})
    if flaws:
        return _form(None, read.typed, _in_order(flaws)), 422
    work, ref = current_work(), refs()[0]
    group = groups.make(work, read.answers, ref, now=now(), key=key)
    if groups.answers_of(work, group) != rules.kept(read.answers):
        groups.save(work, group, read.answers, ref=ref, now=now())  # gone back to, changed and sent again
    return redirect(f"/groups/{group.slug}", 303)


@pages.get("/groups/<slug>/about")
@organisers_only
def about(slug: str) -> str:
    group = my_group(slug)
    return _form(group, shown(rules.FIELDS, groups.answers_of(current_work(), group)), {})


@pages.post("/groups/<slug>/about")
@organisers_only
def change(slug: str) -> ResponseReturnValue:
    """A group that somebody has read stays whole; a draft may lack what it has not got yet."""
    group, read = my_group(slug), _read()
    needed = rules.missing(read.answers) if group.state != rules.DRAFT else {}
    named = {} if read.answers.get("name") else {"name": rules.missing({})["name"]}
    flaws = {**named, **needed, **_flaws(read)}
    if flaws:
        return _form(group, read.typed, _in_order(flaws)), 422
    groups.save(current_work(), group, read.answers, ref=my_ref(group), now=now())
    return redirect(f"/groups/{group.slug}", 303)


@pages.get("/groups/<slug>/organisers")
@organisers_only
def ask_organiser(slug: str) -> str:
    return _invitation(my_group(slug), "", {})


@pages.post("/groups/<slug>/organisers")
@organisers_only
def invite(slug: str) -> ResponseReturnValue:
    group = my_group(slug)
    values, errors = read_answers("email")
    address = read_address(values["email"])
    if address is None:
        return _invitation(group, values["email"], errors or {"email": [_(ADVICE)]}), 422
    try:
        organisers.invite(current_work(), group, address, now=now())
    except Conflict as error:
        return _invitation(group, values["email"], {"email": [_(error.message)]}), 422
    return redirect(f"/groups/{group.slug}/organisers?asked=1", 303)


def _read() -> Read:
    return read_fields(rules.FIELDS, {field.name: rules.options(field) for field in rules.FIELDS})


def _flaws(read: Read) -> Flaws:
    return {**rules.flaws_of(read.answers), **read.flaws}


def _in_order(flaws: Flaws) -> Flaws:
    return {field.name: flaws[field.name] for field in rules.FIELDS if field.name in flaws}


def _form(group: Group | None, typed: dict[str, Any], flaws: Flaws) -> str:
    parts = [(words, [field for field in rules.FIELDS if field.step == part]) for part, words in questions.GROUP_HEADINGS.items()]
    return render_template(
        "events/group_about.html",
        section="groups",
        group=group,
        saved_at=group.saved_at if group else None,
        parts=parts,
        questions=questions.GROUP,
        typed=typed,
        errors=said(flaws),
        summary=summed_up(flaws, questions.GROUP),
        key=None if group else form_key_or_new(),
        promise=promise(),
    )


def form_key_or_new() -> str:
    return (form_key() if request.method == "POST" else None) or new_key()


def _invitation(group: Group, address: str, errors: dict[str, list[str]]) -> str:
    return render_template(
        "events/organisers.html",
        section="groups",
        group=group,
        address=address,
        errors=errors,
        asked="asked" in request.args,
        open=len(invitations_of(group.id)),
    )
