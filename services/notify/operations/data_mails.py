"""The mail with a link to what we hold: to an address that we hold something of, whoever typed it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify import rules
from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import boxes, my_data
from services.notify.operations.contacts import NOT_ME
from services.notify.rules import Decision
from services.notify.settings import Settings
from services.notify.store import DataRequest, Notification, suppression
from services.notify.store.erasures import data_request, requests_of
from shared.messaging.work import Work
from shared.security.addresses import read_address

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Recipient:
    request: DataRequest
    is_known: bool


def find(row: Notification) -> Recipient | None:
    """The row's ref is the request."""
    request = data_request(row.ref)
    return Recipient(request, my_data.holds_anything(request.address_hash)) if request else None


def decide(_work: Work[Settings], _row: Notification, found: Recipient | None, now: datetime) -> Decision:
    if found is None:
        return rules.may_data_mail_go(now, known=False, asked_today=0, not_me_until=None)
    asked_at, hashed = found.request.asked_at, found.request.address_hash
    asked = sum(1 for one in requests_of(hashed) if asked_at - A_DAY < one["asked_at"] <= asked_at)
    refused = suppression(NOT_ME, hashed)
    return rules.may_data_mail_go(now, known=found.is_known, asked_today=asked, not_me_until=refused.until if refused else None)


def write(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Mail:
    """With a fresh link for this attempt."""
    meant = read_address(boxes.address_in(work, found.request.sealed))
    if meant is None:
        raise Refused("no-address")
    link = my_data.make_link(work, found.request.address_hash, now)
    words = writing.write(row.template, work.settings.brand_name, my_data_url=link)
    return Mail(meant, words.subject, words.text, words.html, row.message_id, now, "")
