"""What a page costs when a campaign has grown: `python -m tests.bench.growth [FEW] [MANY] [FEW_EVENTS] [MANY_EVENTS] [REQUESTS]`.

Starts a store and pledge's own api (a process of its own, as on a laptop), fills the store with FEW pledges and FEW_EVENTS of what groups
post, asks for every public page, file and JSON call a number of times and reads the CPU of both; then fills it up and asks the same again.
What is stored has the shape of what the operations store: one pledge of theirs is the pattern of all. Then it looks how the store would
find each thing that the pages asked for: no plan may read a whole collection. Last, `tests.bench.finding` does the same for what is found.

Ends 1 where a page costs more than MOST times what it cost before, or where a plan scans. Figures mean something on a quiet machine only.
"""

import shutil
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from services.pledge.app import create_app
from services.pledge.operations import pledges
from services.pledge.operations.counting import sum_up
from services.pledge.operations.desk import DESK
from services.pledge.operations.pledges import Promise
from services.pledge.operations.publishing import publish_breakdowns
from services.pledge.store import COUNTED, TOTALS, by_reference
from services.pledge.store import pledges as stored
from services.pledge.store.listings import LISTINGS
from shared.messaging.work import Work
from shared.reference.actions import every_action
from shared.reference.areas import area_codes
from shared.reference.build import build as build_postcodes
from shared.reference.channels import channels
from shared.reference.postcodes import table_file
from shared.runtime.clock import iso_week, utc_now
from shared.runtime.processes import find
from shared.security.references import new_reference
from shared.web.build import BuildSettings, build
from tests.bench import finding
from tests.bench.finding import Asked, measure
from tests.support.benches import bench
from tests.support.commands_seen import commands_seen
from tests.support.engines import Store
from tests.support.plans import scans
from tests.support.settings import environment_for
from tests.support.told import hear_of_event
from tests.support.waiting import free_ports

MOST = 1.2
NOISE = 0.5  # milliseconds: two runs of one page differ by this much
BATCH = 2_000
BATCHES_REMEMBERED = 300
WEEKS = 30
A_WEEK = 20  # events of the coming week, in both worlds
RAISED = {"POSTS_PER_MINUTE": "100000000", "GUESSES_PER_MINUTE": "100000000", "DOWNLOADS_PER_MINUTE": "100000000"}

Row = dict[str, Any]


class Filler:
    """Puts pledges and listings into the store, and keeps the totals that they come to."""

    def __init__(self, work: Work[Any]) -> None:
        self._work = work
        self._now = utc_now()
        self._sums: Counter[tuple[str, str, str]] = Counter()
        made = pledges.make(work, Promise("walk-together", "hackney", "direct"), now=self._now, key=str(uuid.uuid4()))
        self._pledge: Row = stored().find_one({"_id": made.id}) or {}
        stored().delete_one({"_id": made.id})
        for passing in ("outbox", "made_at", "key", "key_digest"):  # gone once it is told, and a day old
            self._pledge.pop(passing, None)
        listed = hear_of_event(work, starts=self._now + timedelta(hours=3))
        self._listing: Row = work.db[LISTINGS].find_one({"_id": listed}) or {}
        work.db[LISTINGS].delete_one({"_id": listed})

    def pledges(self, first: int, last: int) -> None:
        for rows in _batches(self._pledge_row(number) for number in range(first, last)):
            counted = [self._counted(row) for row in rows]
            stored().insert_many(rows, ordered=False)
            self._work.db[COUNTED].insert_many(counted, ordered=False)
            for (kind, key), deltas in sum_up(counted).items():
                self._sums.update({(kind, key, name): value for name, value in deltas.items()})
        self._totals()
        self._work.db["published"].delete_many({})
        publish_breakdowns(self._work, utc_now())

    def listings(self, first: int, last: int) -> None:
        for rows in _batches(self._listing_row(number, last) for number in range(first, last)):
            self._work.db[LISTINGS].insert_many(rows, ordered=False)

    def _pledge_row(self, number: int) -> Row:
        actions, areas = every_action(), area_codes()
        action = actions[number % len(actions)]
        return {
            **self._pledge,
            "_id": str(uuid.uuid4()),
            "reference": new_reference(),
            "action": action.slug,
            "theme": action.theme,
            "area": areas[number % len(areas)],
            "channel": channels()[number % len(channels())].slug,
            "week": iso_week(self._now - timedelta(weeks=number % WEEKS)),
            "outbox_base": 1,
        }

    def _counted(self, row: Row) -> Row:
        facts = {name: row[name] for name in ("area", "week", "channel")}
        return {"_id": str(uuid.uuid4()), "theme": str(row["theme"]), **facts, "deltas": {"pledge": 1, "interaction": 1}}

    def _totals(self) -> None:
        cells: dict[tuple[str, str], dict[str, int]] = {}
        for (kind, key, name), value in self._sums.items():
            cells.setdefault((kind, key), {})[name] = value
        batches = [uuid.uuid4().hex for _ in range(BATCHES_REMEMBERED)]
        self._work.db[TOTALS].delete_many({})
        self._work.db[TOTALS].insert_many(
            [
                {"_id": f"{kind}:{key}", "kind": kind, "key": key, "counters": value, "batches": batches}
                for (kind, key), value in cells.items()
            ]
        )

    def _listing_row(self, number: int, last: int) -> Row:
        """The first few in the coming week, the others a month and more ahead, or over."""
        away = timedelta(hours=7 * number + 3) if number < A_WEEK else timedelta(days=40 + 700 * number / last)
        over = number >= A_WEEK and number % 3 == 0
        starts: datetime = self._now + (-away if over else away)
        area = area_codes()[number % 33]
        row = {**self._listing, "_id": str(uuid.uuid4()), "slug": f"walk-{number}", "area": area, "near": [area]}
        return {**row, "starts": starts, "ends": starts + timedelta(hours=1)}


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def paths(work: Work[Any]) -> dict[str, str]:
    """Every public page, file and call, by a short name."""
    made = pledges.make(work, Promise("walk-together", "hackney", "direct"), now=utc_now(), key=str(uuid.uuid4()))
    assert by_reference(made.reference)
    return {
        "home": "/",
        "actions": "/pledge",
        "action": "/pledge/walk-together",
        "result": f"/pledged/{made.reference}",
        "did it": f"/did-it/{made.reference}",
        "progress": "/progress?boroughs=table",
        "area": "/area/hackney",
        "data": "/data",
        "CSV": "/data/areas.csv",
        "JSON file": "/data/weeks.json",
        "campaign": "/api/v1/campaign",
        "areas": "/api/v1/areas",
        "one area": "/api/v1/areas/E09000012",
        "one pledge": f"/api/v1/pledges/{made.id}",
    }


def make_many(world: Asked, times: int) -> tuple[float, float]:
    """Milliseconds of CPU a pledge made by JSON: the api's and the store's."""
    with requests.Session() as session:
        before = world.cpu()
        for _ in range(times):
            session.post(f"{world.url}/api/v1/pledges", json={"action": "walk-together"}, timeout=30).raise_for_status()
    own, store = ((after - start) / times * 1000 for start, after in zip(before, world.cpu(), strict=True))
    return own, store


def scanned(work: Work[Any], asked: Mapping[str, str]) -> list[str]:
    """What the store would read a whole collection for, of all that the pages ask."""
    app = create_app(work.settings)
    db = app.extensions[DESK].work.db  # the app has made a client of its own, in place of the work's
    with commands_seen() as seen:
        for path in asked.values():
            assert app.test_client().get(path, base_url=work.settings.public_url).status_code == 200, path
    return scans(db, [(name, query) for name, query in seen.queries if query])


def report(few: int, many: int, few_events: int, many_events: int, times: int) -> bool:
    """Whether every page costs at most MOST times what it cost, and nothing scans."""
    folder = Path(tempfile.mkdtemp())
    build(BuildSettings(build_dir=str(folder / "build")))
    build_postcodes(table_file(folder / "build"))
    (port,) = free_ports(1)
    own: dict[str, Any] = {
        "BUILD_DIR": folder / "build",
        "PORT_BASE": port - find("pledge", "api").offset,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        **RAISED,
    }
    found: dict[int, dict[str, tuple[float, float]]] = {}
    with Store(folder) as store, store.fresh_database() as name, bench("pledge", store, name, utc_now, **own) as work:
        filler, done, listed = Filler(work), 0, 0
        environment = environment_for("pledge", store, None, name, **own)
        for size, events in ((few, few_events), (many, many_events)):
            filler.pledges(done, size)
            filler.listings(listed, events)
            done, listed = size, events
            asked = paths(work)
            with finding.api("pledge", environment, port) as pids:
                world = Asked(f"http://127.0.0.1:{port}", (*pids, store.pid))
                found[size] = {kind: measure(world, path, times) for kind, path in asked.items()}
                found[size]["make one"] = make_many(world, times)
        bad = scanned(work, asked)
    shutil.rmtree(folder, ignore_errors=True)
    print(f"CPU a request in ms: api + store ({times} requests each); {few_events:,} and {many_events:,} events listed")
    cheap, indexed = _told(found, few, many), _scans_told(bad)
    return cheap and indexed


def _told(found: Mapping[int, Mapping[str, tuple[float, float]]], few: int, many: int) -> bool:
    fine = True
    for kind, small in found[few].items():
        large = found[many][kind]
        ratio = sum(large) / sum(small)
        too_much = ratio > MOST and sum(large) - sum(small) > NOISE
        fine = fine and not too_much
        shown = [f"{size:>9,} pledges {own:5.2f} + {store:5.2f}" for size, (own, store) in ((few, small), (many, large))]
        print(f"{kind:10} {'   '.join(shown)}   ratio {ratio:.2f}{'  TOO MUCH' if too_much else ''}")
    return fine


def _scans_told(bad: list[str]) -> bool:
    """Whether nothing scans."""
    for shape in bad:
        print(f"reads the whole collection: {shape}")
    print(f"{len(bad)} plans read a whole collection")
    return not bad


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    sizes = numbers + [1_000, 1_000_000, 500, 50_000, 300][len(numbers) :]
    all_is_well = report(*sizes)
    finding.report(sizes[2], sizes[3], sizes[4])
    sys.exit(0 if all_is_well else 1)
