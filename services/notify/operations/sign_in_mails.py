"""The mail with a link to sign in: to staff, to organisers, and, where a group's page comes next, to an address that nobody knows yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import boxes, organisers, sessions, staff
from services.notify.operations.contacts import NOT_ME, new_link
from services.notify.rules import Decision
from services.notify.settings import Settings
from services.notify.store import Member, Notification, SignInRequest, contact, suppression
from services.notify.store.sign_ins import sign_in_request, sign_ins_asked
from services.notify.store.staff import member_of_address
from shared.messaging.work import Work
from shared.security.addresses import read_address

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Recipient:
    """Whose address was typed. `member`: of the staff. `sealed`: an organiser's box, or the request's; `is_organiser`: known as one."""

    request: SignInRequest
    member: Member | None
    sealed: str | None
    is_organiser: bool


def find(row: Notification) -> Recipient | None:
    """The row's ref is the request."""
    request = sign_in_request(row.ref)
    if request is None:
        return None
    who = member_of_address(request.address_hash)
    refs = organisers.refs_of(request.address_hash) if who is None else ()
    known = contact(refs[0]) if refs else None
    return Recipient(request, who, known.sealed if known else request.sealed, known is not None)


def decide(_work: Work[Settings], _row: Notification, found: Recipient | None, now: datetime) -> Decision:
    if found is None:
        return rules.may_sign_in_mail_go(None, 0)
    request = found.request
    asked = sign_ins_asked(request.address_hash, request.asked_at - A_DAY, request.asked_at)
    if found.member or not found.sealed:
        return rules.may_sign_in_mail_go(found.member.state if found.member else None, asked)
    refused = suppression(NOT_ME, request.address_hash)
    until = refused.until if refused else None
    return rules.may_organiser_sign_in_mail_go(now, known=found.is_organiser, asked_today=asked, not_me_until=until)


def write(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Mail:
    """With a fresh link for this attempt; every earlier one stays good until one is used."""
    address, values = _to_staff(work, found.member, found, now) if found.member else _to_organiser(work, found, now)
    meant = read_address(address)
    if meant is None:
        raise Refused("no-address")
    words = writing.write(row.template, work.settings.brand_name, **values)
    return Mail(meant, words.subject, words.text, words.html, row.message_id, now, "")


def _to_staff(work: Work[Settings], who: Member, found: Recipient, now: datetime) -> tuple[str, dict[str, str]]:
    person = staff.open_box(work, who)
    link = sessions.make_link(work, who.id, rules.SIGN_IN_LASTS, now, found.request.then or "")
    return person.address, {"to": mails.STAFF, "first_name": person.first_name, "sign_in_url": link, "not_me_url": ""}


def _to_organiser(work: Work[Settings], found: Recipient, now: datetime) -> tuple[str, dict[str, str]]:
    """Whoever is not known yet has a way to tell us that it wasn't them."""
    link = sessions.make_organisers_link(work, found.request, now)
    facts = {"address_hash": found.request.address_hash, "purpose": rules.ORGANISER}
    not_me = "" if found.is_organiser else new_link(work, NOT_ME, facts, now)
    return boxes.address_in(work, str(found.sealed)), {"to": rules.ORGANISER, "first_name": "", "sign_in_url": link, "not_me_url": not_me}
