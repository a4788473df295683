"""An organiser at her phone: events' pages asked with her session, forms filled in as a browser would send them."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from services.events.store import Group, Post
from services.events.store.groups import by_slug
from services.events.store.posts import by_id
from shared.security.sessions import LASTS, Session, sign
from tests.pages.reading import tags, words
from tests.support.events_site import Answer, EventsSite
from tests.support.settings import NOTIFY_KEYS

PHONE, LEAD = "020 7946 0101", "Wilhelmina Quill"  # invented, and unmistakable where they should not be

GROUP = {
    "name": "Lea Side Walkers",
    "kind": "community",
    "what": "Neighbours who walk together, since 2019.",
    "areas-hackney": "yes",
    "phone": PHONE,
    "safeguarding_name": LEAD,
    "safeguarding_phone": "020 7946 0102",
    "dbs": "Both walk leaders have one.",
    "insurance": "Public liability, £5 million.",
    "distress": "We sit down together, then ring.",
}
EVENT = {
    "what": {
        "title": "Evening walk along the canal",
        "summary": "A slow, lit walk by the water, then tea.",
        "kind": "walk",
        "theme": "1",
        "description": "We walk a mile along the water.\r\n\r\nAt the end there’s tea.",
        "calendar_name": "Walk with Lea Side",
    },
    "when": {
        "date": "2026-06-18",
        "starts": "18:00",
        "ends": "7.15pm",
        "area": "hackney",
        "place": "By the yellow bench, Wick Lane",
        "place_shown_to": "placed",
        "near": "near Hackney Wick station",
        "joining": "book",
        "capacity": "20",
        "bringing": "1",
    },
    "access": {"who_for": "adults", "cost": "free", "access-step-free": "yes", "access-seated": "yes", "languages-en": "yes"},
    "first": {"greeter": "Priya, in a yellow hat", "leave_early": "yes", "alone": "yes", "first_time": "She asks your first name."},
}
INITIATIVE = {
    "what": {"title": "Chatty benches", "summary": "Nine yellow benches.", "description": "They stand by the water."},
    "when": {"areas-hackney": "yes", "days": "Any day", "place": "Springfield Park", "phone": "020 7946 0103", "has_room": "yes"},
    "access": {"cost": "free", "access-step-free": "yes"},
}


@dataclass
class Organiser:
    site: EventsSite
    first_name: str = "Priya"
    refs: tuple[str, ...] = field(default_factory=lambda: (str(uuid.uuid4()),))
    roles: tuple[str, ...] = ()

    @property
    def session(self) -> Session:
        issued = self.site.clock.now.replace(microsecond=0)
        return Session(str(uuid.uuid4()), self.first_name, self.roles, (), self.refs, issued, issued + LASTS)

    @property
    def cookie(self) -> str:
        return sign(NOTIFY_KEYS["NOTIFY_SIGNING_KEY"], self.session)

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"session={self.cookie}"}

    def get(self, path: str) -> Answer:
        return self.site.app.test_client(use_cookies=False).get(path, base_url=self.site.origin, headers=self.headers)

    def post(self, path: str, fields: dict[str, Any] | None = None) -> Answer:
        client = self.site.app.test_client(use_cookies=False)
        return client.post(path, base_url=self.site.origin, headers=self.headers, data=fields or {})

    def send(self, path: str, body: Any, **headers: str) -> Answer:
        """One JSON call; `Idempotency_Key` for the header of that name."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        client = self.site.app.test_client(use_cookies=False)
        return client.post(path, base_url=self.site.origin, headers={**self.headers, **named}, json=body)

    def group(self, **changes: str) -> Group:
        """A new group, by its form."""
        answer = self.post("/groups/new", {"key": str(uuid.uuid4()), **GROUP, **changes})
        assert answer.status_code == 303, words(answer.text)
        found = by_slug(answer.location.rpartition("/")[2])
        assert found is not None
        return found

    def draft(self, group: Group, kind: str = "event", **changes: dict[str, str]) -> Post:
        """A new post with every page filled in and saved. `changes`: of a page's answers, by page; None leaves the page out."""
        answer = self.post(f"/groups/{group.slug}/new", {"key": str(uuid.uuid4()), "kind": kind})
        post_id = answer.location.split("/")[3]
        pages = EVENT if kind == "event" else INITIATIVE
        for step, fields in pages.items():
            saved = self.post(f"/groups/{group.slug}/{post_id}/{step}", {**fields, **changes.get(step, {})})
            assert saved.status_code == 303, words(saved.text)
        return stored(post_id)

    def sent(self, group: Group, kind: str = "event") -> Post:
        """One that waits to be read."""
        post = self.draft(group, kind)
        answer = self.post(f"/groups/{group.slug}/{post.id}/send")
        assert answer.status_code == 303, words(answer.text)
        return stored(post.id)


def stored(post_id: str) -> Post:
    found = by_id(post_id)
    assert found is not None, "no such post"
    return found


def typed(page: Answer, name: str) -> str:
    """What a page's field holds."""
    for tag in tags(page.text, "input"):
        if tag.get("name") == name and tag.get("type") not in ("radio", "checkbox"):
            return tag.get("value") or ""
        if tag.get("name") == name and tag.get("checked") is not None:
            return tag.get("value") or ""
    inside = re.search(rf'<textarea[^>]* name="{name}"[^>]*>\s*([^<]*)</textarea>', page.text)
    return inside[1] if inside else ""
