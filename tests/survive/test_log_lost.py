"""The broker is killed and its log is lost, with messages on it that nobody had read."""

import time

import pytest

from shared.messaging.work import RESTART_ME
from tests.support.crowd import Crowd, pledge
from tests.support.fleet import Fleet
from tests.support.waiting import until
from tests.support.wholeness import order_kept, settled, whole
from tests.support.wire import prepare

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.proof]


def test_a_log_that_is_lost_comes_back(living: Fleet) -> None:
    """What was read, what lay there unread and what was pledged meanwhile: republish brings all of it, to consumers that lived on."""
    pledge_db, consumer = living.database("pledge"), living.members["pledge-consumer"]
    crowd = Crowd(living.base)
    with crowd.at_work():
        time.sleep(0.5)
    settled(living)
    consumer.freeze()
    crowd.answers += [pledge(living.base, number) for number in range(20)]
    until(lambda: pledge_db.pledges.count_documents({"pending_since": {"$exists": True}}) == 0, "they are on the log")
    unread = {row["id"] for row in crowd.made[-20:]}
    living.broker.kill()
    crowd.answers += [pledge(living.base, number) for number in range(20)]
    living.broker.start()
    prepare(living.broker)
    consumer.thaw()
    time.sleep(1)  # it sees a log that is shorter than it remembers
    living.command_each("republish")
    ended = living.restart_ended()
    assert set(ended.items()) <= {("pledge-consumer", RESTART_ME), ("notify-consumer", RESTART_ME)}, "nothing else may end"
    settled(living)
    assert {row["subject"] for row in pledge_db.archive.find({"subject": {"$in": list(unread)}})} == unread
    whole(living, crowd.made)
    assert order_kept(living, at_least=len(crowd.made))
