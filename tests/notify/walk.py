"""A walk that people book, as events tells of it, and those who sign up for it."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.notify.operations import places
from services.notify.store import Notification
from shared.messaging.envelope import Envelope
from shared.runtime.clock import in_london
from shared.security.sealing import seal
from tests.notify.desk import Desk, envelope
from tests.support.settings import NOTIFY_KEYS

SAM, KIT, LEE = "sam.reed@example.org", "kit.lane@example.org", "lee.moss@example.org"
GATE = "The gate on White Post Lane, E9"
CONSENT = "evening-2026-12"
REFERENCE = "CL-4HWP-2TND"


def id_() -> str:
    return str(uuid.uuid4())


def sealed(content: dict[str, Any]) -> str:
    return seal(NOTIFY_KEYS["NOTIFY_PUBLIC_KEY"], content)


@dataclass
class Guest:
    """One sign-up: its ref, the token of its link, and how often events has told of it."""

    walk: "Walk"
    address: str
    ref: str = field(default_factory=id_)
    id: str = field(default_factory=id_)
    token: str = field(default_factory=lambda: uuid.uuid4().hex[:22])
    sequence: int = 0

    def offer(self, outcome: str = "placed", *, position: int | None = None, replaces: str | None = None, **box: Any) -> Envelope:
        content: dict[str, Any] = {
            "address": self.address,
            "first_name": "Sam",
            "reference": REFERENCE,
            "token": self.token,
            "consents": [],
        }
        content |= {"sign_up": self.id, "event": self.walk.id, "slot": self.walk.slot, "party": 1}
        data: dict[str, Any] = {"ref": self.ref, "kind": "place", "sealed": sealed(content | box), "outcome": outcome}
        data |= ({"position": position} if position else {}) | ({"replaces": replaces} if replaces else {})
        return envelope("contact.offered.v1", self.ref, data, self.walk.desk.clock.now, source="events")

    def told(self, what: str, **more: Any) -> Envelope:
        """What events tells of the sign-up: placed, queued, promoted, left, refused."""
        self.sequence += 1
        data: dict[str, Any] = {
            "id": self.id,
            "event": self.walk.id,
            "slot": self.walk.slot,
            "ref": self.ref,
            "theme": 1,
            "area": "hackney",
        }
        data |= {"week": "2026-W24", "channel": "direct", "deltas": {}}
        return envelope(f"sign-up.{what}.v1", self.id, data | more, self.walk.desk.clock.now, self.sequence, source="events")

    def hears(self, what: str, **more: Any) -> None:
        self.walk.desk.hear(self.told(what, **more))

    def signs_up(self, outcome: str = "placed", *, position: int | None = None, **box: Any) -> "Guest":
        """Offered and told of, both heard."""
        self.walk.desk.hear(self.offer(outcome, position=position, **box))
        if outcome != "repeat":
            self.hears(outcome)
        return self

    def outcomes(self) -> list[tuple[str, str, str]]:
        rows = Notification.objects(ref=self.ref).order_by("planned_at")
        return [(row.template, row.state, row.reason or "") for row in rows]


@dataclass
class Walk:
    desk: Desk
    starts: datetime
    id: str = field(default_factory=id_)
    slot: str = field(default_factory=id_)
    sequence: int = 0
    edition: int = 0
    hidden: bool = True
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(minutes=75)

    def posted(self, type_: str = "published", *changed: str, **changes: Any) -> Envelope:
        self.sequence, self.edition = self.sequence + 1, self.edition + 1
        place = (
            {"sealed_place": sealed({"place": self.facts.get("place", GATE)})} if self.hidden else {"place": self.facts.get("place", GATE)}
        )
        slot = {
            "id": self.slot,
            "starts": self.starts.isoformat(),
            "ends": self.ends.isoformat(),
            "capacity": self.facts.get("capacity", 2),
        }
        data: dict[str, Any] = {
            "id": self.id,
            "group": "c2a7e6d1-83f4-4a5b-b9c8-1e6f7a8b9c44",
            "group_name": "Lea Side Walkers",
            "group_slug": "lea-side",
        }
        data |= {"refs": [], "slug": f"evening-walk-{self.id[:6]}", "title": "Walk & talk", "cost": "free", "access": []}
        data |= {"edition": self.edition, "changed": list(changed), "calendar_name": "Thursday walk", "event_kind": "walk", "theme": 1}
        data |= {"area": "hackney", "slots": [slot], "joining": "book", "who_for": "adults", "alone": True, **place}
        return envelope(f"event.{type_}.v1", self.id, data | changes, self.desk.clock.now, self.sequence, source="events")

    def ended(self, type_: str = "cancelled", reason: str = "weather", **more: Any) -> Envelope:
        self.sequence, self.edition = self.sequence + 1, self.edition + 1
        data: dict[str, Any] = {
            "id": self.id,
            "kind": "event",
            "group": "c2a7e6d1-83f4-4a5b-b9c8-1e6f7a8b9c44",
            "refs": [],
            "reason": reason,
        }
        return envelope(f"event.{type_}.v1", self.id, data | more, self.desk.clock.now, self.sequence, source="events")

    def guest(self, address: str = SAM) -> Guest:
        return Guest(self, address)

    def tell(self) -> int:
        """The clock's step, then the sender."""
        planned = places.plan_tellings(self.desk.work, self.desk.clock.now)
        self.desk.send()
        return planned


def walk(desk: Desk, *, days: int = 3, **more: Any) -> Walk:
    """At six in the evening, in some days; heard."""
    evening = in_london(desk.clock.now + timedelta(days=days)).replace(hour=18, minute=0, second=0, microsecond=0)
    made = Walk(desk, evening, **more)
    desk.hear(made.posted())
    return made


def both(mail: Any) -> tuple[str, str]:
    """Its two bodies, as running words; in the plain one a link stands alone, and help stands apart."""
    plain = mail.body("plain").replace("\r\n", "\n")
    assert not re.search(r"^  http\S+\n\S|\S:\n  http", plain, re.MULTILINE), plain
    assert "\n\n\nIF YOU NEED HELP NOW\n\n" in plain, plain
    html = re.sub(r"<style>.*?</style>|<[^>]+>", " ", mail.body("html"), flags=re.DOTALL)
    return " ".join(mail.body("plain").split()), " ".join(html.replace("&amp;", "&").replace("&#39;", "'").split())
