"""Invented people on this laptop: two who run the site and one who posts for groups, each with a fresh link that signs them in."""

from dataclasses import dataclass

from shared.laptop import services
from shared.laptop.places import Laptop

_WITHIN = 60.0
ORGANISER = "organiser"


@dataclass(frozen=True)
class Somebody:
    """`role`: of the staff's, or ORGANISER."""

    first_name: str
    address: str
    role: str


PEOPLE = (
    Somebody("Olive", "olive.operator@example.org", "operator"),
    Somebody("Moss", "moss.moderator@example.org", "moderator"),
    Somebody("Wren", "wren.organiser@example.org", ORGANISER),
)
ORGANISERS = ("wren.organiser@example.org", "otis.organiser@example.org")  # the second posts for the groups that are not Wren's


def links(laptop: Laptop) -> list[tuple[str, str]]:
    """(who, link): by notify's own command, which puts staff on the list the first time."""
    said = _ask_notify(laptop, [_command(one) for one in PEOPLE])
    return [(f"Sign in as {one.first_name}, {one.role}", link) for one, link in zip(PEOPLE, said, strict=True)]


def refs(laptop: Laptop) -> list[str]:
    """The refs by which their groups know the ORGANISERS: notify mints them, and says the same ones each time."""
    return _ask_notify(laptop, [["organiser-ref", address] for address in ORGANISERS])


def _command(one: Somebody) -> list[str]:
    if one.role == ORGANISER:
        return ["sign-in-link", one.address, "--organiser"]
    return ["sign-in-link", one.address, "--name", one.first_name, "--role", one.role]


def _ask_notify(laptop: Laptop, commands: list[list[str]]) -> list[str]:
    """The last line that each says; they run at once."""
    started = [services.start(laptop, "notify", command, quiet=True) for command in commands]
    try:
        said = [
            services.finish(one, f"python -m services.notify {words[0]}", _WITHIN) for one, words in zip(started, commands, strict=True)
        ]
    finally:
        for process in started:
            services.end(process)
    return [text.splitlines()[-1] for text in said]
