"""`.env.example`: every setting with what it is for, from the services' settings."""

from collections.abc import Iterable, Iterator

from deploy.wiring import CLASSES, Setting, settings_of

HEAD = """\
# Made by `python -m deploy.generate` from the services' settings: change those, not this.
# A line without # must be set; the others show their default.
# For docker compose: copy this to .env and fill in the keys, which `python -m shared.security.keys` makes. The addresses
# of engines, mail server and site are compose's own there, and what it does not use does no harm.

## docker compose alone
# The port of the front door
#PORT=8000
# The port where caught mails are read
#MAIL_PORT=8025
# The tag of the images
#VERSION=
"""


def env_example() -> str:
    common = [item for item in settings_of(next(iter(CLASSES))) if item.common]
    seen = {item.name for item in common}
    parts = [HEAD, _part("every service", common)]
    for service in CLASSES:
        own = [item for item in settings_of(service) if item.name not in seen]
        seen |= {item.name for item in own}
        parts.append(_part(service, own))
    return "\n".join(parts)


def _part(title: str, settings: Iterable[Setting]) -> str:
    return "\n".join([f"## {title}", *(line for item in settings for line in _lines(item))]) + "\n"


def _lines(item: Setting) -> Iterator[str]:
    yield f"# {item.about}"
    if item.default is not None:
        yield f"#{item.name}={item.default}"
    else:
        # A key that everybody knows is worse than none, so the place is left empty.
        yield f"{item.name}={'' if item.name.endswith('_KEY') else item.example}"
