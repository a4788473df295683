"""events' commands for operators. COMMANDS, last, is the table."""

import uuid

import click

from services.events import store
from services.events.consumers import HANDLERS
from services.events.operations.demo.filling import fill
from services.events.operations.examine import examine
from services.events.settings import Settings
from shared.messaging.commands import Load, common, doctor, fail, plainly
from shared.messaging.work import start_work


@click.command(name="demo", short_help="Laptop only: fill an empty store with invented groups and posts.")
@click.argument("ours", type=click.UUID, metavar="REF")
@click.argument("theirs", type=click.UUID, metavar="OTHER_REF")
@click.pass_obj
def demo_command(load: Load[Settings], ours: uuid.UUID, theirs: uuid.UUID) -> None:
    """Fill an empty store with invented groups and what they post, once. Refused in production.

    REF and OTHER_REF are two organisers', as `python -m services.notify organiser-ref ADDRESS` prints them: the first posts for two of the
    six groups.

    Exit code 0: they are there, or were before. 1: refused. 2: that is no ref.
    """
    settings = load()
    if settings.is_production:
        return fail("Demo data is for laptops and tests, never for production.")
    made = fill(start_work(settings), str(ours), str(theirs))
    return click.echo(f"{made} demo posts" if made else "demo data was there already")


COMMANDS = plainly([*common(store.prepare, store.outboxes, HANDLERS), doctor(store.indexes, store.outboxes, examine), demo_command])
