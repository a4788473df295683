"""What notify forgets, and when. Each step says how much it did."""

from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.operations import ledger, sessions
from services.notify.operations.contacts import STOP
from services.notify.settings import Settings
from services.notify.store import (
    PROMISES,
    Contact,
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
from services.notify.store.places import SIGN_UPS
from services.notify.store.posts import GROUPS, POSTS
from services.notify.store.sign_ins import sign_ins_before
from shared.messaging.work import Work

LEDGER_KEPT = timedelta(days=430)  # longer than the archive, so that no republish can send a mail again
LINKS_KEPT = timedelta(days=110)  # a late click is told what happened, instead of "unknown"
HASH_IN_LEDGER_KEPT = timedelta(days=2)  # long enough to count a day's mails
CORRELATION_KEPT = timedelta(days=7)
SIGN_INS_KEPT = timedelta(days=2)  # long enough to count a day's; a mail that went has its row in the ledger
SESSIONS_KEPT = timedelta(days=1)  # past its end; the cookie has run out by itself
NOTES_KEPT = timedelta(days=8)  # longer than a mail that needs one may wait
STAFF_LOG_KEPT = timedelta(days=730)
ORGANISERS_KEPT = rules.ORGANISER_KEPT + timedelta(days=1)  # past the last link they used
AT_MOST = 500


def forget_rows(work: Work[Settings], now: datetime) -> int:
    """Old ledger rows and what is left of old contacts, links that lead nowhere any more, suppressions that have run out."""
    gone = rows_of(Notification).delete_many({"planned_at": {"$lt": now - LEDGER_KEPT}}).deleted_count
    ended = {"ended_at": {"$lt": now - LEDGER_KEPT}, "pending_since": {"$exists": False}}
    gone += rows_of(Contact).delete_many(ended).deleted_count
    for copies in (PROMISES, POSTS, GROUPS, SIGN_UPS):
        gone += work.db[copies].delete_many({"heard_at": {"$lt": now - LEDGER_KEPT}}).deleted_count
    gone += rows_of(Telling).delete_many({"heard_at": {"$lt": now - LEDGER_KEPT}}).deleted_count
    gone += rows_of(HeldText).delete_many({"heard_at": {"$lt": now - NOTES_KEPT}}).deleted_count
    gone += rows_of(HeardNote).delete_many({"at": {"$lt": now - NOTES_KEPT}}).deleted_count
    gone += rows_of(Token).delete_many({"made_at": {"$lt": now - LINKS_KEPT}, "kind": {"$ne": STOP}}).deleted_count
    gone += rows_of(Suppression).delete_many({"until": {"$lt": now}}).deleted_count
    return gone + _forget_in_the_ledger(now) + _forget_of_sign_ins(now)


def _forget_in_the_ledger(now: datetime) -> int:
    """What a row needs for days, not for a year: whose mails were counted, and whose click began it."""
    counted = {"address_hash": {"$exists": True}, "sent_at": {"$lt": now - HASH_IN_LEDGER_KEPT}}
    gone = rows_of(Notification).update_many(counted, {"$unset": {"address_hash": 1}}).modified_count
    tied = {"correlation": {"$exists": True}, "planned_at": {"$lt": now - CORRELATION_KEPT}}
    return gone + rows_of(Notification).update_many(tied, {"$unset": {"correlation": 1}}).modified_count


def _forget_of_sign_ins(now: datetime) -> int:
    """Who asked to sign in, sessions that ran out, who left or stayed away, and what was decided long ago."""
    asked = sign_ins_before(now - SIGN_INS_KEPT, AT_MOST)
    unsent = [ledger.notification_id(sessions.cause_of(id_), id_, mails.SIGN_IN) for id_ in asked]
    gone = rows_of(Notification).delete_many({"_id": {"$in": unsent}, "state": {"$ne": rules.SENT}}).deleted_count if unsent else 0
    gone += rows_of(SignInRequest).delete_many({"_id": {"$in": asked}}).deleted_count if asked else 0
    over = {"expires_at": {"$lt": now - SESSIONS_KEPT}, "pending_since": {"$exists": False}}
    gone += rows_of(SignIn).delete_many(over).deleted_count
    gone += rows_of(Organiser).delete_many({"links_used_at": {"$lt": now - ORGANISERS_KEPT}}).deleted_count
    gone += rows_of(Member).delete_many({"ended_at": {"$lt": now - STAFF_LOG_KEPT}}).deleted_count
    return gone + rows_of(StaffLog).delete_many({"at": {"$lt": now - STAFF_LOG_KEPT}}).deleted_count
