"""Is it still on? Each initiative's group is asked once a month, by a mail with a link of its own, and answers with one POST.

The token is made of the post and the day that it was due, so that a crash between the notes and the post's own update asks again by
the very same link. Nobody who reads the store can make one: that takes events' own key.
"""

import base64
from contextlib import suppress
from datetime import datetime
from typing import Any

from services.events.operations import changing, notes
from services.events.operations.facts import areas_of, listed, told
from services.events.rules import still_on as rules
from services.events.rules.posts import INITIATIVE, PAST, PUBLISHED
from services.events.settings import Settings
from services.events.store import Group, Post, groups, posts
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.reference.choices import codes
from shared.runtime.crash_points import reach
from shared.runtime.errors import Conflict, Expired, InvalidInput, NotFound
from shared.security.sealing import keyed_hash
from shared.security.tokens import hash_token, looks_like_token

AT_MOST = 50
TRIES = 3
TOKEN_BYTES = 16


def ask(work: Work[Settings], now: datetime) -> int:
    """Due: ask the organisers of what nobody has spoken for in a month. How many had their turn."""
    due = posts.with_time_before("check_due", now, AT_MOST)
    for post in due:
        facts = {"state": post.state, "check_due": post.check_due}
        change_if(posts.posts(), post.id, facts, _asked(work, post, now), (), now)
    return len(due)


def age(_work: Work[Settings], now: datetime) -> int:
    """Due: say once that it may be out of date. How many had their turn."""
    due = posts.with_time_before("ageing_due", now, AT_MOST)
    for post in due:
        data = {"id": post.id, "group": post.group, "last_checked": post.last_checked.isoformat()}
        group = groups.by_id(post.group)
        refs = list(group.organisers) if group else []
        entries = [message("initiative.ageing.v1", post.id, data | {"refs": refs}, now=now)] if post.state == PUBLISHED else []
        facts = {"state": post.state, "ageing_due": post.ageing_due}
        change_if(posts.posts(), post.id, facts, {"ageing_due": None}, entries, now)
    return len(due)


class Over(Expired):
    """Its group has said that it is over: there is no question left."""


def behind(token: str, now: datetime) -> Post:
    """The initiative that a mailed link asks about. Raises NotFound, or Expired (Over) where it can be answered no more."""
    found = posts.by_check_hash(hash_token(token)) if looks_like_token(token) else None
    if found is None:
        raise NotFound("This link is not one of ours, or a newer one has taken its place. Look for our newest mail.")
    if found.state == PAST:
        raise Over("Nobody finds it any more, and its page says kindly that it has come to an end. Thank you for telling us.")
    if now >= found.asked_to_check_at + rules.LINK_LASTS:
        raise Expired("This link was good for 35 days. Sign in, and say on your group’s page how it is.")
    if found.state != PUBLISHED or not found.listed:
        raise Expired("Nobody can find this any more, so there is nothing to check. Your group’s page says more.")
    return found


def say(work: Work[Settings], token: str, has_room: str, now: datetime) -> None:
    """It runs, and this is how much room there is: people see both at once. Again is the same. Raises InvalidInput, NotFound, Expired."""
    if has_room not in codes("has-room"):
        raise InvalidInput({"has_room": ["Choose whether there is room"]})
    for _ in range(TRIES):
        post = behind(token, now)
        group = groups.by_id(post.group)
        if group and _kept(work, post, group, has_room, now):
            return
    raise Conflict("Somebody is changing this right now. Press the button once more.")


def end(token: str, now: datetime) -> None:
    """It has come to an end. Raises NotFound, Expired; Over where that was said before."""
    for _ in range(TRIES):
        post = behind(token, now)
        group = groups.by_id(post.group)
        if group:
            with suppress(Conflict):  # it changed in this moment: as it now is
                changing.end(post, group, now=now)
                return
    raise Conflict("Somebody is changing this right now. Press the button once more.")


def token_of(work: Work[Settings], post: Post) -> str:
    """22 signs, 128 bits, the same for the same post and day."""
    found = keyed_hash(work.settings.events_key, "still-on", f"{post.id}\0{post.check_due.isoformat()}")
    return base64.urlsafe_b64encode(bytes.fromhex(found)[:TOKEN_BYTES]).decode().rstrip("=")


def _asked(work: Work[Settings], post: Post, now: datetime) -> dict[str, Any]:
    """Give the notes, if there is anything to ask; what then changes in the post."""
    if post.state != PUBLISHED:
        return {"check_due": None}
    group = groups.by_id(post.group)
    if group is None or not post.listed:
        return {"check_due": now + rules.LOOK_AGAIN}
    token = token_of(work, post)
    for ref in group.organisers:
        occasion = f"{notes.STILL_ON}:{post.check_due:%Y-%m-%d}:{post.id}:{ref}"
        notes.give(work, occasion, ref, notes.STILL_ON, {"title": post.live["title"], "post": post.id}, token=token, now=now)
    return {"check_hash": hash_token(token), "asked_to_check_at": now, "check_due": now + rules.ASK_EVERY}


def _kept(work: Work[Settings], post: Post, group: Group, has_room: str, now: datetime) -> bool:
    """Its words stay; new ones that wait to be read go on waiting."""
    before = post.live.get("has_room")
    facts = {"state": PUBLISHED, "edition": post.edition, "check_hash": post.check_hash}
    post.live = {**post.live, "has_room": has_room}
    post.last_checked, post.edition = now, post.edition + (before != has_room)
    shown = {"live": post.live, "edition": post.edition, "listed": listed(post, post.live, (), group, now)}
    kept = {f"{name}.has_room": has_room for name in ("draft", "waiting") if getattr(post, name)}
    changed = ["last_checked", *(["has_room"] if before != has_room else [])]
    entries = [message("initiative.changed.v1", post.id, told(work, post, post.live, group, changed), now=now)]
    if post.submitted_at:  # whoever hears of a change takes it that nothing waits any more
        waits = {"kind": INITIATIVE, "id": post.id, "areas": areas_of(INITIATIVE, post.waiting or post.live)}
        entries.append(message("post.submitted.v1", post.id, waits, now=now))
    done = change_if(posts.posts(), post.id, facts, {**shown, **kept, **rules.checked(now), "changed_at": now}, entries, now)
    reach("still-on.after-update")
    return done
