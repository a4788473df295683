"""/staff/people: who belongs to the staff. Operators and the campaign invite, change roles, remove; each is written down."""

import uuid
from collections.abc import Collection

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.notify import mails, rules
from services.notify.operations import staff
from services.notify.operations.ledger import notification_id
from services.notify.operations.staff import Actor, Person
from services.notify.store import Member
from services.notify.store.staff import last_decisions, member, members, planned_mail
from services.notify.web.current import current_actor, current_work
from services.notify.web.reading import Errors, read_each, read_ticks
from shared.reference.areas import area_name, areas
from shared.runtime.errors import InvalidInput, NotFound
from shared.security.addresses import ADVICE, read_address
from shared.security.sessions import OPERATOR, ROLES
from shared.web.audience import requires
from shared.web.factory import now
from shared.web.i18n import N_
from shared.web.staff import ROLE_MEANS, ROLE_WORDS

pages = Blueprint("people", __name__, template_folder="templates")

LAST = 30
DONE = {
    staff.INVITED: N_("invited"),
    staff.CHANGED: N_("changed the roles of"),
    staff.REMOVED: N_("removed"),
    staff.SIGNED_OUT: N_("signed out everywhere:"),
}


@pages.get("/staff/people")
@requires(*rules.INVITERS)
def everybody() -> str:
    rows = [_row(one) for one in members(rules.KNOWN)]
    return render_template("notify/people.html", people=rows, decisions=_decisions())


@pages.get("/staff/people/invite")
@requires(*rules.INVITERS)
def invite() -> str:
    return _invitation("", "", (), (), {})


@pages.post("/staff/people/invite")
@requires(*rules.INVITERS)
def send_invitation() -> ResponseReturnValue:
    actor = current_actor()
    answers, errors = read_each("name", "email")
    roles, boroughs = read_ticks("role", ROLES), read_ticks("borough", _slugs())
    address = read_address(answers["email"])
    if not rules.is_first_name(answers["name"]):
        errors.setdefault("name", [_("Type their first name: %(most)s letters at most, and no link", most=rules.LONGEST_NAME)])
    if address is None:
        errors.setdefault("email", [_(ADVICE)])
    errors |= _wrong_roles(actor, roles, boroughs)
    if address is not None and not errors:
        try:
            new = staff.invite(current_work(), Person(address, answers["name"]), roles, boroughs, by=actor, now=now())
            return redirect(f"/staff/people/{new.id}", 303)
        except InvalidInput as error:
            errors = error.fields
    return _invitation(answers["name"], answers["email"], roles, boroughs, errors), 422


@pages.get("/staff/people/<uuid:member_id>")
@requires(*rules.INVITERS)
def show(member_id: uuid.UUID) -> str:
    found = _found(member_id)
    return _person(found, tuple(found.roles), tuple(found.boroughs), {})


@pages.post("/staff/people/<uuid:member_id>")
@requires(*rules.INVITERS)
def change(member_id: uuid.UUID) -> ResponseReturnValue:
    actor, found = current_actor(), _found(member_id)
    roles, boroughs = read_ticks("role", ROLES), read_ticks("borough", _slugs())
    if errors := _wrong_roles(actor, roles, boroughs):
        return _person(found, roles, boroughs, errors), 422
    staff.change(current_work(), found.id, roles, boroughs, by=actor, now=now())
    return redirect("/staff/people", 303)


@pages.post("/staff/people/<uuid:member_id>/remove")
@requires(*rules.INVITERS)
def remove(member_id: uuid.UUID) -> ResponseReturnValue:
    staff.remove(current_work(), _found(member_id).id, by=current_actor(), now=now())
    return redirect("/staff/people", 303)


def _found(member_id: uuid.UUID) -> Member:
    found = member(str(member_id))
    if found is None or found.state not in rules.KNOWN:
        raise NotFound("Nobody of the staff has this page, or they have left since.")
    return found


def _wrong_roles(actor: Actor, roles: Collection[str], boroughs: Collection[str]) -> Errors:
    if not roles:
        return {"role": [_("Choose what they do: one role at least")]}
    if not rules.may_grant(actor.roles, actor.boroughs, roles, boroughs):
        return {"role": [_("You can give the roles and boroughs that you have yourself. Ask an operator for others")]}
    return {}


def _invitation(name: str, address: str, roles: Collection[str], boroughs: Collection[str], errors: Errors) -> str:
    choices = _choices(current_actor())
    return render_template(
        "notify/people_invite.html", name=name, address=address, roles=roles, boroughs=boroughs, errors=errors, **choices
    )


def _person(found: Member, roles: Collection[str], boroughs: Collection[str], errors: Errors) -> str:
    actor = current_actor()
    return render_template(
        "notify/person.html",
        id=found.id,
        person=staff.open_box(current_work(), found),
        has_come=found.state == rules.ACTIVE,
        invitation=planned_mail(notification_id(staff.invitation_cause(found.id), found.id, mails.INVITATION)),
        may_decide=rules.may_grant(actor.roles, actor.boroughs, found.roles, found.boroughs),
        is_you=actor.id == found.id,
        roles=roles,
        boroughs=boroughs,
        errors=errors,
        **_choices(actor),
    )


def _choices(actor: Actor) -> dict[str, list[tuple[str, ...]]]:
    """What this person may give."""
    roles = [role for role in ROLES if rules.may_grant(actor.roles, actor.boroughs, (role,), actor.boroughs)]
    within = [one for one in areas() if OPERATOR in actor.roles or not actor.boroughs or one.slug in actor.boroughs]
    return {
        "role_options": [(role, _(ROLE_WORDS[role]), _(ROLE_MEANS[role])) for role in roles],
        "borough_options": [(one.slug, one.name) for one in within],
    }


def _slugs() -> tuple[str, ...]:
    return tuple(one.slug for one in areas())


def _row(found: Member) -> dict[str, object]:
    return {
        "id": found.id,
        "first_name": staff.open_box(current_work(), found).first_name,
        "roles": [ROLE_WORDS.get(role, role) for role in found.roles],
        "boroughs": [area_name(slug) for slug in found.boroughs],
        "has_come": found.state == rules.ACTIVE,
    }


def _decisions() -> list[dict[str, object]]:
    """The last ones, newest first. Who has left has no name here any more."""
    rows = last_decisions(LAST)
    ids = {row.who for row in rows} | {row.whom for row in rows}
    names = {id_: staff.first_name_of(current_work(), id_) or _("somebody who has left") for id_ in ids}
    names[staff.COMMAND_LINE] = _("The command line")
    return [
        {
            "at": row.at,
            "who": names[row.who],
            "what": DONE.get(row.what, row.what),
            "whom": names[row.whom],
            "roles": [ROLE_WORDS.get(role, role) for role in row.roles or ()],
        }
        for row in rows
    ]
