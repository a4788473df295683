"""Staff in another service than the one where they signed in: the cookie is enough, until a message says that it has ended."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.events.app import create_app
from services.events.clock import DUE
from services.events.consumers import HANDLERS
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.security import revocations
from shared.security.sessions import LASTS, MODERATOR, OPERATOR, Session, sign
from tests.support.benches import bench
from tests.support.builders import an_envelope, an_id
from tests.support.engines import Store
from tests.support.settings import NOTIFY_KEYS, MovableClock

WHERE = "/staff/status/events"


class Site:
    """events' app, asked with somebody's session."""

    def __init__(self, work: Work[Any], clock: MovableClock) -> None:
        self.app, self.clock = create_app(work.settings), clock
        self.work: Work[Any] = self.app.extensions["work"]
        self.app.extensions["clock"] = clock

    def status(self, session: Session | None) -> int:
        return self.ask(sign(NOTIFY_KEYS["NOTIFY_SIGNING_KEY"], session) if session else "")

    def ask(self, cookie: str) -> int:
        headers = {"Cookie": f"session={cookie}"} if cookie else {}
        return self.app.test_client(use_cookies=False).get(WHERE, base_url="http://localhost:8000", headers=headers).status_code


@pytest.fixture
def site(store: Store, database: str, clock: MovableClock, build_dir: Path) -> Iterator[Site]:
    with bench("events", store, database, clock, BUILD_DIR=build_dir) as work:
        yield Site(work, clock)


def session(clock: MovableClock, *roles: str) -> Session:
    issued = clock.now.replace(microsecond=0)
    return Session(an_id(), "Olive", roles, (), (), issued, issued + LASTS)


def ended(one: Session) -> Envelope:
    return an_envelope("session.revoked.v1", {"session": one.id, "expires": one.expires.isoformat()}, source="notify", subject=one.id)


def test_the_cookie_is_enough(site: Site) -> None:
    """An operator's opens the page, a moderator's and an organiser's do not, nobody's leads to the sign-in."""
    asked = (session(site.clock, OPERATOR), session(site.clock, MODERATOR), session(site.clock), None)
    assert [site.status(one) for one in asked] == [200, 403, 403, 303]


def test_ended_until_it_would_have_run_out(site: Site) -> None:
    """Heard once or twice, it opens nothing any more; another's does; and the id is forgotten once the cookie has run out by itself."""
    one, other = session(site.clock, OPERATOR), session(site.clock, OPERATOR)
    for _ in range(2):
        HANDLERS["session.revoked.v1"](site.work, [ended(one)])
    assert [site.status(one), site.status(other)] == [303, 200]
    rows = site.work.db[revocations.COLLECTION]
    assert rows.count_documents({}) == 1
    site.clock.set(one.expires + timedelta(seconds=1))
    for due in DUE:
        due.step(site.work, site.clock())
    assert rows.count_documents({}) == 0
    assert site.status(other) == 303


def test_a_session_of_another_key(site: Site) -> None:
    """Somebody who signs by themselves opens nothing."""
    one = session(site.clock, OPERATOR)
    assert site.ask(sign(NOTIFY_KEYS["NOTIFY_SECRET_KEY"], one)) == 303  # 32 other bytes
