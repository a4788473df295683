"""The campaign's five counters: their names, what each means, its target, and whether anything feeds it yet."""

from dataclasses import dataclass
from functools import cache

from shared.reference import datafile

DELTAS = ("pledge", "confirmed", "interaction", "kept", "partly", "poster", "participant", "reach")


@dataclass(frozen=True)
class Counter:
    """`id`: also the name of its delta. `part`: the delta that is shown within it, apart. `details`: what else is true.

    `fed`: False while no process counts it: it says "not collected yet" and never 0.
    """

    id: str
    name: str
    definition: str
    details: tuple[str, ...]
    part: str | None
    target: int | None
    fed: bool


@cache
def counters() -> tuple[Counter, ...]:
    """The five, in the order in which they are shown."""
    return tuple(Counter(**row | {"details": tuple(row["details"])}) for row in datafile.read("counters")["counters"])


def counter(counter_id: str) -> Counter | None:
    return next((entry for entry in counters() if entry.id == counter_id), None)


def not_collected() -> tuple[str, ...]:
    """The ids of those that nothing feeds yet."""
    return tuple(entry.id for entry in counters() if not entry.fed)
