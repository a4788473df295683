"""How many came: a head count by the organiser, at a booth with the conversations. No names, and it may be put right."""

from datetime import datetime, timedelta
from typing import Any

from services.events.operations.drafts import again
from services.events.rules.posts import EVENT, PAST, PUBLISHED
from services.events.store import Post
from services.events.store.posts import posts
from shared.messaging.outbox import change_if, message
from shared.reference.channels import BOOTHS, DIRECT
from shared.runtime.clock import iso_week
from shared.runtime.errors import Conflict, InvalidInput

COUNTED_FOR = timedelta(days=35)  # after it ended
MOST = 100_000
BOOTH = "booth"  # a kind of event


def may_count(post: Post, now: datetime) -> bool:
    """Whether it took place, and not too long ago."""
    if post.kind != EVENT or post.state not in (PAST, PUBLISHED) or not post.slots:
        return False
    ended = post.slots[-1]["ends"]
    return bool(ended <= now < ended + COUNTED_FOR)


def is_booth(post: Post) -> bool:
    return bool(post.live["kind"] == BOOTH)


def record(post: Post, people: int, conversations: int | None, *, now: datetime) -> None:
    """Keep the count and tell the difference to the former one. The same count again is nothing.

    `conversations`: of a booth, where they were counted. Raises InvalidInput, Conflict.
    """
    if not may_count(post, now):
        raise Conflict("How many came can be said from the end of an event until five weeks after it.")
    if not is_booth(post):
        conversations = None
    given = {"people": people, "conversations": conversations}
    wrong = {
        name: [f"Type a whole number from 0 to {MOST:,}"] for name, count in given.items() if count is not None and not 0 <= count <= MOST
    }
    if wrong:
        raise InvalidInput(wrong)
    if _same(post, given):
        return
    facts = {"state": post.state, "attendance.at": post.attendance["at"] if post.attendance else {"$exists": False}}
    entry = message("attendance.recorded.v1", post.id, _told(post, people, conversations), now=now)
    counted = {name: count for name, count in given.items() if count is not None} | {"at": now}
    if not change_if(posts(), post.id, facts, {"attendance": counted}, [entry], now) and not _same(again(post), given):
        raise Conflict("Somebody else has saved a count this very second. Look at it, then press the button once more.")


def _same(post: Post, given: dict[str, int | None]) -> bool:
    return bool(post.attendance) and all(post.attendance.get(name) == count for name, count in given.items())


def _told(post: Post, people: int, conversations: int | None) -> dict[str, Any]:
    former, booth = post.attendance or {}, is_booth(post)
    deltas = {"participant": people - former.get("people", 0)}
    if booth:
        deltas["interaction"] = (conversations or 0) - (former.get("conversations") or 0)
    return {
        "id": post.id,
        "slot": post.slots[0]["id"],
        "people": people,
        "theme": post.live["theme"],
        "area": post.live["area"],
        "week": iso_week(post.slots[0]["starts"]),
        "channel": BOOTHS if booth else DIRECT,
        "deltas": deltas,
        **({"conversations": conversations} if conversations is not None else {}),
    }
