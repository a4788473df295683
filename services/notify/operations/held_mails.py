"""The mail that hard words were set apart: one tells of all since the last, so nobody has more than a few a day, and the last says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notify import mails, rules
from services.notify.delivery import Mail
from services.notify.operations import checking, frequency, staff_mails
from services.notify.rules import Decision
from services.notify.settings import Settings
from services.notify.store import HeldText, Member, Notification
from services.notify.store.staff import member
from shared.messaging.work import Work
from shared.security.sessions import SAFEGUARDING


@dataclass(frozen=True)
class Recipient:
    """Read once, so that what a mail says is what it is later said to have said. `texts`: of which no mail has told them."""

    member: Member | None
    texts: Sequence[HeldText]


def find(_work: Work[Settings], row: Notification) -> Recipient:
    who = member(row.ref)
    return Recipient(who, checking.set_apart_since(who, row.cause) if who else ())


def decide(_work: Work[Settings], _row: Notification, found: Recipient, now: datetime) -> Decision:
    who = found.member
    may_look = rules.may_staff_mail_go(who.state if who else None, tuple(who.roles) if who else (), SAFEGUARDING, waits=True)
    went = frequency.in_its_day(who.address_hash if who else None, mails.HELD, now)
    return rules.may_held_mail_go(may_look, len(found.texts), went)


def write(work: Work[Settings], row: Notification, found: Recipient, now: datetime) -> Mail:
    assert found.member is not None  # noqa: S101 -- decided before; this tells the type checker
    last = frequency.fills_the_day(found.member.address_hash, row.template, now)
    values = {"held_url": f"{work.settings.public_url}/staff/held", "texts": len(found.texts), "last": last}
    return staff_mails.written(work, row, found.member, values, now)


def went(_row: Notification, found: Recipient, _now: datetime) -> dict[str, Any]:
    assert found.member is not None  # noqa: S101 -- it went to somebody
    checking.told_of_held(found.member, found.texts)
    return {"address_hash": str(found.member.address_hash)}
