"""What handlers, due steps and operations are handed, and the loop of a background process.

Knows no broker: an api and notify's sender speak to none, and kafka-python costs a process 8 MB (`background.py` has the rest).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pymongo.database import Database

from shared.messaging.watch import Watch
from shared.runtime import logs, loop, probes
from shared.runtime.clock import Clock, moved
from shared.runtime.errors import RestartNeeded
from shared.runtime.processes import find
from shared.runtime.settings import CommonSettings
from shared.store.connection import BACKGROUND, connect
from shared.store.lease import Lease

WORKER_LEASE = "worker"
RESTART_ME = 75  # EX_TEMPFAIL: the supervisor starts a fresh process

S = TypeVar("S", bound=CommonSettings)


@dataclass(frozen=True)
class Work(Generic[S]):
    """One service's settings, store and clock, built once a process."""

    settings: S
    db: Database[dict[str, Any]]
    clock: Clock
    watch: Watch


def start_work(settings: S, *, kind: str = BACKGROUND) -> Work[S]:
    """Connect to the store (lazily: nothing is sent yet)."""
    db = connect(settings, kind=kind)
    clock = moved(settings.clock_offset)
    return Work(settings, db, clock, Watch(db if settings.watch else None, clock))


def worker_lease(work: Work[Any]) -> Lease:
    return Lease(work.db, WORKER_LEASE, work.clock)


def run_loop(
    settings: CommonSettings, command: str, steps: Sequence[loop.Step], *, pulse: loop.Pulse | None = None, **options: Any
) -> None:
    """Logs, probes, signals and the loop of one background process; ends it with 75 when it must be started afresh."""
    logs.configure(settings.service, command, settings.log_level)
    pulse, stop = pulse or loop.Pulse(), loop.Stop()
    stop.listen()
    server = probes.serve(pulse, settings.bind, settings.port_base + find(settings.service, command).offset)
    try:
        loop.run(f"{settings.service}-{command}", steps, stop=stop, pulse=pulse, **options)
    except RestartNeeded as error:
        logs.log().warning("process ends to be started afresh", reason=error.message)
        raise SystemExit(RESTART_ME) from error
    finally:
        server.shutdown()
