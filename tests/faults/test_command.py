"""`make faults` as a person types it: what it cannot do is one clear line, and whatever ends it, nothing is left running."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.laptop.places import REPOSITORY
from tests.support.fleet import a_base
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "tests.faults", "--folder", str(folder), *words]


def say(folder: Path, *words: str, port: int) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "PORT": str(port)}
    return subprocess.run(command(folder, *words), cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def begun(folder: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """A run whose stack is on its way up."""
    env = {**os.environ, "PORT": str(port)}
    with subprocess.Popen(
        command(folder, "relay.after-ack"), cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            until((folder / "stack/supervisord.pid").exists, "a supervisor runs", 60)
            yield run
        finally:
            run.kill()


def left(folder: Path) -> list[str]:
    """Command lines of this stack that still run."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (file.parent / "stat").read_text().rpartition(")")[2].split()[0]
            environ = (file.parent / "environ").read_bytes().decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if state != "Z" and int(file.parent.name) != os.getpid() and f"{folder}/stack" in line + environ:
            found.append(line)
    return found


def test_a_second_one_is_told_and_starts_nothing(tmp_path: Path) -> None:
    """One line naming the process of the first, exit 1; the first one's data stays as it is."""
    (tmp_path / "stack").mkdir()
    with (tmp_path / "lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        run = say(tmp_path, port=a_base())
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "The faults are being run already, by process 4711: wait for it, or stop it.\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "stack"]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """One line, exit 1, nothing left; and the next one may begin."""
    port = a_base()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 12))
        taken.listen()
        for _ in range(2):
            run = say(tmp_path, port=port)
            assert run.returncode == 1
            assert run.stderr.startswith(f"Port {port + 12} is taken (by ")
            assert len(run.stderr.splitlines()) == 1
    assert left(tmp_path) == []


@pytest.mark.parametrize("words", [["relay.after-tea"], ["--runs", "0"], ["--runs", "many"]])
def test_what_is_no_point_or_no_number_is_2(words: list[str], tmp_path: Path) -> None:
    """The command line is wrong, and the last line says where."""
    run = say(tmp_path, *words, port=a_base())
    assert (run.returncode, run.stdout) == (2, "")
    assert words[-1] in run.stderr.splitlines()[-1]


@pytest.mark.proof
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_nothing_is_left_running(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM say so and end with 130; after a SIGKILL the stack ends by itself."""
    with begun(tmp_path, a_base()) as run:
        assert left(tmp_path) != []
        run.send_signal(number)
        said = run.communicate(timeout=60)[1]
    if number == signal.SIGKILL:
        until(lambda: left(tmp_path) == [], "nothing runs any more", 30)
    else:
        assert (run.returncode, said.strip()) == (130, "Stopped; nothing is left running.")
        assert left(tmp_path) == []
