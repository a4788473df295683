"""Every operators' command explains itself, with its exit codes, to somebody who has never typed it."""

import re
from collections.abc import Iterator, Sequence

import click
import pytest

from services.events.commands import COMMANDS as EVENTS
from services.notify.commands import COMMANDS as NOTIFY
from services.pledge.commands import COMMANDS as PLEDGE
from shared.laptop.places import REPOSITORY

OPERATIONS = (REPOSITORY / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")


def leaves(commands: Sequence[click.Command], before: str = "") -> Iterator[tuple[str, click.Command]]:
    for command in commands:
        name = f"{before}{command.name}"
        if isinstance(command, click.Group):
            yield from leaves(list(command.commands.values()), f"{name} ")
        else:
            yield name, command


EVERY = dict([*leaves(PLEDGE), *leaves(EVENTS), *leaves(NOTIFY)])


@pytest.mark.parametrize("name", sorted(EVERY))
def test_its_help_ends_with_its_exit_codes(name: str) -> None:
    """A sentence about what it does comes first; every option says what it is for."""
    command = EVERY[name]
    said = " ".join((command.help or "").split())
    assert "Exit code" in said, said
    assert said.index("Exit code") > 30
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or parameter.help, parameter.name


def test_operations_names_each() -> None:
    """The page that operators have names every command that is theirs, and every finding of a doctor."""
    missing = [name for name in EVERY if name.split()[-1] not in OPERATIONS]
    assert missing == []


def test_operations_names_every_finding() -> None:
    """What a doctor may say can be looked up."""
    shared = ("doctor", "told")
    sources = [*REPOSITORY.glob("services/*/operations/examine/*.py"), *(REPOSITORY / f"shared/messaging/{name}.py" for name in shared)]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    names = set(re.findall(r'(?:LOST|DOUBLED|AMISS|effect)(?: if [^,]+ else (?:LOST|DOUBLED|AMISS))?,\s*"([a-z-]+)"', text))
    assert len(names) > 30
    assert sorted(name for name in names if f"`{name}`" not in OPERATIONS) == []
