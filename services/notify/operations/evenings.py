"""The mail of the evening before: the yes to it, when it is due, and planning it for thousands at once.

A contact has `evening_due` from the yes on, until the mail is planned; it follows the event. Whether the mail may go, and what it says, is
decided when it would, by the copies as they then are (`evening_mails`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.notify import mails
from services.notify.operations import ledger
from services.notify.rules import SERVING
from services.notify.rules.evenings import evening_before, still_to_come
from services.notify.settings import Settings
from services.notify.store import Contact, rows_of, suppression
from services.notify.store.places import evenings_due
from services.notify.store.posts import Copy, post_copy
from shared.messaging.work import Work
from shared.reference.consents import EVENING_BEFORE, consent, consents
from shared.runtime.clock import in_london
from shared.runtime.crash_points import reach

A_BATCH, A_STEP = 100, 1_000  # one update of thousands, on a busy store, takes longer than its answer is waited for


# The yes


def asked_of(found: Contact) -> list[dict[str, Any]]:
    """Those of its consents that are for this mail, confirmed or not."""
    return [one for one in found.consents or () if (known := consent(one["id"])) and known.purpose == EVENING_BEFORE]


def asked_at(found: Contact) -> datetime | None:
    """When its owner said yes, the last time; None where nobody has."""
    return max((one["confirmed_at"] for one in asked_of(found) if "confirmed_at" in one), default=None)


def has_said_yes(found: Contact) -> bool:
    """And has not stopped since."""
    said = asked_at(found)
    stopped = suppression(EVENING_BEFORE, found.address_hash) if found.address_hash else None
    return said is not None and not (stopped and stopped.at >= said)


def confirm(work: Work[Settings], found: Contact, now: datetime) -> None:
    """The owner of the address says yes. Twice is as once; after a stop it is a new yes."""
    if has_said_yes(found):
        return
    slot = _slot(post_copy(work.db, found.event), found.slot)
    due = still_to_come(slot["starts"], now) if slot else None
    for one in asked_of(found):
        as_seen = {"consents": {"$elemMatch": {"id": one["id"], "confirmed_at": one.get("confirmed_at", {"$exists": False})}}}
        changes = {"consents.$.confirmed_at": now} | ({"evening_due": due} if due else {})
        rows_of(Contact).update_one({"_id": found.id, "state": SERVING, **as_seen}, {"$set": changes})


def stop(refs: Sequence[str]) -> None:
    """Nothing is planned for these any more; what is planned is decided when it would go."""
    if refs:
        rows_of(Contact).update_many({"_id": {"$in": list(refs)}}, {"$unset": {"evening_due": 1}})


# The event moves


def follow(slot: Mapping[str, Any], refs: Sequence[str], now: datetime) -> None:
    """The evening is now that before the slot as it is. Another evening is another mail; one that has come already is none."""
    due = still_to_come(slot["starts"], now)
    ids = [one.id for one in consents() if one.purpose == EVENING_BEFORE]
    said = {"consents": {"$elemMatch": {"id": {"$in": ids}, "confirmed_at": {"$exists": True}}}}
    theirs = {"_id": {"$in": list(refs)}, "slot": slot["id"], "state": SERVING, **said}
    rows_of(Contact).update_many(theirs, {"$set": {"evening_due": due}} if due else {"$unset": {"evening_due": 1}})


# Planning


def cause_of(day: date, slot: str) -> str:
    """It names the day of the evening, so that each evening is planned once, and a mail knows which one it is for."""
    return f"{mails.EVENING}:{day:%Y-%m-%d}:{slot}"


def day_of(cause: str) -> date:
    return date.fromisoformat(cause.split(":")[1])


def plan_due(work: Work[Settings], now: datetime) -> int:
    """Due: plan the mails of this evening, many at a time. How many had their turn."""
    found = evenings_due(now, A_STEP)
    alike: defaultdict[tuple[str, str, datetime], list[str]] = defaultdict(list)
    for row in found:
        alike[row["event"], row["slot"], row["evening_due"]].append(row["_id"])
    for (event, slot, due), refs in alike.items():
        starts = _slot(post_copy(work.db, event), slot).get("starts")
        for start in range(0, len(refs), A_BATCH):
            _plan(work, refs[start : start + A_BATCH], slot, due, starts, now)
    return len(found)


def _plan(work: Work[Settings], refs: Sequence[str], slot: str, due: datetime, starts: datetime | None, now: datetime) -> None:
    """A batch that is planned twice is planned once. Where the event has been moved to a later day, they wait for that evening."""
    later = still_to_come(starts, now) if starts else None
    if later is None:
        evening = evening_before(starts) if starts else due
        ledger.plan_each(work, refs, mails.EVENING, cause_of(in_london(evening).date(), slot), due_at=evening)
        reach("evening.after-plan")
    as_seen = {"_id": {"$in": list(refs)}, "evening_due": due}
    rows_of(Contact).update_many(as_seen, {"$set": {"evening_due": later}} if later else {"$unset": {"evening_due": 1}})


def _slot(event: Copy, slot: str) -> Mapping[str, Any]:
    return next((one for one in event.get("slots", ()) if one["id"] == slot), {})
