"""A member of staff at events' pages: asked with their session, forms sent back with what the page held."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from services.events.rules.posts import ASK, PUBLISH, TAKE_DOWN
from services.events.rules.reviewing import Choice, Seen, read_seen
from services.events.store import Post
from services.events.store.groups import Rows
from shared.reference.choices import codes
from shared.security.sessions import LASTS, MODERATOR, Session, sign
from tests.pages.reading import tags
from tests.support.events_site import Answer, EventsSite
from tests.support.settings import NOTIFY_KEYS

TICKED = {f"check-{code}": "yes" for code in codes("checklist")}


@dataclass
class Reviewer:
    site: EventsSite
    first_name: str = "Sam"
    roles: tuple[str, ...] = (MODERATOR,)
    boroughs: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def session(self) -> Session:
        issued = self.site.clock.now.replace(microsecond=0)
        return Session(self.id, self.first_name, self.roles, self.boroughs, self.refs, issued, issued + LASTS)

    @property
    def cookie(self) -> str:
        return sign(NOTIFY_KEYS["NOTIFY_SIGNING_KEY"], self.session)

    def get(self, path: str) -> Answer:
        return self._client().get(path, base_url=self.site.origin, headers={"Cookie": f"session={self.cookie}"})

    def post(self, path: str, fields: dict[str, Any] | None = None) -> Answer:
        return self._client().post(path, base_url=self.site.origin, headers={"Cookie": f"session={self.cookie}"}, data=fields or {})

    def seen(self, post: Post) -> Seen:
        """What the page of a post brings back."""
        found = read_seen(self.hidden(f"/staff/review/{post.id}", "seen"))
        assert found is not None
        return found

    def hidden(self, path: str, name: str) -> str:
        page = self.get(path)
        return next((tag["value"] or "" for tag in tags(page.text, "input") if tag.get("name") == name), "")

    def choose(self, post: Post, what: str, seen: str | None = None, **fields: str) -> Answer:
        """Press a button of a post's page, with everything ticked that it needs."""
        given = {"do": what, "seen": self.hidden(f"/staff/review/{post.id}", "seen") if seen is None else seen}
        needs: dict[str, dict[str, str]] = {PUBLISH: TICKED, ASK: {"reason-access": "yes"}, TAKE_DOWN: {"why": "not-safe"}}
        return self.post(f"/staff/review/{post.id}", {**given, **needs.get(what, {}), **fields})

    def _client(self) -> Any:
        return self.site.app.test_client(use_cookies=False)


def to_publish() -> Choice:
    return Choice(PUBLISH, checklist=codes("checklist"))


def to_ask(*reasons: str) -> Choice:
    return Choice(ASK, reasons=reasons or ("access",), note="Is there a lift?")


def to_take_down() -> Choice:
    return Choice(TAKE_DOWN, reasons=("not-safe",))


def in_store(rows: Rows, id_: str) -> dict[str, Any]:
    """A document as the store holds it."""
    found = rows.find_one({"_id": id_})
    assert found is not None, "no such document"
    return found
