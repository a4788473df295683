"""Pure decisions about the mail of the evening before: its hour, and whether it may go when it would."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.notify.rules import (
    A_DAYS_SHARE,
    DAILY_CAP,
    LIVE,
    NOT_NOW,
    PLACED,
    STOPPED,
    TO_A_PERSON,
    TOO_LATE,
    Decision,
    Needs,
    OfAPlace,
    Rest,
    Verdict,
    may_place_mail_go,
    share_of_today,
)
from shared.runtime.clock import LONDON, in_london
from shared.runtime.quiet_hours import is_quiet, quiet_ends

EVENING = time(17)  # in London, the day before: early enough to tell somebody else, and by day
NEEDS = Needs((LIVE,), (PLACED,))
MOVED, NOT_ASKED, GROUP_PAUSED = "moved", "not-asked", "group-paused"


def evening_before(starts: datetime) -> datetime:
    """Five in the afternoon of the day before, on a London clock."""
    return datetime.combine(in_london(starts).date() - timedelta(days=1), EVENING, LONDON)


def still_to_come(starts: datetime, now: datetime) -> datetime | None:
    """Its moment; None where that has come already: who says yes then has just read when and where."""
    evening = evening_before(starts)
    return evening if now < evening else None


@dataclass(frozen=True)
class OfAnEvening:
    """What is known at the moment of sending. `place`: of the place itself. `planned_for`: the day of the evening for which it was planned.

    `asked_at`: when the owner of the address said yes. `stopped_at`, `rest`: of the address. `paused`: the event's group is. `went`: when
    those went that share its day. `capped`: it waits since for the day's share.
    """

    place: OfAPlace
    planned_for: date
    asked_at: datetime | None = None
    stopped_at: datetime | None = None
    rest: Rest | None = None
    paused: bool = False
    went: tuple[datetime, ...] = ()
    capped: bool = False


def may_evening_mail_go(now: datetime, at: OfAnEvening) -> Decision:
    """To who said yes to it and still has the place, for that evening's event, by day, and not one too many.

    In a rest there is no other day that it could move to, so it stays away.
    """
    place = may_place_mail_go(now, at.place, NEEDS)
    if place.verdict is not Verdict.SEND:
        return Decision(Verdict.NEVER, DAILY_CAP) if place.reason == TOO_LATE and at.capped else place
    if at.place.starts is None or evening_before(at.place.starts).date() != at.planned_for:
        return Decision(Verdict.NEVER, MOVED)
    if at.paused:
        return Decision(Verdict.NEVER, GROUP_PAUSED)
    if at.asked_at is None:
        return Decision(Verdict.NEVER, NOT_ASKED)
    if at.stopped_at and at.stopped_at >= at.asked_at:
        return Decision(Verdict.NEVER, STOPPED)
    if at.rest and at.rest.holds(now, at.asked_at):
        return Decision(Verdict.NEVER, NOT_NOW)
    if is_quiet(now):
        return Decision(Verdict.WAIT, until=quiet_ends(now))
    return share_of_today(at.went, A_DAYS_SHARE[TO_A_PERSON])
