"""Crash points: each is in one place, ends a process there once, and is refused where people are served."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.runtime.crash_points import POINTS
from shared.runtime.errors import SettingsError
from shared.runtime.processes import SERVICES
from shared.runtime.settings import CommonSettings, examples
from tests.support.commands import run_command
from tests.support.settings import settings_class

ROOT = Path(__file__).parents[2]
TOLD = {"CRASH_AT": "relay.after-ack", "CRASH_MARK": "/nowhere/mark"}
REACHED = re.compile(r"\breach\(\"([a-z.-]+)\"\)")


def problems_of(environ: dict[str, str]) -> list[str]:
    given = {"PUBLIC_URL": "https://pledge.example.org", "MONGO_URI": "mongodb://mongo.example/pledge", "KAFKA_BOOTSTRAP": "k:9092"}
    with pytest.raises(SettingsError) as caught:
        CommonSettings.load({**given, **environ})
    return caught.value.problems


def test_each_point_is_in_one_place() -> None:
    """Every name is reached at exactly one line of the code that runs, and nothing else is."""
    files = [file for folder in ("shared", "services") for file in (ROOT / folder).rglob("*.py")]
    found = [name for file in files for name in REACHED.findall(file.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(POINTS)


def _reach_twice(mark: Path, point: str) -> subprocess.CompletedProcess[str]:
    program = (
        "from shared.runtime.crash_points import arm, reach\n"
        f"arm({point!r}, {str(mark)!r})\n"
        "reach('relay.after-ack'); print('passed by', flush=True); reach('relay.after-clear'); print('and by', flush=True)\n"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)


def test_a_process_dies_at_its_point_alone_and_once(tmp_path: Path) -> None:
    """SIGKILL at the named point and at no other; the mark says so, and as long as it is there the next process goes on."""
    mark = tmp_path / "mark"
    first = _reach_twice(mark, "relay.after-clear")
    assert (first.returncode, first.stdout, mark.exists()) == (-signal.SIGKILL, "passed by\n", True)
    second = _reach_twice(mark, "relay.after-clear")
    assert (second.returncode, second.stdout) == (0, "passed by\nand by\n")
    mark.unlink()
    assert _reach_twice(mark, "relay.after-clear").returncode == -signal.SIGKILL


def test_nobody_dies_unless_told(tmp_path: Path) -> None:
    """Without a point the same calls do nothing."""
    assert _reach_twice(tmp_path / "mark", "").returncode == 0


@pytest.mark.parametrize("given", [TOLD, {"CRASH_AT": "relay.after-ack"}, {"CRASH_MARK": "mark"}])
def test_production_refuses(given: dict[str, str]) -> None:
    """Either variable is enough to be refused, in one sentence that names both."""
    (problem,) = problems_of(given)
    assert "CRASH_AT and CRASH_MARK" in problem


@pytest.mark.parametrize(
    ("given", "words"), [({"CRASH_AT": "relay.after-ack"}, "needs CRASH_MARK"), ({"CRASH_MARK": "mark"}, "no crash point")]
)
def test_half_of_it_is_refused(given: dict[str, str], words: str) -> None:
    """A point without a mark would kill every fresh process for ever; a mark without a point is a slip."""
    (problem,) = problems_of({"ENVIRONMENT": "laptop", **given})
    assert words in problem


@pytest.mark.parametrize("service", SERVICES)
def test_an_unknown_point_is_one_line_and_no_start(service: str) -> None:
    """A worker that was told to die at a place that is none says which there are, and ends with 78."""
    given = {**examples(settings_class(service)), "ENVIRONMENT": "test", "CRASH_AT": "relay.after-tea", "CRASH_MARK": "mark"}
    run = run_command(service, given, "worker")
    assert run.returncode == 78
    (line,) = run.stdout.splitlines()
    assert line.startswith("setting: CRASH_AT is 'relay.after-tea'")
    assert all(point in line for point in POINTS)
