"""The mail of the evening before: whether it may go, and its words. To whom it is, and what it says of a place, is as in `place_mails`."""

from datetime import datetime

from services.notify.delivery import Mail, Refused
from services.notify.mails import writing
from services.notify.operations import boxes, contacts, evenings, frequency, place_mails
from services.notify.operations.contacts import NOT_NOW, STOP
from services.notify.operations.place_mails import Recipient
from services.notify.rules import DAILY_CAP, Decision
from services.notify.rules.evenings import OfAnEvening, may_evening_mail_go
from services.notify.settings import Settings
from services.notify.store import Notification, suppression
from services.notify.store.posts import group_copy
from shared.messaging.work import Work
from shared.reference.consents import EVENING_BEFORE
from shared.runtime.clock import in_london
from shared.security.addresses import read_address


def decide(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Decision:
    hashed = found.contact.address_hash if found.contact else None
    stopped = suppression(EVENING_BEFORE, hashed) if hashed else None
    known = OfAnEvening(
        place=place_mails.situation(found),
        planned_for=evenings.day_of(row.cause),
        asked_at=evenings.asked_at(found.contact) if found.contact else None,
        stopped_at=stopped.at if stopped else None,
        rest=contacts.rest_of(hashed, now) if hashed else None,
        paused="paused" in group_copy(work.db, found.event["group"]) if "group" in found.event else False,
        went=frequency.in_its_day(hashed, row.template, now),
        capped=row.reason == DAILY_CAP,
    )
    return may_evening_mail_go(now, known)


def write(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Mail:
    assert found.contact is not None  # noqa: S101 -- decided before; this tells the type checker
    box = boxes.open_booked(work, found.contact.sealed)
    address = read_address(box.address)
    if address is None:
        raise Refused("no-address")
    values = place_mails.facts(work, found, box)
    hashed = {"address_hash": found.contact.address_hash}
    stop_url = contacts.new_link(work, STOP, hashed | {"purpose": EVENING_BEFORE}, now)
    words = writing.write(
        row.template,
        work.settings.brand_name,
        today=in_london(now).date() == in_london(values["starts"]).date(),
        stop_url=stop_url,
        not_now_url=contacts.new_link(work, NOT_NOW, hashed, now),
        **values,
    )
    return Mail(address, words.subject, words.text, words.html, row.message_id, now, stop_url)
