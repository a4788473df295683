"""Which mails an address had in the last 24 hours, as the ledger says: of those that share a template's day."""

from datetime import datetime

from services.notify import rules
from services.notify.mails.frequency import FIRST, FREQUENCY
from services.notify.store import mails_went


def first_mails(address_hash: str, now: datetime) -> tuple[datetime, ...]:
    """When those went that strangers could cause."""
    return _of_day(address_hash, FIRST, now)


def in_its_day(address_hash: str | None, template: str, now: datetime) -> tuple[datetime, ...]:
    """When those went that share a mail's day; nothing for one that is not held to it."""
    share = FREQUENCY[template]
    return _of_day(address_hash, share.day, now) if address_hash and share.held else ()


def fills_the_day(address_hash: str | None, template: str, now: datetime) -> bool:
    """Whether a mail that goes now is the last of its day, which it may say."""
    share = FREQUENCY[template]
    return share.held and len(in_its_day(address_hash, template, now)) >= rules.A_DAYS_SHARE[share.day] - 1


def _of_day(address_hash: str, day: str, now: datetime) -> tuple[datetime, ...]:
    went = mails_went(address_hash, now - rules.A_DAY)
    return tuple(sent_at for template, sent_at in went if template in FREQUENCY and FREQUENCY[template].day == day)
