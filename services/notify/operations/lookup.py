"""Why a mail was sent or not, for an operator who was asked: one contact, and every row of the ledger that is about it.

No box is opened: neither an address nor a token is read, let alone shown. Reads only.
"""

from collections.abc import Iterator
from datetime import datetime

from services.notify import mails, rules
from services.notify.operations import campaign_pause, pausing
from services.notify.operations.contacts import NOT_ME, rest_of
from services.notify.operations.places import standing
from services.notify.operations.sending import decide
from services.notify.rules import Verdict
from services.notify.settings import Settings
from services.notify.store import Contact, Notification, contact, notifications_of, promise, suppression, switched_off
from shared.messaging.work import Work
from shared.runtime.clock import in_london


def story(work: Work[Settings], ref: str, now: datetime) -> list[str] | None:
    """Lines to read; None when nothing here is about this ref."""
    found, rows, heard = contact(ref), notifications_of(ref), promise(work.db, ref).get("state")
    if found is None and not rows and not heard:
        return None
    placed = standing(work, found) if found and found.event else ""
    lines = [
        f"contact {ref}",
        *(_itself(found, now) if found else ["  state:    not here; its offer has not come, or all of it is long gone"]),
    ]
    lines += [f"  pledge:   {heard}, as far as notify has heard"] if heard else []
    lines += [f"  sign-up:  {placed}, as far as notify has heard"] if placed else []
    lines += [line for row in rows for line in _mail(work, row, found, now)] or ["  no mail was ever planned"]
    if off := switched_off(pausing.MAIL):
        lines.append(f"mail is paused since {_at(off.since)}: {off.reason or 'no reason given'}")
    return lines


def _itself(found: Contact, now: datetime) -> Iterator[str]:
    why = f" ({found.reason})" if found.reason else ""
    since = {rules.OFFERED: found.offered_at, rules.SERVING: found.offered_at, rules.CONFIRMED: found.confirmed_at}.get(
        found.state, found.ended_at
    )
    if found.kind == rules.PLACE:
        yield "  kind:     a place's" + (f", at event {found.event}; its sign-up {found.sign_up}" if found.event else "")
    if found.unreachable:
        yield "  mail:     a server refused it for good; who runs the event knows"
    if found.kind == rules.ORGANISER:
        yield "  kind:     an organiser's, " + ("invited by a group" if found.offer_id else "made when they first signed in")
    yield f"  state:    {found.state}{why}" + (f", since {_at(since)}" if since else "")
    if found.expires_at:
        yield f"  expires:  {_at(found.expires_at)}, unless it is confirmed"
    if found.nudge_due:
        yield f"  nudge:    to be planned {_at(found.nudge_due)}"
    if found.evening_due:
        yield f"  evening:  its mail to be planned {_at(found.evening_due)}"
    yield f"  address:  {'held, sealed' if found.sealed else 'forgotten'}{_refusals(found, now)}"


def _refusals(found: Contact, now: datetime) -> str:
    if not found.address_hash:
        return ""
    stopped = {purpose: suppression(purpose, found.address_hash) for purpose in mails.PURPOSES}
    not_me, rest = suppression(NOT_ME, found.address_hash), rest_of(found.address_hash, now)
    words = [f"said stop to {purpose} {_at(mark.at)}" for purpose, mark in stopped.items() if mark]
    words += [f"said “not now”, rests until {_at(rest.until)}"] if rest else []
    words += [f"said “this wasn't me”, holds until {_at(not_me.until)}"] if not_me and now < not_me.until else []
    return "".join(f"; {part}" for part in words)


def _mail(work: Work[Settings], row: Notification, found: Contact | None, now: datetime) -> Iterator[str]:
    because = f": {row.reason}" if row.reason else ""
    when = f" {_at(row.sent_at)}" if row.sent_at else ""
    yield f"  {row.template}: {row.state}{when}{because}"
    yield f"    planned {_at(row.planned_at)} for {_at(row.due_at)}, because of {row.cause}"
    if about := row.about:
        yield f"    about {about['kind']} {about['id']}" + (f": {', '.join(about['reasons'])}" if about.get("reasons") else "")
    yield f"    attempts {row.attempts}, {row.message_id}"
    if row.state not in (rules.PLANNED, rules.CLAIMED):
        return
    tried = "next attempt" if row.state == rules.PLANNED else "its sender is asking the server now; tried again if that one ends,"
    yield f"    {tried} {_at(row.next_attempt_at)}; no use any more from {_at(row.shelf_ends)}"
    yield f"    as things are now: {_verdict(work, row, found, now)}"


def _verdict(work: Work[Settings], row: Notification, found: Contact | None, now: datetime) -> str:
    if campaign_pause.holding(work, row, now):
        return "it waits for the end of the staff’s pause of the campaign"
    if row.held_since:
        return "the staff’s pause is over: notify’s worker lets it go in its turn"
    if now >= row.shelf_ends:
        return "it expires unsent, for its shelf life is over"
    if row.template not in mails.TEMPLATES:
        return "it waits for a release that knows this kind of mail"
    decision = decide(work, row, now)
    if decision.verdict is Verdict.WAIT and decision.until:
        return f"it waits until {_at(decision.until)} ({_why_it_waits(row, found, decision.reason)})"
    return f"it will not go ({decision.reason})" if decision.verdict is Verdict.NEVER else "it may go"


def _why_it_waits(row: Notification, found: Contact | None, reason: str) -> str:
    if reason == rules.DAILY_CAP:
        return "the day’s share of mails is full"
    if found is None:
        return "its contact has not come yet"
    return (
        "its event has not come yet, or its address has had its share of first mails today"
        if row.template in mails.ABOUT_PLACES
        else "quiet hours"
    )


def _at(moment: datetime) -> str:
    return f"{in_london(moment):%Y-%m-%d %H:%M:%S}"
