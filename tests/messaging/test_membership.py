"""Members of a group that come and go."""

import time

import pytest

from shared.messaging.broker import Subscription
from shared.messaging.catalogue import topics_heard_by
from tests.support.engines import Broker, Store
from tests.support.settings import settings_for
from tests.support.waiting import until
from tests.support.wire import prepare

pytestmark = pytest.mark.proof

A_SESSION = 3_000


@pytest.mark.parametrize("after", [0.3, 1.2])
def test_one_that_is_stopped_while_it_joins_holds_up_nobody(store: Store, own_broker: Broker, after: float) -> None:
    """Told to stop in its first moments, it leaves no group that waits for it: the next one has its partitions after the session's end."""
    prepare(own_broker)
    settings = settings_for("pledge", store, own_broker, "unused", KAFKA_SESSION_MS=A_SESSION)
    first, began = Subscription(settings, "pledge", topics_heard_by("pledge")), time.monotonic()
    while time.monotonic() - began < after:
        first.poll()
    assert first.assigned() == set(), "it is still joining"
    first.close()
    second = Subscription(settings, "pledge", topics_heard_by("pledge"))
    until(lambda: bool(second.poll()) or bool(second.assigned()), "the next one has joined", 25)
    second.close()
