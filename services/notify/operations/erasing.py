"""Erasing everything of an address: what notify holds goes at once, and each service that was given a ref is asked to do the same.

First a mark, the address's hash and the time, then one contact after another: each is forgotten in the update that asks its owners. What
a crash leaves, and what came into the store in that very second, the clock finds by the mark. The mark stays as long as any archive or
backup may: whatever was given before it, and comes back, is refused and asked about again.
"""

from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.operations import contacts, sessions
from services.notify.settings import Settings
from services.notify.store import (
    Contact,
    DataRequest,
    ErasureMark,
    HeardNote,
    Notification,
    Organiser,
    SignIn,
    SignInRequest,
    Token,
    contact,
    rows_of,
)
from services.notify.store.erasures import being_erased, contacts_given, erased_refs, mark, marks_to_finish
from services.notify.store.sign_ins import organiser
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.runtime.crash_points import reach

SURE_AFTER = timedelta(seconds=30)  # whatever began before the mark has long been stored by then
AT_MOST = 100
UNDER_WAY, DONE = "under-way", "done"


def erase(work: Work[Settings], address_hash: str, now: datetime) -> None:
    """Everything that was given with this address until now. Twice is as once.

    What is held was given before this, whatever the clock says of the service that took it.
    """
    at = max([now, *(contacts.given_at(row) for row in contacts_given(address_hash))])
    _mark(address_hash, at, now)
    reach("erase.after-mark")
    if organiser(address_hash):
        sessions.end_all_of_organiser(address_hash, now)
    _forget(work, address_hash, at, now)


def _mark(address_hash: str, at: datetime, now: datetime) -> None:
    rows_of(ErasureMark).update_one({"_id": address_hash}, {"$max": {"at": at}, "$set": {"sure_due": now}}, upsert=True)


def _forget(work: Work[Settings], address_hash: str, at: datetime, now: datetime) -> None:
    """Whatever was given until `at`, and all by which the address could be found."""
    ends = [row for row in contacts_given(address_hash) if contacts.given_at(row) <= at]
    if any(row["kind"] == rules.ORGANISER for row in ends):
        sessions.end_all_of_organiser(address_hash, now)
    for row in ends:
        contacts.erase(row["_id"], address_hash, now)
        _forget_notes(row["_id"])
        reach("erase.between-contacts")
    until = {"address_hash": address_hash, "asked_at": {"$lte": at}}
    rows_of(SignInRequest).delete_many(until)
    rows_of(DataRequest).delete_many(until)
    rows_of(Token).delete_many({"address_hash": address_hash, "kind": sessions.SIGN_IN, "made_at": {"$lte": at}})
    rows_of(Notification).update_many({"address_hash": address_hash}, {"$unset": {"address_hash": 1}})


def _forget_notes(ref: str) -> None:
    """The boxes of what events had us tell this contact: their ids are the causes of its mails."""
    told = rows_of(Notification).find({"ref": ref, "template": {"$in": list(mails.NOTES)}}, {"cause": 1})
    rows_of(HeardNote).delete_many({"_id": {"$in": [row["cause"] for row in told]}})


def finish(work: Work[Settings], now: datetime) -> int:
    """Due: the last look for each mark, half a minute later. Sessions are over then; whose they were is forgotten too."""
    found = marks_to_finish(now - SURE_AFTER, AT_MOST)
    for one in found:
        _forget(work, one.id, one.at, now)
        ended = {"organiser": one.id, "revoked_at": {"$exists": True}, "issued_at": {"$lte": one.at}}
        rows_of(SignIn).update_many(ended, {"$unset": {"organiser": 1}})
        if _is_told(one.id, one.at):
            rows_of(ErasureMark).update_one({"_id": one.id, "sure_due": one.sure_due}, {"$unset": {"sure_due": 1}})
    return 0  # one that waits for its sessions' end comes again: not at once


def _is_told(address_hash: str, at: datetime) -> bool:
    """Whether every service was told which of an organiser's sessions are over; then the row that knew them goes."""
    rows_of(Organiser).delete_one({"_id": address_hash, "sign_out_due": {"$exists": False}, "links_used_at": {"$lte": at}})
    left = organiser(address_hash)
    return left is None or left.sign_out_due is None


def answered(work: Work[Settings], envelope: Envelope) -> None:
    """A service holds nothing under a ref any more. Twice is as once.

    Where the contact still stands, this store was put back from a backup that is older than its erasure: it is erased again.
    """
    ref, service, found = str(envelope.data["ref"]), envelope.data["service"], contact(str(envelope.data["ref"]))
    if found and found.address_hash:
        _mark(found.address_hash, envelope.time, work.clock())
        _forget(work, found.address_hash, envelope.time, work.clock())
    last = {"_id": ref, "erasing": [service]}
    if not rows_of(Contact).update_one(last, {"$unset": dict.fromkeys(contacts.ERASING, 1)}).modified_count:
        rows_of(Contact).update_one({"_id": ref, "erasing": service}, {"$pull": {"erasing": service}})


def ask_again(_work: Work[Settings], now: datetime) -> int:
    """For operators, after a store was put back: every owner of whatever was erased is asked once more. How many refs."""
    refs = erased_refs(contacts.ERASED)
    for ref in refs:
        contacts.ask_to_erase(ref, now)
    return len(refs)


def stands(address_hash: str) -> str:
    """How an address's erasure stands; empty where none was asked for."""
    if mark(address_hash) is None:
        return ""
    return UNDER_WAY if being_erased(address_hash) else DONE
