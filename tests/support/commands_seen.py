"""Which commands reach the store: for budgets of writes, which a wall clock on a shared machine cannot hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pymongo import monitoring
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent


@dataclass
class Seen(CommandListener):
    """(command, collection) of each that was started while `listening`; `queries`: (collection, filter) of those that search."""

    listening: bool = False
    commands: list[tuple[str, str]] = field(default_factory=list)
    queries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def started(self, event: CommandStartedEvent) -> None:
        if not self.listening:
            return
        collection = str(event.command.get(event.command_name))
        self.commands.append((event.command_name, collection))
        parts = [*event.command.get("updates", ()), *event.command.get("deletes", ())]
        filters = [event.command.get("filter"), event.command.get("query"), *(part["q"] for part in parts)]
        self.queries += [(collection, dict(found)) for found in filters if found is not None]

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Only what was asked matters."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Only what was asked matters."""

    def updates_of(self, collection: str) -> int:
        return self.commands.count(("update", collection))

    def __hash__(self) -> int:
        return id(self)


_SEEN = Seen()
monitoring.register(_SEEN)  # a driver's client takes its listeners when it is made


@contextmanager
def commands_seen() -> Iterator[Seen]:
    """Inside, every command of every client is noted."""
    _SEEN.commands.clear()
    _SEEN.queries.clear()
    _SEEN.listening = True
    try:
        yield _SEEN
    finally:
        _SEEN.listening = False
