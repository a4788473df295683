"""What must hold before a start: every port free. And waiting until a program answers."""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from shared.runtime.errors import Unavailable

_LISTENING = "0A"


def is_free(port: int) -> bool:
    """Whether a program could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ready(port: int) -> bool:
    """Whether a process of ours says that it is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def taken(ports: Iterable[int]) -> int | None:
    """The first port that is not free."""
    return next((port for port in sorted(ports) if not is_free(port)), None)


def holder(port: int) -> str:
    """Who listens on a port, as `python3, process 1234`; empty where this machine doesn't tell."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            links = {str(link.readlink()) for link in folder.iterdir()}
            if links & sockets:
                return f"{(folder.parent / 'comm').read_text(encoding='utf-8').strip()}, process {folder.parent.name}"
        except OSError:  # it ended, or it is somebody else's
            continue
    return ""


def _inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in map(str.split, rows):
            if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port:
                found.add(row[9])
    return found


def wait_for(things: Mapping[str, Callable[[], bool]], seconds: float, look: Callable[[], None]) -> None:
    """Wait until each thing holds. `look` is called between two tries and may raise. Raises Unavailable naming what is missing."""
    deadline = time.monotonic() + seconds
    waiting = dict(things)
    while waiting := {name: holds for name, holds in waiting.items() if not holds()}:
        look()
        if time.monotonic() > deadline:
            raise Unavailable(f"not ready after {seconds:.0f} s: {', '.join(waiting)}")
        time.sleep(0.1)
