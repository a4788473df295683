"""A log that is lost and begun again under a running consumer, and a log that cannot be read."""

import time
from dataclasses import replace
from typing import Any

import pytest

from shared.messaging import dead_letters
from shared.messaging.broker import Subscription
from shared.messaging.records import Partition
from shared.messaging.work import Work
from shared.runtime.errors import RestartNeeded
from tests.support.builders import a_record, on
from tests.support.engines import Broker
from tests.support.listening import Heard, listen
from tests.support.wire import header, prepare, write

pytestmark = pytest.mark.proof

HERE = Partition("pledges.v1", 1)


class _NoText(str):
    """A header's name that is not UTF-8 on the wire, which the library writes and cannot read."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


def test_a_lost_log_is_noticed_and_read_from_its_beginning(work: Work[Any], log: Broker) -> None:
    """A consumer whose position lies beyond the log's end asks for a fresh process; that one reads all that is there now.

    New poison is not hidden by the old log's dead letter at the same offset. At a record that the library cannot take apart it
    asks again, rather than sit ready before a partition that it no longer reads. Joining takes seconds, so all are one test.
    """
    subscription, heard = Subscription(work.settings, "pledge", ["pledges.v1"]), Heard()
    listening = listen(work, subscription, {"pledge.made.v1": heard})
    write(log, [on(HERE, a_record()) for _ in range(8)])
    write(log, [on(HERE, replace(a_record(), value=b"old poison"))])
    listening.until(lambda: len(heard.done) == 8 and len(letters(work)) == 1, "the old log is read")
    log.restart()
    prepare(log)
    new = write(log, [on(HERE, a_record()) for _ in range(3)])
    with pytest.raises(RestartNeeded, match="ends before our position"):
        listening.until(lambda: False, "never")
    subscription.close()

    fresh, again = Subscription(work.settings, "pledge", ["pledges.v1"]), Heard()
    listening = listen(work, fresh, {"pledge.made.v1": again})
    listening.until(lambda: len(again.done) == 3, "the new log is read")
    assert again.done == [header(record, "ce_id") for record in new]
    write(log, [on(HERE, a_record()) for _ in range(5)])
    write(log, [on(HERE, replace(a_record(), value=b"new poison"))])
    listening.until(lambda: len(letters(work)) == 2, "the new poison is set aside", 10)
    assert [(letter["offset"], bytes(letter["value"])) for letter in letters(work)] == [(8, b"old poison"), (8, b"new poison")]
    write(log, [replace(on(HERE, a_record()), headers=((_NoText("x"), b""),))])
    with pytest.raises(RestartNeeded, match="taken apart"):
        listening.until(lambda: False, "never")
    began = time.monotonic()
    fresh.close()
    assert time.monotonic() - began < 3  # a process that is told to stop has four seconds


def letters(work: Work[Any]) -> list[dict[str, Any]]:
    return list(dead_letters.letters(work.db))
