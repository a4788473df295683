"""Pure decisions about contacts, mails and staff: states, quiet hours, shelf lives, when to try again, whether a mail may go.

`evenings` has those of the mail of the evening before.

Imports the standard library, shared's clock arithmetic and the roles' names only: no store, no framework, no reading of the time.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from shared.runtime.clock import LONDON, in_london
from shared.runtime.quiet_hours import is_quiet, quiet_ends
from shared.security.sessions import CAMPAIGN, OPERATOR

PLEDGE, ORGANISER, PLACE = KINDS = ("pledge", "organiser", "place")  # what an address was given for
OFFERED, CONFIRMED, EXPIRED, SUPPRESSED, FORGOTTEN = "offered", "confirmed", "expired", "suppressed", "forgotten"
SERVING = "serving"  # a place's address, until a week after its slot: nobody has to confirm it
PLANNED, CLAIMED, SENT, UNKNOWN, FAILED, HELD_BACK, OUTLIVED = "planned", "claimed", "sent", "unknown", "failed", "suppressed", "expired"
WITHDRAWN, ANSWERED, POSTPONED = "withdrawn", "answered", "postponed"  # what notify may have heard of a pledge
PLACED, QUEUED, LEFT, REFUSED, REPEAT = "placed", "queued", "left", "refused", "repeat"  # of a sign-up
LIVE, TAKEN_DOWN, ENDED = "live", "taken-down", "ended"  # and of what a group posts

FIRST_MAILS_A_DAY = 3
A_DAY = timedelta(days=1)
NOT_ME, STOPPED = "not-me", "stopped"
NOT_NOW, NOT_NOW_TOO_LONG = "not-now", "not-now-too-long"  # a rest; one that would last longer than the address is kept
RESTS = timedelta(days=14)
DAILY_CAP, SHELF_LIFE, TOO_LATE = "daily-cap", "shelf-life", "too-late"
TO_A_PERSON, AT_WORK = "person", "work"  # in whose day a mail counts
A_DAYS_SHARE = {TO_A_PERSON: 2, AT_WORK: 5}
CLAIM_LASTS = timedelta(seconds=60)
WAIT_FOR_CONTACT = timedelta(minutes=1)

NUDGE_HOUR = time(9)

_BACK_OFF = (30, 60, 120, 300, 900, 1800, 3600)  # seconds after the first, second … failure


def nudge_due(nudge_at: datetime, confirmed_at: datetime) -> datetime:
    """When the nudge goes: as asked, or, where the yes came after that, at the next nine in the morning in London."""
    if confirmed_at <= nudge_at:
        return nudge_at
    local = in_london(confirmed_at)
    day = local.date() if local.time() < NUDGE_HOUR else local.date() + timedelta(days=1)
    return datetime.combine(day, NUDGE_HOUR, LONDON)


def try_again_after(attempts: int, jitter: float) -> timedelta:
    """How long after the given number of attempts; `jitter` in 0..1 spreads many mails after an outage."""
    seconds = _BACK_OFF[min(max(attempts, 1), len(_BACK_OFF)) - 1]
    return timedelta(seconds=seconds * (0.8 + 0.4 * jitter))


# May this mail go, now?


class Verdict(Enum):
    SEND = "send"
    WAIT = "wait"
    NEVER = "never"


@dataclass(frozen=True)
class Decision:
    """`until`: for WAIT. `reason`: kept in the ledger; for WAIT, what it is lost to where it outlives its use."""

    verdict: Verdict
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Rest:
    """Somebody said "not now". It binds what they asked for before."""

    since: datetime
    until: datetime

    def holds(self, now: datetime, asked_at: datetime) -> bool:
        return asked_at <= self.since <= now < self.until


@dataclass(frozen=True)
class Situation:
    """What is known at the moment of sending.

    `contact`: the contact's state, None while its offer has not arrived. `pledge`: what notify heard of the pledge, "" for
    nothing. `asked_at`: when they last asked for a nudge. `moved`: another nudge, later than this one, is to be planned. `stopped_at`,
    `not_me_until`, `rest`: this address's suppressions. `kept_until`: when the address goes by itself. `first_mails_today`: those that
    went to it in 24 hours. `went`: when, of the same time, those went that share a nudge's day.
    """

    contact: str | None
    confirmed_at: datetime | None = None
    pledge: str = ""
    asked_at: datetime | None = None
    moved: bool = False
    stopped_at: datetime | None = None
    not_me_until: datetime | None = None
    rest: Rest | None = None
    kept_until: datetime | None = None
    first_mails_today: int = 0
    went: tuple[datetime, ...] = ()
    ignore_quiet: bool = False


SEND = Decision(Verdict.SEND)


def share_of_today(went: Collection[datetime], most: int, reason: str = DAILY_CAP) -> Decision:
    """Whether one more mail is kind. `went`: when those went that share its day, of the last 24 hours.

    `most` in any 24 hours: the next waits until the oldest that is in its way is a day old.
    """
    return SEND if len(went) < most else Decision(Verdict.WAIT, reason, sorted(went)[-most] + A_DAY)


def rest_ends(now: datetime) -> datetime:
    """Nine in the morning in London, two weeks from today."""
    return datetime.combine(in_london(now).date() + RESTS, NUDGE_HOUR, LONDON)


def may_confirm_mail_go(now: datetime, at: Situation) -> Decision:
    """The first mail to an address: at any hour, to nobody who said "this wasn't me", three a day at most."""
    if at.contact is None:
        return Decision(Verdict.WAIT, until=now + WAIT_FOR_CONTACT)
    if at.contact != OFFERED:
        return Decision(Verdict.NEVER, f"contact-{at.contact}")
    if at.pledge == WITHDRAWN:
        return Decision(Verdict.NEVER, WITHDRAWN)
    if at.not_me_until and now < at.not_me_until:
        return Decision(Verdict.NEVER, NOT_ME)
    if at.first_mails_today >= FIRST_MAILS_A_DAY:
        return Decision(Verdict.NEVER, "daily-limit")
    return SEND


def may_nudge_go(now: datetime, at: Situation) -> Decision:
    """A nudge: to a confirmed address whose yes is newer than any stop, for a pledge still open, by day, and not one too many.

    In a rest it is held back with a reason of its own, by which it is moved to the rest's end.
    """
    if at.contact is None:
        return Decision(Verdict.WAIT, until=now + WAIT_FOR_CONTACT)
    if at.contact != CONFIRMED or at.confirmed_at is None:
        return Decision(Verdict.NEVER, f"contact-{at.contact}")
    if at.pledge in (WITHDRAWN, ANSWERED):
        return Decision(Verdict.NEVER, at.pledge)
    if at.moved:
        return Decision(Verdict.NEVER, POSTPONED)
    if at.not_me_until and now < at.not_me_until:
        return Decision(Verdict.NEVER, NOT_ME)
    if at.stopped_at and at.stopped_at >= at.confirmed_at:
        return Decision(Verdict.NEVER, STOPPED)
    if at.rest and at.rest.holds(now, at.asked_at or at.confirmed_at):
        too_long = at.kept_until is not None and at.kept_until <= at.rest.until
        return Decision(Verdict.NEVER, NOT_NOW_TOO_LONG if too_long else NOT_NOW)
    if at.ignore_quiet:
        return SEND
    if is_quiet(now):
        return Decision(Verdict.WAIT, until=quiet_ends(now))
    return share_of_today(at.went, A_DAYS_SHARE[TO_A_PERSON])


@dataclass(frozen=True)
class OfAGroup:
    """What is known of what a mail to an organiser is about. `post`: its state as heard; `paused`: its group is.

    `needs`: the post's state without which there is nothing to say; `tells_of_pause`: that is what it says. `went`: when those went that
    share its day; empty for one that is not held to that.
    """

    contact: str | None
    post: str | None = None
    paused: bool = False
    needs: str | None = None
    tells_of_pause: bool = False
    went: tuple[datetime, ...] = ()


def may_organiser_mail_go(now: datetime, at: OfAGroup) -> Decision:
    """To an organiser, or to somebody with a place who wrote to us, at any hour: unless what it says is so no more.

    A group that is paused, or a post that was taken down, hears of that alone.
    """
    if at.contact is None:
        return Decision(Verdict.WAIT, until=now + WAIT_FOR_CONTACT)
    if at.contact not in (CONFIRMED, SERVING):
        return Decision(Verdict.NEVER, f"contact-{at.contact}")
    if at.needs and at.post != at.needs:
        return Decision(Verdict.NEVER, f"post-{at.post}" if at.post else "post-unknown")
    if at.post == TAKEN_DOWN and at.needs != TAKEN_DOWN:
        return Decision(Verdict.NEVER, TAKEN_DOWN)
    if at.paused != at.tells_of_pause and at.needs != TAKEN_DOWN:
        return Decision(Verdict.NEVER, "group-paused" if at.paused else "group-shown-again")
    return share_of_today(at.went, A_DAYS_SHARE[AT_WORK])


# Places


@dataclass(frozen=True)
class Needs:
    """What must be so for a mail about a place to be true. `events`, `standings`: one of them.

    `to_the_end`: of use until the slot is over, else until it begins. `limited`: a stranger can cause it by typing an address.
    """

    events: Collection[str]
    standings: Collection[str]
    to_the_end: bool = False
    limited: bool = False


@dataclass(frozen=True)
class OfAPlace:
    """What is known at the moment of sending. `contact`: its state; None while its offer has not come.

    `event`, `starts`, `ends`: as heard, None for nothing. `standing`: of the sign-up, with the reason of one that was refused, as
    "refused-full"; of a repeat, of the sign-up that its person has, "" while that has not come. `proven`: somebody has shown that they
    read this address. `first_mails`: when those went that strangers could cause, in the last day. `news`: there is something that they
    have not been told.
    """

    contact: str | None
    event: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    standing: str = ""
    not_me_until: datetime | None = None
    proven: bool = False
    first_mails: tuple[datetime, ...] = ()
    news: bool = True


def may_place_mail_go(now: datetime, at: OfAPlace, needs: Needs) -> Decision:
    """At any hour: a place, or its end, is not kept from anybody until morning."""
    if at.contact is None:
        return Decision(Verdict.WAIT, until=now + WAIT_FOR_CONTACT)
    if at.contact != SERVING:
        return Decision(Verdict.NEVER, f"contact-{at.contact}")
    if at.not_me_until and now < at.not_me_until:
        return Decision(Verdict.NEVER, NOT_ME)
    if at.event is None or at.starts is None or at.ends is None or not at.standing:
        return Decision(Verdict.WAIT, until=now + WAIT_FOR_CONTACT)
    if at.event not in needs.events:
        return Decision(Verdict.NEVER, f"post-{at.event}")
    if at.standing not in needs.standings:
        return Decision(Verdict.NEVER, at.standing)
    if now >= (at.ends if needs.to_the_end else at.starts):
        return Decision(Verdict.NEVER, TOO_LATE)
    if not at.news:
        return Decision(Verdict.NEVER, "told-already")
    return share_of_today(at.first_mails, FIRST_MAILS_A_DAY, reason="") if needs.limited and not at.proven else SEND


# Staff

INVITED, ACTIVE, REMOVED = "invited", "active", "removed"
KNOWN = (INVITED, ACTIVE)  # who may sign in: the first time is the yes to the invitation
INVITERS = (OPERATOR, CAMPAIGN)
SIGN_IN_LASTS, INVITATION_LASTS = timedelta(hours=1), timedelta(days=7)
SIGN_INS_A_DAY = 10
DATA_LINKS_A_DAY = 5
LONGEST_NAME = 40
LONGEST_GROUP_NAME = 80
_LIKE_A_DOMAIN = re.compile(r"\w\.\w{2}")
GROUPS = "/groups"  # below it are the pages of who posts


def may_grant(actor: Collection[str], actor_boroughs: Collection[str], roles: Collection[str], boroughs: Collection[str]) -> bool:
    """Whether somebody may give these roles: nobody gives what they have not got themselves, but for an operator.

    No boroughs are all of them, so whoever has some may give no more than those.
    """
    if OPERATOR in actor:
        return True
    within = not actor_boroughs or (bool(boroughs) and set(boroughs) <= set(actor_boroughs))
    return CAMPAIGN in actor and set(roles) <= set(actor) and within


def is_first_name(text: str) -> bool:
    """A name that may stand in a mail: short, and no link in it."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and not set(text) & set("/@<>:") and "www." not in text.lower()


def is_plain_name(text: str) -> bool:
    """A group's name that nobody has read yet, and that may stand in a mail: nothing in it that a mail program makes a link of."""
    return 0 < len(text) <= LONGEST_GROUP_NAME and text.isprintable() and not set(text) & set("/@<>") and not _LIKE_A_DOMAIN.search(text)


def leads_to_groups(then: str) -> bool:
    """Whether the page that comes after signing in is one for organisers: then an address that nobody knows may sign in too."""
    return then == GROUPS or then.startswith((f"{GROUPS}/", f"{GROUPS}?"))


def may_sign_in_mail_go(state: str | None, asked_today: int) -> Decision:
    """To staff whom we know, at any hour. `asked_today`: how often this address was asked for, this time included."""
    if state not in KNOWN:
        return Decision(Verdict.NEVER, "not-known")
    return Decision(Verdict.NEVER, "daily-limit") if asked_today > SIGN_INS_A_DAY else SEND


def may_organiser_sign_in_mail_go(now: datetime, *, known: bool, asked_today: int, not_me_until: datetime | None) -> Decision:
    """To an organiser whom we know as to staff. To an address that nobody knows as any first mail: three a day, and no not-me."""
    if not known and not_me_until and now < not_me_until:
        return Decision(Verdict.NEVER, NOT_ME)
    return Decision(Verdict.NEVER, "daily-limit") if asked_today > (SIGN_INS_A_DAY if known else FIRST_MAILS_A_DAY) else SEND


def may_data_mail_go(now: datetime, *, known: bool, asked_today: int, not_me_until: datetime | None) -> Decision:
    """The link to what we hold, at any hour: to nobody of whom we hold nothing, and few a day, for a stranger can ask for it."""
    if not known:
        return Decision(Verdict.NEVER, "not-known")
    if not_me_until and now < not_me_until:
        return Decision(Verdict.NEVER, NOT_ME)
    return Decision(Verdict.NEVER, "daily-limit") if asked_today > DATA_LINKS_A_DAY else SEND


def may_invitation_go(now: datetime, state: str | None, not_me_until: datetime | None) -> Decision:
    """To whom was invited and has not come yet, unless its owner told us to leave this address alone."""
    if state != INVITED:
        return Decision(Verdict.NEVER, f"staff-{state}" if state else "not-known")
    return Decision(Verdict.NEVER, NOT_ME) if not_me_until and now < not_me_until else SEND


CHECKED_AT = time(9)  # in London: when moderators hear what waits


def looks_after(boroughs: Collection[str], areas: Collection[str], known: Collection[str]) -> bool:
    """Whether somebody with these boroughs (none: all) looks after what is in `areas`; what is in no borough is everybody's."""
    local = set(areas) & set(known)
    return not boroughs or not local or bool(local & set(boroughs))


def may_held_mail_go(may_look: Decision, news: int, went: Collection[datetime]) -> Decision:
    """`news`: texts that were set apart since the last mail about any. One mail tells of them all, so a day has few."""
    if may_look.verdict is not Verdict.SEND:
        return may_look
    return share_of_today(went, A_DAYS_SHARE[AT_WORK]) if news else Decision(Verdict.NEVER, "told-already")


def may_staff_mail_go(state: str | None, roles: Collection[str], role: str, waits: bool) -> Decision:
    """To who has come and still has the role, while there is something to look at."""
    if state != ACTIVE:
        return Decision(Verdict.NEVER, f"staff-{state}" if state else "not-known")
    if role not in roles:
        return Decision(Verdict.NEVER, "other-roles")
    return SEND if waits else Decision(Verdict.NEVER, "nothing-waits")


def last_check(now: datetime) -> datetime:
    """The last nine in the morning in London."""
    local = in_london(now)
    day = local.date() if local.time() >= CHECKED_AT else local.date() - timedelta(days=1)
    return datetime.combine(day, CHECKED_AT, LONDON)


def check_before(now: datetime) -> datetime:
    """The one before it: what changed since then is new in the mail of the day."""
    local = in_london(last_check(now))
    return datetime.combine(local.date() - timedelta(days=1), CHECKED_AT, LONDON)
