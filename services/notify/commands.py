"""notify's commands for operators. COMMANDS, last, is the table."""

import click

from services.notify import store
from services.notify.consumers import HANDLERS
from services.notify.operations import nudges
from services.notify.settings import Settings
from services.notify.store import Contact, rows_of
from shared.messaging.commands import Load, common, fail
from shared.messaging.work import start_work


@click.command()
@click.pass_obj
def send_due_nudges(load: Load[Settings]) -> None:
    """Laptop only: treat every confirmed nudge as due, at any hour. No clock moves."""
    settings = load()
    if settings.is_production:
        return fail("This is for laptops and tests: in production a nudge goes at the time its person chose.")
    return click.echo(f"{nudges.plan_all(start_work(settings))} nudges planned")


COMMANDS = [*common(store.prepare, lambda: [rows_of(Contact)], HANDLERS), send_due_nudges]
