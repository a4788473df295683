"""Places: the addresses that serve them, how their sign-ups stand, and what everybody of an event is told.

A place's address is not confirmed: it serves that one place, from its offer until a week after the slot. What a mail says, and whether
it may go, is decided when it would, by the copies as they then are: a message that comes before the offer it belongs to is only kept.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.notify import mails, rules
from services.notify.operations import boxes, evenings, ledger
from services.notify.rules import PLACED, QUEUED, REFUSED, REPEAT, SERVING
from services.notify.settings import Settings
from services.notify.store import Contact, Telling, contact, rows_of
from services.notify.store.places import SIGN_UPS, contacts_of_event, sign_up_copy, tellings_open
from services.notify.store.posts import POSTS, Copy, post_copy
from shared.messaging.archive import insert_ignoring_duplicates
from shared.messaging.copies import keep_newer
from shared.messaging.envelope import Envelope
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.privacy import retention

FULL = "full"
UNREACHABLE = "contact.unreachable.v1"
A_BATCH = 100  # one update of thousands, on a busy store, takes longer than its answer is waited for
AT_A_STEP, TELLINGS_A_STEP = 1_000, 5
_CURRENT = {PLACED: mails.PLACED, QUEUED: mails.QUEUED, REPEAT: mails.REPEAT, f"{REFUSED}-{FULL}": mails.NO_PLACE}
ASKED = (PLACED, QUEUED)  # how a sign-up begins that is no repeat
FIRST_MAILS = (mails.PLACED, mails.QUEUED, mails.REPEAT)
MAY_LACK = ("place", "sealed_place")  # of an event: who sees where to meet may change
_WORDS = ("title", "calendar_name", "area", "joining", *MAY_LACK)  # of an event, as its place mails need them
BACK = "back"
PARTS: Mapping[str, tuple[str, ...]] = {  # what people are told of, when one of these fields has changed
    "time": ("date", "starts", "ends"),
    "place": ("place",),
    "capacity": ("capacity",),
}


# An address comes


def facts(work: Work[Settings], envelope: Envelope) -> tuple[str, dict[str, Any]]:
    """The address in an offer, and what a place's contact is made of. Raises Poison where the box lacks something."""
    box = boxes.open_booked(work, envelope.data["sealed"])
    kept_until = _kept_until(post_copy(work.db, box.event), box.slot)
    outcome, position = envelope.data.get("outcome", PLACED), envelope.data.get("position")
    return box.address, {
        "state": SERVING,
        "made_at": envelope.time.replace(hour=0, minute=0, second=0, microsecond=0),
        "consents": [{"id": id_, "given_at": envelope.time} for id_ in box.consents],
        "sign_up": box.sign_up,
        "event": box.event,
        "slot": box.slot,
        "outcome": outcome,
        "forget_at": kept_until or envelope.time + retention.PLACE_ADDRESS_UNHEARD.lasts,
        **({"position": position} if position else {}),
    }


def first_mail(outcome: str | None) -> str:
    """What is said first, by what was decided."""
    return _CURRENT.get(outcome or PLACED, mails.PLACED)


def arrived(work: Work[Settings], ref: str) -> None:
    """After it is in the store: what was heard of its event before, and in this very moment, applies to it too."""
    found = contact(ref)
    if found is None or found.state != SERVING:
        return
    event = post_copy(work.db, found.event)
    if _kept_until(event, found.slot) not in (None, found.forget_at):
        _follow(event, [ref], work.clock())
    if (end := event.get("end")) and found.outcome != REPEAT:
        ledger.plan(work, ref, end["template"], end["cause"], due_at=end["at"])


def current_mail(work: Work[Settings], found: Contact) -> str:
    """What somebody is sent who asks for their mail once more."""
    return _CURRENT.get(standing(work, found), first_mail(found.outcome))


def standing(work: Work[Settings], found: Contact) -> str:
    """How its sign-up stands: as heard, else as first decided; with the reason of one that was refused."""
    return standing_of(sign_up_copy(work.db, found.sign_up)) or found.outcome or ""


def standing_of(copy: Copy) -> str:
    return "-".join(filter(None, (copy.get("state"), copy.get("reason"))))


# What events tells of sign-ups


def heard(work: Work[Settings], envelope: Envelope, state: str) -> None:
    """Keep it if it is news."""
    reason = envelope.data.get("reason")
    fields = {"state": state, "heard_at": work.clock(), **({"reason": reason} if reason else {})}
    keep_newer(work.db[SIGN_UPS], envelope.subject, envelope.sequence or 0, fields, () if reason else ("reason",))


def promoted(work: Work[Settings], envelope: Envelope) -> None:
    """A place came free for whoever was next."""
    heard(work, envelope, PLACED)
    _tell_one(work, envelope, mails.PROMOTED)


def refused(work: Work[Settings], envelope: Envelope) -> None:
    """Where the event itself has ended, that is told to all of it."""
    heard(work, envelope, REFUSED)
    if envelope.data.get("reason") == FULL:
        _tell_one(work, envelope, mails.NO_PLACE)


def _tell_one(work: Work[Settings], envelope: Envelope, template: str) -> None:
    """Whoever has no address here, an organiser tells."""
    if ref := envelope.data.get("ref"):
        ledger.plan(work, str(ref), template, envelope.id, due_at=envelope.time, correlation=envelope.correlation_id)


# What events tells of events


def kept_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of an event its place mails need."""
    slots = [slot | {name: datetime.fromisoformat(slot[name]) for name in ("starts", "ends")} for slot in data["slots"]]
    return {name: data[name] for name in _WORDS if name in data} | {"slots": slots, "edition": data["edition"]}


def put_back(work: Work[Settings], envelope: Envelope) -> None:
    """Before its copy is kept: what was taken down can be found again, and whoever heard "please don't go" is told so."""
    before = post_copy(work.db, envelope.subject)
    if before.get("state") == rules.TAKEN_DOWN and before["sequence"] < (envelope.sequence or 0):
        work.db[POSTS].update_one({"_id": envelope.subject}, {"$max": {f"since.{BACK}": envelope.data["edition"]}})
        tell_all(work, envelope, mails.CHANGED)


def event_changed(work: Work[Settings], envelope: Envelope) -> None:
    """After its copy is kept: note in which edition each part changed, have everybody told."""
    event, edition = envelope.subject, envelope.data["edition"]
    named = set(envelope.data.get("changed", ()))
    parts = [part for part, fields in PARTS.items() if named.intersection(fields)]
    if parts:
        work.db[POSTS].update_one({"_id": event}, {"$max": {f"since.{part}": edition for part in parts}})
        tell_all(work, envelope, mails.CHANGED)


def event_published(work: Work[Settings], event: str) -> None:
    """After its copy is kept: addresses that came before it are kept until its time, not for as long as where nothing was heard."""
    found, after = post_copy(work.db, event), None
    while refs := [row["_id"] for row in contacts_of_event(event, SERVING, after, A_BATCH)]:
        _follow(found, refs, work.clock())
        after = refs[-1]


def _follow(event: Copy, refs: Sequence[str], now: datetime) -> None:
    """Addresses go a week after their slot, wherever that now is, and the evening before is the one before it."""
    for slot in event.get("slots", ()):
        kept = {"_id": {"$in": list(refs)}, "slot": slot["id"], "state": SERVING}
        rows_of(Contact).update_many(kept, {"$set": {"forget_at": _kept_until(event, slot["id"])}})
        evenings.follow(slot, refs, now)


def _kept_until(event: Copy, slot_id: str) -> datetime | None:
    """Until when the address of a place in this slot is kept; None while the event has not come."""
    ends = next((slot["ends"] for slot in event.get("slots", ()) if slot["id"] == slot_id), None)
    return ends + retention.PLACE_ADDRESS.lasts if ends else None


def tell_all(work: Work[Settings], envelope: Envelope, template: str) -> None:
    """Everybody with a place, or waiting for one, is to hear of this message; the clock plans it, however many they are."""
    now = work.clock()
    row = {"_id": envelope.id, "event": envelope.subject, "template": template, "due_at": envelope.time, "open_since": now, "heard_at": now}
    tied = {"correlation": envelope.correlation_id} if envelope.correlation_id else {}
    insert_ignoring_duplicates(rows_of(Telling), [row | tied])


def plan_tellings(work: Work[Settings], now: datetime) -> int:
    """Due: plan the next mails of what is being told to many. How many had their turn.

    A batch that is planned twice is planned once; whoever's address comes later is told what is so by then.
    """
    return sum(_plan_next(work, telling) for telling in tellings_open(now, TELLINGS_A_STEP))


def _plan_next(work: Work[Settings], telling: Telling) -> int:
    """Read once for several batches: of an event with thousands, looking costs more than planning."""
    found = contacts_of_event(telling.event, SERVING, telling.after, AT_A_STEP)
    for start in range(0, len(found), A_BATCH):
        _plan_batch(work, telling, found[start : start + A_BATCH])
    if len(found) < AT_A_STEP:
        rows_of(Telling).update_one({"_id": telling.id}, {"$unset": {"open_since": 1, "after": 1}})
    return len(found)


def _plan_batch(work: Work[Settings], telling: Telling, batch: Sequence[Mapping[str, Any]]) -> None:
    """Whoever asked twice is told once, but each of their addresses is kept as long."""
    refs = [row["_id"] for row in batch if row["outcome"] in ASKED]
    ledger.plan_each(work, refs, telling.template, telling.id, due_at=telling.due_at, correlation=telling.correlation)
    if telling.template == mails.CHANGED:
        _follow(post_copy(work.db, telling.event), [row["_id"] for row in batch], work.clock())
    rows_of(Telling).update_one({"_id": telling.id}, {"$set": {"after": batch[-1]["_id"]}})


# The address itself


def told_of(ref: str, edition: int) -> None:
    """A mail went that says what was so in this edition of the event."""
    rows_of(Contact).update_one({"_id": ref, "state": SERVING}, {"$max": {"told_edition": edition}})


def unreachable(ref: str, reason: str, now: datetime) -> None:
    """A mail server refused for good: its owner hears so, once; the place stays."""
    entry = message(UNREACHABLE, ref, {"ref": ref, "reason": reason}, now=now)
    facts_ = {"state": SERVING, "unreachable": {"$exists": False}}
    change_if(rows_of(Contact), ref, facts_, {"unreachable": "yes"}, [entry], now)


def take_back(found: Contact, consent_id: str) -> None:
    """A yes no more: no mail rests on it. The place stays, and what it needs to be told. Twice is as once."""
    gone = {"$pull": {"consents": {"id": consent_id}}, "$unset": {"evening_due": 1}}
    rows_of(Contact).update_one({"_id": found.id, "state": SERVING}, gone)
