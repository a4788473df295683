"""notify's commands for operators. COMMANDS, last, is the table."""

import uuid

import click

from services.notify import store
from services.notify.consumers import HANDLERS
from services.notify.operations import lookup, nudges, pausing
from services.notify.operations.examine import examine
from services.notify.settings import Settings
from services.notify.store import Contact, rows_of
from shared.messaging.commands import Load, common, doctor, fail, plainly
from shared.messaging.work import start_work
from shared.runtime.clock import in_london
from shared.security.references import read_reference


@click.command(short_help="Laptop only: send every confirmed nudge now.")
@click.pass_obj
def send_due_nudges(load: Load[Settings]) -> None:
    """Laptop only: treat every confirmed nudge as due, at any hour. No clock moves.

    Exit code 0: planned, and how many. 1: refused, for this is production.
    """
    settings = load()
    if settings.is_production:
        return fail("This is for laptops and tests: in production a nudge goes at the time its person chose.")
    return click.echo(f"{nudges.plan_all(start_work(settings))} nudges planned")


@click.command(name="lookup", short_help="Why was this mail sent, or not?")
@click.argument("ref")
@click.pass_obj
def lookup_command(load: Load[Settings], ref: str) -> None:
    """Why was this mail sent, or not? Shows one contact and each mail planned for it: state, reason, attempts, times.

    REF is the contact's id, as `python -m services.pledge lookup REFERENCE` prints it. No address and no link is shown.

    Exit code 0: found. 1: nothing is known of it, or the store does not answer. 2: that is not a REF. 78: a setting is wrong.
    """
    if reference := read_reference(ref):
        raise click.BadParameter(
            f"{reference} is a pledge's reference, which notify does not know. `python -m services.pledge lookup {reference}`"
            " prints the contact to look for here.",
            param_hint="REF",
        )
    try:
        id_ = str(uuid.UUID(ref))
    except ValueError:
        raise click.BadParameter(f"{ref} is no contact's id: those look like {uuid.UUID(int=0)}.", param_hint="REF") from None
    work = start_work(load())
    lines = lookup.story(work, id_, work.clock())
    if lines is None:
        return fail(f"notify knows nothing of contact {id_}: it was never offered here, or everything about it has run out.")
    return click.echo("\n".join(lines))


@click.group(name="mail")
def mail_group() -> None:
    """Hold all mail back for a while, and let it go again.

    The pause is stored: every sender heeds it at once, and no restart lifts it. Mails go on being planned meanwhile; each has
    a shelf life (a confirm mail 7 days, a nudge 36 hours) that runs on, and one that outlives it expires unsent.
    """


@mail_group.command(name="pause")
@click.option("--reason", default="", metavar="TEXT", help="Why, for whoever asks later. No names.")
@click.pass_obj
def pause_command(load: Load[Settings], reason: str) -> None:
    """Hold all mail back from now on. Safe to repeat; a new reason replaces the old one. Exit code 0."""
    work = start_work(load())
    new = pausing.pause(reason, now=work.clock())
    click.echo("mail is paused" if new else "mail was paused already")


@mail_group.command(name="resume", short_help="Let mail go out again.")
@click.pass_obj
def resume_command(load: Load[Settings]) -> None:
    """Let mail go out again; what waits is sent within seconds, the oldest first. Safe to repeat. Exit code 0."""
    start_work(load())
    click.echo("mail goes out again" if pausing.resume() else "mail was not paused")


@mail_group.command(name="status", short_help="Is mail paused, and how many wait?")
@click.pass_obj
def status_command(load: Load[Settings]) -> None:
    """Is mail paused, since when and why, and how many wait? Exit code 0."""
    start_work(load())
    off = store.switched_off(pausing.MAIL)
    count, first = store.notifications_waiting()
    since = f"mail is paused since {in_london(off.since):%Y-%m-%d %H:%M}: {off.reason or 'no reason given'}" if off else "mail goes out"
    waiting = f"mails that wait: {count}" + (
        f"; the first is no use any more from {in_london(first.shelf_ends):%Y-%m-%d %H:%M}" if first else ""
    )
    click.echo(f"{since}\n{waiting}")


def _outboxes() -> list[store.Rows]:
    return [rows_of(Contact)]


COMMANDS = plainly(
    [
        *common(store.prepare, _outboxes, HANDLERS),
        doctor(store.indexes, _outboxes, examine),
        lookup_command,
        mail_group,
        send_due_nudges,
    ]
)
