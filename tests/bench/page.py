"""What one page costs over all processes: `python -m tests.bench.page [PATH] [REQUESTS]`, for the stack of PORT and DATA_DIR.

Asks through the front door and reads each program's CPU before and after. Without PATH: the first event of /whats-on. What the stack
does anyway while nobody asks, measured for as long just before, is taken off.
"""

import os
import re
import sys
import time
from collections.abc import Mapping

import requests

from shared.laptop.places import Laptop
from tests.bench.idle import programs, seconds_of

WARM_UP, SHOWN = 50, 0.01


def cost(laptop: Laptop, path: str, times: int) -> None:
    with requests.Session() as session:
        path = path or _an_event(session, laptop)
        for _ in range(WARM_UP):
            session.get(laptop.url + path, timeout=30).raise_for_status()
        before, began = _cpu(laptop), time.monotonic()
        for _ in range(times):
            session.get(laptop.url + path, timeout=30).raise_for_status()
        busy, seconds = _since(before, laptop), time.monotonic() - began
    before = _cpu(laptop)
    time.sleep(seconds)
    idle = _since(before, laptop)
    print(f"{path}: {times} requests in {seconds:.1f} s; ms of CPU a request, more than when idle:")
    more = {name: (spent - idle.get(name, 0.0)) / times * 1000 for name, spent in busy.items()}
    for name, own in sorted(more.items(), key=lambda item: -item[1]):
        if own >= SHOWN:
            print(f"{name[:28]:28} {own:6.2f}")
    print(f"{'all programs':28} {sum(more.values()):6.2f}")


def _an_event(session: requests.Session, laptop: Laptop) -> str:
    found = re.search(r'href="(/event/[a-z0-9-]+)"', session.get(f"{laptop.url}/whats-on", timeout=30).text)
    if found is None:
        raise SystemExit("Nothing is on: start the stack with its demo data.")
    return found[1]


def _cpu(laptop: Laptop) -> dict[str, float]:
    """Seconds of CPU by program; those of one name together."""
    spent: dict[str, float] = {}
    for pid, name in programs(laptop).items():
        spent[name] = spent.get(name, 0.0) + seconds_of(pid)
    return spent


def _since(before: Mapping[str, float], laptop: Laptop) -> dict[str, float]:
    return {name: spent - before.get(name, 0.0) for name, spent in _cpu(laptop).items()}


if __name__ == "__main__":
    words = sys.argv[1:]
    cost(Laptop.load(os.environ), words[0] if words else "", int(words[1]) if len(words) > 1 else 1000)
