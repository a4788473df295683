"""The broker stands still under every process at once, for longer than the producer waits."""

import time

import pytest

from tests.support.crowd import Crowd, Seen
from tests.support.fleet import Fleet
from tests.support.wholeness import order_kept, settled, whole

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.proof]


def test_a_broker_frozen_past_the_delivery_time_out(living: Fleet, seen: Seen) -> None:
    """Pledges are taken at the pace of a healthy moment, none is lost, each speaks in order; no process ends or is started again."""
    seen(frozen_for(living, healthy=1.5, still=4.0))


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_broker_frozen_again_and_again(living: Fleet, seen: Seen) -> None:
    """The same for half a minute, and twice more right after it."""
    for still in (30.0, 6.0, 6.0):
        seen(frozen_for(living, healthy=4.0, still=still))


def frozen_for(living: Fleet, healthy: float, still: float) -> str:
    before, given_up = living.pids, living.members["pledge-worker"].times("relay starts a new producer")
    crowd = Crowd(living.base)
    with crowd.at_work():
        time.sleep(healthy)
        began = time.monotonic()
        with living.broker.frozen():
            time.sleep(still)
            thawed = time.monotonic()
        time.sleep(1)
    settled(living)
    drained = time.monotonic() - thawed
    then, now = crowd.between(began - healthy, began), crowd.between(began, thawed)
    rates = len(then) / healthy, len(now) / (thawed - began)
    assert {answer.status for answer in crowd.answers} == {201, 303}
    assert rates[1] > rates[0] / 2, "machines differ: only the two halves of this run are compared"
    assert living.members["pledge-worker"].times("relay starts a new producer") > given_up, "its patience was over"
    assert living.pids == before
    whole(living, crowd.made)
    assert order_kept(living, at_least=3 * len(crowd.made))
    rate = f"{rates[0]:.0f} POSTs/s before, {rates[1]:.0f}/s meanwhile"
    return f"frozen {still:.0f} s: {rate}, {len(crowd.made)} pledges, {drained:.1f} s to drain"
