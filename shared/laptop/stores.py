"""Looking into the services' stores, which only the laptop's stack does, and only to read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from shared.laptop.places import Laptop

Store = Database[dict[str, Any]]
# service → the collections whose documents hold what is still to be published, and those whose documents hold offers
OUTBOXES: Mapping[str, Sequence[str]] = {
    "pledge": ("pledges", "erasures", "figures", "campaign"),
    "events": ("posts", "groups", "sign_ups", "invitations", "held", "notes", "erasures"),
    "notify": ("contacts", "sessions"),
}
OFFERS: Mapping[str, Sequence[str]] = {"pledge": ("pledges",), "events": ("sign_ups", "invitations", "notes")}


@contextmanager
def open_stores(laptop: Laptop, services: Sequence[str], *, seconds: float) -> Iterator[dict[str, Store]]:
    """Service → its store. `seconds`: how long one answer may take. Opened anew each time: nothing is left that beats all day."""
    with ExitStack() as stack:
        clients = {service: stack.enter_context(_open(laptop, service, seconds)) for service in services}
        yield {service: client.get_default_database() for service, client in clients.items()}


def _open(laptop: Laptop, service: str, seconds: float) -> MongoClient[dict[str, Any]]:
    return MongoClient(
        laptop.mongo_uri(service),
        tz_aware=True,
        appname="laptop",
        serverSelectionTimeoutMS=1_000,
        connectTimeoutMS=1_000,
        socketTimeoutMS=int(seconds * 1_000),
    )
