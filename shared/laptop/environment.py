"""What each program of the stack is told: made-up secrets, and the environment of each service.

A service gets its own secrets and nobody else's. What only tunes (a time-out, the log's level) can be set from outside;
what wires the stack together cannot.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from shared.laptop.places import LEAN, MAIL, SERVE, Laptop

# Who may know which secret.
SECRETS: Mapping[str, tuple[str, ...]] = {
    "pledge": ("PLEDGE_KEY", "NOTIFY_PUBLIC_KEY", "NOTIFY_VERIFY_KEY"),
    "events": ("EVENTS_KEY", "NOTIFY_PUBLIC_KEY", "NOTIFY_VERIFY_KEY"),
    "notify": ("NOTIFY_KEY", "NOTIFY_SECRET_KEY", "NOTIFY_PUBLIC_KEY", "NOTIFY_SIGNING_KEY", "NOTIFY_VERIFY_KEY"),
    SERVE: (),
}
WATCHED = ("pledge", "notify")  # a pledge's way leads through these
TUNING: Mapping[str, str] = {
    "MONGO_SELECTION_MS": "300",
    "KAFKA_FETCH_WAIT_MS": "300",  # the broker does not wake on new data: the mean delay is a quarter of this
    "KAFKA_SESSION_MS": "6000",  # groups settle in 4 s; most of a minute at the default
    "WATCH": "1",
    "MAIL_FROM": "hello@example.org",
    "MALLOC_ARENA_MAX": "1",  # a Python with a few threads keeps tens of megabytes less
    "PYTHONUNBUFFERED": "1",
}


def environment(laptop: Laptop, name: str, made_up: Mapping[str, str], outside: Mapping[str, str]) -> dict[str, str]:
    """The variables of one service (or of `laptop-serve`)."""
    ports = laptop.ports
    tuning = {key: outside.get(key, default) for key, default in TUNING.items()}
    wiring = {
        "ENVIRONMENT": "laptop",
        "PUBLIC_URL": laptop.url,
        "BIND": "127.0.0.1",
        "PORT": str(laptop.port),
        "PORT_BASE": str(laptop.port),
        "DATA_DIR": str(laptop.data),
        "BUILD_DIR": str(laptop.build),
        "MONGO_URI": laptop.mongo_uri(name if name != SERVE else "pledge"),
        "KAFKA_BOOTSTRAP": laptop.bootstrap,
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ports[MAIL]),
        "PYTHONPATH": str(LEAN),
        "SMTP_STARTTLS": "0",  # the catcher is on this machine and speaks no TLS
    }
    unwatched = {} if name in WATCHED else {"WATCH": "0"}
    return {**tuning, **unwatched, **wiring, **{key: made_up[key] for key in SECRETS[name]}}


def every_secret() -> set[str]:
    return {key for keys in SECRETS.values() for key in keys}


def process_environment(given: Mapping[str, str], outside: Mapping[str, str]) -> dict[str, str]:
    """A whole process's environment: what it inherits, without any secret that is not its own, and what it is given."""
    return {**{key: value for key, value in outside.items() if key not in every_secret()}, **given}


def write_environments(laptop: Laptop, outside: Mapping[str, str]) -> None:
    """One file a service, for its owner's eyes only: the programs read theirs when they start (tether.py)."""
    made_up = keep_secrets(laptop.secrets)
    for name in SECRETS:
        given = environment(laptop, name, made_up, outside)
        write_private(laptop.environment_file(name), json.dumps({"set": given, "unset": sorted(every_secret() - set(given))}, indent=1))


def keep_secrets(path: Path) -> dict[str, str]:
    """The stack's secrets, made up at the first start and kept; a new release's are added to them."""
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known = set(kept)
    if "NOTIFY_SECRET_KEY" not in kept:
        pair = PrivateKey.generate()
        kept["NOTIFY_SECRET_KEY"] = _text(bytes(pair))
        kept["NOTIFY_PUBLIC_KEY"] = _text(bytes(pair.public_key))
    if "NOTIFY_SIGNING_KEY" not in kept:
        signing = SigningKey.generate()
        kept["NOTIFY_SIGNING_KEY"], kept["NOTIFY_VERIFY_KEY"] = _text(bytes(signing)), _text(bytes(signing.verify_key))
    for name in sorted(every_secret() - set(kept)):
        kept[name] = _text(secrets.token_bytes(32))
    if set(kept) != known:
        write_private(path, json.dumps(kept, indent=1, sort_keys=True))
    return kept


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(path)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
