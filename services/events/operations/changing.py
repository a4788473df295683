"""What happens to a post that people can see: changed, cancelled, ended, over.

Codes, times, place and capacity change at once, and the reviewers are told. Words stay as they were read until the new ones have
been. Cancelling has two halves: it takes nobody any more in the request, and the worker finishes it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.events.operations import decisions, places
from services.events.operations.drafts import CHANGED_MEANWHILE, again, as_read, set_hard_words_apart, whole
from services.events.operations.facts import areas_of, told_back, told_of_end
from services.events.operations.publishing import NOT_WAITING, publish
from services.events.rules import posts as rules
from services.events.rules.posts import CANCELLED, CLOSING, ENDED, EVENT, INITIATIVE, PAST, PUBLISHED
from services.events.settings import Settings
from services.events.store import Group, Post, groups
from services.events.store.posts import posts, with_time_before
from shared.messaging.outbox import Entry, change_if, message
from shared.messaging.work import Work
from shared.reference.choices import codes
from shared.runtime.crash_points import reach
from shared.runtime.errors import Conflict, InvalidInput

AT_MOST = 100


def change(work: Work[Settings], post: Post, group: Group, *, ref: str, now: datetime) -> Post:
    """Bring the draft of something published to people: its facts now, its words once they have been read. `ref`: who changes it.

    Raises InvalidInput where something is missing or wrong, Conflict when somebody saved or decided meanwhile.
    """
    if post.state != PUBLISHED:
        raise Conflict("This can’t be changed now. Look at how it stands.")
    draft = whole(post, group, now)
    # A place is a fact, and shown at once; one with hard words in it is words.
    words = (*rules.WORDS, *set_hard_words_apart(work, post, draft, ref, now))
    at_once = rules.with_words_of(post.live, draft, words)
    facts, differs = as_read(post), rules.changed(post.live, at_once)
    waits = any(name in words for name in rules.changed(post.live, draft))
    beside = {"waiting": draft, "submitted_at": now} if waits else {}
    entries = _told(post, draft, differs, waits, now)
    if differs:
        done = publish(work, post, group, at_once, facts, now, beside=beside, entries=entries)
    elif waits or post.submitted_at:
        entries = entries or [message("post.submitted.v1", post.id, told_back(post), now=now)]
        done = change_if(posts(), post.id, facts, {**NOT_WAITING, **beside}, entries, now)
    else:
        return post
    if not done:
        raise Conflict(CHANGED_MEANWHILE)
    decisions.log_dropped(post, now)
    return again(post)


def _told(post: Post, draft: Mapping[str, Any], differs: list[str], waits: bool, now: datetime) -> list[Entry]:
    """What the reviewers hear: that words wait, and which facts changed without them."""
    body = {"kind": post.kind, "id": post.id, "areas": areas_of(post.kind, draft)}
    waiting = [message("post.submitted.v1", post.id, body, now=now)] if waits else []
    named = {"changed": [name.replace("_", "-") for name in differs]}
    return waiting + ([message("post.submitted.v1", post.id, body | named, now=now)] if differs else [])


def cancel(post: Post, group: Group, reason: str, *, now: datetime) -> Post:
    """The event does not take place: nobody finds it from now on, and the worker does the rest. Twice is once."""
    if post.state in (CLOSING, CANCELLED):
        return post
    state = rules.after(rules.CLOSE, post.state) if post.kind == EVENT else None
    if state is None:
        raise Conflict("This can’t be cancelled now. Look at how it stands.")
    if reason not in codes("cancel"):
        raise InvalidInput({"reason": ["Choose why"]})
    ended = {"what": CANCELLED, "reason": reason, "at": now}
    changes = {
        **NOT_WAITING,
        "state": state,
        "ended": ended,
        "listed": None,
        "closing_at": now,
        "places_due": now,
        "called_off_until": post.slots[-1]["ends"],
        "edition": post.edition + 1,
        "changed_at": now,
    }
    entry = message("event.closing.v1", post.id, told_of_end(post, group, reason), now=now)
    if not change_if(posts(), post.id, as_read(post), changes, [entry], now):
        raise Conflict(CHANGED_MEANWHILE)
    reach("cancel.after-update")
    decisions.log_dropped(post, now)
    return again(post)


def end(post: Post, group: Group, *, now: datetime) -> Post:
    """What was always on is over, says its own group: nobody finds it from now on, and its page says so. Twice is once."""
    if post.state == PAST:
        return post
    state = rules.after(rules.END, post.state) if post.kind == INITIATIVE else None
    if state is None:
        raise Conflict("This can’t be ended now. Look at how it stands.")
    ended = {"what": PAST, "reason": ENDED, "at": now}
    gone = dict.fromkeys(("listed", "check_due", "ageing_due"))
    changes = {**NOT_WAITING, **gone, "state": state, "ended": ended, "edition": post.edition + 1, "changed_at": now}
    entry = message("initiative.taken-down.v1", post.id, told_of_end(post, group, ENDED), now=now)
    # What somebody saves in this moment is a draft, and hinders nothing.
    if not change_if(posts(), post.id, {"state": post.state, "edition": post.edition} | decisions.as_read(post), changes, [entry], now):
        raise Conflict(CHANGED_MEANWHILE)
    decisions.log_dropped(post, now)
    return again(post)


def finish_closing(_work: Work[Settings], now: datetime) -> int:
    """Due: what takes nobody any more is cancelled, and says so, once those who signed up have heard. How many had their turn."""
    due = [post for post in with_time_before("closing_at", now, AT_MOST) if post.state != CLOSING or places.is_shut(post)]
    for post in due:
        group, state = groups.by_id(post.group), rules.after(rules.CANCEL, post.state)
        gone = {"closing_at": None, "ends_at": None}
        if state is None or group is None:  # taken down meanwhile, which has told more than this would
            change_if(posts(), post.id, {"state": post.state}, gone, (), now)
            continue
        entries = [message("event.cancelled.v1", post.id, told_of_end(post, group, post.ended["reason"]), now=now)]
        if post.submitted_at:  # whoever hears the first takes it that nothing waits any more, and its organiser's note does
            waits = {"kind": post.kind, "id": post.id, "areas": areas_of(post.kind, post.waiting)}
            entries.append(message("post.submitted.v1", post.id, waits, now=now))
        facts = {"state": post.state, "submitted_at": post.submitted_at or {"$exists": False}}
        change_if(posts(), post.id, facts, {**gone, "state": state}, entries, now)
    return len(due)


def pass_over(_work: Work[Settings], now: datetime) -> int:
    """Due: events that have ended are past, and nobody finds them any more. How many had their turn."""
    due = with_time_before("ends_at", now, AT_MOST)
    for post in due:
        facts = {"state": post.state, "ends_at": post.ends_at} | decisions.as_read(post)
        over = {**NOT_WAITING, "state": PAST, "listed": None} if post.state == PUBLISHED else {}
        unread = [message("post.submitted.v1", post.id, told_back(post), now=now)] if over and post.submitted_at else []
        if change_if(posts(), post.id, facts, {**over, "ends_at": None}, unread, now) and over:
            decisions.log_dropped(post, now)
    return len(due)
