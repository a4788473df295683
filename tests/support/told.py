"""What events tells of groups and what they post, as pledge hears it. Invented groups.

hear(work, told("event.published", 0, post=an_id(), title="Evening walk"))
"""

from datetime import datetime, timedelta
from typing import Any

from services.pledge.consumers import HANDLERS
from shared.messaging.envelope import Envelope, checked
from shared.messaging.work import Work
from tests.support.builders import an_envelope, an_id
from tests.support.settings import A_MOMENT

GROUP = "c2a7e6d1-83f4-4a5b-b9c8-1e6f7a8b9c44"
IN_TWO_DAYS = A_MOMENT + timedelta(days=2)


def told(type_: str, sequence: int, *, post: str, group: str = GROUP, **changes: Any) -> Envelope:
    """One message, checked as its emitter checks it. `starts`: when an event begins; it lasts an hour."""
    starts = changes.pop("starts", IN_TWO_DAYS)
    given: dict[str, Any] = {"group": group, "refs": [], **changes}
    if type_ == "group.paused":
        return _envelope(type_, group, given, sequence)
    given |= {"id": post}
    if type_.endswith((".published", ".changed")):
        given = {**_post(type_), **(_event(starts) if type_.startswith("event.") else _initiative()), **given}
    else:
        given = {"kind": type_.partition(".")[0], "reason": "other", **given}
    return _envelope(type_, post, given, sequence)


def hear(work: Work[Any], *envelopes: Envelope) -> None:
    """As pledge's consumer takes them, one by one."""
    for envelope in envelopes:
        HANDLERS[envelope.type](work, [envelope])


def hear_of_event(work: Work[Any], **changes: Any) -> str:
    """An event that was published just now; its id."""
    post = an_id()
    hear(work, told("event.published", 0, post=post, **changes))
    return post


def _envelope(type_: str, subject: str, data: dict[str, Any], sequence: int) -> Envelope:
    name = f"{type_}.v1"
    return an_envelope(name, checked(name, data), source="events", subject=subject, sequence=sequence, time=A_MOMENT)


def _post(type_: str) -> dict[str, Any]:
    title = "Evening walk along the canal" if type_.startswith("event.") else "Chatty benches"
    names = {"group_name": "Lea Side Walkers", "group_slug": "lea-side", "slug": "evening-walk-5d1c9d", "title": title}
    return {**names, "cost": "free", "access": ["step-free", "seated"], "edition": 1}


def _event(starts: datetime) -> dict[str, Any]:
    slot = {"id": an_id(), "starts": starts.isoformat(), "ends": (starts + timedelta(hours=1)).isoformat(), "capacity": 20}
    facts = {"calendar_name": "Walk", "event_kind": "walk", "area": "hackney", "theme": 1, "who_for": "adults", "alone": True}
    return {**facts, "slots": [slot], "joining": "book", "place": "By the yellow bench"}


def _initiative() -> dict[str, Any]:
    return {"areas": ["hackney"], "has_room": "yes", "last_checked": A_MOMENT.isoformat()}
