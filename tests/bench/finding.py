"""What it costs to find something among few and among many: `python -m tests.bench.finding [FEW] [MANY] [REQUESTS]`.

Starts a store and events' own api (a process of its own, as on a laptop), fills the store with FEW published events, asks for the
list, an event's page and the JSON a number of times and reads the CPU of both processes; then fills it up to MANY and asks the same
again. A coming week has as much on in both: what grows is what lies before and after it. Prints CPU a request and the ratio.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from services.events.operations.facts import listed, slots_of
from services.events.rules.posts import EVENT, PAST, PUBLISHED
from services.events.store import Group, Post
from services.events.store.posts import posts
from shared.messaging.work import Work
from shared.reference.areas import areas
from shared.runtime.clock import in_london, utc_now
from shared.runtime.processes import find
from shared.web.build import BuildSettings, build
from tests.bench.idle import seconds_of
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.posts import a_group, an_event
from tests.support.settings import environment_for
from tests.support.waiting import free_ports, until_open

A_WEEK = 50  # events of the coming week, in both worlds
BATCH = 1_000


@dataclass(frozen=True)
class Asked:
    """An api that runs: where it is, and the ids of its processes with the store's last."""

    url: str
    pids: tuple[int, ...]

    def cpu(self) -> tuple[float, float]:
        """Seconds of the api's processes, and of the store."""
        *own, store = (seconds_of(pid) for pid in self.pids)
        return sum(own), store


@dataclass(frozen=True)
class World(Asked):
    work: Work[Any]
    group: Group


def fill(world: World, first: int, last: int) -> None:
    """Published events number `first` to `last`: the first of them in the coming week, the others a year back and two ahead."""
    rows = []
    for number in range(first, last):
        away = timedelta(hours=3 * number) if number < A_WEEK else _elsewhere(number, last)
        rows.append(_row(world, number, utc_now() + away))
        if len(rows) == BATCH or number == last - 1:
            posts().insert_many(rows)
            rows = []


def _elsewhere(number: int, last: int) -> timedelta:
    """Outside the coming week, evenly: one in three over already."""
    share = (number - A_WEEK) / max(last - A_WEEK, 1)
    return timedelta(days=-370 + 363 * share * 3) if number % 3 == 0 and share < 1 / 3 else timedelta(days=9 + 700 * share)


def _row(world: World, number: int, starts: datetime) -> dict[str, Any]:
    wall = in_london(starts)
    day = {"date": wall.date().isoformat(), "starts": f"{wall:%H}:00", "ends": f"{wall:%H}:45"}
    content = an_event(title=f"Walk number {number}", area=areas()[number % 33].slug, **day)
    try:
        slots = slots_of(content)
    except ValueError:  # in the hour that the clocks leave out
        slots = slots_of(content := content | {"starts": "03:00", "ends": "03:45"})
    now, id_, over = utc_now(), str(uuid.uuid4()), slots[-1]["ends"] <= utc_now()
    post = Post(id=id_, kind=EVENT)
    shown = {} if over else {"listed": listed(post, content, slots, world.group, now)}
    times = dict.fromkeys(("made_at", "saved_at", "published_at", "changed_at"), now)
    return {
        "_id": id_,
        "kind": EVENT,
        "group": world.group.id,
        "state": PAST if over else PUBLISHED,
        "slug": f"walk-{number}",
        "draft": content,
        "live": content,
        "slots": slots,
        "edition": 1,
        "ends_at": slots[-1]["ends"],
        **times,
        **shown,
    }


@contextmanager
def api(service: str, environment: dict[str, str], port: int) -> Iterator[tuple[int, ...]]:
    """A service's api by itself: the ids of its processes, the server's and its worker's."""
    command = [sys.executable, "-m", f"services.{service}", "api"]
    with tempfile.TemporaryFile() as out, subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out) as process:
        try:
            until_open(port)
            requests.get(f"http://127.0.0.1:{port}/livez", timeout=30).raise_for_status()
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            yield (process.pid, *map(int, children))
        finally:
            process.terminate()


def measure(world: Asked, path: str, times: int) -> tuple[float, float]:
    """Milliseconds of CPU a request: the api's and the store's."""
    with requests.Session() as session:
        for _ in range(times // 10 + 1):
            session.get(world.url + path, timeout=30).raise_for_status()
        before = world.cpu()
        for _ in range(times):
            session.get(world.url + path, timeout=30).raise_for_status()
    own, store = ((after - start) / times * 1000 for start, after in zip(before, world.cpu(), strict=True))
    return own, store


PATHS = {"list": "/whats-on", "filtered": "/whats-on?area=hackney&q=walk", "page": "/event/walk-7", "JSON": "/api/v1/events?limit=20"}


def report(few: int, many: int, times: int) -> None:
    folder = Path(tempfile.mkdtemp())
    build(BuildSettings(build_dir=str(folder / "build")))
    (port,) = free_ports(1)
    with Store(folder) as store, store.fresh_database() as name, bench("events", store, name, utc_now) as work:
        own = {"BUILD_DIR": folder / "build", "PORT_BASE": port - find("events", "api").offset, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        with api("events", environment_for("events", store, None, name, **own), port) as pids:
            world = World(f"http://127.0.0.1:{port}", (*pids, store.pid), work, a_group(work))
            found: dict[int, dict[str, tuple[float, float]]] = {}
            done = 0
            for size in (few, many):
                fill(world, done, size)
                done = size
                found[size] = {kind: measure(world, path, times) for kind, path in PATHS.items()}
    shutil.rmtree(folder, ignore_errors=True)
    print(f"CPU a request in ms: api + store ({times} requests each)")
    for kind in PATHS:
        small, large = (found[size][kind] for size in (few, many))
        shown = [f"{size:>7,} events {own:5.2f} + {store:5.2f}" for size, (own, store) in ((few, small), (many, large))]
        print(f"{kind:10} {'   '.join(shown)}   ratio {sum(large) / sum(small):.2f}")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    report(*(numbers + [500, 50_000, 400][len(numbers) :]))
