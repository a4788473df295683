"""The ledger: a notification happens once. Planning inserts a row whose id is made of its cause, so planning twice is once.

A row is moved by conditional updates only; two senders may look at the same row, and one of them wins.
"""

import hashlib
from datetime import datetime

from services.notify import mails, rules
from services.notify.settings import Settings
from services.notify.store import Notification, rows_of
from shared.messaging.archive import insert_ignoring_duplicates
from shared.messaging.watch import PLANNED
from shared.messaging.work import Work
from shared.runtime import metrics


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
) -> bool:
    """Plan one mail. `cause`: a message's id, or `<kind>:<date>:<id>`; `due_at`: the message's or the clock's time.

    False when it was planned before, whatever became of it since.
    """
    id_ = notification_id(cause, ref, template)
    now = work.clock()
    row = {
        "_id": id_,
        "ref": ref,
        "template": template,
        "cause": cause,
        "state": rules.PLANNED,
        "attempts": 0,
        "message_id": f"<{id_}@{work.settings.mail_from.rpartition('@')[2]}>",
        "planned_at": now,
        "due_at": due_at,
        "shelf_ends": due_at + mails.TEMPLATES[template].shelf_life,
        "next_attempt_at": now,
        **({"correlation": correlation} if correlation else {}),
        **({"ignore_quiet": "yes"} if ignore_quiet else {}),
    }
    new = insert_ignoring_duplicates(rows_of(Notification), [row]) == 1
    if new:
        work.watch.mark(PLANNED, [cause], template=template)
    return new


def claim(row: Notification, now: datetime) -> bool:
    """Take a planned row, or a stale claim, for this sender. False when somebody else has it."""
    same = {"_id": row.id, "state": row.state, "next_attempt_at": row.next_attempt_at}
    changes = {"$set": {"state": rules.CLAIMED, "next_attempt_at": now + rules.CLAIM_LASTS}, "$inc": {"attempts": 1}}
    return rows_of(Notification).update_one(same, changes).modified_count == 1


def wait(row: Notification, until: datetime, reason: str = "") -> None:
    """Back to planned, to be looked at again at `until`."""
    _move(row, {"state": rules.PLANNED, "next_attempt_at": until, **({"reason": reason} if reason else {})})


def sent(row: Notification, now: datetime, address_hash: str) -> None:
    _end(row, rules.SENT, {"sent_at": now, "address_hash": address_hash})


def end(row: Notification, state: str, reason: str) -> None:
    """Unknown, failed, suppressed or expired: for good, with its reason."""
    _end(row, state, {"reason": reason})


def _end(row: Notification, state: str, more: dict[str, object]) -> None:
    _move(row, {"state": state, **more}, unset=("next_attempt_at",))
    metrics.record_mail(row.template, state)


def _move(row: Notification, changes: dict[str, object], unset: tuple[str, ...] = ()) -> None:
    update: dict[str, object] = {"$set": changes}
    if unset:
        update["$unset"] = dict.fromkeys(unset, 1)
    rows_of(Notification).update_one({"_id": row.id, "state": {"$in": [rules.PLANNED, rules.CLAIMED]}}, update)
