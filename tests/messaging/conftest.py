"""pledge's Work with a broker, for the message core; a subscription that is joined once."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.messaging.broker import Subscription
from shared.messaging.catalogue import topics_heard_by
from shared.messaging.work import Work
from tests.support.benches import bench
from tests.support.engines import Broker, Store
from tests.support.listening import drain
from tests.support.settings import MovableClock, settings_for
from tests.support.wire import prepare


@pytest.fixture
def log(own_broker: Broker) -> Broker:
    """A broker of this test's own, with every topic and nothing on them."""
    prepare(own_broker)
    return own_broker


@pytest.fixture
def work(store: Store, database: str, clock: MovableClock, log: Broker) -> Iterator[Work[Any]]:
    """pledge on an empty store and an empty log."""
    with bench("pledge", store, database, clock, log) as found:
        yield found


@pytest.fixture
def no_log(store: Store, database: str, clock: MovableClock) -> Iterator[Work[Any]]:
    """pledge on an empty store, with no broker."""
    with bench("pledge", store, database, clock) as found:
        yield found


@pytest.fixture(scope="session")
def joined(store: Store, broker: Broker) -> Iterator[Subscription]:
    """A member of pledge's group on the shared broker: joining takes seconds, so it is done once."""
    prepare(broker)
    settings = settings_for("pledge", store, broker, "unused")
    subscription = Subscription(settings, "pledge", topics_heard_by("pledge"))
    while not subscription.assigned():
        subscription.poll()
    yield subscription
    subscription.close()


@pytest.fixture
def quiet(joined: Subscription, broker: Broker) -> Subscription:
    """The joined subscription, with nothing left before it."""
    drain(joined, broker)
    return joined
