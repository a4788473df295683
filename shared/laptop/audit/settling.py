"""Waiting until nothing is on its way any more."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.laptop import tally
from shared.laptop.stores import OFFERS, OUTBOXES, Store
from shared.runtime.clock import Clock

LOOK_EVERY = 0.5
UNSETTLED = (("rosters", "unsettled_at"), ("sign_ups", "requested_at"), ("sign_ups", "cancelling_at"))


def settle(stores: Mapping[str, Store], clock: Clock, seconds: float) -> dict[str, int]:
    """Until nothing moves, or for so many seconds. What is still on its way then."""
    until = time.monotonic() + seconds
    while (left := on_the_way(stores, clock())) and time.monotonic() < until:
        time.sleep(LOOK_EVERY)
    return left


def on_the_way(stores: Mapping[str, Store], now: datetime) -> dict[str, int]:
    """What is stored and not published, published and not counted, offered and not held, due and not sent; empty when all is quiet."""
    pledge, notify = stores["pledge"], stores["notify"]
    unfolded = sum(pledge["counted"].count_documents({field: {"$exists": True}}) for field in ("arrived", "batch"))
    found = {
        "to be published": _count(stores, OUTBOXES, "pending_since"),
        "to be added to the totals": unfolded,
        "offered to notify": _count(stores, OFFERS, "offer.due"),
        "places to be told": sum(_count(stores, {"events": [name]}, field) for name, field in UNSETTLED),
        "mails to be sent": 0 if notify["switches"].find_one({"_id": "mail"}) else _due(notify, now),
    }
    if not any(found.values()):
        found["to be counted"] = len(tally.take(pledge).waiting)
    return {what: count for what, count in found.items() if count}


def _count(stores: Mapping[str, Store], places: Mapping[str, Sequence[str]], field: str) -> int:
    there = {field: {"$exists": True}}
    return sum(stores[service][name].count_documents(there) for service, names in places.items() for name in names)


def _due(notify: Store, now: datetime) -> int:
    return notify["notifications"].count_documents({"next_attempt_at": {"$lte": now}})
