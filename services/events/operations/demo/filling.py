"""Putting the demo data into a store, once. It takes up where a run that was cut short left off.

Everything happened some days ago, by its own clock, so that no mail about it goes out any more; only what changes were asked for is new.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.events.operations import carrying_out, drafts, groups, places, review, sign_ups
from services.events.operations.demo.events import CHANGES_ASKED, DRAFT, EVENTS, WAITING, Demo
from services.events.operations.demo.events import USUAL as USUAL_EVENT
from services.events.operations.demo.groups import GROUPS, OURS
from services.events.operations.demo.initiatives import INITIATIVES
from services.events.operations.demo.initiatives import USUAL as USUAL_INITIATIVE
from services.events.operations.demo.people import GUESTS, Guest
from services.events.operations.sign_ups import Wish
from services.events.rules.posts import ASK, EVENT, INITIATIVE, PUBLISH, SUBMITTED, UNDO_WITHIN
from services.events.rules.posts import DRAFT as UNSENT
from services.events.rules.reviewing import Choice
from services.events.settings import Settings
from services.events.store import Group, Post
from services.events.store.groups import by_id as group_by_id
from services.events.store.groups import of_organiser
from services.events.store.places import entries
from services.events.store.posts import by_id
from shared.messaging.work import Work
from shared.reference.choices import codes
from shared.runtime.clock import in_london
from shared.security.sessions import LASTS, MODERATOR, Session

MARKERS, MARKER = "markers", "demo-posts-1"
FIRST_SENT = timedelta(days=24)  # ago; initiatives are asked whether they are still on a month after they were checked
READ_AFTER = timedelta(minutes=40)
BETWEEN = timedelta(hours=12)  # one post and the next
SIGNED_UP = timedelta(days=2)  # ago, so that no mail about it goes out any more
ASKED_FOR, NOTE = ("access", "unclear"), "What happens from seven to half past eight? And is there a lift?"


def fill(work: Work[Settings], ours: str, theirs: str) -> int:
    """The number of posts made; 0 when this store has had its demo data. `ours`: the ref of the organiser who can sign in."""
    if work.db[MARKERS].find_one({"_id": MARKER}):
        return 0
    now = work.clock()
    made = {name: _group(work, name, ours if name in OURS else theirs, now - FIRST_SENT) for name in GROUPS}
    at = now - FIRST_SENT
    for number, (kind, name, content) in enumerate(_published(now)):
        post = _post(made[name], kind, f"published/{number}", content, at)
        _publish(work, post, at)
        _sign_up(work, post, GUESTS.get(content["title"], ()), now - SIGNED_UP)
        at += BETWEEN
    waiting = _post(made[WAITING.group], EVENT, "waiting", _content(WAITING, now), now - timedelta(hours=3))
    _send(work, waiting, now - timedelta(hours=3))
    asked = _post(made[CHANGES_ASKED.group], EVENT, "asked", _content(CHANGES_ASKED, now), now - timedelta(days=2))
    _choose(work, asked, Choice(ASK, reasons=ASKED_FOR, note=NOTE), now - timedelta(days=2))
    _post(made[DRAFT.group], EVENT, "draft", _content(DRAFT, now), now - timedelta(minutes=30))
    work.db[MARKERS].insert_one({"_id": MARKER, "at": now})
    return len(EVENTS) + len(INITIATIVES) + 3


def _published(now: datetime) -> list[tuple[str, str, Mapping[str, Any]]]:
    """(kind, group, content), as they are sent one after the other."""
    events = [(EVENT, one.group, _content(one, now)) for one in EVENTS]
    return events + [(INITIATIVE, name, {**USUAL_INITIATIVE, **says}) for name, says in INITIATIVES.items()]


def _content(one: Demo, now: datetime) -> dict[str, Any]:
    day = in_london(now).date() + timedelta(days=one.day)
    return {**USUAL_EVENT, **one.says, "date": day.isoformat()}


def _group(work: Work[Settings], name: str, ref: str, at: datetime) -> Group:
    answers = GROUPS[name]
    found = [group for group in of_organiser([ref]) if group.about["name"] == answers["name"]]
    return found[0] if found else groups.make(work, answers, ref, now=at)


def _post(group: Group, kind: str, name: str, content: Mapping[str, Any], at: datetime) -> Post:
    """A draft; or what a run that was cut short has made of it."""
    id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{MARKER}/{name}/{group.id}"))
    return by_id(id_) or drafts.make(group, kind, now=at, content=content, id_=id_)


def _publish(work: Work[Settings], post: Post, at: datetime) -> None:
    _choose(work, post, Choice(PUBLISH, checklist=codes("checklist")), at)


def _sign_up(work: Work[Settings], draft: Post, guests: Sequence[Guest], at: datetime) -> None:
    """One after the other, but for those whom a run that was cut short has left there; settled here, or by the worker if it is quicker."""
    post = by_id(draft.id) if guests else None
    if post is None:
        return
    slot = post.slots[0]["id"]
    for guest in guests[len(entries(slot)) :]:
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{slot}/{guest.first_name}"))
        sign_ups.ask(work, post, slot, Wish(guest.first_name, guest.address, guest.bringing, guest.access_needs), now=at, key=key)
    places.settle(work, at)


def _choose(work: Work[Settings], post: Post, choice: Choice, at: datetime) -> None:
    """Sent at that moment, read a little later, carried out a minute after that: here, or by the worker if it is quicker."""
    sent, read_at = _send(work, post, at), at + READ_AFTER
    if sent.state != SUBMITTED:
        return
    reviewer = Session(str(uuid.uuid5(uuid.NAMESPACE_URL, MARKER)), "Moss", (MODERATOR,), (), (), read_at, read_at + LASTS)
    review.choose(work, sent.id, choice, review.seen_of(work, review.item(sent.id, reviewer)), by=reviewer, now=read_at)
    carrying_out.carry_out(work, read_at + UNDO_WITHIN)


def _send(work: Work[Settings], post: Post, at: datetime) -> Post:
    group = group_by_id(post.group)
    if post.state != UNSENT or group is None:
        return post
    return drafts.send(work, post, group, ref=group.organisers[0], now=at)
