"""Who is reading what: a reader holds a post for fifteen minutes, so that two people do not read, and decide, the same thing.

It is taken and given back by a button. It hinders nobody for longer, and a choice of the reader's own gives it back.
"""

from datetime import datetime
from typing import Any

from services.events.rules.posts import READING_LASTS
from services.events.store.groups import Rows
from shared.messaging.outbox import change_if
from shared.runtime.errors import Conflict
from shared.security.sessions import Session


def take(rows: Rows, id_: str, *, by: Session, now: datetime) -> None:
    """This person reads it, from now on for fifteen minutes. Raises Conflict while somebody else does."""
    reader = {"session": by.id, "name": by.first_name, "since": now, "until": now + READING_LASTS}
    if not change_if(rows, id_, {"$or": _free(by, now)}, {"reader": reader}, (), now):
        raise Conflict("Somebody else has begun to read this. Take the next one, or wait until they let go.")


def let_go(rows: Rows, id_: str, *, by: Session, now: datetime) -> None:
    """Only one's own; twice is once."""
    change_if(rows, id_, {"reader.session": by.id}, {"reader": None}, (), now)


def other_reader(reader: dict[str, Any] | None, by: Session, now: datetime) -> dict[str, Any] | None:
    """Who else is reading it just now."""
    return reader if reader and reader["session"] != by.id and reader["until"] > now else None


def _free(by: Session, now: datetime) -> list[dict[str, Any]]:
    return [{"reader": {"$exists": False}}, {"reader.session": by.id}, {"reader.until": {"$lte": now}}]


def not_read_by_another(by: Session, now: datetime) -> dict[str, Any]:
    """The fact that a choice needs."""
    return {"$or": _free(by, now)}
