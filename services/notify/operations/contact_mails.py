"""The mails to contacts, first mails and nudges: whether one may go, its words, and what its going means to its contact."""

from datetime import datetime
from typing import Any

from services.notify import mails, rules
from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import boxes, contacts, frequency, nudges
from services.notify.operations.contacts import CONFIRM, NOT_ME, NOT_NOW, STOP
from services.notify.rules import Decision, Situation
from services.notify.settings import Settings
from services.notify.store import Contact, Notification, contact, promise, suppression
from shared.messaging.work import Work
from shared.reference.actions import ever
from shared.runtime.clock import in_london
from shared.runtime.crash_points import reach
from shared.runtime.errors import Poison
from shared.security.addresses import read_address

MORNING = range(5, 12)


def decide(work: Work[Settings], row: Notification, found: Contact | None, now: datetime) -> Decision:
    """Whether this mail may go now. Reads only: an operator may ask as well."""
    hashed = found.address_hash if found else None
    stopped = suppression(mails.REMINDERS, hashed) if hashed else None
    refused = suppression(NOT_ME, hashed) if hashed else None
    heard = promise(work.db, row.ref)
    next_nudge = nudges.cause(found) if found else None
    situation = Situation(
        contact=found.state if found else None,
        confirmed_at=found.confirmed_at if found else None,
        pledge=heard.get("state", ""),
        asked_at=heard["heard_at"] if heard.get("state") == rules.POSTPONED else None,
        moved=next_nudge is not None and next_nudge != row.cause,
        stopped_at=stopped.at if stopped else None,
        not_me_until=refused.until if refused else None,
        rest=contacts.rest_of(hashed, now) if hashed else None,
        kept_until=found.forget_at if found else None,
        first_mails_today=len(frequency.first_mails(hashed, now)) if hashed and _is_first(row) else 0,
        went=frequency.in_its_day(hashed, row.template, now),
        ignore_quiet=bool(row.ignore_quiet),
    )
    return rules.may_confirm_mail_go(now, situation) if _is_first(row) else rules.may_nudge_go(now, situation)


def write(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> Mail:
    typed, values = _invitation(work, found) if row.template == mails.JOIN else _about_a_pledge(work, found, now)
    address = read_address(typed)
    if address is None:
        raise Refused("no-address")
    links = _links(work, row, found, now)
    words = writing.write(row.template, work.settings.brand_name, offered_at=found.offered_at, **values, **links)
    return Mail(address, words.subject, words.text, words.html, row.message_id, now, links.get("stop_url", ""))


def _about_a_pledge(work: Work[Settings], found: Contact, now: datetime) -> tuple[str, dict[str, Any]]:
    """The address, and what the words need beside the links."""
    box, url = boxes.open_box(work, found.sealed), work.settings.public_url
    action = ever(box.action)
    if action is None:
        raise Poison("an action that is not in the catalogue")
    return box.address, {
        "action": action,
        "reference": box.reference,
        "nudge_at": rules.nudge_due(found.nudge_at, now),
        "again": bool(found.nudge_round),
        "withdraw_url": f"{url}/withdraw/{box.withdraw_token}",
        "did_it_url": f"{url}/did-it/{box.reference}",
        "morning": in_london(now).hour in MORNING,
    }


def _invitation(work: Work[Settings], found: Contact) -> tuple[str, dict[str, Any]]:
    asked = boxes.open_asked(work, found.sealed)
    return asked.address, {"group": asked.group}


def went(row: Notification, found: Contact, now: datetime) -> dict[str, Any]:
    """The contact's part, before the ledger's: were it after, a crash between them would leave an address that never expires.

    The ledger keeps the hash under which a day's mails are counted.
    """
    if _is_first(row):
        contacts.first_mail_went(row.ref, now)
        reach("sender.between-records")
    return {"address_hash": str(found.address_hash)}


def gave_up(row: Notification, _state: str, reason: str, now: datetime) -> None:
    if _is_first(row):
        contacts.first_mail_never_goes(row.ref, reason, now)
    elif reason == NOT_NOW:
        _move(row, now)


def _move(row: Notification, now: datetime) -> None:
    """To the end of the rest that it fell into; where that has ended by now, to the next morning."""
    found = contact(row.ref)
    if found is None or found.address_hash is None:
        return
    rest = contacts.rest_of(found.address_hash, now)
    nudges.move(row.ref, row.cause, rest.until if rest else rules.nudge_due(row.due_at, now))


def may_have_gone(row: Notification, now: datetime) -> None:
    """An address that may have been mailed has its week to confirm."""
    if _is_first(row):
        contacts.first_mail_went(row.ref, now)


def _is_first(row: Notification) -> bool:
    return row.template in mails.FIRST_MAILS.values()


def _links(work: Work[Settings], row: Notification, found: Contact, now: datetime) -> dict[str, str]:
    """Fresh tokens for this attempt; every earlier one stays good until one is used."""
    address = {"address_hash": found.address_hash}
    if _is_first(row):
        needs = {CONFIRM: {"ref": row.ref}, NOT_ME: {**address, "purpose": found.kind}}
    else:
        needs = {STOP: {**address, "purpose": mails.TEMPLATES[row.template].purpose}, NOT_NOW: address}
    return {f"{kind.replace('-', '_')}_url": contacts.new_link(work, kind, facts, now) for kind, facts in needs.items()}
