"""pledge's commands for operators. COMMANDS, last, is the table."""

import time

import click

from services.pledge import store
from services.pledge.consumers import HANDLERS
from services.pledge.operations import counting, demo, lookup, posters, publishing
from services.pledge.operations.examine import examine
from services.pledge.settings import Settings
from shared.messaging.commands import Load, as_worker, common, doctor, fail, plainly
from shared.messaging.work import Work, start_work
from shared.runtime.errors import InvalidInput
from shared.security.references import read_reference

COUNTED_WITHIN = 60.0


@click.command(short_help="Sum every counted message again; put right what differs.")
@click.pass_obj
def rebuild(load: Load[Settings]) -> None:
    """Sum every counted message again and compare with the totals; what differs is put right and named.

    When the doctor says that a total differs. It asks a running worker to rest meanwhile, and may be repeated: a second time
    nothing differs.

    Exit code 0: done, whatever differed. 1: the worker keeps its lease, or the store does not answer. 78: a setting is wrong.
    """
    work = start_work(load())
    with as_worker(work):
        differences = counting.rebuild(work)
    for line in differences:
        click.echo(line)
    click.echo(f"{len(differences)} cells were different")


@click.group(name="posters")
def posters_group() -> None:
    """Poster codes."""


@posters_group.command()
@click.argument("code")
@click.option("--place", default="", help="Where it hangs, for people to know.")
@click.pass_obj
def add(load: Load[Settings], code: str, place: str) -> None:
    """Add a code, for example OLD-ST-3: its poster then says /p/OLD-ST-3.

    Exit code 0: it is there now, or was before. 1: that is no code.
    """
    work = start_work(load())
    try:
        new = posters.add(code, place, now=work.clock())
    except InvalidInput as error:
        return fail("; ".join(error.fields["code"]))
    return click.echo("added" if new else "it is there already")


@click.command(name="demo")
@click.pass_obj
def demo_command(load: Load[Settings]) -> None:
    """Fill an empty store with invented pledges, once. Refused in production.

    Exit code 0: they are there and counted, or were before. 1: refused, or not all counted yet.
    """
    settings = load()
    if settings.is_production:
        return fail("Demo data is for laptops and tests, never for production.")
    work = start_work(settings)
    made = demo.fill(work)
    if not made:
        return click.echo("demo data was there already")
    if not _counted(work, made):
        return fail(f"{made} demo pledges, not all counted yet: is the consumer running? The breakdowns follow within the hour.")
    publishing.publish_breakdowns(work, work.clock())
    return click.echo(f"{made} demo pledges, counted and published")


def _counted(work: Work[Settings], pledges: int) -> bool:
    """Wait until the totals hold this many pledges."""
    until = time.monotonic() + COUNTED_WITHIN
    while store.totals(work.db, counting.ALL).get("", {}).get("pledge", 0) < pledges:
        if time.monotonic() > until:
            return False
        time.sleep(0.3)
    return True


@click.command(name="lookup", short_help="Where does the pledge of this reference stand?")
@click.argument("reference")
@click.pass_obj
def lookup_command(load: Load[Settings], reference: str) -> None:
    """Where does this pledge stand? Shows its state, what it told and when (to the hour), and where its address is.

    REFERENCE is what its maker kept, like CL-7K3M-9QXA; any case, spaces and hyphens do not matter. Why a mail was sent or not
    is notify's to say: the last line is the command to go on with.

    Exit code 0: found. 1: no such pledge, or the store does not answer. 2: the reference is mistyped. 78: a setting is wrong.
    """
    meant = read_reference(reference)
    if meant is None:
        words = f"{reference} is mistyped: a reference has eight signs after CL-, and the last one checks the others."
        raise click.BadParameter(words, param_hint="REFERENCE")
    work = start_work(load())
    lines = lookup.story(work, meant, work.clock())
    if lines is None:
        return fail(f"There is no pledge {meant}. The reference is well formed, so it is of another system, or made up.")
    if ref := lookup.next_step(meant):
        lines.append(f"go on with: python -m services.notify lookup {ref}")
    return click.echo("\n".join(lines))


COMMANDS = plainly(
    [
        *common(store.prepare, store.outboxes, HANDLERS),
        doctor(store.indexes, store.outboxes, examine),
        lookup_command,
        rebuild,
        posters_group,
        demo_command,
    ]
)
