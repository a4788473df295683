"""The mails to contacts, confirm and nudge: whether one may go, its words, and what its going means to its contact."""

from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import contacts, nudges
from services.notify.operations.contacts import CONFIRM, NOT_ME, STOP
from services.notify.rules import Decision, Situation
from services.notify.settings import Settings
from services.notify.store import Contact, Notification, Token, first_mails_since, promise, rows_of, suppression
from shared.messaging.work import Work
from shared.reference.actions import ever
from shared.runtime.clock import in_london
from shared.runtime.crash_points import reach
from shared.runtime.errors import Poison
from shared.security.addresses import read_address
from shared.security.tokens import hash_token, new_token

A_DAY = timedelta(days=1)
MORNING = range(5, 12)


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


def write(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> Mail:
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


def went(row: Notification, found: Contact, now: datetime) -> str | None:
    """The contact's part, before the ledger's: were it after, a crash between them would leave an address that never expires.

    The hash under which a day's first mails are counted.
    """
    if row.template != mails.CONFIRM:
        return None
    contacts.first_mail_went(row.ref, now)
    reach("sender.between-records")
    return str(found.address_hash)


def gave_up(row: Notification, reason: str, now: datetime) -> None:
    if row.template == mails.CONFIRM:
        contacts.first_mail_never_goes(row.ref, reason, now)


def may_have_gone(row: Notification, now: datetime) -> None:
    """An address that may have been mailed has its week to confirm."""
    if row.template == mails.CONFIRM:
        contacts.first_mail_went(row.ref, now)


def _links(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> dict[str, str]:
    """Fresh tokens for this attempt; every earlier one stays good until one is used."""
    address = {"address_hash": found.address_hash}
    stops = {**address, "purpose": mails.TEMPLATES[row.template].purpose}
    needs = {CONFIRM: {"ref": row.ref}, NOT_ME: address} if row.template == mails.CONFIRM else {STOP: stops}
    made = {kind: new_token() for kind in needs}
    rows_of(Token).insert_many([{"_id": hash_token(text), "kind": kind, **needs[kind], "made_at": now} for kind, text in made.items()])
    return {f"{kind.replace('-', '_')}_url": f"{work.settings.public_url}/{kind}/{text}" for kind, text in made.items()}
