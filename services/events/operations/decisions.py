"""The log of what staff decide: written before a decision takes effect, and only ever added to."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from services.events.store import Decision, Post
from shared.privacy import retention
from shared.security.sessions import Session

UNDO, OVERTAKEN = "undo", "came-to-nothing"  # each names, in `of`, the decision that does not count
GROUP, REPORT, HELD = "group", "report", "held"  # what is decided on, beside the kinds of posts


def log(
    by: Session,
    what: str,
    about: tuple[str, str],
    now: datetime,
    *,
    of: str | None = None,
    reasons: Sequence[str] = (),
    checklist: Sequence[str] = (),
    note: str = "",
    content: Mapping[str, Any] | None = None,
    id_: str = "",
) -> str:
    """Write one down; the same id twice is once. `about`: kind and id. The id of the row."""
    kind, about_id = about
    row = Decision(
        id=id_ or str(uuid.uuid4()),
        at=now,
        by=by.id,
        by_name=by.first_name,
        name_until=now + retention.DECISION_NAME.lasts,
        what=what,
        about_kind=kind,
        about_id=about_id,
        of=of,
        reasons=list(reasons) or None,
        checklist=list(checklist) or None,
        note=note or None,
        content=dict(content) if content else None,
    )
    with suppress(NotUniqueError):  # the same step once more
        row.save(force_insert=True)
    return str(row.id)


def log_overtaken(decision: Mapping[str, Any], about: tuple[str, str], now: datetime) -> None:
    """A choice that could not be carried out any more, because what it was made on has changed."""
    kind, about_id = about
    row = Decision(
        id=str(uuid.uuid5(uuid.UUID(decision["id"]), OVERTAKEN)),
        at=now,
        by=decision["by"],
        what=OVERTAKEN,
        about_kind=kind,
        about_id=about_id,
        of=decision["id"],
    )
    with suppress(NotUniqueError):
        row.save(force_insert=True)


def as_read(post: Post) -> dict[str, Any]:
    """The fact that no choice has been made or undone since this post was read: else one would be dropped that nobody knows of."""
    return {"decision.id": post.decision["id"]} if post.decision else {"decision": {"$exists": False}}


def log_dropped(post: Post, now: datetime) -> None:
    """What somebody has just done to a post took the choice with it that lay in it as it was read."""
    if post.decision:
        log_overtaken(post.decision, (post.kind, post.id), now)


def standing(rows: Sequence[Decision]) -> list[Decision]:
    """Those that were neither undone nor overtaken."""
    in_vain = {row.of for row in rows if row.what == OVERTAKEN}  # also of an undoing that came too late
    void = {row.of for row in rows if row.of and row.id not in in_vain}
    return [row for row in rows if row.id not in void and not row.of]
