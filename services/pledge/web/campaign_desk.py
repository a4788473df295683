"""What the campaign team's pages share: who is asking, what can be chosen, and in which words a figure is shown."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from services.pledge.rules import campaign as rules
from services.pledge.store.campaign import CampaignFigure, StruckBatch
from shared.reference.areas import NOT_SAID, WORK_STUDY, area_name, areas
from shared.reference.channels import channel_name, channels
from shared.reference.choices import choice_name, choices
from shared.runtime.errors import Expired
from shared.security.sessions import Session
from shared.web.i18n import N_
from shared.web.sessions import current_session

Options = Sequence[tuple[str, ...]]
REACH_NAME = N_("Estimated reach")
STANDING: Mapping[str, str] = {rules.CORRECTED: N_("Corrected")}


def member() -> Session:
    """Whoever is asking."""
    session = current_session()
    if session is None:
        raise Expired("You have been signed out. Sign in again.")
    return session


def for_london() -> bool:
    """Whether they look after all of London."""
    return rules.acts_for_london(member().boroughs)


def area_options(first: str, boroughs: Sequence[str] = ()) -> Options:
    """Of a member who looks after some boroughs, these alone."""
    found = [(one.slug, one.name) for one in areas() if not boroughs or one.slug in boroughs]
    elsewhere = [] if boroughs else [(code, area_name(code)) for code in (NOT_SAID, WORK_STUDY)]
    return [("", first), *found, *elsewhere]


def channel_options(first: str, *, reach: bool) -> Options:
    return [("", first), *((one.slug, _(one.name)) for one in channels() if one.reach or not reach)]


def options_of(table: str, first: str = "") -> Options:
    """For a list with `first` on top; for radios, with their notes."""
    if first:
        return [("", first), *((one.code, _(one.name)) for one in choices(table))]
    return [(one.code, _(one.name), _(one.words) if one.words else "") for one in choices(table)]


def by_words(by: str) -> str:
    """Who did it, as it is kept: the beginning of the id under which they were signed in."""
    return by[:8]


def figure_words(one: CampaignFigure) -> dict[str, Any]:
    """A figure as a row and as a page show it."""
    return {
        "id": one.id,
        "name": _(REACH_NAME) if one.kind == rules.REACH else _(choice_name("tallies", one.kind)),
        "number": one.number,
        "first": date.fromisoformat(one.first) if one.first else None,
        "last": date.fromisoformat(one.last),
        "channel": _(channel_name(one.channel)),
        "area": area_name(one.area) if one.area else _("All of London"),
        "source": _(choice_name("reach-sources", one.source)) if one.source else "",
        "confidence": _(choice_name("confidence", one.confidence)) if one.confidence else "",
        "note": one.note or "",
        "at": one.at,
        "by": by_words(one.by),
        "void": _void_words(one),
        "corrects": one.corrects,
        "corrected_by": one.corrected_by,
    }


def _void_words(one: CampaignFigure) -> dict[str, Any] | None:
    if not one.void:
        return None
    reason = one.void["reason"]
    words = _(STANDING[reason]) if reason in STANDING else _(choice_name("void-reasons", reason))
    return {"at": one.void["at"], "by": by_words(one.void["by"]), "reason": words, "note": one.void.get("note", "")}


def batch_words(one: StruckBatch) -> dict[str, Any]:
    facts = one.facts or {}
    return {
        "id": one.id,
        "struck": one.struck,
        "week": facts.get("week"),
        "channel": _(channel_name(facts["channel"])) if facts else "",
        "area": area_name(facts["area"]) if facts else "",
        "references": len(one.pledges or ()),
        "reason": _(choice_name("strike-reasons", one.reason)),
        "note": one.note or "",
        "at": one.at,
        "by": by_words(one.by),
    }
