"""Operators' commands that every service has: prepare, republish, dead-letters, doctor.

Exit codes: 0 done; 1 it could not be done, and the line says why; 2 the command line is wrong; 78 a setting is wrong.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import wraps
from threading import Event, Thread
from typing import Any, TypeVar

import click
from pymongo.errors import ConnectionFailure, PyMongoError

from shared.messaging import archive, dead_letters, watch
from shared.messaging.background import make_relay
from shared.messaging.broker import Producer, ensure_topics
from shared.messaging.catalogue import topics_of
from shared.messaging.consumer import Handler, retry
from shared.messaging.doctor import look_at_common
from shared.messaging.fates import reason_of
from shared.messaging.findings import Finding, Report, diagnose
from shared.messaging.relay import Documents
from shared.messaging.republish import republish
from shared.messaging.work import Work, start_work, worker_lease
from shared.runtime.errors import Unavailable
from shared.runtime.settings import CommonSettings
from shared.store.indexes import Index
from shared.store.lease import Lease

S = TypeVar("S", bound=CommonSettings)
Load = Callable[[], S]
Examine = Callable[[Work[S], datetime], Iterable[Finding]]
LEASE_PATIENCE, READY_PATIENCE, RENEW_EVERY, LOOK_PATIENCE = 30.0, 60.0, 1.0, 10.0


def fail(why: str) -> None:
    click.echo(why, err=True)
    sys.exit(1)


def plainly(commands: Sequence[click.Command]) -> list[click.Command]:
    """The same commands; where the store does not answer, they say so in a line and end with 1."""
    for command in commands:
        if isinstance(command, click.Group):
            plainly(list(command.commands.values()))
        elif command.callback:
            command.callback = _answered(command.callback)
    return list(commands)


def _answered(callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def call(*arguments: Any, **options: Any) -> Any:
        try:
            return callback(*arguments, **options)
        except ConnectionFailure as error:
            return fail(f"The store does not answer ({type(error).__name__}): does it run, and is MONGO_URI right?")

    return call


@contextmanager
def as_worker(work: Work[Any]) -> Iterator[None]:
    """Hold the worker's lease, and renew it, so that relay and folding rest meanwhile. Ends with 1 when it cannot be had."""
    lease = worker_lease(work)
    until = time.monotonic() + LEASE_PATIENCE
    while not lease.holds():
        if time.monotonic() > until:
            fail("The worker keeps its lease: stop it, or try again.")
        lease.want()
        time.sleep(0.2)
    done = Event()
    renewing = Thread(target=_renew, args=(lease, done), name="lease", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()
        lease.release()


def _renew(lease: Lease, done: Event) -> None:
    """What an operator asks for may take longer than a lease lasts."""
    while not done.wait(RENEW_EVERY):
        with suppress(PyMongoError):  # asked again in a moment; the work itself will say if the store is away
            lease.holds()


def common(
    prepare_store: Callable[[Any], None],
    outboxes: Callable[[], Sequence[Documents]],
    handlers: Mapping[str, Handler[Any]],
) -> list[click.Command]:
    """The commands, for one service's store, outboxes and handlers."""

    @click.command()
    @click.pass_obj
    def prepare(load: Load[Any]) -> None:
        """Make the topics that this service owns, and its indexes. Safe to repeat.

        Run it before the processes of a new release start. It waits a minute for Kafka.

        Exit code 0: all are there. 1: Kafka or the store does not answer. 78: a setting is wrong.
        """
        settings = load()
        work = start_work(settings)
        _patiently(lambda: ensure_topics(settings, topics_of(settings.service)))
        for module in (archive, dead_letters, watch):
            module.prepare(work.db)
        prepare_store(work.db)
        click.echo(f"{settings.service}: topics and indexes are there")

    @click.command(name="republish", short_help="Fill a log that was lost, from the archive.")
    @click.pass_obj
    def republish_command(load: Load[Any]) -> None:
        """Send the archive again in its order, then the open offers and what is pending: fills a log that was lost.

        When Kafka has lost a topic, or a doctor says that something was passed over. Every message keeps its id, so what was
        counted stays counted once, and nobody is mailed again. It asks a running worker to rest meanwhile.

        Exit code 0: done. 1: Kafka does not take it, or the worker keeps its lease; nothing is lost, run it again. 78: a setting
        is wrong.
        """
        settings = load()
        work = start_work(settings)
        try:
            with as_worker(work):
                sent, offered = republish(work.db, outboxes(), lambda: Producer(settings), work.clock)
                relay = make_relay(work, outboxes())
                while relay.step():
                    time.sleep(0.01)
                relay.close()
        except Unavailable as error:
            fail(error.message)
        click.echo(f"{settings.service}: {sent} messages sent again, {offered} addresses offered again")

    return [prepare, republish_command, _dead_letters(handlers)]


def doctor(declared: Callable[[], Sequence[Index]], outboxes: Callable[[], Sequence[Documents]], examine: Examine[Any]) -> click.Command:
    """The command, for one service's indexes and outboxes, and what is its own to examine."""

    @click.command(name="doctor", short_help="Is everything in this service's store as it should be?")
    @click.option("--json", "as_json", is_flag=True, help="One line of JSON, for programs.")
    @click.option(
        "--patience",
        type=click.FloatRange(0, 3600),
        default=LOOK_PATIENCE,
        metavar="SECONDS",
        help="How long to look again at what seems wrong. What was on its way has arrived by then.",
    )
    @click.pass_obj
    def command(load: Load[Any], as_json: bool, patience: float) -> None:
        """Is everything in this service's own store as it should be? Names what is not, and says what to do.

        It changes nothing and may run beside everything else. What is on its way (pending, offered) is a note, not a finding.

        \b
        Each finding begins with its effect:
          lost     something that was accepted will have no effect by itself
          doubled  something had its effect more than once
          amiss    nothing is lost, but somebody should look

        Exit code 0: healthy. 1: findings, or the store does not answer. 78: a setting is wrong.
        """
        work = start_work(load())

        def look() -> list[Finding]:
            now = work.clock()
            return [*look_at_common(work, declared(), outboxes(), now), *examine(work, now)]

        report = Report(work.settings.service, diagnose(look, patience))
        click.echo(json.dumps(report.as_json()) if as_json else "\n".join(report.lines()))
        if report.wrong:
            sys.exit(1)

    return command


def _patiently(attempt: Callable[[], Any]) -> None:
    until = time.monotonic() + READY_PATIENCE
    while True:
        try:
            attempt()
        except Unavailable as error:
            if time.monotonic() > until:
                fail(f"{error.message}: is Kafka there, and KAFKA_BOOTSTRAP right?")
            time.sleep(0.3)
        else:
            return


def _dead_letters(handlers: Mapping[str, Handler[Any]]) -> click.Group:
    @click.group(name="dead-letters", short_help="Messages that were set aside; partitions that are paused.")
    def group() -> None:
        """Messages that were set aside, and partitions that are paused.

        A message that cannot be handled is set aside with its bytes and its reason, and what follows it goes on. After ten in a
        row its partition is paused, until somebody has looked: mend what is wrong (often a release), retry or discard the
        letters, then resume the partition.
        """

    @group.command(name="list")
    @click.pass_obj
    def list_(load: Load[Any]) -> None:
        """One line a letter: id, state, tries, since when, why. Paused partitions last.

        poison: no retry helped. parked: of a type that this release does not know; a consumer that does handles it at its start.

        Exit code 0, whether there are any or none.
        """
        work = start_work(load())
        for letter in dead_letters.letters(work.db):
            click.echo(f"{letter['_id']}  {letter['state']}  tries {letter['attempts']}  {letter['at']:%Y-%m-%d %H:%M}  {letter['reason']}")
        for partition in sorted(map(str, dead_letters.paused(work.db))):
            click.echo(f"{partition}  paused: mend or discard its letters, then `dead-letters resume {partition}`")

    @group.command()
    @click.argument("letter_id")
    @click.pass_obj
    def show(load: Load[Any], letter_id: str) -> None:
        """One letter with its headers and bytes. The bytes may be personal: show them to nobody who need not see them.

        Exit code 0: shown. 1: there is no such letter.
        """
        letter = dead_letters.find(start_work(load()).db, letter_id)
        if letter is None:
            return fail(f"There is no dead letter {letter_id}.")
        record = dead_letters.as_record(letter)
        click.echo(f"state {letter['state']}, reason {letter['reason']}")
        click.echo(f"{record.at} offset {record.offset}, key {record.key!r}")
        for name, value in record.headers:
            click.echo(f"{name}: {value!r}")
        click.echo(repr(record.value))
        return None

    @group.command(name="retry")
    @click.argument("letter_id")
    @click.pass_obj
    def retry_command(load: Load[Any], letter_id: str) -> None:
        """Handle one letter again; its effect comes once, however often this is said.

        Exit code 0: done. 1: there is no such letter, it is closed, or it cannot be handled yet, with the reason; it stays.
        """
        work = start_work(load())
        letter = dead_letters.find(work.db, letter_id)
        if letter is None:
            return fail(f"There is no dead letter {letter_id}.")
        try:
            done = retry(work.db, letter, handlers, work, work.clock)
        except Exception as error:  # whatever the handler met, the letter stays and the operator hears the class of it
            return fail(f"It cannot be handled yet: {reason_of(error)}")
        return click.echo("done") if done else fail(f"This letter is closed: {letter['state']}.")

    @group.command()
    @click.argument("letter_id")
    @click.pass_obj
    def discard(load: Load[Any], letter_id: str) -> None:
        """Close one letter without handling it; it is kept for 30 days.

        What it would have done is not done: write down why. Exit code 0: closed. 1: there is no such open letter.
        """
        work = start_work(load())
        if not dead_letters.close_letter(work.db, letter_id, dead_letters.DISCARDED, work.clock()):
            fail(f"There is no open dead letter {letter_id}.")

    @group.command()
    @click.argument("partition")
    @click.pass_obj
    def resume(load: Load[Any], partition: str) -> None:
        """Go on with a paused partition, written as topic-number: `dead-letters resume pledges.v1-2`.

        The consumer notices within a second and goes on behind the letters that were set aside. Exit code 0: lifted. 1: it is
        not paused.
        """
        if not dead_letters.resume(start_work(load()).db, partition):
            fail(f"{partition} is not paused.")

    return group
