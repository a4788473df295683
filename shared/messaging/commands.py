"""Operators' commands that every service has: prepare, republish, dead-letters.

Exit codes: 0 done; 1 it could not be done, and the line says why; 2 the command line is wrong; 78 a setting is wrong.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, TypeVar

import click
from pymongo.errors import PyMongoError

from shared.messaging import archive, dead_letters, watch
from shared.messaging.broker import Producer, ensure_topics
from shared.messaging.catalogue import topics_of
from shared.messaging.consumer import Handler, retry
from shared.messaging.fates import reason_of
from shared.messaging.relay import Documents
from shared.messaging.republish import republish
from shared.messaging.work import Work, make_relay, start_work, worker_lease
from shared.runtime.errors import Unavailable
from shared.runtime.settings import CommonSettings
from shared.store.lease import Lease

S = TypeVar("S", bound=CommonSettings)
Load = Callable[[], S]
LEASE_PATIENCE, READY_PATIENCE, RENEW_EVERY = 30.0, 60.0, 1.0


def fail(why: str) -> None:
    click.echo(why, err=True)
    sys.exit(1)


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
        """Make the topics that this service owns, and its indexes. Safe to repeat."""
        settings = load()
        work = start_work(settings)
        _patiently(lambda: ensure_topics(settings, topics_of(settings.service)))
        for module in (archive, dead_letters, watch):
            module.prepare(work.db)
        prepare_store(work.db)
        click.echo(f"{settings.service}: topics and indexes are there")

    @click.command(name="republish")
    @click.pass_obj
    def republish_command(load: Load[Any]) -> None:
        """Send the archive again in its order, then the open offers and what is pending: fills a log that was lost. Mails nobody."""
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
    @click.group(name="dead-letters")
    def group() -> None:
        """Messages that were set aside, and partitions that are paused."""

    @group.command(name="list")
    @click.pass_obj
    def list_(load: Load[Any]) -> None:
        """One line a letter: id, state, tries, since when, why. Paused partitions last."""
        work = start_work(load())
        for letter in dead_letters.letters(work.db):
            click.echo(f"{letter['_id']}  {letter['state']}  tries {letter['attempts']}  {letter['at']:%Y-%m-%d %H:%M}  {letter['reason']}")
        for partition in sorted(map(str, dead_letters.paused(work.db))):
            click.echo(f"{partition}  paused: mend or discard its letters, then `dead-letters resume {partition}`")

    @group.command()
    @click.argument("letter_id")
    @click.pass_obj
    def show(load: Load[Any], letter_id: str) -> None:
        """One letter with its headers and bytes. The bytes may be personal: show them to nobody who need not see them."""
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
        """Handle one letter again; its effect comes once, however often this is said."""
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
        """Close one letter without handling it; it is kept for 30 days."""
        work = start_work(load())
        if not dead_letters.close_letter(work.db, letter_id, dead_letters.DISCARDED, work.clock()):
            fail(f"There is no open dead letter {letter_id}.")

    @group.command()
    @click.argument("partition")
    @click.pass_obj
    def resume(load: Load[Any], partition: str) -> None:
        """Go on with a paused partition, written as topic-number. The consumer notices within a second."""
        if not dead_letters.resume(start_work(load()).db, partition):
            fail(f"{partition} is not paused.")

    return group
