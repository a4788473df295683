"""What somebody else does between a look and the write that follows it: the driver itself says when it is about to send one.

with just_before("update", "posts", lambda: drafts.save(post, answers, now=now)):
    changing.end(post, group, now=now)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pymongo import monitoring


@dataclass
class _Moment:
    command: str
    collection: str
    act: Callable[[], object]
    come: bool = False
    wrong: list[BaseException] = field(default_factory=list)

    def is_now(self, event: monitoring.CommandStartedEvent) -> bool:
        return not self.come and event.command.get(self.command) == self.collection

    def use(self) -> None:
        self.come = True
        try:
            self.act()
        except BaseException as error:  # the driver would swallow it
            self.wrong.append(error)


class _Watch(monitoring.CommandListener):
    moment: _Moment | None = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.moment and self.moment.is_now(event):
            self.moment.use()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


_WATCH = _Watch()
monitoring.register(_WATCH)  # heard by the clients that are made from here on: tests import this before any is


@contextmanager
def just_before(command: str, collection: str, act: Callable[[], object]) -> Iterator[None]:
    """Inside, `act` is done, whole, before the first such command reaches the store. Fails where none was sent; raises what `act` does."""
    _WATCH.moment = moment = _Moment(command, collection, act)
    try:
        yield
    finally:
        _WATCH.moment = None
    assert moment.come, f"nothing was to {command} {collection}"
    if moment.wrong:
        raise moment.wrong[0]
