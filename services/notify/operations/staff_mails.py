"""The mails to staff, but for the one that signs them in and the one about hard words: whether one may go, and its words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.notify import mails, rules
from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import checking, sessions, staff
from services.notify.operations.contacts import NOT_ME
from services.notify.rules import Decision
from services.notify.settings import Settings
from services.notify.store import Member, Notification, suppression
from services.notify.store.staff import member
from shared.messaging.work import Work
from shared.security.addresses import read_address
from shared.security.sessions import MODERATOR


def find(row: Notification) -> Member | None:
    return member(row.ref)


def decide(work: Work[Settings], row: Notification, who: Member | None, now: datetime) -> Decision:
    state, roles = (who.state, tuple(who.roles)) if who else (None, ())
    if row.template == mails.TO_CHECK:
        return rules.may_staff_mail_go(state, roles, MODERATOR, waits=who is not None and bool(checking.waits_for(work, who, now)))
    refused = suppression(NOT_ME, who.address_hash) if who and who.address_hash else None
    return rules.may_invitation_go(now, state, refused.until if refused else None)


def write(work: Work[Settings], row: Notification, who: Member, now: datetime) -> Mail:
    values = {mails.TO_CHECK: _to_check, mails.INVITATION: _invitation}[row.template](work, who, now)
    return written(work, row, who, values, now)


def written(work: Work[Settings], row: Notification, who: Member, values: Mapping[str, Any], now: datetime) -> Mail:
    """Any mail to one of the staff."""
    person = staff.open_box(work, who)
    address = read_address(person.address)
    if address is None:
        raise Refused("no-address")
    words = writing.write(row.template, work.settings.brand_name, first_name=person.first_name, **values)
    return Mail(address, words.subject, words.text, words.html, row.message_id, now, "")


def _invitation(work: Work[Settings], who: Member, now: datetime) -> dict[str, Any]:
    """With a fresh link for this attempt; every earlier one stays good until one is used."""
    link = sessions.make_link(work, who.id, rules.INVITATION_LASTS, now)
    return {"inviter": staff.first_name_of(work, who.invited_by), "sign_in_url": link}


def _to_check(work: Work[Settings], who: Member, now: datetime) -> dict[str, Any]:
    """How many, and how long the oldest has waited, in whole hours or days: never what they say."""
    found = checking.waits_for(work, who, now)
    age = now - found.oldest if found.oldest else timedelta(0)
    return {
        "posts": found.posts,
        "groups": found.groups,
        "changed": found.changed,
        "hours": int(age.total_seconds() // 3600),
        "days": age.days,
        "review_url": f"{work.settings.public_url}/staff/review",
    }
