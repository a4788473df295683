"""One look at pledge's store, station by station."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from pymongo.database import Database

from services.pledge.operations.counting import Cell, row_of
from services.pledge.store import COUNTED, TOTALS, pledges
from services.pledge.store.campaign import campaigns, figures
from shared.messaging import archive, dead_letters
from shared.messaging.catalogue import ARCHIVE_LIFETIME
from shared.messaging.told import Row, Told, by_subject, told
from shared.runtime.clock import in_london, week_starts


@dataclass(frozen=True)
class Reading:
    """`told`: of each document. `figures`: the campaign team's; `speaking`: these, and the campaign's own document.

    `set_aside`: ids of messages in open dead letters.

    `before`: the counted rows' stamps, read before the totals; `counted`: the rows, read after them.
    """

    documents: Mapping[str, Row]
    archived: Mapping[str, Row]
    told: Mapping[str, Told]
    figures: Mapping[str, Row]
    speaking: Mapping[str, Row]
    set_aside: Collection[str]
    before: Mapping[str, Row]
    totals: Mapping[Cell, Row]
    counted: Mapping[str, Row]
    now: datetime

    def is_old(self, week: str | None) -> bool:
        """Of pledges made in such a week the archive may have forgotten messages."""
        return week is None or week_starts(week) <= in_london(self.now - ARCHIVE_LIFETIME).date()


def read_all(db: Database[Row], now: datetime) -> Reading:
    wanted = "state answer postponements action theme area week channel ref offer outbox outbox_base".split()
    documents = {row["_id"]: row for row in pledges().find({}, dict.fromkeys(wanted, 1))}
    wanted = "kind number week channel area theme void corrects corrected_by next next_since outbox outbox_base".split()
    figures_ = {row["_id"]: row for row in figures().find({}, dict.fromkeys(wanted, 1))}
    speaking = figures_ | {row["_id"]: row for row in campaigns().find()}
    wanted = "type topic subject sequence data partition offset".split()
    archived = {row["_id"]: row for row in db[archive.COLLECTION].find({}, dict.fromkeys(wanted, 1))}
    before = {row["_id"]: row for row in db[COUNTED].find({}, {"arrived": 1, "batch": 1})}
    totals = {(row["kind"], row["key"]): row for row in db[TOTALS].find()}
    counted = {row["_id"]: row for row in db[COUNTED].find()}
    set_aside = dead_letters.message_ids(db)
    of_each = by_subject(archived.values())
    tellings = {id_: told(row, of_each.get(id_, ())) for id_, row in (documents | speaking).items()}
    return Reading(documents, archived, tellings, figures_, speaking, set_aside, before, totals, counted, now)


def is_quiet(read: Reading) -> bool:
    """Nothing was on its way while we read."""
    documents = (*read.documents.values(), *read.speaking.values())
    if any(row.get("outbox") for row in documents) or any(one.beyond for one in read.told.values()):
        return False
    moving = any("arrived" in row or "batch" in row or row["_id"] not in read.before for row in read.counted.values())
    return not moving and all(id_ in read.counted for id_, row in read.archived.items() if row_of(row["data"])["deltas"])
