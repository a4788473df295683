"""Where everything of one stack is: its ports and its files. All of it follows from PORT and DATA_DIR."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.runtime.errors import SettingsError
from shared.runtime.processes import PROCESSES, SERVICES

REPOSITORY = Path(__file__).parents[2]
LEAN = Path(__file__).with_name("lean")  # stands before packages that would only take memory
DOOR, SERVE, BROKER, MAIL = "door", "laptop-serve", "broker", "mail"
_SERVE, _MAIL, _STORES, _BROKER = 4, 25, 51, 60  # offsets beside those of the table of processes
_LONGEST_SOCKET = 100  # a unix socket's path may have 108 bytes


@dataclass(frozen=True)
class Laptop:
    """One stack: PORT is the front door's, and every other port counts from it."""

    port: int
    data: Path
    build: Path
    demo: bool = True

    @classmethod
    def load(cls, environ: Mapping[str, str], data: str | None = None) -> Self:
        """Read PORT, DATA_DIR, BUILD_DIR and DEMO. Raises SettingsError."""
        port = environ.get("PORT", "8000")
        if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535 - _BROKER:
            raise SettingsError([f"PORT is '{port}': choose a number from 1 to {65535 - _BROKER}, for example PORT=8000"])
        return cls(
            port=int(port),
            data=(REPOSITORY / (data or environ.get("DATA_DIR") or "var/laptop")).resolve(),
            build=(REPOSITORY / (environ.get("BUILD_DIR") or "build")).resolve(),
            demo=environ.get("DEMO", "1") not in ("0", ""),
        )

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def ports(self) -> dict[str, int]:
        """Every port of the stack by the name of who listens there."""
        return {
            DOOR: self.port,
            **{process.name: self.port + process.offset for process in PROCESSES},
            SERVE: self.port + _SERVE,
            MAIL: self.port + _MAIL,
            **{store_of(service): self.port + _STORES + place for place, service in enumerate(SERVICES)},
            BROKER: self.port + _BROKER,
        }

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.ports[BROKER]}"

    def mongo_uri(self, service: str) -> str:
        """SecantusDB is many times slower with retried writes; every write is acknowledged once it is on disk.

        Its one member never hands over to another, so there is no need to be told at once: asking once a second costs half.
        """
        options = "retryWrites=false&w=majority&journal=true&serverMonitoringMode=poll"
        return f"mongodb://127.0.0.1:{self.ports[store_of(service)]}/{service}?{options}"

    @property
    def socket(self) -> Path:
        """Where supervisord listens; a deep DATA_DIR has it in the temporary folder."""
        near = self.data / "supervisor.sock"
        if len(str(near)) <= _LONGEST_SOCKET:
            return near
        return Path(tempfile.gettempdir()) / f"laptop-{hashlib.sha256(str(near).encode()).hexdigest()[:16]}.sock"

    @property
    def configuration(self) -> Path:
        return self.data / "supervisord.conf"

    @property
    def process_id(self) -> Path:
        return self.data / "supervisord.pid"

    @property
    def door_file(self) -> Path:
        return self.data / "Caddyfile"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets.json"

    @property
    def mails(self) -> Path:
        return self.data / "mail" / "mails.jsonl"

    @property
    def filled(self) -> Path:
        """Which broker's log was filled: its process id."""
        return self.data / "filled"

    @property
    def has_demo(self) -> Path:
        """There once all demo data has been made; the stores know as well, but asking them costs starts of Python."""
        return self.data / "has-demo-and-posts"

    def environment_file(self, name: str) -> Path:
        return self.data / "environment" / f"{name}.json"

    def log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"


def store_of(service: str) -> str:
    return f"{service}-store"
