"""Places: whose address serves which, how their sign-ups stand as events told, and what is being told to all of an event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, StringField
from pymongo.database import Database

from services.notify.store.contacts import ALIAS, Contact, rows_of
from services.notify.store.posts import POSTS, Copy
from shared.store.documents import StoredDocument
from shared.store.indexes import index

SIGN_UPS = "sign_ups"
INDEXES = (index(SIGN_UPS, "heard_at"), index(POSTS, "area", sparse=True))


class Telling(StoredDocument):
    """One message that everybody with a place, or waiting for one, is to be told of by `template`. The id is the message's.

    `after`: the contact that the last batch ended with. `open_since`: while somebody is still to be told; `heard_at`: for good.
    """

    id: Any = StringField(primary_key=True)
    event: Any = StringField(required=True)
    template: Any = StringField(required=True)
    due_at: Any = DateTimeField(required=True)
    correlation: Any = StringField()
    after: Any = StringField()
    open_since: Any = DateTimeField()
    heard_at: Any = DateTimeField(required=True)

    meta = {"collection": "tellings", "db_alias": ALIAS, "indexes": ["heard_at", {"fields": ["open_since"], "sparse": True}]}


def sign_up_copy(db: Database[Copy], sign_up: str | None) -> Copy:
    """What was heard of a sign-up {state, reason}; empty when nothing was."""
    return (db[SIGN_UPS].find_one({"_id": sign_up}) if sign_up else None) or {}


def contacts_of_event(event: str, state: str, after: str | None, limit: int) -> list[Copy]:
    """The next of an event's contacts {_id, outcome} by id, from the first on without `after`."""
    asked: dict[str, Any] = {"event": event, "state": state} | ({"_id": {"$gt": after}} if after else {})
    return list(rows_of(Contact).find(asked, {"outcome": 1}).sort("_id", 1).limit(limit))


def evenings_due(now: datetime, limit: int) -> list[Copy]:
    """Whose mail of the evening before is to be planned {_id, event, slot, evening_due}, the earliest first."""
    wanted = {"event": 1, "slot": 1, "evening_due": 1}
    return list(rows_of(Contact).find({"evening_due": {"$lte": now}}, wanted).sort("evening_due", 1).limit(limit))


def sign_up_of(address_hash: str, slot: str, state: str, outcomes: Sequence[str]) -> str | None:
    """What an address has for a slot; the newest, where one was given back before."""
    asked = {"address_hash": address_hash, "state": state, "slot": slot, "outcome": {"$in": list(outcomes)}}
    found = sorted(rows_of(Contact).find(asked, {"sign_up": 1, "offered_at": 1}), key=lambda row: row["offered_at"])
    return found[-1]["sign_up"] if found else None


def is_proven(address_hash: str) -> bool:
    """Whether somebody who reads this address has said yes to one of our mails."""
    found = rows_of(Contact).find({"address_hash": address_hash}, {"confirmed_at": 1, "consents": 1})
    return any("confirmed_at" in one for row in found for one in (row, *(row.get("consents") or ())))


def tellings_open(now: datetime, limit: int) -> list[Telling]:
    return list(Telling.objects(open_since__lte=now).order_by("open_since").limit(limit))


def coming_in(db: Database[Copy], area: str, state: str, now: datetime) -> list[Copy]:
    """Events to come in one borough, the soonest first."""
    found = [one for one in db[POSTS].find({"area": area, "state": state}) if one["slots"][0]["starts"] > now]
    return sorted(found, key=lambda one: (one["slots"][0]["starts"], one["_id"]))
