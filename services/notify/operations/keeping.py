"""What notify forgets, and when. Each step says how much it did."""

from datetime import datetime

from services.notify import mails, rules
from services.notify.operations import ledger, my_data, sessions
from services.notify.operations.contacts import STOP
from services.notify.settings import Settings
from services.notify.store import (
    PROMISES,
    Contact,
    DataRequest,
    ErasureMark,
    HeardNote,
    HeldText,
    Member,
    Notification,
    Organiser,
    SignIn,
    SignInRequest,
    StaffLog,
    Suppression,
    Telling,
    Token,
    rows_of,
)
from services.notify.store.erasures import requests_before
from services.notify.store.places import SIGN_UPS
from services.notify.store.posts import GROUPS, POSTS
from services.notify.store.sign_ins import sign_ins_before
from shared.messaging.work import Work
from shared.privacy import retention

COPIES = {
    PROMISES: retention.HEARD,
    SIGN_UPS: retention.HEARD,
    POSTS: retention.POST_COPIES,
    GROUPS: retention.POST_COPIES,
}
AT_MOST = 500


def forget_rows(work: Work[Settings], now: datetime) -> int:
    """Old ledger rows and what is left of old contacts, links that lead nowhere any more, suppressions that have run out."""
    gone = rows_of(Notification).delete_many({"planned_at": {"$lt": now - retention.LEDGER.lasts}}).deleted_count
    ended = {"ended_at": {"$lt": now - retention.LEDGER.lasts}, "pending_since": {"$exists": False}}
    gone += rows_of(Contact).delete_many(ended).deleted_count
    for copies, kept in COPIES.items():
        gone += work.db[copies].delete_many({"heard_at": {"$lt": now - kept.lasts}}).deleted_count
    gone += rows_of(Telling).delete_many({"heard_at": {"$lt": now - retention.POST_COPIES.lasts}}).deleted_count
    gone += rows_of(HeldText).delete_many({"heard_at": {"$lt": now - retention.HELD_TEXTS.lasts}}).deleted_count
    gone += rows_of(HeardNote).delete_many({"at": {"$lt": now - retention.NOTE_HEARD.lasts}}).deleted_count
    gone += rows_of(Token).delete_many({"made_at": {"$lt": now - retention.LINKS.lasts}, "kind": {"$ne": STOP}}).deleted_count
    gone += rows_of(Suppression).delete_many({"until": {"$lt": now}}).deleted_count
    marks = {"at": {"$lt": now - retention.ERASED.lasts}, "sure_due": {"$exists": False}}
    gone += rows_of(ErasureMark).delete_many(marks).deleted_count
    return gone + _forget_in_the_ledger(now) + _forget_of_sign_ins(now)


def _forget_in_the_ledger(now: datetime) -> int:
    """What a row needs for days, not for a year: whose mails were counted, and whose click began it."""
    counted = {"address_hash": {"$exists": True}, "sent_at": {"$lt": now - retention.FIRST_MAILS.lasts}}
    gone = rows_of(Notification).update_many(counted, {"$unset": {"address_hash": 1}}).modified_count
    tied = {"correlation": {"$exists": True}, "planned_at": {"$lt": now - retention.CORRELATION.lasts}}
    return gone + rows_of(Notification).update_many(tied, {"$unset": {"correlation": 1}}).modified_count


def _forget_of_sign_ins(now: datetime) -> int:
    """Who asked to sign in, sessions that ran out, who left or stayed away, and what was decided long ago."""
    asked, asked_for_data = (
        sign_ins_before(now - retention.SIGN_IN_REQUEST.lasts, AT_MOST),
        requests_before(now - retention.DATA_REQUEST.lasts, AT_MOST),
    )
    unsent = [ledger.notification_id(sessions.cause_of(id_), id_, mails.SIGN_IN) for id_ in asked]
    unsent += [ledger.notification_id(my_data.cause_of(id_), id_, mails.MY_DATA) for id_ in asked_for_data]
    gone = rows_of(Notification).delete_many({"_id": {"$in": unsent}, "state": {"$ne": rules.SENT}}).deleted_count if unsent else 0
    gone += rows_of(SignInRequest).delete_many({"_id": {"$in": asked}}).deleted_count if asked else 0
    gone += rows_of(DataRequest).delete_many({"_id": {"$in": asked_for_data}}).deleted_count if asked_for_data else 0
    over = {"expires_at": {"$lt": now - retention.SESSIONS.lasts}, "pending_since": {"$exists": False}}
    gone += rows_of(SignIn).delete_many(over).deleted_count
    gone += rows_of(Organiser).delete_many({"links_used_at": {"$lt": now - retention.ORGANISERS_LINKS.lasts}}).deleted_count
    gone += rows_of(Member).delete_many({"ended_at": {"$lt": now - retention.STAFF_LOG.lasts}}).deleted_count
    return gone + rows_of(StaffLog).delete_many({"at": {"$lt": now - retention.STAFF_LOG.lasts}}).deleted_count
