"""The button that stops Kafka: a real broker stands still, real pledges go through a real front door's pages, and it always goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.pledge.store import pledges as rows
from shared.laptop import guardian
from shared.laptop.outage import Outage, Run, windows
from shared.reference.build import build as build_postcodes
from shared.reference.postcodes import table_file
from shared.runtime.clock import utc_now
from shared.runtime.errors import Conflict, Unavailable
from tests.support.engines import Broker, Store
from tests.support.pledge_site import PledgeSite, listening
from tests.support.small_api import built
from tests.support.waiting import free_ports, until

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def site(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PledgeSite]:
    folder = built(tmp_path_factory.mktemp("build"))
    build_postcodes(table_file(folder))
    with store.fresh_database() as name, listening(store, name, folder) as made:
        made.clock.set(utc_now())
        yield made


@pytest.fixture
def door(site: PledgeSite) -> int:
    site.empty()
    site.clock.set(utc_now())
    return int(site.origin.rpartition(":")[2])


@pytest.fixture
def outage() -> Outage:
    return Outage(utc_now)


def _stands_still(process_id: int) -> bool:
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _last(outage: Outage) -> Run:
    assert outage.last
    return outage.last


def test_pledges_are_taken_while_kafka_stands_still(outage: Outage, own_broker: Broker, door: int, tmp_path: Path) -> None:
    """Everything sent is answered with a reference of its own that the store holds; then the broker goes on, and the time is kept."""
    outage.start(own_broker.pid, door, tmp_path / "outages", pledges=10, seconds=4, a_second=20)
    assert _stands_still(own_broker.pid)
    assert _last(outage).is_on
    until(lambda: _last(outage).sent == 10, "all are sent", 30)
    assert _stands_still(own_broker.pid), "they were sent, and answered, meanwhile"
    until(lambda: not _last(outage).is_on, "the run is over", 30)
    assert not _stands_still(own_broker.pid)
    run = _last(outage)
    assert sorted(run.references) == sorted(row["reference"] for row in rows().find())
    assert (len(set(run.references)), run.refused) == (10, 0)
    assert 4.0 <= run.stood_still < 8.0
    assert run.slowest > 0
    assert windows(tmp_path / "outages") == [(run.began, run.began + 4_000)]
    assert {row["area"] for row in rows().find()} == {"not-said"}


def test_one_run_at_a_time(outage: Outage, own_broker: Broker, door: int, tmp_path: Path) -> None:
    """A second press is refused while the first lasts, and changes nothing about it; later it is welcome."""
    file = tmp_path / "outages"
    outage.start(own_broker.pid, door, file, pledges=2, seconds=1)
    with pytest.raises(Conflict, match="stands still already"):
        outage.start(own_broker.pid, door, file)
    until(lambda: not _last(outage).is_on, "the run is over", 30)
    assert _last(outage).planned == 2
    outage.start(own_broker.pid, door, file, pledges=1, seconds=0.2)
    until(lambda: not _last(outage).is_on, "the second run is over", 30)
    assert len(windows(file)) == 2


def test_without_a_broker_nothing_begins(outage: Outage, door: int, tmp_path: Path) -> None:
    """A process that has ended cannot be stopped: that is said, no pledge is sent, and the button is free again."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for _ in range(2):
        with pytest.raises(Unavailable, match="not running"):
            outage.start(gone.pid, door, tmp_path / "outages")
    assert outage.last is None
    assert rows().count_documents({}) == 0


def test_what_is_not_taken_is_told(outage: Outage, own_broker: Broker, tmp_path: Path) -> None:
    """A door that nobody keeps takes no pledge: each is counted as refused, and the run still ends."""
    (closed,) = free_ports(1)
    outage.start(own_broker.pid, closed, tmp_path / "outages", pledges=3, seconds=0.2)
    until(lambda: not _last(outage).is_on, "the run is over", 30)
    assert (_last(outage).references, _last(outage).refused) == ((), 3)


def test_a_killed_guardian_leaves_nothing_stopped(outage: Outage, own_broker: Broker, door: int, tmp_path: Path) -> None:
    """When the guardian dies, who started it lets Kafka go on."""
    outage.start(own_broker.pid, door, tmp_path / "outages", pledges=1, seconds=60)
    os.kill(_guardian_of(own_broker.pid), signal.SIGKILL)
    until(lambda: not _stands_still(own_broker.pid), "the broker goes on", 5)


def test_the_guardian_outlives_who_started_it(own_broker: Broker, tmp_path: Path) -> None:
    """When the laptop's server dies in the middle of it, Kafka goes on all the same."""
    program = (
        "import sys, os; from pathlib import Path; from shared.laptop.outage import Outage; from shared.runtime.clock import utc_now;"
        f"Outage(utc_now).start({own_broker.pid}, 1, Path({str(tmp_path / 'outages')!r}), pledges=0, seconds=1.5);"
        "os.kill(os.getpid(), 9)"
    )
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", program], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert _stands_still(own_broker.pid)
    until(lambda: not _stands_still(own_broker.pid), "the broker goes on", 15)
    assert time.monotonic() - began >= 1.5


def test_the_guardian_ends_with_what_it_guards(own_broker: Broker) -> None:
    """`make down` in the middle of a run leaves no guardian behind."""
    command = [sys.executable, "-I", "-S", guardian.__file__, str(own_broker.pid), "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout
        assert keeper.stdout.readline() == "stopped\n"
        own_broker.kill()
        assert keeper.wait(5) == 1


def _guardian_of(process_id: int) -> int:
    wanted = [str(Path(guardian.__file__)), str(process_id)]
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode().split("\0")
        except OSError:
            continue
        if words[-4:-2] == wanted:
            return int(file.parent.name)
    raise AssertionError("no guardian runs")
