"""A supervisor event listener: the laptop's broker keeps its log in memory, so after each of its starts the log is filled again.

Run by supervisord, which speaks on stdin and stdout; what there is to say goes to stderr. It starts after the first
start of the broker, so it begins with one turn of its own.
"""

import sys

from supervisor import childutils

from shared.laptop import checks, services
from shared.laptop.places import BROKER, Laptop
from shared.runtime.clock import utc_now
from shared.runtime.errors import Unavailable
from shared.runtime.processes import SERVICES

_TRIES, _BROKER_WITHIN = 3, 30.0


def listen(laptop: Laptop) -> None:
    """Serve supervisord for ever."""
    refill(laptop)
    while True:
        _, payload = childutils.listener.wait(sys.stdin, sys.stdout)
        headers, _ = childutils.eventdata(f"{payload}\n")
        if headers.get("processname") == BROKER:
            refill(laptop)
        childutils.listener.ok(sys.stdout)


def refill(laptop: Laptop) -> None:
    """Topics first, then every service's archive and open offers. A failure is said and left: the next start tries again."""
    for _ in range(_TRIES):
        try:
            checks.wait_for({"the broker": lambda: checks.answers(laptop.ports[BROKER])}, _BROKER_WITHIN, lambda: None)
            services.run_all(laptop, SERVICES, "prepare")
            services.run_all(laptop, SERVICES, "republish")
        except Unavailable as error:
            _say(error.message)
        else:
            _say("every log is filled again")
            return


def _say(words: str) -> None:
    print(f"{utc_now().isoformat()} {words}", file=sys.stderr, flush=True)
