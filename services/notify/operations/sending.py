"""One mail: decide with what is known now, write it, claim its row, hand it over, record what became of it.

The order is the promise. The claim comes before the server is asked, the record after its answer: a crash between the two
leaves a claim that grows stale. A `resend` mail then goes again under the same Message-ID; a `once` mail is shown as unknown.
Until the claim nothing has left the house, so whatever goes wrong before it leaves the mail planned.
"""

import random
import time
from contextlib import nullcontext
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from services.notify import mails, rules
from services.notify.delivery import Delivery, Mail, Refused, TryLater, Unclear
from services.notify.mails import writing
from services.notify.operations import contacts, ledger, nudges, pausing
from services.notify.operations.contacts import CONFIRM, NOT_ME, STOP
from services.notify.rules import Decision, Situation, Verdict
from services.notify.settings import Settings
from services.notify.store import (
    Contact,
    Notification,
    Token,
    contact,
    first_mails_since,
    notifications_due,
    promise,
    rows_of,
    suppression,
    switched_off,
)
from shared.messaging.watch import HANDED_OVER
from shared.messaging.work import Work
from shared.reference.actions import ever
from shared.runtime.clock import in_london
from shared.runtime.crash_points import reach
from shared.runtime.errors import Poison
from shared.runtime.logs import correlation, log, where_raised
from shared.security.addresses import read_address
from shared.security.tokens import hash_token, new_token

A_DAY = timedelta(days=1)
AT_MOST = 20
A_STEP = 5.0  # seconds: with a slow server a step still returns while the process counts as alive
MORNING = range(5, 12)


def send_due(work: Work[Settings], delivery: Delivery) -> bool:
    """Send what is due, a limited number at a time. True when anything was, and may be sent.

    The pause is looked for before each mail: at most the one in hand goes out after it.
    """
    due = notifications_due(work.clock(), AT_MOST)
    until = time.monotonic() + A_STEP
    for row in due:
        if switched_off(pausing.MAIL):
            return False
        with correlation(row.correlation) if row.correlation else nullcontext():
            _one(work, delivery, row)
        if time.monotonic() > until:
            break
    return bool(due)


def _one(work: Work[Settings], delivery: Delivery, row: Notification) -> None:
    now, found = work.clock(), contact(row.ref)
    if row.state == rules.CLAIMED and not mails.TEMPLATES[row.template].resend:
        return ledger.end(row, rules.UNKNOWN, "the sender ended between asking and recording")
    if now >= row.shelf_ends:
        return _let_go(row, rules.OUTLIVED, "shelf-life", now)
    decision = decide(work, row, found, now)
    if decision.verdict is Verdict.WAIT and decision.until:
        return ledger.wait(row, min(decision.until, row.shelf_ends))
    if decision.verdict is Verdict.NEVER or found is None:
        return _let_go(row, rules.HELD_BACK, decision.reason, now)
    if (mail := _write(work, row, found, now)) is None:
        return None
    reach("sender.before-claim")
    if ledger.claim(row, now):
        reach("sender.after-claim")
        _hand_over(work, delivery, row, found, mail)
    return None


def decide(work: Work[Settings], row: Notification, found: Contact | None, now: datetime) -> Decision:
    """Whether this mail may go now. Reads only: an operator may ask as well."""
    hashed = found.address_hash if found else None
    stopped = suppression(mails.REMINDERS, hashed) if hashed else None
    refused = suppression(NOT_ME, hashed) if hashed else None
    next_nudge = nudges.cause(found) if found else None
    situation = Situation(
        contact=found.state if found else None,
        confirmed_at=found.confirmed_at if found else None,
        pledge=promise(work.db, row.ref).get("state", ""),
        moved=next_nudge is not None and next_nudge != row.cause,
        stopped_at=stopped.at if stopped else None,
        not_me_until=refused.until if refused else None,
        first_mails_today=first_mails_since(hashed, row.template, now - A_DAY) if hashed and row.template == mails.CONFIRM else 0,
        ignore_quiet=bool(row.ignore_quiet),
    )
    return rules.may_confirm_mail_go(now, situation) if row.template == mails.CONFIRM else rules.may_nudge_go(now, situation)


def _hand_over(work: Work[Settings], delivery: Delivery, row: Notification, found: Contact, mail: Mail) -> None:
    try:
        delivery.send(mail)
    except TryLater as error:
        return _later(work, row, str(error))
    except Refused as error:
        return _give_up(row, rules.FAILED, str(error), work.clock())
    except Unclear as error:
        return _unclear(work, row, str(error))
    except Exception as error:  # nobody foresaw it, so nobody can say whether the mail went
        log().error("mail server answered strangely", error=type(error).__name__, where=where_raised(error))
        return _unclear(work, row, type(error).__name__)
    return _went(work, row, found)


def _went(work: Work[Settings], row: Notification, found: Contact) -> None:
    """The contact first: were it the ledger, a crash between them would leave an address that never expires."""
    reach("sender.after-accepted")
    now, first = work.clock(), row.template == mails.CONFIRM
    if first:
        contacts.first_mail_went(row.ref, now)
        reach("sender.between-records")
    ledger.sent(row, now, found.address_hash if first else None)
    reach("sender.after-record")
    work.watch.mark(HANDED_OVER, [row.cause], template=row.template)


def _unclear(work: Work[Settings], row: Notification, reason: str) -> None:
    """Perhaps it went. One that may go again goes again, with the same Message-ID; the other is left alone."""
    if mails.TEMPLATES[row.template].resend:
        return _later(work, row, reason, unclear=True)
    return ledger.end(row, rules.UNKNOWN, reason)


def _later(work: Work[Settings], row: Notification, reason: str, *, unclear: bool = False) -> None:
    until = work.clock() + rules.try_again_after(row.attempts, random.random())  # noqa: S311 -- jitter
    ledger.wait(row, until, reason, unclear=unclear)


def _let_go(row: Notification, state: str, reason: str, now: datetime) -> None:
    """It is no use any more. One that may have gone is not called held back, and its address is one that may have been mailed."""
    if not ledger.may_have_gone(row):
        return _give_up(row, state, reason, now)
    if row.template == mails.CONFIRM:
        contacts.first_mail_went(row.ref, now)
    return ledger.end(row, rules.UNKNOWN, f"{reason}, and an earlier try may have gone")


def _give_up(row: Notification, state: str, reason: str, now: datetime) -> None:
    """The contact first, for the same reason."""
    if row.template == mails.CONFIRM:
        contacts.first_mail_never_goes(row.ref, reason, now)
    ledger.end(row, state, reason)


# Writing


def _write(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> Mail | None:
    """The mail; or None, and the row waits or is given up. One that cannot be written must not hold up the others."""
    try:
        return _written(work, row, found, now)
    except PyMongoError:  # the store is away: every mail has the same trouble, and the loop backs off
        raise
    except Refused as error:
        _give_up(row, rules.FAILED, str(error), now)
    except Poison as error:  # sealed to another key, or of an action that this release does not know yet: both may be mended
        _later(work, row, error.message)
    except Exception as error:  # a fault of ours: kept until its shelf life ends, and said in the log
        log().error("mail cannot be written", template=row.template, error=type(error).__name__, where=where_raised(error))
        _later(work, row, type(error).__name__)
    return None


def _written(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> Mail:
    box, url = contacts.open_box(work, found.sealed), work.settings.public_url
    address, action = read_address(box.address), ever(box.action)
    if address is None:
        raise Refused("no-address")
    if action is None:
        raise Poison("an action that is not in the catalogue")
    links = _links(work, row, found, now)
    values = {
        "action": action,
        "reference": box.reference,
        "nudge_at": rules.nudge_due(found.nudge_at, now),
        "offered_at": found.offered_at,
        "again": bool(found.nudge_round),
        "withdraw_url": f"{url}/withdraw/{box.withdraw_token}",
        "did_it_url": f"{url}/did-it/{box.reference}",
        "morning": in_london(now).hour in MORNING,
        **links,
    }
    words = writing.write(row.template, work.settings.brand_name, **values)
    return Mail(address, words.subject, words.text, words.html, row.message_id, now, links.get("stop_url", ""))


def _links(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> dict[str, str]:
    """Fresh tokens for this attempt; every earlier one stays good until one is used."""
    address = {"address_hash": found.address_hash}
    stops = {**address, "purpose": mails.TEMPLATES[row.template].purpose}
    needs = {CONFIRM: {"ref": row.ref}, NOT_ME: address} if row.template == mails.CONFIRM else {STOP: stops}
    made = {kind: new_token() for kind in needs}
    rows_of(Token).insert_many([{"_id": hash_token(text), "kind": kind, **needs[kind], "made_at": now} for kind, text in made.items()])
    return {f"{kind.replace('-', '_')}_url": f"{work.settings.public_url}/{kind}/{text}" for kind, text in made.items()}
