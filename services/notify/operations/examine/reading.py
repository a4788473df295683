"""One look at notify's store."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.database import Database

from services.notify import rules
from services.notify.operations import pausing
from services.notify.operations.contacts import PERSONAL, given_at
from services.notify.store import Contact, ErasureMark, Member, Notification, SignIn, Switch, Telling, rows_of, switched_off
from shared.messaging import archive
from shared.messaging.catalogue import ARCHIVE_LIFETIME
from shared.messaging.pauses import CAMPAIGN, Pause, heard_pause
from shared.messaging.told import Row, Told, by_subject, told
from shared.privacy import retention

OPEN = (rules.PLANNED, rules.CLAIMED)
LONGEST_LIFE = timedelta(days=40) + retention.AFTER_NUDGE.lasts  # of an address here, from its offer to its end, with room to spare


@dataclass(frozen=True)
class Reading:
    """`told`: of each contact. `under_way`: refs that a mail is planned to. `paused`: an operator's word that holds mail back.

    `quiet`: the staff's pause of the campaign.
    """

    contacts: dict[str, Row]
    told: dict[str, Told]
    ledger: dict[str, Row]
    under_way: frozenset[str]
    paused: Switch | None
    quiet: Pause | None
    now: datetime
    sessions: dict[str, Row]
    told_by_sessions: dict[str, Told]
    staff: dict[str, Row]
    tellings: list[Row]
    erased_and_held: list[str]

    def is_old(self, contact: Row) -> bool:
        """Of one that ended, or with a `made_at` began, so long ago that archive and ledger may have forgotten its beginnings."""
        if (made := contact.get("made_at")) is not None:
            return bool(made < self.now - ARCHIVE_LIFETIME)
        ended = contact.get("ended_at")
        return ended is not None and ended < self.now - ARCHIVE_LIFETIME + LONGEST_LIFE


def read_all(db: Database[Row], now: datetime) -> Reading:
    wanted = (*PERSONAL, *"kind state reason offer_id made_at ended_at erasing erasing_since outbox outbox_base".split())
    contacts = {row["_id"]: _without_box(row) for row in rows_of(Contact).find({}, dict.fromkeys(wanted, 1))}
    sessions = {row["_id"]: row for row in rows_of(SignIn).find({})}
    staff = {row["_id"]: row for row in rows_of(Member).find({"state": {"$in": list(rules.KNOWN)}}, {"sign_out_due": 1})}
    wanted = tuple("type topic subject sequence data partition offset".split())
    archived = by_subject(db[archive.COLLECTION].find({}, dict.fromkeys(wanted, 1)))
    tellings = {id_: told(row, archived.get(id_, ())) for id_, row in contacts.items()}
    ledger = {row["_id"]: row for row in rows_of(Notification).find({}, {"address_hash": 0, "correlation": 0})}
    under_way = frozenset(row["ref"] for row in ledger.values() if row["state"] in OPEN)
    return Reading(
        contacts,
        tellings,
        ledger,
        under_way,
        switched_off(pausing.MAIL),
        heard_pause(db, CAMPAIGN, now),
        now,
        sessions,
        {id_: told(row, archived.get(id_, ())) for id_, row in sessions.items()},
        staff,
        list(rows_of(Telling).find({"open_since": {"$exists": True}})),
        _erased_and_held(),
    )


def _erased_and_held() -> list[str]:
    """Refs of contacts that were given before the mark of their address; the hashes are compared here, and go no further."""
    marks = {row["_id"]: row["at"] for row in rows_of(ErasureMark).find({}, {"at": 1})}
    fields = dict.fromkeys(("address_hash", "offered_at", "made_at"), 1)
    held = rows_of(Contact).find({"address_hash": {"$exists": True}}, fields) if marks else ()
    return [row["_id"] for row in held if row["address_hash"] in marks and given_at(row) <= marks[row["address_hash"]]]


def _without_box(row: Row) -> Row:
    """Which personal things are there is all that matters; what they say is not kept even here."""
    return {name: True if name in ("sealed", "address_hash", "consents") else value for name, value in row.items()}
