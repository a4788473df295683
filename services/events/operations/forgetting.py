"""What goes by itself: what a review leaves behind (names in the log, words set apart, reports), and drafts that nobody saves any more."""

from datetime import datetime, timedelta
from typing import Any

from services.events.rules import posts as rules
from services.events.rules.groups import DRAFT
from services.events.settings import Settings
from services.events.store import groups, posts
from services.events.store.review import decisions, held, reports
from shared.messaging.outbox import change_if
from shared.messaging.work import Work
from shared.privacy import erasure, retention

AT_MOST = 500
LOOK_AGAIN = timedelta(days=1)


def forget(_work: Work[Settings], now: datetime) -> int:
    """Whatever of a review is due by now. The number of rows that changed."""
    past: dict[str, Any] = {"$lte": now}
    gone = held().update_many({"forget_at": past}, {"$unset": {"words": 1, "phrases": 1, "forget_at": 1}}).modified_count
    gone += reports().update_many({"forget_at": past}, {"$unset": {"words": 1, "forget_at": 1}}).modified_count
    gone += decisions().update_many({"name_until": past}, {"$unset": {"by_name": 1, "name_until": 1}}).modified_count
    return gone + decisions().delete_many({"at": {"$lt": now - retention.DECISION.lasts}}).deleted_count


def forget_erased(work: Work[Settings], now: datetime) -> int:
    """That something was erased, once no archive or backup can bring it back."""
    return erasure.forget(work, now - retention.ERASED.lasts)


def forget_drafts(_work: Work[Settings], now: datetime) -> int:
    """What nobody has saved for a year and nobody sees: drafts, then groups that have nothing else. How many went."""
    gone = sum(_drop(post, posts.posts(), rules.UNSENT) for post in posts.with_time_before("forget_at", now, AT_MOST))
    for group in groups.to_forget(now, AT_MOST):
        if posts.of_group(group.id):  # some of them were saved since
            change_if(groups.groups(), group.id, {"forget_at": group.forget_at}, {"forget_at": now + LOOK_AGAIN}, (), now)
        else:
            gone += _drop(group, groups.groups(), (DRAFT,))
    return gone


def _drop(one: Any, rows: groups.Rows, states: tuple[str, ...]) -> int:
    """If it still stands as it was read. What it has yet to tell goes first."""
    as_read = {"_id": one.id, "state": {"$in": list(states)}, "forget_at": one.forget_at, "pending_since": {"$exists": False}}
    return rows.delete_one(as_read).deleted_count
