"""Reading whole topics from their beginning, beside the groups that read them for work."""

import time
from dataclasses import replace

import pytest

from shared.messaging.broker import Subscription, committed, read_everything
from shared.messaging.records import Partition
from shared.runtime.errors import Unavailable
from shared.runtime.settings import CommonSettings
from tests.support.builders import a_record, on
from tests.support.engines import Broker
from tests.support.waiting import until
from tests.support.wire import prepare, write

TOPICS = ("pledges.v1", "contacts.v1")


@pytest.fixture
def settings(own_broker: Broker) -> CommonSettings:
    prepare(own_broker)
    return CommonSettings(
        public_url="http://localhost", mongo_uri="", kafka_bootstrap=own_broker.bootstrap, kafka_fetch_wait_ms=20, kafka_session_ms=6000
    )


def test_everything_is_read_from_every_partition(settings: CommonSettings, own_broker: Broker) -> None:
    """Empty topics end at once; afterwards each record comes once with its place, and again at the next reading."""
    assert list(read_everything(settings, TOPICS)) == []
    records = [on(Partition("pledges.v1", number % 4), a_record()) for number in range(900)]
    written = write(own_broker, records)
    for _ in range(2):
        found = list(read_everything(settings, TOPICS))
        assert sorted((one.partition, one.offset, one.value) for one in found) == sorted(
            (one.partition, one.offset, one.value) for one in written
        )


def test_it_ends_while_others_go_on_writing(settings: CommonSettings, own_broker: Broker) -> None:
    """What is written after its beginning is left for the next reading."""
    write(own_broker, [on(Partition("pledges.v1", 0), a_record()) for _ in range(10)])
    count = 0
    for _ in read_everything(settings, TOPICS):
        count += 1
        if count <= 5:
            write(own_broker, [on(Partition("pledges.v1", 0), a_record()) for _ in range(3)])
    assert count == 10


def test_a_broker_that_stands_still_is_told(settings: CommonSettings, own_broker: Broker) -> None:
    """No reading hangs for ever, whether the broker stops meanwhile or was not there."""
    reading = read_everything(settings, TOPICS, seconds=1.0)
    write(own_broker, [replace(on(Partition("pledges.v1", 0), a_record()), value=b"x" * 900_000) for _ in range(24)])  # several answers
    next(reading)
    began = time.monotonic()
    with own_broker.frozen(), pytest.raises(Unavailable):
        list(reading)
    assert time.monotonic() - began < 20
    with pytest.raises(Unavailable):
        list(read_everything(replace(settings, kafka_bootstrap="127.0.0.1:1", kafka_bootstrap_ms=500), TOPICS))


def test_where_a_group_goes_on(settings: CommonSettings, own_broker: Broker) -> None:
    """A group's committed offsets, and none before it has any; reading everything changes none."""
    here = Partition("pledges.v1", 1)
    write(own_broker, [on(here, a_record()) for _ in range(4)])
    assert committed(settings, "pledge") == {}
    subscription = Subscription(settings, "pledge", ["pledges.v1"])
    try:
        until(lambda: bool(subscription.poll()), "the group reads", 30)
        subscription.commit({here: 3})
        list(read_everything(settings, TOPICS))
        assert committed(settings, "pledge") == {here: 3}
    finally:
        subscription.close()
