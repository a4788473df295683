"""Settings of a service for a test: real engines, fresh keys, everything else as on a laptop; and a clock that a test moves."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from shared.runtime.settings import EXAMPLE_KEY, TEST, CommonSettings, declared, examples
from tests.support.engines import Broker, Store

NOTIFY_SECRET = PrivateKey.generate()
NOTIFY_SIGNING = SigningKey.generate()
A_MOMENT = datetime(2026, 6, 10, 14, 37, 21, 456000, tzinfo=UTC)  # a Wednesday in summer time, at no round number


def as_key(key: bytes) -> str:
    """32 bytes as a setting holds them."""
    return base64.b64encode(key).decode()


NOTIFY_KEYS = {
    "NOTIFY_SECRET_KEY": as_key(bytes(NOTIFY_SECRET)),
    "NOTIFY_PUBLIC_KEY": as_key(bytes(NOTIFY_SECRET.public_key)),
    "NOTIFY_SIGNING_KEY": as_key(bytes(NOTIFY_SIGNING)),
    "NOTIFY_VERIFY_KEY": as_key(bytes(NOTIFY_SIGNING.verify_key)),
}


def environment_for(service: str, store: Store, broker: Broker | None, database: str, **changes: object) -> dict[str, str]:
    """The variables of one service's process. `changes`: variables by name, as KAFKA_DELIVERY_MS=2000.

    Without a broker the address is one that nobody answers. A key of 32 bytes is made for each secret of the service's own.
    """
    found = {
        **examples(settings_class(service)),
        "ENVIRONMENT": TEST,
        "PUBLIC_URL": "http://localhost:8000",
        "BIND": "127.0.0.1",
        "MONGO_URI": store.uri(database),
        "MONGO_SELECTION_MS": "2000",
        "KAFKA_BOOTSTRAP": broker.bootstrap if broker else "127.0.0.1:1",
        "KAFKA_SESSION_MS": "6000",
        "KAFKA_FETCH_WAIT_MS": "20",
        "KAFKA_REPLICATION": "1",
        "LOG_LEVEL": "info",
        "POSTS_PER_MINUTE": "100000",
    }
    for item in declared(settings_class(service)):
        name = item.metadata["env"]
        if name.endswith("_KEY") and found.get(name) in (None, EXAMPLE_KEY):
            found[name] = NOTIFY_KEYS.get(name) or as_key(secrets.token_bytes(32))
    return {**found, **{name: str(value) for name, value in changes.items()}}


def settings_class(service: str) -> type[CommonSettings]:
    found: type[CommonSettings] = import_module(f"services.{service}.settings").Settings
    return found


def settings_for(service: str, store: Store, broker: Broker | None, database: str, **changes: object) -> Any:
    """The same, read as that service's Settings."""
    return settings_class(service).load(environment_for(service, store, broker, database, **changes))


class MovableClock:
    """A clock that stands still until a test moves it: call it for the time."""

    def __init__(self, now: datetime = A_MOMENT) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """Forward by a timedelta's arguments; the new time."""
        self.now += timedelta(**by)
        return self.now

    def set(self, now: datetime) -> datetime:
        self.now = now
        return now
