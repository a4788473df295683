"""The auditor beside a log that goes on: what is on its way is no difference, and a record that nobody can read is not forgotten."""

from collections.abc import Iterator

import pytest

from shared.messaging import dead_letters
from shared.messaging.records import Partition
from tests.audit.auditing import Audit, Found, audit_of, received
from tests.audit.world import open_world, play
from tests.support.builders import a_record, on, without_header
from tests.support.engines import Broker, Store
from tests.support.smtp import MailServer
from tests.support.wire import write

pytestmark = [pytest.mark.xdist_group("audit-meanwhile"), pytest.mark.proof]


@pytest.fixture(scope="module")
def broker_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("meanwhile")) as running:
        yield running


@pytest.fixture(scope="module")
def audit(store: Store, broker_here: Broker) -> Iterator[Audit]:
    """A world of this module's own, which its tests move on: nothing is put back, for the log is not either."""
    with MailServer() as server, open_world(store, broker_here, server) as world:
        yield audit_of(world, play(world))


def found(audit: Audit) -> Found:
    audit.mails = received(audit.world)
    return audit.found()


def test_what_is_on_its_way_is_no_difference(audit: Audit) -> None:
    """Stored, offered, published and not read yet: nothing is missed before a group has gone past it; then all of it is there."""
    audit.world.ask(audit.world.make(poster="OLD-ST-3"))
    assert found(audit) == set()
    assert audit.verdict().is_clean
    audit.world.settle()
    assert found(audit) == set()
    assert audit.verdict().is_clean


def test_poison_that_was_passed_over_is_found(audit: Audit, broker_here: Broker) -> None:
    """A record that cannot be read is a dead letter with each service that hears its topic; without one it is lost."""
    (poison,) = write(broker_here, [without_header("ce_id")(on(Partition("pledges.v1", 0), a_record()))])
    assert found(audit) == set()
    audit.world.settle()
    assert found(audit) == set()
    audit.world.notify.db[dead_letters.COLLECTION].delete_one({"_id": dead_letters.letter_id(poison)})
    assert found(audit) == {("lost", "poison-passed-over", f"pledges.v1-0 offset {poison.offset}")}
    (finding,) = (one for one in audit.findings() if one.name == "poison-passed-over")
    assert finding.words.startswith("notify has passed over")
