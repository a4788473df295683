"""Telling staff that something waits for them: hard words at once, some times a day, the rest once a day at nine. Never what it says.

Everything is counted again when the mail goes, so that who has read it all meanwhile is not mailed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notify import mails, rules
from services.notify.operations import ledger
from services.notify.settings import Settings
from services.notify.store import HeldText, Member, rows_of
from services.notify.store.posts import GROUPS, POSTS, Copy, changed_between, waiting
from services.notify.store.staff import held_text, held_texts_since, members
from shared.messaging.archive import insert_ignoring_duplicates
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.reference.areas import areas
from shared.runtime.clock import in_london
from shared.security.sessions import MODERATOR, SAFEGUARDING


@dataclass(frozen=True)
class ToCheck:
    """What waits in somebody's boroughs. `changed`: what changed after it was published, since the mail of the day before."""

    posts: int
    groups: int
    changed: int
    oldest: datetime | None

    def __bool__(self) -> bool:
        return bool(self.posts or self.groups or self.changed)


def held(work: Work[Settings], envelope: Envelope) -> None:
    """Hard words wait: everybody of the safeguarding role who looks after the borough hears of it at once, or by the mail about others."""
    insert_ignoring_duplicates(rows_of(HeldText), [{"_id": envelope.id, "areas": list(envelope.data["areas"]), "heard_at": work.clock()}])
    for who in _those_who_look_after(SAFEGUARDING, list(envelope.data["areas"])):
        ledger.plan(work, who.id, mails.HELD, envelope.id, due_at=envelope.time, correlation=envelope.correlation_id)


def set_apart_since(who: Member, message_id: str) -> list[HeldText]:
    """What was set apart in somebody's boroughs and no mail has told them of, the first first; nothing where this message was told."""
    own = held_text(message_id)
    if own is None or (who.held_told_at and own.heard_at <= who.held_told_at):
        return []
    known = {one.slug for one in areas()}
    told = who.held_told_at
    found = held_texts_since(told or own.heard_at)
    return [one for one in found if (told is None or one.heard_at > told) and rules.looks_after(who.boroughs, one.areas, known)]


def told_of_held(who: Member, texts: Sequence[HeldText]) -> None:
    """A mail went that tells of these."""
    rows_of(Member).update_one({"_id": who.id}, {"$max": {"held_told_at": texts[-1].heard_at}})


def plan_daily(work: Work[Settings], now: datetime) -> int:
    """The moderators' mail of the day, for each for whom something waited at nine. How many were planned."""
    due = rules.last_check(now)
    if in_london(now).date() != due.date():  # it is not nine yet, and yesterday's is yesterday's
        return 0
    everything = _everything(work, due)
    if not any(everything):
        return 0
    cause = f"{mails.TO_CHECK}:{due:%Y-%m-%d}"
    return sum(
        ledger.plan(work, who.id, mails.TO_CHECK, f"{cause}:{who.id}", due_at=due)
        for who in _those_who_look_after(MODERATOR)
        if _for(who, everything)
    )


def waits_for(work: Work[Settings], who: Member, now: datetime) -> ToCheck:
    """As things are now."""
    return _for(who, _everything(work, now))


def _everything(work: Work[Settings], until: datetime) -> tuple[list[Copy], list[Copy], list[Copy]]:
    before = rules.check_before(until)
    return waiting(work.db, POSTS, until), waiting(work.db, GROUPS, until), changed_between(work.db, before, until)


def _for(who: Member, everything: tuple[list[Copy], list[Copy], list[Copy]]) -> ToCheck:
    known = {one.slug for one in areas()}
    posts, groups, changed = ([row for row in rows if rules.looks_after(who.boroughs, row.get("areas", ()), known)] for rows in everything)
    since = [row["waiting_since"] for row in (*posts, *groups)]
    return ToCheck(len(posts), len(groups), len(changed), min(since, default=None))


def _those_who_look_after(role: str, where: list[str] | None = None) -> list[Member]:
    """Who has come and has the role; of those, who looks after one of these areas."""
    known = {one.slug for one in areas()}
    there = [who for who in members((rules.ACTIVE,)) if role in who.roles]
    return there if where is None else [who for who in there if rules.looks_after(who.boroughs, where, known)]
