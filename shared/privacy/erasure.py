"""Erasing what a service holds under a contact_ref: notify asks, each owner answers once nothing of it is left.

`erasures` has one row a ref: while there is something to do (`open_since`, looked at again when `due`), and afterwards, that it was done.
The answer lies in the row that says so. Asked once more, by another message, it is done once more: a store may have been put back from
a backup that still held the person.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.messaging.envelope import Envelope
from shared.messaging.findings import AMISS, Finding, spell
from shared.messaging.outbox import Entry, change_if
from shared.messaging.work import Work
from shared.runtime.crash_points import reach
from shared.store.indexes import index

COLLECTION = "erasures"
ASKED, DONE = "erasure.asked.v1", "erasure.done.v1"
INDEXES = (
    index(COLLECTION, "due", sparse=True),
    index(COLLECTION, "done_at", sparse=True),
    index(COLLECTION, "pending_since", sparse=True),
)
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)  # whatever the clock says of the process that looks
LOOK_AGAIN = timedelta(seconds=1)  # what has still to be published, or told to a roster, is soon
ANSWERED_WITHIN = timedelta(hours=1)  # later than that somebody should look
AT_MOST = 100

Rows = Collection[dict[str, Any]]
Erase = Callable[[str, datetime], bool]  # takes a step for one ref; True when nothing is left under it
Answer = Callable[[str, datetime], Entry]


def rows(db: Database[dict[str, Any]]) -> Rows:
    """They speak: the answers lie in them."""
    return db[COLLECTION]


def hear(work: Work[Any], envelope: Envelope) -> None:
    """Note what is asked; the clock does it. The same message again changes nothing."""
    now, ref = work.clock(), str(envelope.data["ref"])
    other = {"_id": ref, "asked": {"$ne": envelope.id}}
    asked = {
        "$set": {"asked": envelope.id, "open_since": now, "due": AT_ONCE},
        "$unset": {"done_at": 1},
        "$setOnInsert": {"outbox_base": 0},
    }
    try:
        rows(work.db).update_one(other, asked, upsert=True)
    except DuplicateKeyError:  # this very message was heard before
        return
    reach("erasure.after-heard")


def work_off(work: Work[Any], now: datetime, erase: Erase, answer: Answer) -> int:
    """Due: a step for each ref that is to be erased. How many are done with."""
    due = list(rows(work.db).find({"due": {"$lte": now}}).sort("due", 1).limit(AT_MOST))
    return sum(_one(work, row, now, erase, answer) for row in due)


def _one(work: Work[Any], row: dict[str, Any], now: datetime, erase: Erase, answer: Answer) -> bool:
    ref, same = row["_id"], {"asked": row["asked"], "open_since": {"$exists": True}}
    if not erase(ref, now):
        change_if(rows(work.db), ref, same, {"due": now + LOOK_AGAIN}, (), now)
        return False
    reach("erasure.after-erased")
    return change_if(rows(work.db), ref, same, {"open_since": None, "due": None, "done_at": now}, [answer(ref, now)], now)


def forget(work: Work[Any], before: datetime) -> int:
    """Rows of what was erased before then; whoever asks again is answered again."""
    over = {"done_at": {"$lt": before}, "pending_since": {"$exists": False}}
    return rows(work.db).delete_many(over).deleted_count


def examine(work: Work[Any], now: datetime, holds: Callable[[str], bool]) -> Iterator[Finding]:
    """What was asked and is not done, and what is called done and is not. `holds`: whether anything is left under a ref."""
    for row in rows(work.db).find({}, {"open_since": 1, "done_at": 1}):
        ref, since = row["_id"], row.get("open_since")
        if since and since < now - ANSWERED_WITHIN:
            words = f"what is held under ref {ref} was to be erased {spell(now - since)} ago, and is not"
            yield Finding(AMISS, "erasure-late", ref, words, "does the worker run, and does it publish? What is pending goes first")
        if not since and holds(ref):
            words = f"what is held under ref {ref} was erased, and something is held under it"
            yield Finding(AMISS, "erased-and-held", ref, words, "a backup was put back: have notify ask again, `erasures ask`")
