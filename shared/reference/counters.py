"""The campaign's five counters: their names, what each means, its target, and whether it begins at 0 or with its first figure."""

from dataclasses import dataclass
from functools import cache

from shared.reference import datafile

DELTAS = ("pledge", "confirmed", "interaction", "kept", "partly", "poster", "participant", "reach")


@dataclass(frozen=True)
class Counter:
    """`id`: also the name of its delta. `part`: the delta that is shown within it, apart. `details`: what else is true.

    `from_start`: it is counted from the first day on; the others say "not collected yet", never 0, until the first figure has come.
    """

    id: str
    name: str
    definition: str
    details: tuple[str, ...]
    part: str | None
    target: int | None
    from_start: bool


@cache
def counters() -> tuple[Counter, ...]:
    """The five, in the order in which they are shown."""
    return tuple(Counter(**row | {"details": tuple(row["details"])}) for row in datafile.read("counters")["counters"])


def counter(counter_id: str) -> Counter | None:
    return next((entry for entry in counters() if entry.id == counter_id), None)
