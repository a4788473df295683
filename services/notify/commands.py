"""notify's commands for operators. COMMANDS, last, is the table."""

import uuid
from collections.abc import Sequence

import click

from services.notify import rules, store
from services.notify.consumers import HANDLERS
from services.notify.operations import erasing, lookup, nudges, pausing, sessions, staff
from services.notify.operations.examine import examine
from services.notify.settings import Settings
from shared.messaging.commands import Load, common, doctor, fail, plainly
from shared.messaging.work import start_work
from shared.runtime.clock import in_london
from shared.security.addresses import ADVICE, read_address
from shared.security.references import read_reference
from shared.security.sessions import OPERATOR, ROLES


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


@click.command()
@click.argument("address")
@click.option("--name", default="", metavar="NAME", help="First name, for an address that is not on the list yet: it is then put there.")
@click.option("--organiser", is_flag=True, help="As somebody who posts for a group, not as staff.")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="A role of theirs; again for another. Else operator.")
@click.pass_obj
def sign_in_link(load: Load[Settings], address: str, name: str, roles: Sequence[str], organiser: bool) -> None:
    """Print a link that signs ADDRESS in: once, for an hour. No mail goes out.

    This is how the first operator comes in. An address that is on the list of staff keeps its roles; one that is not needs --name,
    and --role once there is an operator. With --organiser it signs in somebody who posts for a group and gets no mail.

    Exit code 0: the link is the only line. 1: it could not be made, and the line says why. 2: the command line is wrong.
    """
    work = start_work(load())
    meant, now = read_address(address), work.clock()
    if meant is None:
        raise click.BadParameter(ADVICE, param_hint="ADDRESS")
    if organiser:
        return click.echo(sessions.link_for_organiser(work, meant, now))
    if name and not rules.is_first_name(name):
        raise click.BadParameter(f"A first name: {rules.LONGEST_NAME} signs at most, and no link in it.", param_hint="--name")
    found = staff.known_by(work, meant)
    if found is None and not name:
        return fail("This address is not on the list of staff. Invite it at /staff/people, or put it there with --name.")
    if found is None and not roles and staff.has_operator():
        return fail("There is an operator already: say with --role which role this person has.")
    who = found or staff.add(work, staff.Person(meant, name), roles or (OPERATOR,), (), by=staff.THE_COMMAND_LINE, now=now)
    return click.echo(sessions.make_link(work, who.id, rules.SIGN_IN_LASTS, now))


@click.command(short_help="Laptop only: make ADDRESS an organiser; print its ref.")
@click.argument("address")
@click.pass_obj
def organiser_ref(load: Load[Settings], address: str) -> None:
    """Laptop only: make ADDRESS an organiser as its first sign-in would, and print the ref by which its groups know it.

    For demo data, which has groups before anybody has signed in. Safe to repeat: the ref stays the same.

    Exit code 0: the ref is the only line. 1: refused, for this is production. 2: that is no address.
    """
    settings = load()
    if settings.is_production:
        return fail("This is for laptops and tests: in production a ref is made when somebody signs in.")
    work, meant = start_work(settings), read_address(address)
    if meant is None:
        raise click.BadParameter(ADVICE, param_hint="ADDRESS")
    return click.echo(sessions.known_organiser(work, meant, work.clock()))


@click.group(name="erasures")
def erasures_group() -> None:
    """What people wanted to be erased, and whether every service has done so."""


@erasures_group.command(name="ask", short_help="After a restore: ask once more for everything that was erased.")
@click.pass_obj
def ask_command(load: Load[Settings]) -> None:
    """Ask every service once more to erase whatever people wanted erased. For after a store was put back from a backup.

    Run it before the processes start: what is asked lies in notify's own documents, and its worker publishes it. Whoever has nothing left
    says so and does nothing, so it is safe to repeat. Where notify's own store was put back, run pledge's and events' `republish` as
    well: their answers have notify erase again what it has forgotten that it had erased.

    Exit code 0: asked, and for how many refs.
    """
    work = start_work(load())
    click.echo(f"{erasing.ask_again(work, work.clock())} refs asked about once more")


COMMANDS = plainly(
    [
        *common(store.prepare, store.outboxes, HANDLERS),
        doctor(store.indexes, store.outboxes, examine),
        erasures_group,
        lookup_command,
        mail_group,
        organiser_ref,
        send_due_nudges,
        sign_in_link,
    ]
)
