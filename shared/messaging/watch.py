"""Laptop only: each message's stages with their times, in the service's own store, for /local/watch.

Off unless the setting WATCH is on, which production refuses: these rows hold exact times.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.runtime.clock import Clock, as_milliseconds
from shared.store.indexes import index, make

COLLECTION = "watch"
INDEXES = (index(COLLECTION, "ms"),)
STORED, PUBLISHED, COUNTED, PLANNED, HANDED_OVER = "stored", "published", "counted", "planned", "handed-over"


class Watch:
    """`mark` writes one row a message id; with `db` None it does nothing."""

    def __init__(self, db: Database[dict[str, Any]] | None, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def mark(self, stage: str, ids: Iterable[str], **more: Any) -> None:
        self.mark_each(stage, [(id_, more) for id_ in ids])

    def mark_each(self, stage: str, marks: Iterable[tuple[str, dict[str, Any]]], at: datetime | None = None) -> None:
        """As `mark`, with fields of its own for each message."""
        if self._db is None:
            return
        stamp = as_milliseconds(at or self._clock())
        rows = [{"message_id": id_, "stage": stage, "ms": stamp, **more} for id_, more in marks]
        if rows:
            self._db[COLLECTION].insert_many(rows, ordered=False)


def prepare(db: Database[dict[str, Any]]) -> None:
    make(db, INDEXES)
