"""Which settings each service has, and who says what they are: the image, compose, a ConfigMap or a Secret."""

from dataclasses import MISSING, dataclass
from typing import Any

from services.events.settings import Settings as Events
from services.notify.settings import Settings as Notify
from services.pledge.settings import Settings as Pledge
from shared.runtime.settings import EXAMPLE_KEY, CommonSettings, declared

CLASSES: dict[str, type[CommonSettings]] = {each.service: each for each in (Pledge, Events, Notify)}

OF_THE_IMAGE = ("BIND", "PORT_BASE", "BUILD_DIR")  # the Dockerfile sets them; ports in every file here are made from 8000
OF_A_LAPTOP = ("WATCH", "CLOCK_OFFSET", "CRASH_AT", "CRASH_MARK")  # production refuses them
OF_EACH_SERVICE = ("KAFKA_USER",)  # a common setting, but no two services have the same value


@dataclass(frozen=True)
class Setting:
    """One setting of a service. `default`: as text, or None where one must be given. `by_reference`: it belongs in a Secret."""

    name: str
    about: str
    example: str
    default: str | None
    common: bool
    by_reference: bool


def settings_of(service: str) -> tuple[Setting, ...]:
    """Everything that the service reads from its environment, in its order."""
    common = {item.metadata["env"] for item in declared(CommonSettings)}
    return tuple(
        Setting(
            name=item.metadata["env"],
            about=item.metadata["about"],
            example=item.metadata["example"],
            default=None if item.default is MISSING else _as_text(item.default),
            common=item.metadata["env"] in common,
            by_reference=item.metadata["secret"] or item.metadata["example"] == EXAMPLE_KEY,
        )
        for item in declared(CLASSES[service])
    )


def deployed(service: str) -> tuple[Setting, ...]:
    """What a container is given: neither what the image has set nor what is for a laptop alone."""
    return tuple(item for item in settings_of(service) if item.name not in OF_THE_IMAGE + OF_A_LAPTOP)


def in_its_secret(service: str) -> tuple[Setting, ...]:
    """What the service's own Secret holds. The public key is there too: it is made in one go with the others."""
    return tuple(item for item in deployed(service) if item.by_reference)


def in_common() -> tuple[Setting, ...]:
    """What every service is told alike."""
    anyone = next(iter(CLASSES))
    return tuple(item for item in deployed(anyone) if item.common and not item.by_reference and item.name not in OF_EACH_SERVICE)


def in_its_own(service: str) -> tuple[Setting, ...]:
    """What one service alone is told, in clear."""
    return tuple(item for item in deployed(service) if not item.by_reference and (not item.common or item.name in OF_EACH_SERVICE))


def _as_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
