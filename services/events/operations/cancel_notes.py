"""An organiser's own words about an event that was cancelled. The reason went out at once; these wait until a person has read them.

They lie in the post's `waiting` beside what people saw, so that the review desk, the safeguarding desk and the log treat them as any
other words. The post stays cancelled whatever becomes of them. Once published they are on its page, and go to each of those who had
signed up, in batches that may be repeated: a note is given once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.events.operations import decisions, held, notes
from services.events.operations.facts import areas_of, told_back
from services.events.operations.held import Source
from services.events.operations.publishing import NOT_WAITING
from services.events.rules import checks
from services.events.rules import places as place_rules
from services.events.rules.posts import CANCEL_NOTE, CANCELLED, CLOSING
from services.events.settings import Settings
from services.events.store import Post, SignUp
from services.events.store.places import after
from services.events.store.posts import by_id, posts, with_time_before
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.runtime.errors import Conflict, InvalidInput

POSTS_A_STEP, SIGN_UPS_A_STEP = 5, 100
TOO_LATE = "A note can be sent until the day itself is over, once. Look at how it stands."


def check(note: str) -> None:
    """Raises InvalidInput."""
    if flaw := checks.note_flaw(note):
        raise InvalidInput({"note": [flaw.plain]})


def waiting(post: Post) -> str:
    """The note that nobody has read yet, or ""."""
    return str((post.waiting or {}).get(CANCEL_NOTE, ""))


def shown(ended: Mapping[str, Any] | None) -> str:
    """The note that people may read, or ""."""
    return str((ended or {}).get("said", ""))


def may_offer(post: Post, now: datetime) -> bool:
    over = now >= post.slots[-1]["ends"] if post.slots else True
    return post.state in (CLOSING, CANCELLED) and not over and not post.waiting and not shown(post.ended)


def offer(work: Work[Settings], post: Post, note: str, *, ref: str, now: datetime) -> None:
    """Have it read. `ref`: who wrote it. Twice is once. Raises InvalidInput, Conflict."""
    check(note)
    if note in (waiting(post), shown(post.ended)):
        return
    if not may_offer(post, now):
        raise Conflict(TOO_LATE)
    areas = areas_of(post.kind, post.live)
    held.look(work, {CANCEL_NOTE: note}, Source(post.kind, post.id, areas, ref), now)
    changes = {**NOT_WAITING, "waiting": {**post.live, CANCEL_NOTE: note}, "submitted_at": now}
    entry = message("post.submitted.v1", post.id, {"kind": post.kind, "id": post.id, "areas": areas}, now=now)
    facts = {"state": post.state, "submitted_at": {"$exists": False}} | decisions.as_read(post)
    if not change_if(posts(), post.id, facts, changes, [entry], now):
        found = by_id(post.id)
        if found is None or waiting(found) != note:
            raise Conflict("It changed this very second. Look again, then press the button once more.")


def publish(post: Post, facts: Mapping[str, Any], now: datetime) -> bool:
    """Show it on the event's page, and have it told; False where `facts` no longer hold."""
    ended = {**post.ended, "said": waiting(post)}
    changes = {**NOT_WAITING, "ended": ended, "changed_at": now, "note_due": now, "note_after": None}
    entry = message("post.submitted.v1", post.id, told_back(post), now=now)
    return change_if(posts(), post.id, facts, changes, [entry], now)


def give(work: Work[Settings], now: datetime) -> int:
    """Due: tell those who had a place or waited for one. How many notes had their turn."""
    return sum(_give(work, post, now) for post in with_time_before("note_due", now, POSTS_A_STEP))


def _give(work: Work[Settings], post: Post, now: datetime) -> int:
    """The next of them; while it is being cancelled they hear of that first."""
    if post.state == CLOSING:
        return 0
    said, goes = shown(post.ended), post.state == CANCELLED and now < post.slots[-1]["ends"]
    found = after(post.slots[0]["id"], post.note_after, SIGN_UPS_A_STEP) if goes and said else []
    for one in filter(_hears, found):
        occasion = f"{notes.CANCEL_NOTE}:{one.id}"
        notes.give(work, occasion, one.ref, notes.CANCEL_NOTE, {"note": said, "event": post.id}, now=now)
    more = len(found) == SIGN_UPS_A_STEP
    changes = {"note_after": found[-1].id} if more else {"note_due": None, "note_after": None}
    change_if(posts(), post.id, {"note_due": post.note_due}, changes, (), now)
    return len(found)


def _hears(one: SignUp) -> bool:
    """Who had a place when it was cancelled, or waited for one, and has an address. A repeat's owner is told of the first."""
    had = one.state == place_rules.PLACED or (one.state == place_rules.REFUSED and one.reason == place_rules.CANCELLED)
    return had and bool(one.ref) and bool(one.given)
