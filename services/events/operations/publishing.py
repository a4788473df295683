"""From waiting to live: the one place where words become something that people can find.

A reviewer's choice lies in the post for a minute, in which anybody may undo it; then the worker carries it out, in one
conditional update that holds the new state and the messages. A crash in between leaves it for the next step.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from services.events.operations.facts import listed, slots_of, slug_of, told
from services.events.rules import posts as rules
from services.events.rules.posts import EVENT, INITIATIVE
from services.events.rules.still_on import checked
from services.events.settings import Settings
from services.events.store import Group, Post
from services.events.store.posts import posts
from shared.messaging.outbox import Entry, change_if, message
from shared.messaging.work import Work
from shared.runtime.crash_points import reach


def publish(
    work: Work[Settings],
    post: Post,
    group: Group,
    content: Mapping[str, Any],
    facts: Mapping[str, Any],
    now: datetime,
    *,
    beside: Mapping[str, Any] = MappingProxyType({}),
    entries: Sequence[Entry] = (),
) -> bool:
    """Show `content` to everybody and say so, if `facts` still hold. The group must be approved.

    The first time it gets its address; after that its edition goes up and the message names what has changed. `beside`,
    `entries`: what else the same update holds, as words that wait to be read while times change at once.
    """
    before = post.live
    post.live, post.edition = dict(content), (post.edition or 0) + 1
    post.slug = post.slug or slug_of(content["title"], post.id)
    changes: dict[str, Any] = {"live": post.live, "slug": post.slug, "edition": post.edition, "state": rules.PUBLISHED}
    if post.kind == EVENT:
        post.slots = slots_of(content, post.slots or ())
        changes |= {"slots": post.slots, "ends_at": post.slots[-1]["ends"], "places_due": now}
    elif not post.last_checked:
        post.last_checked = now
        changes |= checked(now)
    elif not post.check_due:  # it was away, and nobody was asked meanwhile
        changes["check_due"] = now
    changes["listed"] = None if group.paused_at else listed(post, content, post.slots or (), group, now)
    changes |= {"changed_at": now} if before is not None else {"published_at": now, "changed_at": now}
    names = rules.changed(before, content) if before is not None else []
    entry = message(_TYPES[post.kind][before is not None], post.id, told(work, post, content, group, names), now=now)
    done = change_if(posts(), post.id, facts, changes | NOT_WAITING | dict(beside), [entry, *entries], now)
    reach("publish.after-update")
    return done


# What goes once something has been read: it waits for nobody any more.
NOT_WAITING: dict[str, Any] = {
    "waiting": None,
    "submitted_at": None,
    "decision": None,
    "decision_due": None,
    "asked": None,
    "reader": None,
}
# kind → what is said when it is first shown, and after that
_TYPES: Mapping[str, tuple[str, str]] = {
    EVENT: ("event.published.v1", "event.changed.v1"),
    INITIATIVE: ("initiative.published.v1", "initiative.changed.v1"),
}
