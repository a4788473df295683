"""One mail: decide with what is known now, write it, claim its row, hand it over, record what became of it.

The order is the promise. The claim comes before the server is asked, the record after its answer: a crash between the two
leaves a claim that grows stale. A `resend` mail then goes again under the same Message-ID; a `once` mail is shown as unknown.
Until the claim nothing has left the house, so whatever goes wrong before it leaves the mail planned.
"""

import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

from pymongo.errors import PyMongoError

from services.notify import mails, rules
from services.notify.delivery import Delivery, Mail, Refused, TryLater, Unclear
from services.notify.operations import (
    campaign_pause,
    contact_mails,
    data_mails,
    evening_mails,
    held_mails,
    ledger,
    organiser_mails,
    pausing,
    place_mails,
    sign_in_mails,
    staff_mails,
)
from services.notify.rules import Decision, Verdict
from services.notify.settings import Settings
from services.notify.store import Notification, contact, notifications_due, switched_off
from shared.messaging.watch import HANDED_OVER
from shared.messaging.work import Work
from shared.runtime.crash_points import reach
from shared.runtime.errors import Poison
from shared.runtime.logs import correlation, log, where_raised

AT_MOST = 100  # with hundreds due, a look costs as much as sending one
A_STEP = 5.0  # seconds: with a slow server a step still returns while the process counts as alive


@dataclass(frozen=True)
class Kind:
    """What is particular to some templates. `find`: to whom a row is; it is handed on as it was found.

    `went`: what the going means to them, and what the ledger keeps of it beside the time. `gave_up`, `may_have_gone`: what it means
    that it never goes (its state in the ledger, and why), or that nobody can say.
    """

    find: Callable[[Work[Settings], Notification], Any]
    decide: Callable[[Work[Settings], Notification, Any, datetime], Decision]
    write: Callable[[Work[Settings], Notification, Any, datetime], Mail]
    went: Callable[[Notification, Any, datetime], dict[str, Any]]
    gave_up: Callable[[Notification, str, str, datetime], None]
    may_have_gone: Callable[[Notification, datetime], None]


_TO_CONTACTS = Kind(
    find=lambda _work, row: contact(row.ref),
    decide=contact_mails.decide,
    write=contact_mails.write,
    went=contact_mails.went,
    gave_up=contact_mails.gave_up,
    may_have_gone=contact_mails.may_have_gone,
)
_ABOUT_PLACES = Kind(
    find=place_mails.find,
    decide=place_mails.decide,
    write=place_mails.write,
    went=place_mails.went,
    gave_up=place_mails.gave_up,
    may_have_gone=lambda _row, _now: None,
)
_OF_THE_EVENING = Kind(
    find=place_mails.find,
    decide=evening_mails.decide,
    write=evening_mails.write,
    went=place_mails.went,
    gave_up=place_mails.gave_up,
    may_have_gone=lambda _row, _now: None,
)
_OF_HELD_TEXTS = Kind(
    find=held_mails.find,
    decide=held_mails.decide,
    write=held_mails.write,
    went=held_mails.went,
    gave_up=lambda _row, _state, _reason, _now: None,
    may_have_gone=lambda _row, _now: None,
)


def _plain(mails_: ModuleType, whose: Callable[[Any], str | None]) -> Kind:
    """Mails whose going, or not, changes nothing but the ledger: nobody waits to be told. `whose`: the hash that a day's are counted by."""
    return Kind(
        find=lambda _work, row: mails_.find(row),
        decide=mails_.decide,
        write=mails_.write,
        went=lambda _row, found, _now: {"address_hash": hash_} if (hash_ := whose(found)) else {},
        gave_up=lambda _row, _state, _reason, _now: None,
        may_have_gone=lambda _row, _now: None,
    )


_KINDS = {
    mails.SIGN_IN: _plain(sign_in_mails, lambda _found: None),
    mails.MY_DATA: _plain(data_mails, lambda _found: None),
    **dict.fromkeys((mails.INVITATION, mails.TO_CHECK), _plain(staff_mails, lambda found: found.address_hash)),
    mails.HELD: _OF_HELD_TEXTS,
    **dict.fromkeys(mails.TO_ORGANISERS, _plain(organiser_mails, lambda found: found.contact.address_hash)),
    mails.EVENING: _OF_THE_EVENING,
    **dict.fromkeys(mails.ABOUT_PLACES, _ABOUT_PLACES),
}


def kind_of(row: Notification) -> Kind:
    return _KINDS.get(row.template, _TO_CONTACTS)


def decide(work: Work[Settings], row: Notification, now: datetime) -> Decision:
    """Whether this mail may go now. Reads only: an operator may ask as well."""
    kind = kind_of(row)
    return kind.decide(work, row, kind.find(work, row), now)


def send_due(work: Work[Settings], delivery: Delivery) -> bool:
    """Send what is due, a limited number at a time. True when anything was, and may be sent.

    The pause is looked for before each mail: at most the one in hand goes out after it.
    """
    due = notifications_due(work.clock(), AT_MOST)
    until = time.monotonic() + A_STEP
    for row in due:
        if switched_off(pausing.MAIL):
            return False
        with correlation(row.correlation) if row.correlation else nullcontext():
            _one(work, delivery, row)
        if time.monotonic() > until:
            break
    return bool(due)


def _one(work: Work[Settings], delivery: Delivery, row: Notification) -> None:
    now, kind = work.clock(), kind_of(row)
    if pause := campaign_pause.holding(work, row, now):
        return campaign_pause.hold(row, pause, now)
    if row.held_since:
        return ledger.release(row, now)
    found = kind.find(work, row)
    if row.state == rules.CLAIMED and not mails.TEMPLATES[row.template].resend:
        return ledger.end(row, rules.UNKNOWN, "the sender ended between asking and recording")
    decision = kind.decide(work, row, found, now)
    if now >= row.shelf_ends and decision.reason != rules.NOT_NOW:  # what falls into a rest is moved, however late that is noticed
        return _let_go(row, rules.OUTLIVED, row.reason if row.reason == rules.DAILY_CAP else rules.SHELF_LIFE, now)
    if decision.verdict is Verdict.WAIT and decision.until:
        return ledger.put_off(row, min(decision.until, row.shelf_ends), decision.reason)
    if decision.verdict is Verdict.NEVER or found is None:
        return _let_go(row, rules.HELD_BACK, decision.reason, now)
    if (mail := _write(work, row, found, now)) is None:
        return None
    reach("sender.before-claim")
    if ledger.claim(row, now):
        reach("sender.after-claim")
        _hand_over(work, delivery, row, found, mail)
    return None


def _hand_over(work: Work[Settings], delivery: Delivery, row: Notification, found: Any, mail: Mail) -> None:
    try:
        delivery.send(mail)
    except TryLater as error:
        return _later(work, row, str(error))
    except Refused as error:
        return _give_up(row, rules.FAILED, str(error), work.clock())
    except Unclear as error:
        return _unclear(work, row, str(error))
    except Exception as error:  # nobody foresaw it, so nobody can say whether the mail went
        log().error("mail server answered strangely", error=type(error).__name__, where=where_raised(error))
        return _unclear(work, row, type(error).__name__)
    return _went(work, row, found)


def _went(work: Work[Settings], row: Notification, found: Any) -> None:
    """The recipient first, then the ledger."""
    reach("sender.after-accepted")
    now = work.clock()
    ledger.sent(row, now, kind_of(row).went(row, found, now))
    reach("sender.after-record")
    if row.template == mails.CONFIRM:
        work.watch.mark(HANDED_OVER, [row.cause], template=row.template)


def _unclear(work: Work[Settings], row: Notification, reason: str) -> None:
    """Perhaps it went. One that may go again goes again, with the same Message-ID; the other is left alone."""
    if mails.TEMPLATES[row.template].resend:
        return _later(work, row, reason, unclear=True)
    return ledger.end(row, rules.UNKNOWN, reason)


def _later(work: Work[Settings], row: Notification, reason: str, *, unclear: bool = False) -> None:
    until = work.clock() + rules.try_again_after(row.attempts, random.random())  # noqa: S311 -- jitter
    ledger.wait(row, until, reason, unclear=unclear)


def _let_go(row: Notification, state: str, reason: str, now: datetime) -> None:
    """It is no use any more. One that may have gone is not called held back, and its address is one that may have been mailed."""
    if not ledger.may_have_gone(row):
        return _give_up(row, state, reason, now)
    kind_of(row).may_have_gone(row, now)
    return ledger.end(row, rules.UNKNOWN, f"{reason}, and an earlier try may have gone")


def _give_up(row: Notification, state: str, reason: str, now: datetime) -> None:
    """In the same order."""
    kind_of(row).gave_up(row, state, reason, now)
    ledger.end(row, state, reason)


# Writing


def _write(work: Work[Settings], row: Notification, found: Any, now: datetime) -> Mail | None:
    """The mail; or None, and the row waits or is given up. One that cannot be written must not hold up the others."""
    try:
        return kind_of(row).write(work, row, found, now)
    except PyMongoError:  # the store is away: every mail has the same trouble, and the loop backs off
        raise
    except Refused as error:
        _give_up(row, rules.FAILED, str(error), now)
    except Poison as error:  # sealed to another key, or of an action that this release does not know yet: both may be mended
        _later(work, row, error.message)
    except Exception as error:  # a fault of ours: kept until its shelf life ends, and said in the log
        log().error("mail cannot be written", template=row.template, error=type(error).__name__, where=where_raised(error))
        _later(work, row, type(error).__name__)
    return None
