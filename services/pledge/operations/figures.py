"""The campaign team's own figures: estimates of reach, tallies at booths, pledges on paper. Typed, voided with a reason, corrected.

A figure is one document and one message, and counts as every message does. Nothing is edited: a correction voids one figure, with what
is to take its place in the same update, and then makes that one; whoever dies in between leaves it to the clock.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from services.pledge.rules import campaign as rules
from services.pledge.rules.campaign import Figure, Flaw, Known
from services.pledge.settings import Settings
from services.pledge.store.campaign import CampaignFigure, figure_by_id, figures, figures_of_weeks, figures_to_follow
from shared.messaging.outbox import Entry, change_if, first_messages, message
from shared.messaging.work import Work
from shared.reference.actions import ever, every_action
from shared.reference.areas import area_codes
from shared.reference.channels import channels
from shared.reference.choices import codes
from shared.runtime.clock import in_london, week_of
from shared.runtime.errors import CollaborationError, Conflict, Forbidden, InvalidInput, KeyReused, NotFound
from shared.security.sessions import Session

VOID_REASONS, SOURCES, CONFIDENCE = "void-reasons", "reach-sources", "confidence"
AT_MOST = 100


class NotAllowed(Forbidden):
    """It is about boroughs that this member of the team does not look after."""


class Flawed(CollaborationError):
    """`flaws`: field → what is wrong with it."""

    def __init__(self, flaws: Mapping[str, Flaw]) -> None:
        super().__init__("; ".join(f"{name}: {flaw.value}" for name, flaw in flaws.items()))
        self.flaws = flaws


class VoidAlready(Conflict):
    """It was voided before. `void`: when, and why."""

    def __init__(self, void: Mapping[str, Any]) -> None:
        super().__init__("This figure was struck out before. It stays so: if it was right after all, type it again as a new one.")
        self.void = void


def known(kind: str) -> Known:
    """What may be chosen for such a figure."""
    typed_for = [one.slug for one in channels() if one.reach or kind != rules.REACH]
    actions = [one.slug for one in every_action()]
    return Known(typed_for, area_codes(), actions, codes(SOURCES), codes(CONFIDENCE))


def record(figure: Figure, *, key: str, by: Session, now: datetime) -> CampaignFigure:
    """Keep a figure, and tell of it. The same key with the same words again is the same figure.

    Raises Flawed, NotAllowed, KeyReused.
    """
    _check(figure, by, now)
    return _insert(_new(id_of(key), figure, by.id, now))


def void(id_: str, reason: str, note: str, *, by: Session, now: datetime) -> CampaignFigure:
    """A figure counts no more, and why. Raises NotFound, NotAllowed, InvalidInput, VoidAlready."""
    if reason not in codes(VOID_REASONS):
        raise InvalidInput({"reason": ["Choose why"]})
    if len(note) > rules.LONGEST_NOTE:
        raise InvalidInput({"void_note": [f"Use {rules.LONGEST_NOTE} characters or fewer"]})
    found = existing(id_)
    _allow(as_typed(found), by)
    return _void(found, {"at": now, "by": by.id, "reason": reason, "note": note}, {}, now)


def correct(id_: str, figure: Figure, *, key: str, by: Session, now: datetime) -> CampaignFigure:
    """Void a figure and put another in its place; the new one. The same key again is the same correction.

    Raises NotFound, Flawed, NotAllowed, VoidAlready, KeyReused, Conflict where nothing is different.
    """
    found = existing(id_)
    _allow(as_typed(found), by)
    _check(figure, by, now)
    new_id = id_of(key)
    if found.corrected_by != new_id:
        if not found.void and figure == as_typed(found):
            raise Conflict("That is the figure as it stands. Change what is wrong, then send it.")
        if figure_by_id(new_id):
            raise KeyReused
        next_ = {"id": new_id, "by": by.id, "at": now, "typed": _stored(figure)}
        told = {"at": now, "by": by.id, "reason": rules.CORRECTED}
        found = _void(found, told, {"corrected_by": new_id, "next": next_, "next_since": now}, now)
    follow(found, now)
    made = existing(new_id)
    if as_typed(made) != figure:
        raise KeyReused
    return made


def follow_up(_work: Work[Settings], now: datetime) -> int:
    """Make what is to take the place of a voided figure, where somebody died between the two."""
    found = figures_to_follow(AT_MOST)
    for one in found:
        follow(one, now)
    return len(found)


def follow(voided: CampaignFigure, now: datetime) -> None:
    """Twice is once: the new figure's id is fixed."""
    if not voided.next:
        return
    next_ = voided.next
    _insert(_new(next_["id"], _typed(next_["typed"]), next_["by"], next_["at"], corrects=voided.id))
    change_if(figures(), voided.id, {"next.id": next_["id"]}, {"next": None, "next_since": None}, [], now)


def existing(id_: str) -> CampaignFigure:
    found = figure_by_id(id_)
    if found is None:
        raise NotFound("There is no such figure.")
    return found


def twins(one: CampaignFigure) -> list[CampaignFigure]:
    """Other figures that stand and say the same of the same week: typed by two people, perhaps, or twice."""
    wanted = _said(one)
    return [other for other in figures_of_weeks([one.week]) if other.id != one.id and not other.void and _said(other) == wanted]


def _said(one: CampaignFigure) -> tuple[Any, ...]:
    return one.kind, one.number, one.channel, one.area, one.first, one.last


def id_of(key: str) -> str:
    """The id of what a form with this key makes."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"figure/{key}"))


# What is stored


def as_typed(one: CampaignFigure) -> Figure:
    """A stored figure as somebody typed it."""
    return _typed({name: getattr(one, name) for name in _FIELDS})


_FIELDS = ("kind", "number", "first", "last", "channel", "area", "action", "source", "confidence", "note")


def _stored(figure: Figure) -> dict[str, Any]:
    found = asdict(figure)
    days = {name: found[name].isoformat() if found[name] else None for name in ("first", "last")}
    return {name: value for name, value in {**found, **days}.items() if value not in (None, "")}


def _typed(stored: Mapping[str, Any]) -> Figure:
    days = {name: date.fromisoformat(stored[name]) if stored.get(name) else None for name in ("first", "last")}
    return Figure(**{**{name: stored.get(name) or "" for name in _FIELDS}, "number": stored["number"], **days})


def _new(id_: str, figure: Figure, by: str, at: datetime, *, corrects: str | None = None) -> CampaignFigure:
    assert figure.last is not None  # noqa: S101 -- checked before; this tells the type checker
    action = ever(figure.action) if figure.action else None
    made = CampaignFigure(
        id=id_,
        week=week_of(figure.last),
        theme=action.theme if action else None,
        at=at,
        by=by,
        corrects=corrects,
        **_stored(figure),
    )
    for field, value in first_messages([_told_of(made)], at).items():
        setattr(made, field, value)
    return made


def _told_of(one: CampaignFigure) -> Entry:
    said: dict[str, Any] = {**facts(one), "deltas": rules.adds(one.kind, one.number)}
    said |= {"corrects": one.corrects} if one.corrects else {}
    if one.kind == rules.REACH:
        return message("reach.recorded.v1", one.id, {**said, "source": one.source, "confidence": one.confidence}, now=one.at)
    return message("tally.recorded.v1", one.id, {**said, "what": one.kind}, now=one.at)


def facts(one: CampaignFigure) -> dict[str, Any]:
    """What every message about a figure says. What was typed in words stays here."""
    given = {"area": one.area, "theme": one.theme}
    return {"id": one.id, "week": one.week, "channel": one.channel, **{name: value for name, value in given.items() if value}}


def _insert(new: CampaignFigure) -> CampaignFigure:
    try:
        new.save(force_insert=True)
    except NotUniqueError:  # the form came twice
        found = existing(new.id)
        if as_typed(found) != as_typed(new):
            raise KeyReused from None
        return found
    return new


def _void(found: CampaignFigure, told: dict[str, Any], more: Mapping[str, Any], now: datetime) -> CampaignFigure:
    if found.void:
        raise VoidAlready(found.void)
    body = {**facts(found), "deltas": rules.takes_away(found.kind, found.number), "reason": told["reason"]}
    entry = message("entry.voided.v1", found.id, body, now=now)
    changes = {"void": {name: value for name, value in told.items() if value}, **more}
    done = change_if(figures(), found.id, {"void": {"$exists": False}}, changes, [entry], now)
    again = existing(found.id)
    if not done:  # somebody was quicker
        raise VoidAlready(again.void)
    return again


def _check(figure: Figure, by: Session, now: datetime) -> None:
    if wrong := rules.flaws(figure, known(figure.kind), in_london(now).date()):
        raise Flawed(wrong)
    _allow(figure, by)


def _allow(figure: Figure, by: Session) -> None:
    if not rules.may_type(by.boroughs, figure):
        raise NotAllowed(
            "You look after some boroughs: you can add and strike out tallies there. Ask somebody who looks after all of London."
        )
