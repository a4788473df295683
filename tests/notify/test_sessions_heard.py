"""The auditor on sessions that ended early: whoever has read of it lets them in no more, until they would have run out."""

from collections.abc import Iterator

import pytest

from services.notify import rules
from services.notify.operations import sessions, staff
from services.notify.store import outboxes
from shared.messaging.findings import LOST
from shared.security import revocations
from shared.security.sessions import LASTS, OPERATOR
from tests.audit.auditing import Audit
from tests.audit.world import World, open_world
from tests.support.engines import Broker, Store
from tests.support.relays import relay_everything
from tests.support.smtp import MailServer
from tests.support.waiting import until


def ended(world: World) -> str:
    """Somebody signed in and out, and pledge has heard. The session."""
    work = world.notify
    olive = staff.add(work, staff.Person("olive@example.org", "Olive"), (OPERATOR,), (), by=staff.THE_COMMAND_LINE, now=world.clock())
    link = sessions.make_link(work, olive.id, rules.SIGN_IN_LASTS, world.clock())
    session = sessions.sign_in(work, link.rpartition("/")[2], world.clock.move(seconds=1)).session
    sessions.end(session.id, world.clock.move(seconds=1))
    relay_everything(work, outboxes())
    kept = world.pledge.db[revocations.COLLECTION]

    def heard() -> bool:
        world.settle()
        return kept.find_one({"_id": session.id}) is not None

    until(heard, "pledge hears of it", 30)
    return session.id


@pytest.fixture
def world(store: Store, own_broker: Broker, mail_server: MailServer) -> Iterator[World]:
    """One of its own: what is told here stays on its log."""
    mail_server.taken.clear()
    with open_world(store, own_broker, mail_server) as opened:
        yield opened


def test_a_session_that_is_let_in_still_is_found(world: World) -> None:
    """Heard, it is in order; with pledge's row gone it is lost there, by its id; once it has run out nobody needs the row."""
    session_id = ended(world)
    audit = Audit(world)
    assert audit.found() == set()
    world.pledge.db[revocations.COLLECTION].delete_one({"_id": session_id})
    assert audit.found() == {(LOST, "not-heard", session_id)}
    world.clock.move(hours=LASTS.total_seconds() / 3600)
    assert (LOST, "not-heard", session_id) not in audit.found()
