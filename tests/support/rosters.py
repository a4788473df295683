"""A slot with very many people, put into the store as the worker leaves it: decided, told and published long ago.

fill(work, post, 5_000)
"""

import uuid
from datetime import timedelta
from typing import Any

from services.events.operations.sign_ups import KEY
from services.events.rules import places as rules
from services.events.rules.places import PLACED, QUEUED
from services.events.store import Post
from services.events.store.places import rosters, sign_ups
from shared.messaging.work import Work
from shared.privacy import retention
from shared.runtime.clock import iso_week
from shared.security.references import new_reference
from shared.security.sealing import lock

BATCH = 200


def fill(work: Work[Any], post: Post, count: int) -> list[str]:
    """So many sign-ups of one each: as many placed as there are places, the others in the queue. Their ids, in order."""
    slot, capacity = post.slots[0], post.slots[0]["capacity"]
    entries: list[dict[str, Any]] = []
    for number in range(count):
        id_ = str(uuid.uuid4())
        waits = {"state": QUEUED, "position": number - capacity + 1}
        entries.append({"id": id_, "party": 1, **(waits if number >= capacity else {"state": PLACED})})
    private = lock(KEY, work.settings.events_key, {"first_name": "Sam", "access_needs": "", "consents": []})
    rows = [_row(post, one, private, work) for one in entries]
    for start in range(0, count, BATCH):
        sign_ups().insert_many(rows[start : start + BATCH])
    now, placed = work.clock(), min(count, capacity)
    roster = {
        "event": post.id,
        "starts": slot["starts"],
        "ends": slot["ends"],
        "capacity": capacity,
        "taking": rules.taking(now, slot["starts"], shown=True),
        "free": capacity - placed,
        "waiting": count - placed,
        "entries": entries,
        "unsettled": [],
        "turn_due": rules.next_turn(now, slot["starts"]),
    }
    rosters().replace_one({"_id": slot["id"]}, roster, upsert=True)
    return [one["id"] for one in entries]


def _row(post: Post, entry: dict[str, Any], private: str, work: Work[Any]) -> dict[str, Any]:
    now, given = work.clock() - timedelta(days=1), {name: entry[name] for name in ("state", "position") if name in entry}
    return {
        "_id": entry["id"],
        "slot": post.slots[0]["id"],
        "event": post.id,
        "state": entry["state"],
        "reference": new_reference(),
        "party": 1,
        "private": private,
        "person": uuid.uuid4().hex,
        "given": given,
        "ref": str(uuid.uuid4()),
        "leave_hash": uuid.uuid4().hex,
        "theme": post.live["theme"],
        "area": post.live["area"],
        "channel": "direct",
        "week": iso_week(now),
        "made_at": now,
        "forget_at": post.slots[0]["ends"] + retention.A_PLACE.lasts,
    }
