"""One connection to the service's own Mongo, with the driver's time-outs as the only breaker."""

from typing import Any

import mongoengine
from pymongo import MongoClient
from pymongo.database import Database

from shared.runtime.settings import CommonSettings

API, BACKGROUND = "api", "background"
_SOCKET_MS = {API: 4_000, BACKGROUND: 30_000}  # a short one outside an api would retry a slow batch for ever


def connect(settings: CommonSettings, *, kind: str) -> Database[dict[str, Any]]:
    """Connect lazily (nothing is sent until first use) and make the service's documents use this connection.

    `kind`: API or BACKGROUND, which differ in how long one command may take. Safe to call again: the newest connection wins.
    """
    mongoengine.disconnect(alias=settings.service)
    client: MongoClient[dict[str, Any]] = mongoengine.connect(
        host=settings.mongo_uri,
        alias=settings.service,
        tz_aware=True,
        uuidRepresentation="standard",
        appname=f"{settings.service}-{kind}",
        serverSelectionTimeoutMS=settings.mongo_selection_ms,
        connectTimeoutMS=1_000,
        socketTimeoutMS=_SOCKET_MS[kind],
        heartbeatFrequencyMS=1_000,
        maxPoolSize=10,
        w="majority",
        journal=True,
    )
    return client.get_default_database()


def ping(db: Database[dict[str, Any]]) -> None:
    """Raises a pymongo error when the store does not answer."""
    db.command("ping")
