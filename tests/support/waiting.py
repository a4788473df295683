"""Starting real programs in a test: free ports, waiting until one answers, stopping it by its own id."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in taken]


def until(holds: Callable[[], bool], what: str, seconds: float = 15.0) -> None:
    """Wait for a fact; fail with its name."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.02)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until_open(port: int, seconds: float = 15.0) -> None:
    until(lambda: is_open(port), f"port {port} is answered", seconds)


@contextmanager
def running(command: Sequence[str | Path], log: Path, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs inside the block; both of its outputs go to `log`."""
    with log.open("ab") as out:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out, env={**os.environ, **(env or {})})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
