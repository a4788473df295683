"""A member of the campaign team at pledge's pages: asked with their session, forms sent back with what the page held."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from shared.security.sessions import CAMPAIGN, LASTS, Session, sign
from tests.support.pledge_site import Answer, PledgeSite, hidden
from tests.support.settings import NOTIFY_KEYS


@dataclass
class Campaigner:
    site: PledgeSite
    first_name: str = "Noor"
    roles: tuple[str, ...] = (CAMPAIGN,)
    boroughs: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def session(self) -> Session:
        issued = self.site.clock.now.replace(microsecond=0)
        return Session(self.id, self.first_name, self.roles, self.boroughs, (), issued, issued + LASTS)

    @property
    def cookie(self) -> str:
        return sign(NOTIFY_KEYS["NOTIFY_SIGNING_KEY"], self.session)

    def get(self, path: str) -> Answer:
        return self._client().get(path, base_url=self.site.origin, headers={"Cookie": f"session={self.cookie}"})

    def post(self, path: str, fields: dict[str, Any] | None = None) -> Answer:
        return self._client().post(path, base_url=self.site.origin, headers={"Cookie": f"session={self.cookie}"}, data=fields or {})

    def send(self, path: str, page: str = "", **fields: str) -> Answer:
        """Fill in the form of a page and press its button; `page`: where the form is, if elsewhere."""
        return self.post(path, {**hidden(self.get(page or path)), **fields})

    def _client(self) -> Any:
        return self.site.app.test_client(use_cookies=False)
