"""A supervisor event listener: the laptop's broker keeps its log in memory, so when it was restarted the log is filled again.

Run by supervisord, which speaks on stdin and stdout; what there is to say goes to stderr. `up` fills the log of the broker
that it started itself, and a file says for which broker's process that was done.
"""

import sys

from supervisor import childutils

from shared.laptop import checks, services, supervision
from shared.laptop.places import BROKER, Laptop
from shared.laptop.programs import APP, WORKERS
from shared.runtime.clock import utc_now
from shared.runtime.errors import Unavailable
from shared.runtime.processes import SERVICES

_BROKER_WITHIN = 30.0


def listen(laptop: Laptop) -> None:
    """Serve supervisord for ever."""
    _look(laptop)
    while True:
        _, payload = childutils.listener.wait(sys.stdin, sys.stdout)
        headers, _ = childutils.eventdata(f"{payload}\n")
        if headers.get("processname") == BROKER:
            _look(laptop)
        childutils.listener.ok(sys.stdout)


def mark(laptop: Laptop) -> int:
    """Note that this broker's log is filled, or is about to be. Returns its process id."""
    process_id = next(state.process_id for state in supervision.states(laptop) if state.name == BROKER)
    laptop.filled.write_text(str(process_id), encoding="utf-8")
    return process_id


def _look(laptop: Laptop) -> None:
    before = laptop.filled.read_text(encoding="utf-8")
    if mark(laptop) != int(before):
        refill(laptop)


def refill(laptop: Laptop) -> None:
    """Topics first, then every service's archive and open offers. What failed is said: `make down up` tries again."""
    try:
        checks.wait_for({"the broker": lambda: checks.answers(laptop.ports[BROKER])}, _BROKER_WITHIN, lambda: None)
        services.run_all(laptop, SERVICES, "prepare")
        said = _with_workers_stopped(laptop)
    except Unavailable as error:
        said = [error.message]
    for line in said:
        _say(line.strip())


def _with_workers_stopped(laptop: Laptop) -> list[str]:
    """`republish` needs the lease that a worker holds for as long as it runs."""
    try:
        for worker in WORKERS.values():
            supervision.stop_program(laptop, APP, worker)
        return services.run_all(laptop, SERVICES, "republish")
    finally:
        supervision.start_programs(laptop, APP, WORKERS.values())


def _say(words: str) -> None:
    print(f"{utc_now().isoformat()} {words}", file=sys.stderr, flush=True)
