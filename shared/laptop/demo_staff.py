"""Two invented people who run this laptop's site, each with a fresh link that signs them in: so that staff pages can be tried."""

from dataclasses import dataclass

from shared.laptop import services
from shared.laptop.places import Laptop

_WITHIN = 60.0


@dataclass(frozen=True)
class Somebody:
    first_name: str
    address: str
    role: str


STAFF = (
    Somebody("Olive", "olive.operator@example.org", "operator"),
    Somebody("Moss", "moss.moderator@example.org", "moderator"),
)


def links(laptop: Laptop) -> list[tuple[str, str]]:
    """(who, link): by notify's own command, which puts them on the list the first time."""
    started = {one: services.start(laptop, "notify", _command(one), quiet=True) for one in STAFF}
    try:
        said = {one: services.finish(process, "python -m services.notify sign-in-link", _WITHIN) for one, process in started.items()}
    finally:
        for process in started.values():
            services.end(process)
    return [(f"Sign in as {one.first_name}, {one.role}", text.splitlines()[-1]) for one, text in said.items()]


def _command(one: Somebody) -> list[str]:
    return ["sign-in-link", one.address, "--name", one.first_name, "--role", one.role]
