"""What one page costs over all processes: `python -m tests.bench.page [PATH] [REQUESTS]`, for the stack of PORT and DATA_DIR.

Asks through the front door and reads each program's CPU before and after. Without PATH: the first event of /whats-on. What the stack
does anyway while nobody asks, measured for as long just before, is taken off.
"""

import os
import re
import sys
import time
from collections import Counter

import requests

from shared.laptop.places import Laptop
from tests.bench.idle import programs, seconds_of

WARM_UP = 50


def cost(laptop: Laptop, path: str, times: int) -> None:
    with requests.Session() as session:
        path = path or _an_event(session, laptop)
        for _ in range(WARM_UP):
            session.get(laptop.url + path, timeout=30).raise_for_status()
        before, began = _cpu(laptop), time.monotonic()
        for _ in range(times):
            session.get(laptop.url + path, timeout=30).raise_for_status()
        busy, seconds = _cpu(laptop) - before, time.monotonic() - began
    before = _cpu(laptop)
    time.sleep(seconds)
    idle = _cpu(laptop) - before
    print(f"{path}: {times} requests in {seconds:.1f} s; ms of CPU a request, more than when idle:")
    for name, spent in busy.most_common():
        if (own := (spent - idle[name]) / times * 1000) >= 0.01:
            print(f"{name[:28]:28} {own:6.2f}")
    print(f"{'all programs':28} {(busy.total() - idle.total()) / times * 1000:6.2f}")


def _an_event(session: requests.Session, laptop: Laptop) -> str:
    found = re.search(r'href="(/event/[a-z0-9-]+)"', session.get(f"{laptop.url}/whats-on", timeout=30).text)
    if found is None:
        raise SystemExit("Nothing is on: start the stack with its demo data.")
    return found[1]


def _cpu(laptop: Laptop) -> Counter[str]:
    """Seconds of CPU by program; those of one name together."""
    spent: Counter[str] = Counter()
    for pid, name in programs(laptop).items():
        spent[name] += seconds_of(pid)
    return spent


if __name__ == "__main__":
    words = sys.argv[1:]
    cost(Laptop.load(os.environ), words[0] if words else "", int(words[1]) if len(words) > 1 else 1000)
