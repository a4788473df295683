"""A batch of pledges struck out as abuse: chosen by facts that we have (week, channel, area), or by their references; with a reason.

The decision is stored at once. The clock carries it out a hundred pledges at a time, each by one update that holds what it tells, so
whoever dies in between leaves a batch that is gone through again: what is struck out already stays as it is.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from mongoengine.errors import NotUniqueError

from services.pledge import rules
from services.pledge.operations.pledges import NUDGE_FIELDS, Move, facts, move
from services.pledge.rules.campaign import LONGEST_NOTE, acts_for_london
from services.pledge.settings import Settings
from services.pledge.store import Pledge, by_id, ids_of_references, pledges_like, struck_by
from services.pledge.store.campaign import StruckBatch, batch_by_id, batches, open_batches
from shared.messaging.outbox import message
from shared.messaging.work import Work
from shared.reference.areas import area_codes
from shared.reference.channels import channels
from shared.reference.choices import codes
from shared.runtime.clock import week_of, week_starts
from shared.runtime.errors import Conflict, Forbidden, InvalidInput, KeyReused, NotFound
from shared.security.references import read_reference
from shared.security.sessions import Session

REASONS = "strike-reasons"
STRIKABLE = (*rules.LIVE, rules.WITHDRAWN)
A_STEP = 100
MOST_REFERENCES = 200
MOST_COUNTED = 20_000  # a page counts no further


@dataclass(frozen=True)
class Chosen:
    """`facts`: {week, channel, area}; or `ids` of pledges, where their references were given."""

    facts: Mapping[str, str]
    ids: Sequence[str] = ()


def choose(week: str, channel: str, area: str, references: str) -> Chosen:
    """What was typed, as pledges can be found by it. Raises InvalidInput."""
    given = references.replace(",", " ").split()
    if given and (week or channel or area):
        raise InvalidInput({"references": ["Give references, or a week, a channel and an area: not both"]})
    if given:
        return Chosen({}, _ids(given))
    wrong: dict[str, list[str]] = {}
    if not _is_week(week):
        wrong["week"] = ["Choose a week"]
    if channel not in [one.slug for one in channels()]:
        wrong["channel"] = ["Choose a channel"]
    if area not in area_codes():
        wrong["area"] = ["Choose a borough, or one of the two below them"]
    if wrong:
        raise InvalidInput(wrong)
    return Chosen({"week": week, "channel": channel, "area": area})


def _is_week(text: str) -> bool:
    try:
        return week_of(week_starts(text)) == text
    except ValueError:
        return False


def _ids(given: Sequence[str]) -> list[str]:
    if len(given) > MOST_REFERENCES:
        raise InvalidInput({"references": [f"Give {MOST_REFERENCES} references or fewer at once"]})
    read = {text: read_reference(text) for text in given}
    if mistyped := [text[:20] for text, found in read.items() if found is None]:
        raise InvalidInput({"references": [f"These have a sign wrong: {', '.join(mistyped[:5])}"]})
    wanted = sorted({found for found in read.values() if found})
    found = ids_of_references(wanted)
    if missing := [one for one in wanted if one not in found]:
        raise InvalidInput({"references": [f"We have no pledge with {', '.join(missing[:5])}"]})
    return sorted(found.values())


def how_many(chosen: Chosen, now: datetime) -> int:
    """How many would be struck out; at most MOST_COUNTED are counted."""
    if chosen.ids:
        return sum(1 for id_ in chosen.ids if (found := by_id(id_)) and found.state != rules.VOIDED)
    return sum(1 for _ in islice(_fitting(chosen.facts, now), MOST_COUNTED))


def strike_out(chosen: Chosen, reason: str, note: str, *, key: str, by: Session, now: datetime) -> StruckBatch:
    """Decide it; the clock carries it out. The same key again is the same decision. Raises InvalidInput, Forbidden, Conflict, KeyReused."""
    if not acts_for_london(by.boroughs):
        raise Forbidden("Striking out changes London’s numbers. Ask somebody of the campaign team who looks after all of London.")
    wrong: dict[str, list[str]] = {}
    if reason not in codes(REASONS):
        wrong["reason"] = ["Choose why"]
    if len(note) > LONGEST_NOTE:
        wrong["note"] = [f"Use {LONGEST_NOTE} characters or fewer"]
    if wrong:
        raise InvalidInput(wrong)
    id_ = str(uuid.uuid5(uuid.NAMESPACE_OID, f"batch/{key}"))
    if found := batch_by_id(id_):
        return _same(found, chosen, reason)
    if not how_many(chosen, now):
        raise Conflict("No pledge that counts fits this. Perhaps somebody has struck them out already.")
    new = StruckBatch(
        id=id_,
        facts=dict(chosen.facts) or None,
        pledges=list(chosen.ids) or None,
        reason=reason,
        note=note or None,
        at=now,
        by=by.id,
        open_since=now,
    )
    try:
        new.save(force_insert=True)
    except NotUniqueError:
        return _same(existing(id_), chosen, reason)
    return new


def _same(found: StruckBatch, chosen: Chosen, reason: str) -> StruckBatch:
    if (found.facts or {}, list(found.pledges or ()), found.reason) != (dict(chosen.facts), list(chosen.ids), reason):
        raise KeyReused
    return found


def existing(id_: str) -> StruckBatch:
    found = batch_by_id(id_)
    if found is None:
        raise NotFound("There is no such batch.")
    return found


# Carrying it out


def carry_out(work: Work[Settings], now: datetime) -> int:
    """The next hundred pledges of the oldest open batch; when none is left it is closed, with its count."""
    for batch in open_batches(1):
        ids = _next(batch)
        for id_ in ids:
            _strike(work, id_, batch.id, now)
        if not ids:
            batches().update_one({"_id": batch.id}, {"$set": {"struck": struck_by(batch.id)}, "$unset": {"open_since": 1}})
        return 1
    return 0


def _strike(work: Work[Settings], id_: str, batch: str, now: datetime) -> None:
    move(work, lambda: by_id(id_), lambda pledge: _voiding(pledge, batch, now), now)


def _next(batch: StruckBatch) -> list[str]:
    if batch.pledges:
        found = (by_id(id_) for id_ in batch.pledges)
        return [str(one.id) for one in found if one and one.state != rules.VOIDED][:A_STEP]
    return list(islice(_fitting(batch.facts, batch.at), A_STEP))


def _fitting(like: Mapping[str, str], decided: datetime) -> Iterator[str]:
    """Ids of those that fit and were there when it was decided: one whose exact time is forgotten is more than a day old."""
    for row in pledges_like(like, STRIKABLE):
        if row.get("made_at") is None or row["made_at"] <= decided:
            yield row["_id"]


def _voiding(pledge: Pledge, batch: str, now: datetime) -> Move | None:
    """Its mails stop as if it had been taken back; the deltas are in what tells of the striking out."""
    if pledge.state == rules.VOIDED:
        return None
    entries = [message("pledge.voided.v1", pledge.id, facts(pledge, rules.voided(pledge.state, pledge.answer)), now=now)]
    if pledge.ref and pledge.state in rules.LIVE:
        entries.insert(0, message("pledge.withdrawn.v1", pledge.id, facts(pledge, {}) | {"ref": pledge.ref}, now=now))
    changes = {"state": rules.VOIDED, "struck_by": batch}
    return Move({"state": pledge.state, "answer": pledge.answer}, changes, (*NUDGE_FIELDS, "offer"), entries)
