"""The mails to staff, sign-in and invitation: whether one may go, and its words. Whoever is not known is not mailed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import sessions, staff
from services.notify.operations.contacts import NOT_ME
from services.notify.rules import Decision
from services.notify.settings import Settings
from services.notify.store import Member, Notification, SignInRequest, suppression
from services.notify.store.staff import member, member_of_address, sign_in_request, sign_ins_asked
from shared.messaging.work import Work
from shared.security.addresses import read_address

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Recipient:
    """`request`: of a sign-in mail, what somebody asked for."""

    member: Member
    request: SignInRequest | None


def find(row: Notification) -> Recipient | None:
    """A sign-in mail's ref is the request; an invitation's is the member."""
    request = sign_in_request(row.ref) if row.template == mails.SIGN_IN else None
    found = member_of_address(request.address_hash) if request else member(row.ref)
    return Recipient(found, request) if found else None


def decide(_work: Work[Settings], row: Notification, found: Recipient | None, now: datetime) -> Decision:
    who, request = (found.member, found.request) if found else (None, None)
    state = who.state if who else None
    if row.template == mails.INVITATION:
        refused = suppression(NOT_ME, who.address_hash) if who and who.address_hash else None
        return rules.may_invitation_go(now, state, refused.until if refused else None)
    asked = sign_ins_asked(request.address_hash, request.asked_at - A_DAY, request.asked_at) if request else 0
    return rules.may_sign_in_mail_go(state, asked)


def write(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Mail:
    """With a fresh link for this attempt; every earlier one stays good until one is used."""
    person = staff.open_box(work, found.member)
    address = read_address(person.address)
    if address is None:
        raise Refused("no-address")
    lasts = rules.SIGN_IN_LASTS if row.template == mails.SIGN_IN else rules.INVITATION_LASTS
    link = sessions.make_link(work, found.member.id, lasts, now, found.request.then if found.request else "")
    words = writing.write(
        row.template,
        work.settings.brand_name,
        first_name=person.first_name,
        inviter=staff.first_name_of(work, found.member.invited_by),
        sign_in_url=link,
    )
    return Mail(address, words.subject, words.text, words.html, row.message_id, now, "")
