"""The laptop's broker keeps its log in memory, so when it was restarted the log is filled again.

`listener.py` runs this at each start of the broker. `up` fills the log of the broker that it started itself, and a file says
for which broker's process that was done.
"""

from shared.laptop import checks, services, supervision
from shared.laptop.places import BROKER, Laptop
from shared.laptop.programs import APP, WORKERS
from shared.runtime.clock import utc_now
from shared.runtime.errors import Unavailable
from shared.runtime.processes import SERVICES

_BROKER_WITHIN = 30.0


def mark(laptop: Laptop) -> int:
    """Note that this broker's log is filled, or is about to be. Returns its process id."""
    process_id = next(state.process_id for state in supervision.states(laptop) if state.name == BROKER)
    laptop.filled.write_text(str(process_id), encoding="utf-8")
    return process_id


def look(laptop: Laptop) -> None:
    """Fill this broker's log, unless that was done."""
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
    print(f"{utc_now().isoformat()} {words}", flush=True)
