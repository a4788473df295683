"""A slot never overbooks: every way to get a place, to lose one and to hear of it goes through these steps.

1. The sign-up is in the store, `requested`, with all that its person gave (`sign_ups`), or `cancelling`.
2. The slot's roster decides, in one update that is idempotent by the sign-up's id: `decide`, `release`, `call`, and for a whole queue
   `_end_queue`. It notes what its sign-ups have yet to hear, in the same update.
3. `settle`, by the worker: each sign-up moves forward with the messages that tell of it, then the roster drops exactly those notes.

Whoever dies in between leaves something that `sweep` or `settle` finds. Conditions are on facts, never on a version number. The roster
carries no messages: with hundreds in it each of its updates took three times as long.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from services.events.operations.facts import told_of_sign_up
from services.events.rules import places as rules
from services.events.rules import posts as post_rules
from services.events.rules.places import CANCELLING, FULL, LAST, LEFT, OPEN, PLACED, QUEUED, REFUSED, REQUESTED, SHUT, Answer
from services.events.settings import Settings
from services.events.store import Post, SignUp, posts
from services.events.store.places import (
    MOST_ENTRIES,
    Head,
    entries,
    entry,
    head,
    heads_due,
    rosters,
    sign_ups,
    these,
    unsettled,
    with_time_before,
)
from shared.messaging import handover
from shared.messaging.outbox import Entry, change_if, first_messages, message, pending
from shared.messaging.work import Work
from shared.privacy import retention
from shared.runtime.crash_points import reach
from shared.runtime.quiet_hours import quiet_ends

ROSTERS_A_STEP, PAIRS_A_STEP, SIGN_UPS_A_STEP = 20, 100, 200
SWEEP_AFTER = timedelta(seconds=10)  # longer than a request lasts
INTERACTION = {"interaction": 1}
# What of a sign-up leads to a person, and goes when its place does. The link's hash stays, so that a second click is told that it worked.
PERSONAL = ("person", "private", "needs", "sealed", "offer", "requested_at", "cancelling_at")
_BY_STATE = {
    post_rules.CLOSING: rules.CANCELLED,
    post_rules.CANCELLED: rules.CANCELLED,
    post_rules.TAKEN_DOWN: rules.TAKEN_DOWN,
}


class Bookable(Protocol):
    """What a roster needs of its event: the whole post, or as people find it."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def live(self) -> Mapping[str, Any]: ...
    @property
    def slots(self) -> Sequence[Mapping[str, Any]]: ...


# Deciding


def decide(sign_up: SignUp, post: Bookable, now: datetime) -> Answer:
    """The roster's answer to a sign-up that is in the store; asked again, the same answer. Whoever asks first makes the roster."""
    _decide(sign_up, now)
    found = entry(sign_up.slot, sign_up.id)
    if found is None:  # refused, or there was no roster: it may be there by now, made by somebody in this very moment
        if head(sign_up.slot) is None:
            _make(post, sign_up.slot, now)
        _decide(sign_up, now)
        found = entry(sign_up.slot, sign_up.id)
    reach("places.after-decision")
    if found is None:
        return refusal(sign_up.slot, post)
    return Answer(PLACED) if found.position is None else Answer(QUEUED, found.position)


def _decide(sign_up: SignUp, now: datetime) -> None:
    """One update; none where the roster is not there, has decided before, or does not take this one."""
    id_, party = sign_up.id, sign_up.party
    new = {"_id": sign_up.slot, "entries.id": {"$ne": id_}, f"entries.{MOST_ENTRIES - 1}": {"$exists": False}}
    placed = {"id": id_, "party": party, "state": PLACED}
    queued = {"id": id_, "party": party, "state": QUEUED, "position": {"$add": ["$waiting", 1]}}
    there_is_room = {"$gte": ["$free", party]}
    fits = {"$and": [there_is_room, {"$eq": ["$waiting", 0]}]}
    decided = [{"$cond": [fits, placed, queued]}]
    to_be_called = {"$and": [there_is_room, {"$ne": ["$waiting", 0]}]}  # a larger party before them waits for more than is free
    # In one stage, where each name is still the value before: every stage would copy the whole roster once more.
    step: dict[str, Any] = {
        "entries": {"$concatArrays": ["$entries", decided]},
        "unsettled": {"$concatArrays": ["$unsettled", decided]},
        "unsettled_at": {"$ifNull": ["$unsettled_at", now]},
        "free": {"$cond": [fits, {"$subtract": ["$free", party]}, "$free"]},
        "waiting": {"$cond": [fits, "$waiting", {"$add": ["$waiting", 1]}]},
        "call_due": {"$cond": [to_be_called, {"$ifNull": ["$call_due", now]}, "$call_due"]},
    }
    if not rosters().update_one({**new, "taking": OPEN}, [{"$set": step}]).modified_count:
        last = {**new, "taking": LAST, "free": {"$gte": party}, "waiting": 0}
        change = {"$inc": {"free": -party}, "$push": {"entries": placed, "unsettled": placed}, "$min": {"unsettled_at": now}}
        rosters().update_one(last, change)


def refusal(slot: str, post: Bookable) -> Answer:
    """What somebody is told whom the roster does not take."""
    found = head(slot)
    shut = found is not None and found.taking == SHUT
    return Answer(REFUSED, reason=_BY_STATE.get(post.state, rules.CLOSED) if shut else FULL)


def _make(post: Bookable, slot_id: str, now: datetime) -> None:
    """The roster of a slot. What happens to the event in this very second reaches it all the same: the post is marked to be looked at."""
    slot = slot_of(post, slot_id)
    timed = {name: value for name, value in _timed(slot, now, shown=True).items() if value is not None}
    row = {
        "event": post.id,
        "capacity": slot["capacity"],
        "free": slot["capacity"],
        "waiting": 0,
        "entries": [],
        "unsettled": [],
        **timed,
    }
    with suppress(DuplicateKeyError):
        rosters().update_one({"_id": slot_id}, {"$setOnInsert": row}, upsert=True)
    change_if(posts.posts(), post.id, {}, {"places_due": now}, (), now)


def slot_of(post: Bookable, slot_id: str) -> Mapping[str, Any]:
    return next(slot for slot in post.slots if slot["id"] == slot_id)


def refuse(sign_up: SignUp, reason: str, now: datetime) -> None:
    """The roster did not take it: nothing personal is kept, nobody is mailed."""
    _move(sign_up, REFUSED, now, reason=reason)


def refused(new: SignUp, reason: str, now: datetime) -> None:
    """The same of one that is not in the store yet."""
    new.state, new.reason = REFUSED, reason
    for name in PERSONAL:
        setattr(new, name, None)
    for name, value in first_messages([_told(new, REQUESTED, None, now)], now).items():
        setattr(new, name, value)


# Leaving, and calling the next


def cancel(sign_up: SignUp, now: datetime) -> None:
    """Give the place, or the place in the queue, back. Twice frees one seat."""
    live = {"state": {"$in": [REQUESTED, QUEUED, PLACED]}}
    gone = dict.fromkeys(name for name in PERSONAL if name != "cancelling_at")
    if change_if(sign_ups(), sign_up.id, live, {**gone, "state": CANCELLING, "cancelling_at": now}, (), now):
        reach("leave.after-update")
        release(sign_up, now)


def release(sign_up: SignUp, now: datetime) -> None:
    """The roster's half of leaving. Nobody can take the freed seat before those who wait: placing needs an empty queue."""
    told: dict[str, Any] = {"$push": {"unsettled": {"id": sign_up.id, "state": LEFT}}, "$set": {"entries.$.state": LEFT}}
    was_placed: dict[str, Any] = {"$inc": {"free": sign_up.party}, "$min": {"unsettled_at": now, "call_due": now}}
    was_queued: dict[str, Any] = {"$inc": {"waiting": -1}, "$min": {"unsettled_at": now}}
    was_refused: dict[str, Any] = {"$min": {"unsettled_at": now}}  # the queue ended before this came: nobody has heard of that yet
    for state, change in ((PLACED, was_placed), (QUEUED, was_queued), (REFUSED, was_refused)):
        if rosters().update_one(_with_entry(sign_up.slot, sign_up.id, state), {**told, **change}).modified_count:
            reach("leave.after-roster")
            return
    if entry(sign_up.slot, sign_up.id) is None:  # nobody had decided on it yet
        _move(sign_up, LEFT, now)


def call(_work: Work[Settings], now: datetime) -> int:
    """Due: give free places to those who wait, in order; the first whose party fits. How many were called."""
    return sum(_call(found, now) for found in heads_due("call_due", now, ROSTERS_A_STEP))


def _call(found: Head, now: datetime) -> int:
    if not rules.may_call(now, found.starts):
        later = now < rules.queue_closes(found.starts)
        change_if(rosters(), found.slot, {"call_due": {"$lte": now}}, {"call_due": quiet_ends(now) if later else None}, (), now)
        return 0
    free, called, known = found.free, 0, entries(found.slot)
    for one in known:
        if one.state == QUEUED and one.party <= free and _called(found.slot, one.id, one.party, now):
            free, called = free - one.party, called + 1
    # Where a place was freed or somebody came meanwhile, the mark stands.
    as_it_was = {"call_due": {"$lte": now}, "free": free, "entries": {"$size": len(known)}}
    change_if(rosters(), found.slot, as_it_was, {"call_due": None}, (), now)
    return called


def _called(slot: str, id_: str, party: int, now: datetime) -> bool:
    facts = {**_with_entry(slot, id_, QUEUED), "free": {"$gte": party}}
    change = {
        "$set": {"entries.$.state": PLACED},
        "$inc": {"free": -party, "waiting": -1},
        "$push": {"unsettled": {"id": id_, "state": PLACED}},
        "$min": {"unsettled_at": now},
    }
    return rosters().update_one(facts, change).modified_count == 1


# Telling the sign-ups


def settle(_work: Work[Settings], now: datetime) -> int:
    """Due: bring to the sign-ups what their rosters decided. How many pairs had their turn."""
    return sum(_settle(found.slot, now) for found in heads_due("unsettled_at", now, ROSTERS_A_STEP))


def _settle(slot: str, now: datetime) -> int:
    pairs = unsettled(slot, PAIRS_A_STEP)
    found = these([pair["id"] for pair in pairs])
    updates = [update for pair in pairs if pair["id"] in found and (update := _forward(found[pair["id"]], pair, now))]
    if updates:
        sign_ups().bulk_write(updates)
    reach("settle.after-sign-ups")
    if pairs:
        _drop_told(slot, pairs)
    rosters().update_one({"_id": slot, "unsettled": {"$size": 0}}, {"$unset": {"unsettled_at": 1}})
    return len(pairs)


def _drop_told(slot: str, pairs: Sequence[Mapping[str, Any]]) -> None:
    """Notes are only ever added at the end and dropped from the front: where the first and the last are still in their places so are those
    between them, and the front is cut off. That costs a quarter of looking for each where thousands are left, as after an event was
    called off; where another worker was quicker, each is looked for."""
    ends = {0: pairs[0], len(pairs) - 1: pairs[-1]}
    as_read = {f"unsettled.{place}.{name}": pair[name] for place, pair in ends.items() for name in ("id", "state")}
    rest = {"$slice": ["$unsettled", len(pairs), 4 * MOST_ENTRIES]}  # of each at most three: queued, placed, and how it ended
    if rosters().update_one({"_id": slot, **as_read}, [{"$set": {"unsettled": rest}}]).matched_count:
        return
    for state in {pair["state"] for pair in pairs}:
        ids = [pair["id"] for pair in pairs if pair["state"] == state]
        rosters().update_one({"_id": slot}, {"$pull": {"unsettled": {"state": state, "id": {"$in": ids}}}})


def _move(sign_up: SignUp, state: str, now: datetime, *, reason: str | None = None) -> None:
    if update := _forward(sign_up, {"state": state, "reason": reason}, now):
        sign_ups().bulk_write([update])


def _forward(sign_up: SignUp, to: Mapping[str, Any], now: datetime) -> UpdateOne | None:
    """One sign-up's step to what the roster noted {state, position, reason}, with what it tells; None where it is there or past it.

    The document in hand moves too: the next pair may be about it again.
    """
    before, state, position = sign_up.state, to["state"], to.get("position")
    if before not in rules.FORWARD[state]:
        return None
    sign_up.state, sign_up.reason = state, to.get("reason")
    changes: dict[str, Any] = {"state": state, **({"reason": sign_up.reason} if sign_up.reason else {})}
    gone: Sequence[str] = PERSONAL if state in (LEFT, REFUSED) else ("requested_at",)
    told = [_told(sign_up, before, position, now)]
    if before == REQUESTED and state in rules.LIVE:
        if not sign_up.given:
            changes["given"] = {"state": state, **({"position": position} if position else {})}
        if sign_up.sealed:
            offered = offer_of(sign_up.ref, sign_up.sealed, state, now, position=position, replaces=sign_up.replaces)
            told, changes, gone = [offered, *told], {**changes, "offer": handover.kept(offered, now)}, (*gone, "sealed")
    return UpdateOne({"_id": sign_up.id, "state": before}, {"$set": changes, "$unset": dict.fromkeys(gone, 1), **pending(told, now)})


_SAYS = {PLACED: "sign-up.placed.v1", QUEUED: "sign-up.queued.v1", LEFT: "sign-up.left.v1", REFUSED: "sign-up.refused.v1"}


def _told(sign_up: SignUp, before: str, position: int | None, now: datetime) -> Entry:
    first, live = before == REQUESTED, sign_up.state in rules.LIVE
    type_ = _SAYS[sign_up.state] if first or sign_up.state != PLACED else "sign-up.promoted.v1"
    # Whoever was refused before the roster took them was never offered to notify, and has no ref there.
    data = told_of_sign_up(sign_up, INTERACTION if first and live else {}, position=position, with_ref=live or not first)
    return message(type_, sign_up.id, data, now=now)


def offer_of(ref: str, sealed: str, outcome: str, now: datetime, *, position: int | None = None, replaces: str | None = None) -> Entry:
    """The address, on its way to notify: `outcome` says which mail it asks for."""
    data: dict[str, Any] = {"ref": ref, "kind": "place", "sealed": sealed, "outcome": outcome}
    data |= {"position": position} if position else {}
    return message("contact.offered.v1", ref, data | ({"replaces": replaces} if replaces else {}), now=now)


# What a crash has left, and what time and the event's own changes bring


def sweep(_work: Work[Settings], now: datetime) -> int:
    """Due: sign-ups that nobody has decided on, and places that were given back and not freed. How many had their turn."""
    before = now - SWEEP_AFTER
    asked = with_time_before("requested_at", before, SIGN_UPS_A_STEP)
    leaving = with_time_before("cancelling_at", before, SIGN_UPS_A_STEP)
    for sign_up in asked:
        post = posts.by_id(sign_up.event)
        if post and (said := decide(sign_up, post, now)).state == REFUSED:
            refuse(sign_up, said.reason or FULL, now)
    for sign_up in leaving:
        release(sign_up, now)
    return 0  # those that wait to be settled come again: not at once


def arrange(_work: Work[Settings], now: datetime) -> int:
    """Due: bring rosters into line with their event, and with the time of day. How many events had their turn."""
    changed = posts.with_time_before("places_due", now, ROSTERS_A_STEP)
    for post in changed:
        _arrange(post, now)
        change_if(posts.posts(), post.id, {"places_due": post.places_due}, {"places_due": None}, (), now)
    turned = {found.event for found in heads_due("turn_due", now, ROSTERS_A_STEP)}
    for event in turned:
        if (of_event := posts.by_id(event)) is not None:
            _arrange(of_event, now)
    return len(changed) + len(turned)


def is_shut(post: Post) -> bool:
    """Whether every roster of an event takes nobody and all its sign-ups have heard so."""
    found = [head(slot["id"]) for slot in post.slots or ()]
    return all(one is None or (one.taking == SHUT and one.waiting == 0 and one.settled) for one in found)


def _arrange(post: Post, now: datetime) -> None:
    for slot in post.slots or ():
        if found := head(slot["id"]):
            _resize(found, slot.get("capacity") or found.capacity, now)
            _turn(found, post, slot, now)


def _resize(found: Head, capacity: int, now: datetime) -> None:
    """More places are called out in order; fewer evict nobody."""
    if capacity == found.capacity:
        return
    change = {"$set": {"capacity": capacity}, "$inc": {"free": capacity - found.capacity}, "$min": {"call_due": now}}
    rosters().update_one({"_id": found.slot, "capacity": found.capacity}, change)


def _turn(found: Head, post: Post, slot: Mapping[str, Any], now: datetime) -> None:
    shown = post.state == post_rules.PUBLISHED and bool(post.listed)
    timed = _timed(slot, now, shown=shown)
    change_if(rosters(), found.slot, {}, timed, (), now)
    if found.starts != slot["starts"]:
        sign_ups().update_many(
            {"slot": found.slot, "forget_at": {"$exists": True}}, {"$set": {"forget_at": slot["ends"] + retention.A_PLACE.lasts}}
        )
    # Hidden with its group, for a while: its queue stays as it is.
    if post.state in _BY_STATE or now >= rules.queue_closes(slot["starts"]):
        _end_queue(found.slot, _BY_STATE.get(post.state, FULL), now)


def _timed(slot: Mapping[str, Any], now: datetime, *, shown: bool) -> dict[str, Any]:
    """The part of a roster that the event and the time of day decide."""
    starts, evening = slot["starts"], rules.eve(slot["starts"])
    return {
        "starts": starts,
        "ends": slot["ends"],
        "taking": rules.taking(now, starts, shown=shown),
        "turn_due": rules.next_turn(now, starts),
        "eve_due": evening if now < evening else None,
    }


def _end_queue(slot: str, reason: str, now: datetime) -> None:
    """Nobody is called any more: all who wait hear so, in one update however many they are."""
    is_queued = {"$eq": ["$$one.state", QUEUED]}
    waiting = {"$filter": {"input": "$entries", "as": "one", "cond": is_queued}}
    refused = {"$mergeObjects": ["$$one", {"state": REFUSED}]}
    steps: list[dict[str, Any]] = [
        {"$set": {"gone": {"$map": {"input": waiting, "as": "one", "in": {"id": "$$one.id", "state": REFUSED, "reason": reason}}}}},
        {
            "$set": {
                "entries": {"$map": {"input": "$entries", "as": "one", "in": {"$cond": [is_queued, refused, "$$one"]}}},
                "unsettled": {"$concatArrays": ["$unsettled", "$gone"]},
                "unsettled_at": {"$ifNull": ["$unsettled_at", now]},
                "waiting": 0,
            }
        },
        {"$unset": ["gone", "call_due"]},
    ]
    rosters().update_one({"_id": slot, "waiting": {"$gt": 0}}, steps)


def _with_entry(slot: str, id_: str, state: str) -> dict[str, Any]:
    return {"_id": slot, "entries": {"$elemMatch": {"id": id_, "state": state}}}
