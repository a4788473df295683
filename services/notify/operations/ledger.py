"""The ledger: a notification happens once. Planning inserts a row whose id is made of its cause, so planning twice is once.

A row is moved only from where it was seen to be (its state and its `next_attempt_at`): of two senders that look at the same
row one wins, and one whose claim grew stale moves nothing any more. Only "the server said yes" is believed whenever it comes.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.notify import mails, rules
from services.notify.settings import Settings
from services.notify.store import Notification, rows_of
from shared.messaging.archive import insert_ignoring_duplicates
from shared.messaging.watch import PLANNED
from shared.messaging.work import Work
from shared.runtime import metrics
from shared.runtime.logs import log

UNCLEAR = {"unclear": "yes"}


def notification_id(cause: str, ref: str, template: str) -> str:
    """The same for the same cause, contact and template: what makes once once."""
    return hashlib.sha256(f"{cause}\0{ref}\0{template}".encode()).hexdigest()[:40]


def plan(
    work: Work[Settings],
    ref: str,
    template: str,
    cause: str,
    *,
    due_at: datetime,
    correlation: str | None = None,
    ignore_quiet: bool = False,
    about: dict[str, Any] | None = None,
) -> bool:
    """Plan one mail. False when it was planned before, whatever became of it since."""
    new = plan_each(work, [ref], template, cause, due_at=due_at, correlation=correlation, ignore_quiet=ignore_quiet, about=about)
    return new == 1


def plan_each(
    work: Work[Settings],
    refs: Sequence[str],
    template: str,
    cause: str,
    *,
    due_at: datetime,
    correlation: str | None = None,
    ignore_quiet: bool = False,
    about: dict[str, Any] | None = None,
) -> int:
    """Plan the same mail to several. How many of them are new.

    `cause`: a message's id, or `<kind>:<date>:<id>`; `due_at`: the message's or the clock's time. `about`: of a mail to organisers, what it
    is about {kind, id, reasons}.
    """
    shared = {
        "due_at": due_at,
        "shelf_ends": due_at + mails.TEMPLATES[template].shelf_life,
        **({"correlation": correlation} if correlation else {}),
        **({"ignore_quiet": "yes"} if ignore_quiet else {}),
        **({"about": about} if about else {}),
    }
    new = insert_ignoring_duplicates(rows_of(Notification), [_row(work, ref, template, cause) | shared for ref in refs])
    if new and template == mails.CONFIRM:  # the one that /local/watch follows
        work.watch.mark(PLANNED, [cause], template=template)
    return new


def _row(work: Work[Settings], ref: str, template: str, cause: str) -> dict[str, Any]:
    id_, now = notification_id(cause, ref, template), work.clock()
    return {
        "_id": id_,
        "ref": ref,
        "template": template,
        "cause": cause,
        "state": rules.PLANNED,
        "attempts": 0,
        "message_id": f"<{id_}@{work.settings.mail_from.rpartition('@')[2]}>",
        "planned_at": now,
        "next_attempt_at": now,
    }


def claim(row: Notification, now: datetime) -> bool:
    """Take a planned row, or a stale claim, for this sender. False when somebody else has it."""
    until = now + rules.CLAIM_LASTS
    changes = {"state": rules.CLAIMED, "next_attempt_at": until, **(UNCLEAR if row.state == rules.CLAIMED else {})}
    update = {"$set": changes, "$inc": {"attempts": 1}}
    if rows_of(Notification).update_one(_as_seen(row), update).modified_count != 1:
        return False
    row.state, row.next_attempt_at, row.attempts = rules.CLAIMED, until, row.attempts + 1
    return True


def may_have_gone(row: Notification) -> bool:
    """A try ended, and nobody can say how: its sender died or stalled over it, or the server fell silent."""
    return row.state == rules.CLAIMED or bool(row.unclear)


def put_off(row: Notification, until: datetime, reason: str) -> None:
    """It may not go yet, and nothing is wrong. `reason`: what it is lost to where it outlives its use; empty for none."""
    changes = {"state": rules.PLANNED, "next_attempt_at": until} | ({"reason": reason} if reason else {})
    rows_of(Notification).update_one(_as_seen(row), {"$set": changes})


def wait(row: Notification, until: datetime, reason: str = "", *, unclear: bool = False) -> None:
    """Back to planned, to be looked at again at `until`."""
    changes = {"state": rules.PLANNED, "next_attempt_at": until, **({"reason": reason} if reason else {}), **(UNCLEAR if unclear else {})}
    rows_of(Notification).update_one(_as_seen(row), {"$set": changes})
    if reason:
        log().warning("mail waits", template=row.template, attempts=row.attempts, reason=reason)


def hold(row: Notification, since: datetime, until: datetime) -> None:
    """The campaign is paused: it waits, and its shelf life stands still from `since` on. Looked at again at `until`."""
    changes = {"state": rules.PLANNED, "held_since": since, "next_attempt_at": until}
    rows_of(Notification).update_one(_as_seen(row), {"$set": changes})


def release(row: Notification, now: datetime) -> None:
    """It may go again, with as much of its shelf life left as it had."""
    changes = {"next_attempt_at": now, "shelf_ends": row.shelf_ends + (now - row.held_since)}
    rows_of(Notification).update_one({**_as_seen(row), "held_since": row.held_since}, {"$set": changes, "$unset": {"held_since": 1}})


def sent(row: Notification, now: datetime, kept: dict[str, Any]) -> None:
    """The server said yes. `kept`: the address's hash, where a day's mails to it are counted; the edition of an event that it told of."""
    told = {"_id": row.id, "state": {"$in": [rules.PLANNED, rules.CLAIMED, rules.UNKNOWN]}}
    _end(row, told, rules.SENT, {"sent_at": now, **kept}, ("reason",))


def end(row: Notification, state: str, reason: str) -> None:
    """Unknown, failed, suppressed or expired: for good, with its reason."""
    _end(row, _as_seen(row), state, {"reason": reason})


def _end(row: Notification, seen: dict[str, Any], state: str, more: dict[str, Any], forget: tuple[str, ...] = ()) -> None:
    update = {"$set": {"state": state, **more}, "$unset": dict.fromkeys(("next_attempt_at", *forget), 1)}
    if rows_of(Notification).update_one(seen, update).modified_count != 1:
        return
    metrics.record_mail(row.template, state)
    log().info("mail", template=row.template, state=state, attempts=row.attempts, reason=more.get("reason"))


def _as_seen(row: Notification) -> dict[str, Any]:
    return {"_id": row.id, "state": row.state, "next_attempt_at": row.next_attempt_at}
