"""The consumer on the real broker and store: what is done, what is set aside, what waits, and where it goes on."""

from dataclasses import replace
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.pledge.consumers import HANDLERS
from services.pledge.store import COUNTED
from shared.messaging import dead_letters
from shared.messaging.broker import Subscription
from shared.messaging.records import Partition, Record
from shared.messaging.work import Work
from shared.runtime.errors import Poison
from tests.support.builders import a_record, an_id, on, outcome, with_header
from tests.support.engines import Broker
from tests.support.listening import Heard, Listening, listen
from tests.support.wire import committed, header, write

HERE = Partition("pledges.v1", 2)

pytestmark = pytest.mark.xdist_group("joined")  # in one process, which joins its group once


def id_of(record: Record) -> str:
    return header(record, "ce_id") or ""


def made(count: int) -> list[Record]:
    """That many well-formed messages, all on one partition."""
    return [on(HERE, a_record()) for _ in range(count)]


def letters(work: Work[Any]) -> list[dict[str, Any]]:
    return list(dead_letters.letters(work.db))


def test_neighbours_are_handled_together_and_in_order(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """One call takes what arrived for one handler, in the log's order; then the offset moves past all of it."""
    heard = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    records = write(broker, made(30))
    listening.until(lambda: len(heard.done) >= 30, "thirty are handled")
    assert heard.done == [id_of(record) for record in records]
    assert len(heard.calls) < 30
    assert committed(broker, "pledge")[HERE] == records[-1].offset + 1


def test_a_duplicate_changes_nothing(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """The same message three times, in one batch and in two, is counted once."""
    record = on(HERE, a_record())
    listening = listen(no_log, quiet, HANDLERS)
    write(broker, [record, record])
    listening.until(lambda: no_log.db[COUNTED].count_documents({}) == 1, "it is counted")
    (last,) = write(broker, [record])
    listening.until(lambda: committed(broker, "pledge")[HERE] == last.offset + 1, "the third is done")
    assert no_log.db[COUNTED].count_documents({}) == 1
    assert letters(no_log) == []


def test_poison_found_by_a_handler_spoils_no_neighbour(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """When a batch fails its messages go one by one, and only the guilty one is set aside."""
    records = made(10)
    guilty = id_of(records[4])
    heard = Heard(error_for=lambda envelope: Poison("no such pledge") if envelope.id == guilty else None)
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    write(broker, records)
    listening.until(lambda: len(set(heard.done)) >= 9, "the others are handled")
    assert set(heard.done) == {id_of(record) for record in records} - {guilty}
    (letter,) = letters(no_log)
    assert letter["reason"] == "no such pledge"
    assert letter["attempts"] == 1


def test_an_unforeseen_error_is_tried_a_few_times_then_set_aside(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """Three tries, then a dead letter that names the error's class and none of its words; the partition goes on."""
    bad, good = made(2)
    heard = Heard(error_for=lambda envelope: RuntimeError("ada@example.org") if envelope.id == id_of(bad) else None)
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    write(broker, [bad, good])
    listening.until(lambda: id_of(good) in heard.done, "the one behind it is handled")
    assert heard.calls.count([id_of(bad)]) == 3
    assert [letter["reason"] for letter in letters(no_log)] == ["RuntimeError"]


def test_a_store_that_is_away_skips_nothing(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """A transient error makes the partition rest; nothing is set aside or committed, and later all is handled in order."""
    records = made(6)
    away = [True]
    heard = Heard(error_for=lambda envelope: AutoReconnect("away") if away[0] and envelope.id == id_of(records[2]) else None)
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    places = write(broker, records)
    listening.until(lambda: heard.tries_of(id_of(records[2])) > 3, "it is tried again")
    tries = heard.tries_of(id_of(records[2]))
    listening.for_a_while(0.5)
    assert heard.tries_of(id_of(records[2])) - tries <= 4  # it rests, longer each time; a loop without rest would try fifty times
    assert id_of(records[3]) not in heard.done
    assert letters(no_log) == []
    assert committed(broker, "pledge")[HERE] == places[2].offset
    away[0] = False
    listening.until(lambda: id_of(records[5]) in heard.done, "all are handled")
    firsts = list(dict.fromkeys(heard.done))
    assert firsts == [id_of(record) for record in records]


def test_poison_that_cannot_be_set_aside_is_not_passed_over(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """While the store refuses the letter the partition rests; then the letter is written, and what follows is handled."""
    heard = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    fail = {"configureFailPoint": "failCommand", "mode": {"times": 3}, "data": {"failCommands": ["update"], "closeConnection": True}}
    no_log.db.client.admin.command(fail)
    _, good = write(broker, [on(HERE, replace(a_record(), value=b"{")), on(HERE, a_record())])
    listening.until(lambda: heard.done == [id_of(good)], "the one behind it is handled")
    assert [letter["state"] for letter in letters(no_log)] == [dead_letters.POISON]


def test_other_partitions_go_on_while_one_rests(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """What one partition waits for holds up no other."""
    stuck, free = on(HERE, a_record()), on(Partition("notifications.v1", 1), a_record("contact.confirmed.v1", outcome(an_id())))
    waiting = Heard(error_for=lambda _: AutoReconnect("away"))
    other = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": waiting, "contact.confirmed.v1": other})
    write(broker, [stuck])
    listening.until(lambda: len(waiting.calls) > 1, "the first rests")
    write(broker, [free])
    listening.until(lambda: other.done == [id_of(free)], "the other is handled")
    assert waiting.done == []
    waiting.error_for = lambda _: None
    listening.until(lambda: waiting.done == [id_of(stuck)], "the first is handled")


def test_an_unknown_type_is_parked(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """A type of a newer release is kept apart from poison, and holds up nothing."""
    heard = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    newer, good = write(broker, [on(HERE, with_header("ce_type", b"pledge.framed.v1")(a_record())), on(HERE, a_record())])
    listening.until(lambda: heard.done == [id_of(good)], "the one behind it is handled")
    (letter,) = letters(no_log)
    assert letter["state"] == dead_letters.PARKED
    assert letter["offset"] == newer.offset


def test_many_parked_in_a_row_pause_nothing(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """A roll-out must not stop a partition, however many newer messages there are."""
    heard = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    newer = [on(HERE, with_header("ce_type", b"pledge.framed.v1")(a_record())) for _ in range(15)]
    good = on(HERE, a_record())
    write(broker, [*newer, good])
    listening.until(lambda: heard.done == [id_of(good)], "the one behind them is handled")
    assert len(letters(no_log)) == 15


def park(work: Work[Any], record: Record) -> None:
    dead_letters.set_aside(work.db, record, dead_letters.PARKED, "UnknownType", work.clock())


def test_a_parked_type_is_retried_once_it_is_known(no_log: Work[Any], quiet: Subscription) -> None:
    """The next release, at its start, handles what the last one parked, and closes the letter."""
    record = replace(a_record(), partition=0, offset=7)
    park(no_log, record)
    heard = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    listening.until(lambda: heard.done == [id_of(record)], "it is handled")
    assert letters(no_log) == []
    listening.for_a_while(0.1)
    assert len(heard.calls) == 1


def test_what_is_parked_meanwhile_is_retried_too(no_log: Work[Any], quiet: Subscription) -> None:
    """While two releases run, the earlier one goes on to park: the later one needs no restart to handle it."""
    first, second = (replace(a_record(), partition=0, offset=number) for number in range(2))
    heard = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    park(no_log, first)
    listening.until(lambda: heard.done == [id_of(first)], "it is handled")
    park(no_log, second)
    listening.until(lambda: heard.done == [id_of(first), id_of(second)], "so is the next")
    assert letters(no_log) == []


def test_a_parked_message_that_fails_blocks_nothing(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """One that the new release finds poisonous, or cannot read, becomes poison; the others and the log go on."""
    bad, unreadable, good = (replace(a_record(), partition=0, offset=number) for number in range(3))
    for record in (bad, replace(unreadable, value=b"{}"), good):
        park(no_log, record)
    heard = Heard(error_for=lambda envelope: Poison("no such action") if envelope.id == id_of(bad) else None)
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    (fresh,) = write(broker, made(1))
    listening.until(lambda: id_of(fresh) in heard.done, "the log goes on")
    assert id_of(good) in heard.done
    assert {letter["reason"].split(" fields")[0] for letter in letters(no_log)} == {"no such action", "pledge.made.v1 has wrong"}
    assert {letter["state"] for letter in letters(no_log)} == {dead_letters.POISON}


def test_a_known_type_that_nobody_here_hears_is_done(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """It leaves no letter, and the offset moves on."""
    listening = listen(no_log, quiet, {})
    (record,) = write(broker, made(1))
    listening.until(lambda: committed(broker, "pledge").get(HERE) == record.offset + 1, "the offset moves past it")
    assert letters(no_log) == []


def test_a_batch_is_read_again_when_something_unforeseen_fails(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """If even the pause cannot be stored, the messages that were read are not passed over: they come again."""
    records = made(12)
    heard = Heard(error_for=lambda _: Poison("bad"))
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    write(broker, records)
    fail = {"configureFailPoint": "failCommand", "mode": {"skip": 10}, "data": {"failCommands": ["update"], "closeConnection": True}}
    no_log.db.client.admin.command(fail)
    try:
        with pytest.raises(AutoReconnect):
            listening.until(lambda: len(letters(no_log)) > 10, "never")
    finally:
        no_log.db.client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    heard.error_for = lambda _: None
    listening.until(lambda: set(heard.done) == {id_of(record) for record in records}, "all come again")


# Ten in a row


def poison(count: int) -> list[Record]:
    return [on(HERE, replace(a_record(), value=b"{")) for _ in range(count)]


def test_ten_in_a_row_pause_the_partition(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """Exactly ten are set aside, the rest of the partition waits, the process lives and is not ready, other partitions go on."""
    heard = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    places = write(broker, [*poison(13), *made(1)])
    listening.until(lambda: bool(dead_letters.paused(no_log.db)), "the partition is paused")
    other = on(Partition("pledges.v1", 3), a_record())
    write(broker, [other])
    listening.until(lambda: heard.done == [id_of(other)], "another partition goes on")
    assert len(letters(no_log)) == 10
    assert dead_letters.paused(no_log.db) == {HERE}
    assert committed(broker, "pledge")[HERE] == places[10].offset
    assert listening.pulse.alive
    assert "pledges.v1-2" in listening.pulse.unready["paused"]


def test_a_pause_outlasts_a_rebalance(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """A rebalance forgets the client's own pauses: what it then hands out of the paused partition is put back unread."""
    listening = paused(no_log, broker, quiet, behind=2)
    quiet.resume([HERE])
    listening.for_a_while(0.5)
    assert len(letters(no_log)) == 10


def test_a_pause_outlasts_the_process_until_it_is_resumed(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """The next process reads it from the store; `resume` goes on with the very next message, and the process is ready again."""
    good = on(HERE, a_record())
    paused(no_log, broker, quiet, behind=1)
    write(broker, [good])
    heard = Heard()
    later = listen(no_log, quiet, {"pledge.made.v1": heard})
    later.for_a_while(0.4)
    assert "paused" in later.pulse.unready
    assert heard.done == []
    assert dead_letters.resume(no_log.db, str(HERE))
    later.until(lambda: heard.done == [id_of(good)], "it goes on")
    assert [letter["attempts"] for letter in letters(no_log)] == [1] * 11
    assert later.pulse.unready == {}


def paused(work: Work[Any], broker: Broker, subscription: Subscription, behind: int) -> Listening:
    """A consumer whose partition is paused, with that many more of the poisonous ones behind."""
    listening = listen(work, subscription, {"pledge.made.v1": Heard()})
    write(broker, poison(10 + behind))
    listening.until(lambda: bool(dead_letters.paused(work.db)), "the partition is paused")
    return listening


def test_nine_in_a_row_pause_nothing(no_log: Work[Any], broker: Broker, quiet: Subscription) -> None:
    """One good message between them begins the count again."""
    heard = Heard()
    listening = listen(no_log, quiet, {"pledge.made.v1": heard})
    good = made(2)
    write(broker, [*poison(9), good[0], *poison(9), good[1]])
    listening.until(lambda: len(heard.done) == 2, "both good ones are handled")
    assert len(letters(no_log)) == 18
    assert dead_letters.paused(no_log.db) == set()


def test_the_same_poison_again_is_one_letter(no_log: Work[Any]) -> None:
    """Read again, it only counts the attempt; other bytes at the same place are another letter."""
    record = replace(a_record(), partition=0, offset=3)
    for _ in range(3):
        dead_letters.set_aside(no_log.db, record, dead_letters.POISON, "bad", no_log.clock())
    dead_letters.set_aside(no_log.db, replace(record, value=b"other"), dead_letters.POISON, "bad", no_log.clock())
    assert sorted(letter["attempts"] for letter in letters(no_log)) == [1, 3]
