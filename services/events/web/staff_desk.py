"""What every staff page of events needs: who decides, what they look after, and how a content is put before them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from services.events.operations import held
from services.events.operations.decisions import standing
from services.events.operations.facts import slots_of
from services.events.operations.review import known
from services.events.rules import differences, reviewing
from services.events.rules import posts as rules
from services.events.rules.content import CODES, YES_NO, field_of
from services.events.rules.posts import ASK, EVENT, PUBLISHED, TAKE_DOWN, TAKEN_DOWN
from services.events.store import Group, Post, posts
from services.events.store.review import decisions_about, reports_about_group
from services.events.web import questions
from services.events.web.current import current_work
from shared.runtime.errors import Expired
from shared.security.sessions import Session
from shared.web.i18n import N_
from shared.web.sessions import current_session

_BESIDE = {rules.CANCEL_NOTE: N_("Note about cancelling")}  # fields of no form
Difference = tuple[str, list[tuple[str, str]]]


def reviewer() -> Session:
    """Whoever decides."""
    session = current_session()
    if session is None:
        raise Expired("You have been signed out. Sign in again.")
    return session


def looks_after(session: Session, areas: Sequence[str]) -> bool:
    return reviewing.in_reach(session.boroughs, areas, known())


def is_own(session: Session, group: Group) -> bool:
    return bool(set(session.refs) & set(group.organisers))


def name_of(group: Group) -> str:
    """Of a group that nobody has read yet, as a moderator may see it."""
    shown = group.approved or for_preview(held.GROUP, group.about or {}, group.id)[0]
    return str(shown.get("name") or _("A group"))


def group_facts(group: Group) -> dict[str, Any]:
    """What a reviewer knows of a group before they read what it posts."""
    its = posts.of_group(group.id)
    decided = standing(decisions_about([post.id for post in its]))
    return {
        "published": sum(bool(post.published_at) for post in its),
        "changed": sum(row.what == ASK for row in decided),
        "taken_down": sum(post.state == TAKEN_DOWN for post in its),
        "put_down": sum(row.what == TAKE_DOWN for row in decided),
        "reports": reports_about_group(group.id),
        "live": sum(post.state == PUBLISHED for post in its),
    }


def for_preview(post_kind: str, content: Mapping[str, Any], source_id: str) -> tuple[dict[str, Any], list[str]]:
    """The content as it may be shown to a moderator, and the words for what is set apart in it."""
    hidden = held.fields_of(current_work(), source_id, content)
    names = [_(label_of(post_kind, name)) for name in sorted(hidden)]
    return held.without(content, hidden), names


def slots_for(post: Post, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    return slots_of(content, post.slots or ()) if post.kind == EVENT else []


def label_of(kind: str, name: str) -> str:
    table = questions.GROUP if kind == held.GROUP else questions.POST
    found = table.get(name.rpartition(".")[2])
    return found.label if found else _BESIDE.get(name, name)


def what_changed(kind: str, before: Mapping[str, Any], after: Mapping[str, Any], moment: datetime) -> list[Difference]:
    """Field by field, in people's words, with what went and what came."""
    found = []
    for name in rules.changed(before, after):
        old, new = (said(kind, name, content.get(name), moment) for content in (before, after))
        found.append((_(label_of(kind, name)), differences.between(old, new)))
    return found


def said(kind: str, name: str, value: Any, moment: datetime) -> str:
    """An answer as the form words it."""
    if value in (None, "", []):
        return ""
    if name in _BESIDE:
        return str(value)
    field = field_of(kind, name)
    coded = bool(field.table) or name in ("theme", "area") or field.kind in (CODES, YES_NO)
    names = {option[0]: option[1] for option in questions.options(field, moment)} if coded else {}
    if field.kind == CODES:
        return ", ".join(names.get(code, code) for code in value)
    if field.kind == YES_NO:
        return str(_("Yes") if value else _("No"))
    return names.get(str(value), str(value))
