"""Small copies of what groups post, as events told: what the first page and a pledge's result page show of it.

A row has `starts`, `ends` and `near` exactly while it is an event that people can go to, so the sparse indexes hold nothing else; what has
ended leaves its id and sequence, so that a late copy of an earlier message finds them. The laptop's store reads a whole range whatever
the limit, so every list is asked for in short windows, the next only where the last held too few.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.store.indexes import index

LISTINGS, PAUSED_GROUPS = "listings", "paused_groups"
INDEXES = (
    index(LISTINGS, "starts", sparse=True),
    index(LISTINGS, "near", "starts", sparse=True),
    index(LISTINGS, "area", "starts", sparse=True),
    index(LISTINGS, "areas", sparse=True),
    index(LISTINGS, "ends", sparse=True),
    index(LISTINGS, "forget_at", sparse=True),
    index(PAUSED_GROUPS, "forget_at", sparse=True),
)

Row = dict[str, Any]


def starting(db: Database[Row], since: datetime, until: datetime, **where: str) -> list[Row]:
    """The events of groups that are not paused that start after `since`, up to `until`, the soonest first.

    `where`: nothing, or `near=` a borough, for it and those next door, or `area=` a borough, for it alone.
    """
    found = db[LISTINGS].find({**where, "starts": {"$gt": since, "$lte": until}})
    return sorted(_of_groups_that_are_shown(db, list(found)), key=lambda row: (row["starts"], row["_id"]))


def always_on(db: Database[Row], area: str) -> list[Row]:
    """The initiatives of groups that are not paused that name this borough, by their titles."""
    return sorted(_of_groups_that_are_shown(db, list(db[LISTINGS].find({"areas": area}))), key=lambda row: (row["title"], row["_id"]))


def ended_before(db: Database[Row], moment: datetime, limit: int) -> list[str]:
    """The ids of events that were over by then."""
    return [row["_id"] for row in db[LISTINGS].find({"ends": {"$lt": moment}}, {"_id": 1}).limit(limit)]


def to_forget(db: Database[Row], name: str, now: datetime, limit: int) -> list[str]:
    """The ids of the rows of LISTINGS or PAUSED_GROUPS that have had their time."""
    return [row["_id"] for row in db[name].find({"forget_at": {"$lt": now}}, {"_id": 1}).limit(limit)]


def _of_groups_that_are_shown(db: Database[Row], rows: list[Row]) -> list[Row]:
    hidden = _paused(db, {row["group"] for row in rows})
    return [row for row in rows if row["group"] not in hidden]


def _paused(db: Database[Row], groups: Iterable[str]) -> set[str]:
    wanted = sorted(groups)
    rows = list(db[PAUSED_GROUPS].find({"_id": {"$in": wanted}}, {"paused_since": 1})) if wanted else []
    return {row["_id"] for row in rows if row.get("paused_since")}
