"""Where one pledge stands, for an operator who was asked about it: its state, what it told and when, and where its address is.

Times are hours, for nobody here knows them better. Reads only.
"""

from collections.abc import Iterator
from datetime import datetime

from services.pledge import rules
from services.pledge.settings import Settings
from services.pledge.store import COUNTED, Pledge, by_reference
from shared.messaging import archive
from shared.messaging.findings import spell
from shared.messaging.work import Work
from shared.runtime.clock import in_london


def story(work: Work[Settings], reference: str, now: datetime) -> list[str] | None:
    """Lines to read; None when there is no such pledge."""
    pledge = by_reference(reference)
    if pledge is None:
        return None
    return [f"pledge {pledge.id}, reference {reference}", *_itself(pledge, now), "  messages:", *_messages(work, pledge, now)]


def next_step(reference: str) -> str | None:
    """The ref to ask notify for, where an address is tied to the pledge."""
    pledge = by_reference(reference)
    return str(pledge.ref) if pledge and pledge.ref else None


def _itself(pledge: Pledge, now: datetime) -> Iterator[str]:
    answered = f", answered {pledge.answer}" if pledge.answer else ""
    yield f"  state:    {pledge.state}{answered}"
    yield f"  pledged:  {pledge.action} (theme {pledge.theme}, {pledge.area}, week {pledge.week}, channel {pledge.channel})"
    if pledge.nudge_at:
        again = f", put off {pledge.postponements} times" if pledge.postponements else ""
        yield f"  nudge:    {in_london(pledge.nudge_at):%Y-%m-%d %H:%M} in London{again}"
    yield f"  address:  {_address(pledge, now)}"


def _address(pledge: Pledge, now: datetime) -> str:
    if pledge.offer:
        age = spell(now - pledge.offer["message"]["time"])
        return f"offered to notify {age} ago, which has not said yet that it holds it"
    if pledge.ref:
        return f"handed over; notify knows it as contact {pledge.ref}"
    if pledge.state == rules.CONFIRMED:
        return "forgotten: its owner said stop, or 90 days have passed since the nudge. No mail goes"
    return "none: never given, not confirmed in time, or “this wasn't me”. No mail goes"


def _messages(work: Work[Settings], pledge: Pledge, now: datetime) -> Iterator[str]:
    rows = sorted(work.db[archive.COLLECTION].find({"subject": pledge.id}), key=lambda row: int(row["sequence"] or 0))
    counted = {row["_id"] for row in work.db[COUNTED].find({"_id": {"$in": [row["_id"] for row in rows]}}, {"_id": 1})}
    for row in rows:
        changes = any(row["data"].get("deltas", {}).values())
        fate = "counted" if row["_id"] in counted else "not counted yet" if changes else "changes no counter"
        yield f"    {row['sequence']}  {row['type']:20}  {in_london(row['time']):%Y-%m-%d %H}h  published, {fate}"
    if others := (pledge.outbox_base or 0) - sum(1 for row in rows if row["sequence"] < (pledge.outbox_base or 0)):
        yield f"    {others} more of kinds that are not kept: an address on its way to notify, a poster's tally"
    for entry in pledge.outbox or ():
        yield f"    –  {entry['type']:20}  waits to be published, for {spell(now - pledge.pending_since)}"
