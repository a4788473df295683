"""Programs that end with the supervisor that started them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import until

TETHER = Path(__file__).parents[2] / "shared/laptop/tether.py"
# A parent that starts a tethered sleeper, says its process id, and waits.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, sys.argv[1], "SIGKILL", "-", "sleep", "60"])
print(child.pid, flush=True)
child.wait()
"""


def _lives(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no signal at a parent's end")
def test_a_killed_supervisor_leaves_nothing_behind() -> None:
    """A program ends when the process that started it is killed, though nobody tells it to."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(TETHER)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    until(lambda: b"sleep" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[0], "the tether has become the program")
    assert _lives(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    until(lambda: not _lives(child), "the child has ended", 5)


def test_the_environment_comes_from_the_file(tmp_path: Path) -> None:
    """What the file sets is set, what it takes away is gone, the rest is inherited; exit codes pass through."""
    file = tmp_path / "environment.json"
    file.write_text(json.dumps({"set": {"OWN": "1"}, "unset": ["OTHERS"]}))
    show = "import os; print([os.environ.get(name) for name in ('OWN', 'OTHERS', 'KEPT')]); raise SystemExit(78)"
    run = subprocess.run(
        [sys.executable, "-I", "-S", TETHER, "SIGTERM", file, sys.executable, "-c", show],
        env={**os.environ, "OTHERS": "secret", "KEPT": "yes", "OWN": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout.strip(), run.returncode) == ("['1', None, 'yes']", 78)
