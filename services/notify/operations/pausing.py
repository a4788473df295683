"""Holding all mail back for a while, by an operator's word. The word is stored, so every sender hears it and no restart lifts it.

Rows stay planned and their shelf lives run on: what outlives its own meanwhile expires unsent, with that reason.
"""

from datetime import datetime

from services.notify.store import Switch, rows_of

MAIL = "mail"


def pause(reason: str, *, now: datetime) -> bool:
    """Hold mail back from now on. False when it was held back already; the reason given last is kept."""
    words = {"$set": {"reason": reason}} if reason else {}
    return rows_of(Switch).update_one({"_id": MAIL}, {"$setOnInsert": {"since": now}, **words}, upsert=True).upserted_id is not None


def resume() -> bool:
    """Let mail go out again. False when it did already."""
    return rows_of(Switch).delete_one({"_id": MAIL}).deleted_count == 1
