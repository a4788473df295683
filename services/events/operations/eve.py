"""The evening before: an event tells its organisers how many come, as numbers. Once for each start, however often it is asked."""

from datetime import datetime

from services.events.operations import roster
from services.events.rules.posts import PUBLISHED
from services.events.settings import Settings
from services.events.store import Post, groups, posts
from services.events.store.places import Head, heads_due, rosters
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.runtime.clock import in_london

AT_MOST = 50


def tell(_work: Work[Settings], now: datetime) -> int:
    """Due: say who comes tomorrow; on the day itself that would be wrong, and her page says it all. How many slots had their turn."""
    due = heads_due("eve_due", now, AT_MOST)
    for found in due:
        if (post := posts.by_id(found.event)) is not None and in_london(now).date() < in_london(found.starts).date():
            _tell(post, found, now)
        # A slot that is moved meanwhile has an evening of its own.
        change_if(rosters(), found.slot, {"eve_due": {"$lte": now}, "starts": found.starts}, {"eve_due": None}, (), now)
    return len(due)


def _tell(post: Post, found: Head, now: datetime) -> None:
    """In the post's own update, if people can still find it and it begins then."""
    group = groups.by_id(post.group)
    if group is None or post.state != PUBLISHED or not post.listed:
        return
    told = {
        "id": post.id,
        "slot": found.slot,
        "refs": list(group.organisers),
        "placed": found.taken,
        "waiting": found.waiting,
        "access_needs": roster.access_needs(found.slot),
    }
    entry = message("event.eve.v1", post.id, told, now=now)
    facts = {"state": PUBLISHED, "slots.starts": found.starts, "eve_told": {"$ne": found.starts}}
    change_if(posts.posts(), post.id, facts, {"eve_told": found.starts}, [entry], now)
