"""The mails that the catcher took, read from its file: all of them, where its page shows the last thousand."""

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.waiting import until

Mail = dict[str, Any]


@dataclass
class Mails:
    """Safe to use from several threads; reads only what is new."""

    file: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _read: int = 0
    _by_address: dict[str, list[Mail]] = field(default_factory=dict)

    def to(self, address: str) -> list[Mail]:
        """Oldest first."""
        with self._lock:
            self._go_on()
            return list(self._by_address.get(address, ()))

    def everything(self) -> Iterable[Mail]:
        with self._lock:
            self._go_on()
            return [mail for mails in self._by_address.values() for mail in mails]

    def wait_for(self, address: str, seconds: float = 60.0) -> Mail:
        """The first mail to this address."""
        until(lambda: bool(self.to(address)), "a first mail has come", seconds)
        return self.to(address)[0]

    def _go_on(self) -> None:
        if not self.file.exists():
            return
        with self.file.open("rb") as source:
            source.seek(self._read)
            for line in source:
                if not line.endswith(b"\n"):  # it is being written
                    break
                self._read += len(line)
                mail = json.loads(line)
                self._by_address.setdefault(mail["to"], []).append(mail)
