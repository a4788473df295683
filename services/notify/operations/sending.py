"""One mail: claim its row, decide with what is known now, write it, hand it over, record what became of it.

The order is the promise. The claim comes before the server is asked, the record after its answer: a crash between the two
leaves a claim that grows stale. A `resend` mail then goes again under the same Message-ID; a `once` mail is shown as unknown.
"""

import random
from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.delivery import Delivery, Mail, Refused, TryLater, Unclear
from services.notify.operations import contacts, ledger
from services.notify.operations.contacts import CONFIRM, NOT_ME, STOP, Opened
from services.notify.rules import Decision, Situation, Verdict
from services.notify.settings import Settings
from services.notify.store import Contact, Notification, Token, contact, first_mails_since, notifications_due, promise, rows_of, suppression
from shared.messaging.watch import HANDED_OVER
from shared.messaging.work import Work
from shared.reference.actions import ever
from shared.runtime.clock import in_london
from shared.runtime.errors import Poison
from shared.security.tokens import hash_token, new_token

A_DAY = timedelta(days=1)
AT_MOST = 20
MORNING = range(5, 12)


def send_due(work: Work[Settings], delivery: Delivery) -> bool:
    """Send what is due, a limited number at a time. True when anything was."""
    due = notifications_due(work.clock(), AT_MOST)
    for row in due:
        _one(work, delivery, row)
    return bool(due)


def _one(work: Work[Settings], delivery: Delivery, row: Notification) -> None:
    now = work.clock()
    template = mails.TEMPLATES[row.template]
    if row.state == rules.CLAIMED and not template.resend:
        return ledger.end(row, rules.UNKNOWN, "the sender ended between asking and recording")
    if not ledger.claim(row, now):
        return None
    found = contact(row.ref)
    if now >= row.shelf_ends:
        return _give_up(row, rules.OUTLIVED, "shelf-life", now)
    decision = _decide(work, row, found, now)
    if decision.verdict is Verdict.WAIT and decision.until:
        return ledger.wait(row, min(decision.until, row.shelf_ends))
    if decision.verdict is Verdict.NEVER or found is None:
        return _give_up(row, rules.HELD_BACK, decision.reason, now)
    return _hand_over(work, delivery, row, found, now)


def _decide(work: Work[Settings], row: Notification, found: Contact | None, now: datetime) -> Decision:
    hashed = found.address_hash if found else None
    stopped = suppression(mails.REMINDERS, hashed) if hashed else None
    refused = suppression(NOT_ME, hashed) if hashed else None
    situation = Situation(
        contact=found.state if found else None,
        confirmed_at=found.confirmed_at if found else None,
        pledge=promise(work.db, row.ref).get("state", ""),
        stopped_at=stopped.at if stopped else None,
        not_me_until=refused.until if refused else None,
        first_mails_today=first_mails_since(hashed, row.template, now - A_DAY) if hashed and row.template == mails.CONFIRM else 0,
        ignore_quiet=bool(row.ignore_quiet),
    )
    return rules.may_confirm_mail_go(now, situation) if row.template == mails.CONFIRM else rules.may_nudge_go(now, situation)


def _hand_over(work: Work[Settings], delivery: Delivery, row: Notification, found: Contact, now: datetime) -> None:
    try:
        mail = _write(work, row, found, contacts.open_box(work, found.sealed), now)
        delivery.send(mail)
    except TryLater as error:
        return ledger.wait(row, now + rules.try_again_after(row.attempts + 1, random.random()), str(error))  # noqa: S311 -- jitter
    except Refused as error:
        return _give_up(row, rules.FAILED, str(error), now)
    except Unclear as error:
        return _unclear(row, str(error), now)
    except Poison as error:
        return _give_up(row, rules.FAILED, error.message, now)
    ledger.sent(row, work.clock(), found.address_hash)
    if row.template == mails.CONFIRM:
        contacts.first_mail_went(row.ref, work.clock())
    return work.watch.mark(HANDED_OVER, [row.cause], template=row.template)


def _unclear(row: Notification, reason: str, now: datetime) -> None:
    """Perhaps it went. One that may go again goes again, with the same Message-ID; the other is left alone."""
    if mails.TEMPLATES[row.template].resend:
        return ledger.wait(row, now + rules.try_again_after(row.attempts + 1, random.random()), reason)  # noqa: S311 -- jitter
    return ledger.end(row, rules.UNKNOWN, reason)


def _give_up(row: Notification, state: str, reason: str, now: datetime) -> None:
    ledger.end(row, state, reason)
    if row.template == mails.CONFIRM:
        contacts.first_mail_never_goes(row.ref, reason, now)


# Writing


def _write(work: Work[Settings], row: Notification, found: Contact, box: Opened, now: datetime) -> Mail:
    url = work.settings.public_url
    action = ever(box.action)
    if action is None:
        raise Poison("no such action")
    values = {
        "action": action,
        "reference": box.reference,
        "nudge_at": rules.nudge_due(found.nudge_at, now),
        "offered_at": found.offered_at,
        "withdraw_url": f"{url}/withdraw/{box.withdraw_token}",
        "did_it_url": f"{url}/did-it/{box.reference}",
        "morning": in_london(now).hour in MORNING,
        **_links(work, row, found, now),
    }
    words = mails.write(row.template, work.settings.brand_name, now, **values)
    stop_url = values.get("stop_url", "")
    return Mail(box.address, words.subject, words.text, words.html, row.message_id, str(stop_url))


def _links(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> dict[str, str]:
    """Fresh tokens for this attempt; every earlier one stays good until one is used."""
    kinds = (CONFIRM, NOT_ME) if row.template == mails.CONFIRM else (STOP,)
    made = {kind: new_token() for kind in kinds}
    purpose = mails.TEMPLATES[row.template].purpose
    rows_of(Token).insert_many(
        [
            {"_id": hash_token(text), "kind": kind, "ref": row.ref, "address_hash": found.address_hash, "purpose": purpose, "made_at": now}
            for kind, text in made.items()
        ]
    )
    return {f"{kind.replace('-', '_')}_url": f"{work.settings.public_url}/{kind}/{text}" for kind, text in made.items()}
