"""Has everything that is on its way arrived? Looked at in the stores, station by station."""

from collections.abc import Iterator, Sequence
from typing import Any

from pymongo.collection import Collection

from shared.laptop.stores import OFFERS, OUTBOXES
from shared.messaging import archive
from shared.messaging.catalogue import CATALOGUE
from tests.faults.rig import Rig

_THERE = {"$exists": True}


def unfinished(rig: Rig, *, nudges: bool) -> str:
    """The first thing that is still on its way, in words; empty when nothing is, twice: one look cannot see all at one moment.

    `nudges`: also those that are planned within the next seconds.
    """
    return next(_on_the_way(rig, nudges), "") or next(_on_the_way(rig, nudges), "")


def _on_the_way(rig: Rig, nudges: bool) -> Iterator[str]:
    pledge, notify = rig.database("pledge"), rig.database("notify")
    pending = (
        (pledge.pledges, "pending_since", "pledges with something to publish"),
        (notify.contacts, "pending_since", "contacts with something to publish"),
        (pledge.pledges, "offer.due", "addresses that notify has not said it holds"),
    )
    yield from _still(pending)
    for name in ("pending_since", "open_since"):
        yield from _still([(rig.database(service).erasures, name, "things to erase") for service in ("pledge", "events")])
    yield from _still([(notify.contacts, "erasing", "erasures to be answered")])
    yield from _unheard(rig)
    if uncounted := published(rig) - {row["_id"] for row in pledge.counted.find({}, {"_id": 1})}:
        yield f"{len(uncounted)} published messages to count, as {next(iter(uncounted))}"
    due = (
        *([(notify.contacts, "nudge_due", "nudges to plan")] if nudges else []),
        (notify.contacts, "evening_due", "mails of the evening before to plan"),
        (notify.notifications, "next_attempt_at", "mails to send"),
        (pledge.counted, "arrived", "counts to fold"),
        (pledge.counted, "batched_at", "counts that are being folded"),
    )
    yield from _still(due)
    yield from _published(rig)


def _published(rig: Rig) -> Iterator[str]:
    """What groups post: told, carried out, and heard by whoever keeps a copy."""
    events = rig.database("events")
    pending = [(events[name], "pending_since", f"{name} with something to publish") for name in OUTBOXES["events"]]
    offered = [(events[name], "offer.due", f"{name} that notify has not said it holds") for name in OFFERS["events"]]
    due = [(events.posts, name, words) for name, words in (("decision_due", "choices to carry out"), ("closing_at", "events to cancel"))]
    due += [(events.sign_ups, name, "sign-ups to carry out") for name in ("requested_at", "cancelling_at")]
    due += [(events.rosters, "unsettled_at", "places to tell"), (rig.database("notify").tellings, "open_since", "endings to tell")]
    yield from _still([*pending, *offered, *due])
    told: dict[str, int] = {}
    for row in events[archive.COLLECTION].find({"topic": "events.v1"}, {"subject": 1, "sequence": 1, "type": 1}):
        if "notify" in CATALOGUE[row["type"]].hearers and row["type"] != "text.held.v1":
            told[row["subject"]] = max(row["sequence"], told.get(row["subject"], -1))
    copies = ("posts", "groups", "sign_ups")
    heard = {row["_id"]: row["sequence"] for name in copies for row in rig.database("notify")[name].find({}, {"sequence": 1})}
    if missing := [id_ for id_, sequence in told.items() if heard.get(id_, -1) < sequence]:
        yield f"{len(missing)} posts, groups and sign-ups of which notify has not heard the last, as {missing[0]}"


def _still(places: Sequence[tuple[Collection[dict[str, Any]], str, str]]) -> Iterator[str]:
    for collection, field, words in places:
        if (row := collection.find_one({field: _THERE}, {"_id": 1})) is not None:
            yield f"{words}, as {row['_id']}"


def published(rig: Rig) -> set[str]:
    """Ids of the messages that change a counter and were acknowledged by the broker."""
    told = (row for service in ("pledge", "events") for row in rig.database(service)[archive.COLLECTION].find({}, {"data.deltas": 1}))
    return {row["_id"] for row in told if any((row["data"].get("deltas") or {}).values())}


def _unheard(rig: Rig) -> Iterator[str]:
    """notify hears of pledges that were answered or taken back; pledge, of addresses that were confirmed."""
    about: dict[str, Any] = {"type": {"$in": ["pledge.kept.v1", "pledge.withdrawn.v1"]}, "data.ref": _THERE}
    told = {row["data"]["ref"] for row in rig.database("pledge")[archive.COLLECTION].find(about, {"data.ref": 1})}
    heard = {row["_id"] for row in rig.database("notify").promises.find({}, {"_id": 1})}
    if missing := told - heard:
        yield f"{len(missing)} answers that notify has not heard"
    confirmed = {row["_id"] for row in rig.database("notify").contacts.find({"state": "confirmed"}, {"_id": 1})}
    behind = rig.database("pledge").pledges.find({"state": "unconfirmed"}, {"ref": 1})
    if waiting := confirmed & {row.get("ref") for row in behind}:
        yield f"{len(waiting)} confirmations that pledge has not heard"
