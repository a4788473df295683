"""The mails to staff, but for the one that signs them in: whether one may go, and its words."""

from datetime import datetime

from services.notify import rules
from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import sessions, staff
from services.notify.operations.contacts import NOT_ME
from services.notify.rules import Decision
from services.notify.settings import Settings
from services.notify.store import Member, Notification, suppression
from services.notify.store.staff import member
from shared.messaging.work import Work
from shared.security.addresses import read_address


def find(row: Notification) -> Member | None:
    return member(row.ref)


def decide(_work: Work[Settings], _row: Notification, who: Member | None, now: datetime) -> Decision:
    refused = suppression(NOT_ME, who.address_hash) if who and who.address_hash else None
    return rules.may_invitation_go(now, who.state if who else None, refused.until if refused else None)


def write(work: Work[Settings], row: Notification, who: Member, now: datetime) -> Mail:
    """With a fresh link for this attempt; every earlier one stays good until one is used."""
    person = staff.open_box(work, who)
    address = read_address(person.address)
    if address is None:
        raise Refused("no-address")
    words = writing.write(
        row.template,
        work.settings.brand_name,
        first_name=person.first_name,
        inviter=staff.first_name_of(work, who.invited_by),
        sign_in_url=sessions.make_link(work, who.id, rules.INVITATION_LASTS, now),
    )
    return Mail(address, words.subject, words.text, words.html, row.message_id, now, "")
