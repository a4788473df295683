"""The same form or call sent twice at once makes one thing: its key is unique in the store."""

from collections.abc import Callable
from typing import TypeVar

from mongoengine.errors import NotUniqueError

from services.events.store import Group, Post

Made = TypeVar("Made", Group, Post)


def insert_once(new: Made, by_key: Callable[[str], Made | None]) -> Made:
    """It, now in the store; or what its key had made a moment before."""
    try:
        new.save(force_insert=True)
    except NotUniqueError:
        found = by_key(new.key) if new.key else None
        if found is None:
            raise
        return found
    return new
