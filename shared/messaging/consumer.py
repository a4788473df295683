"""The consumer: reads, checks, hands batches to the service's handlers, then commits the offset.

Every effect is idempotent, so the offset always comes last. A batch that fails is tried again one message at a time, so
that a poisonous one is found and set aside and what follows it goes on. While a store is away the partitions rest,
polling goes on, and nothing is skipped.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, TypeVar

from pymongo.database import Database

from shared.messaging import dead_letters
from shared.messaging.broker import Subscription
from shared.messaging.catalogue import CATALOGUE
from shared.messaging.envelope import Envelope, from_record
from shared.messaging.fates import Fate, fate_of, reason_of
from shared.messaging.records import Partition, Record
from shared.runtime import metrics
from shared.runtime.clock import Clock
from shared.runtime.crash_points import reach
from shared.runtime.errors import RestartNeeded
from shared.runtime.logs import log, where_raised
from shared.runtime.loop import Pulse

POISON_IN_A_ROW = 10
TRIES = 3
LOOK_EVERY = 1.0  # seconds between looks at the stored pauses and at the log's end
LOOKS_AT_PARKED = 10  # what is parked is looked at once in so many of these
FIRST_REST, LONGEST_REST = 0.2, 10.0

C = TypeVar("C")
Handler = Callable[[C, Sequence[Envelope]], None]


@dataclass(frozen=True)
class Read:
    """One record and what it says; `envelope` is None when `error` says why not."""

    record: Record
    envelope: Envelope | None
    error: Exception | None = None


class Consumer(Generic[C]):
    """`handlers`: message type → function of (context, messages), called with neighbours of one function together."""

    def __init__(
        self,
        db: Database[dict[str, Any]],
        service: str,
        handlers: Mapping[str, Handler[C]],
        context: C,
        open_subscription: Callable[[], Subscription],
        clock: Clock,
        pulse: Pulse,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._db = db
        self._service = service
        self._handlers = handlers
        self._context = context
        self._open = open_subscription
        self._clock = clock
        self._pulse = pulse
        self._subscription: Subscription | None = None
        self._cluster: str | None = None
        self._paused: set[Partition] = set()
        self._resting: set[Partition] = set()
        self._rest_until = 0.0
        self._rests = 0
        self._look_every = look_every
        self._look_at = 0.0
        self._poison_row: dict[Partition, int] = {}
        self._parked_at = 0.0

    def step(self) -> bool:
        """Read what is there and handle it. True when there was anything."""
        subscription = self._subscription = self._subscription or self._open()
        self._retry_parked()
        self._look(subscription)
        self._wake(subscription)
        found = subscription.poll()
        reads = [_read(record) for at, records in found.items() if self._may_read(subscription, at, records) for record in records]
        if not reads:
            return False
        reach("consumer.before-effect")
        try:
            next_offsets = self._handle_all(subscription, reads)
        except Exception:
            _go_back(subscription, reads)
            raise
        reach("consumer.after-effect")
        if next_offsets:
            subscription.commit(next_offsets)
        return True

    def close(self) -> None:
        if self._subscription:
            self._subscription.close()
            self._subscription = None

    # What is read

    def _may_read(self, subscription: Subscription, at: Partition, records: Sequence[Record]) -> bool:
        """A rebalance forgets the client's pauses: put back what it then hands out of a partition that must wait."""
        if at not in self._paused | self._resting:
            return True
        subscription.seek(at, records[0].offset)
        subscription.pause([at])
        return False

    def _handle_all(self, subscription: Subscription, reads: Sequence[Read]) -> dict[Partition, int]:
        """Handle in order; where something must wait, go back to it. The offsets to go on from."""
        next_offsets: dict[Partition, int] = {}
        stopped: set[Partition] = set()
        for place, (_, run) in enumerate(groupby(reads, key=self._handler_of)):
            if place:
                reach("consumer.between-effects")
            for read, fate in self._handle_run([read for read in run if read.record.at not in stopped], stopped):
                at = read.record.at
                if fate is Fate.TRANSIENT or self._too_much_poison(at, fate):
                    stopped.add(at)
                    subscription.seek(at, read.record.offset + (fate is Fate.POISON))
                if fate is not Fate.TRANSIENT:
                    next_offsets[at] = read.record.offset + 1
                self._note(read, fate)
        self._rest(subscription, stopped - self._paused)
        subscription.pause(self._paused)
        return next_offsets

    def _handler_of(self, read: Read) -> Handler[C] | None:
        return self._handlers.get(read.envelope.type) if read.envelope else None

    def _handle_run(self, reads: Sequence[Read], stopped: Set[Partition]) -> Iterator[tuple[Read, Fate]]:
        """All at once; when that fails, one by one, so that only the guilty one suffers. `stopped` grows while this goes on."""
        if len(reads) > 1 and self._all_at_once(reads):
            yield from ((read, Fate.DONE) for read in reads)
            return
        away = False  # a store that did not answer for one message is not asked for the others
        for read in reads:
            if read.record.at not in stopped:
                fate = Fate.TRANSIENT if away else self._handle_one(read)
                away = fate is Fate.TRANSIENT
                yield read, fate

    def _all_at_once(self, reads: Sequence[Read]) -> bool:
        if not all(read.envelope for read in reads):
            return False
        try:
            self._call(reads)
        except Exception as error:  # the single pass decides each one's fate by its own error
            log().info("a batch failed; going one by one", count=len(reads), error=type(error).__name__, where=where_raised(error))
            return False
        return True

    def _handle_one(self, read: Read) -> Fate:
        error = read.error
        for _ in range(0 if error else TRIES):
            try:
                self._call([read])
            except Exception as raised:  # the table of fates knows the classes; what it does not know gets a few tries
                error = raised
                if fate_of(raised) is not Fate.UNKNOWN:
                    break
            else:
                return Fate.DONE
        assert error is not None  # noqa: S101 -- the loop ends here with an error alone
        return self._settle(read, error)

    def _settle(self, read: Read, error: Exception) -> Fate:
        fate = fate_of(error)
        if fate is Fate.TRANSIENT:
            return fate
        state = dead_letters.PARKED if fate is Fate.PARKED else dead_letters.POISON
        try:
            dead_letters.set_aside(self._db, read.record, state, reason_of(error), self._clock())
        except Exception as failure:  # it could not be set aside, so it must not be passed over
            log().warning("a dead letter could not be written", error=type(failure).__name__, where=where_raised(failure))
            return Fate.TRANSIENT
        log().warning("message set aside", state=state, error=type(error).__name__, where=where_raised(error), topic=read.record.topic)
        return Fate.PARKED if state == dead_letters.PARKED else Fate.POISON

    def _call(self, reads: Sequence[Read]) -> None:
        handler = self._handler_of(reads[0])
        if handler:  # a known type that this service does not hear is done
            handler(self._context, [read.envelope for read in reads if read.envelope])

    def _note(self, read: Read, fate: Fate) -> None:
        type_ = read.envelope.type if read.envelope and read.envelope.type in CATALOGUE else "unreadable"
        metrics.record_handled(self._service, type_, fate.value)

    # Poison in a row, and the stored pause

    def _too_much_poison(self, at: Partition, fate: Fate) -> bool:
        if fate is Fate.TRANSIENT:
            return False
        self._poison_row[at] = self._poison_row.get(at, 0) + 1 if fate is Fate.POISON else 0
        if self._poison_row[at] < POISON_IN_A_ROW:
            return False
        dead_letters.pause(self._db, at, f"{POISON_IN_A_ROW} poisonous messages in a row", self._clock())
        self._mark_paused(self._paused | {at})
        return True

    def _mark_paused(self, paused: set[Partition]) -> None:
        self._paused = paused
        names = ", ".join(sorted(map(str, paused)))
        self._pulse.problem("paused", f"{names}: see dead-letters list, then dead-letters resume" if paused else None)
        metrics.record_paused(self._service, len(paused))

    def _look(self, subscription: Subscription) -> None:
        """Once a second: has the log been replaced, has somebody lifted a pause?"""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + self._look_every
        self._check_log(subscription)
        stored = dead_letters.paused(self._db)
        lifted = self._paused - stored
        for at in lifted:
            self._poison_row[at] = 0
        self._mark_paused(stored)
        subscription.resume(lifted - self._resting)
        subscription.pause(stored)

    def _check_log(self, subscription: Subscription) -> None:
        cluster = subscription.cluster_id
        if self._cluster and cluster and cluster != self._cluster:
            raise RestartNeeded("this is another Kafka cluster than the one that was joined")
        self._cluster = self._cluster or cluster
        if subscription.beyond_the_end():
            raise RestartNeeded("the log ends before our position: it was lost and begun again")

    # A store that is away

    def _rest(self, subscription: Subscription, partitions: set[Partition]) -> None:
        if not partitions:
            self._rests = 0
            return
        self._rests += 1
        seconds = min(LONGEST_REST, FIRST_REST * 2 ** min(self._rests, 8)) * random.uniform(0.7, 1.0)  # noqa: S311 -- jitter
        self._resting = self._resting | partitions
        self._rest_until = time.monotonic() + seconds
        subscription.pause(partitions)

    def _wake(self, subscription: Subscription) -> None:
        if self._resting and time.monotonic() >= self._rest_until:
            subscription.resume(self._resting - self._paused)
            self._resting = set()

    # Parked types that this release knows

    def _retry_parked(self) -> None:
        """Not only at the start: while both releases run, the earlier one goes on to park what this one knows."""
        now = time.monotonic()
        if now >= self._parked_at:
            retry_known(self._db, self._handlers, self._context, self._clock)
            self._parked_at = now + LOOKS_AT_PARKED * self._look_every


def _go_back(subscription: Subscription, reads: Sequence[Read]) -> None:
    """To the first of these in each partition: read again, they change nothing twice; passed over, they would be lost."""
    for read in reversed(reads):
        subscription.seek(read.record.at, read.record.offset)


def _read(record: Record) -> Read:
    try:
        return Read(record, from_record(record))
    except Exception as error:  # poison or an unknown type: its fate is settled in its turn
        return Read(record, None, error)


def retry_known(db: Database[dict[str, Any]], handlers: Mapping[str, Handler[C]], context: C, clock: Clock) -> None:
    """Handle every parked letter whose type the catalogue holds by now. One that fails for good becomes poison; others go on."""
    for id_ in dead_letters.parked(db, CATALOGUE):
        letter = dead_letters.find(db, id_)
        if letter is None:
            continue
        try:
            retry(db, letter, handlers, context, clock)
        except Exception as error:  # the table of fates says whether to come back later
            if fate_of(error) is Fate.TRANSIENT:
                raise
            dead_letters.condemn(db, id_, reason_of(error))
            log().warning("a parked message cannot be handled", error=type(error).__name__, where=where_raised(error))


def retry(db: Database[dict[str, Any]], letter: dict[str, Any], handlers: Mapping[str, Handler[C]], context: C, clock: Clock) -> bool:
    """Handle a set-aside message once more and close its letter; False when it is closed. Raises what reading or handling it does."""
    if letter["state"] not in dead_letters.OPEN:
        return False
    envelope = from_record(dead_letters.as_record(letter))
    handler = handlers.get(envelope.type)
    if handler:
        handler(context, [envelope])
    return dead_letters.close_letter(db, letter["_id"], dead_letters.RETRIED, clock())
