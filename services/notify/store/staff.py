"""Staff: who they are, when they asked to sign in, their sessions, and the log of what was decided about whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, ListField, StringField

from services.notify.store.contacts import ALIAS, Notification, rows_of
from shared.store.documents import OutboxDocument, StoredDocument


class Member(StoredDocument):
    """Somebody of the staff. `sealed`: address and first name, in a box to notify's own key; `address_hash`: keyed, to find them.

    `boroughs`: none for all of London. `links_used_at`: every sign-in link made before then is used up. `signed_out_at`: every
    session given before then is over. `sign_out_due`: while the others are still to be told so. `ended_at`: since when
    nothing here leads to a person.
    """

    id: Any = StringField(primary_key=True)
    state: Any = StringField(required=True)
    sealed: Any = StringField()
    address_hash: Any = StringField()
    roles: Any = ListField(StringField())
    boroughs: Any = ListField(StringField())
    invited_by: Any = StringField(required=True)
    invited_at: Any = DateTimeField(required=True)
    unanswered_since: Any = DateTimeField()
    links_used_at: Any = DateTimeField()
    signed_out_at: Any = DateTimeField()
    sign_out_due: Any = DateTimeField()
    ended_at: Any = DateTimeField()

    meta = {
        "collection": "staff",
        "db_alias": ALIAS,
        "indexes": [
            {"fields": ["address_hash"], "unique": True, "sparse": True},
            {"fields": ["unanswered_since"], "sparse": True},
            {"fields": ["sign_out_due"], "sparse": True},
            {"fields": ["ended_at"], "sparse": True},
            {"fields": ["state"]},
        ],
    }


class SignInRequest(StoredDocument):
    """Somebody typed an address at /sign-in, whoever's it is. Whether anybody is mailed is decided by the sender."""

    id: Any = StringField(primary_key=True)
    address_hash: Any = StringField(required=True)
    then: Any = StringField()
    asked_at: Any = DateTimeField(required=True)

    meta = {"collection": "sign_in_requests", "db_alias": ALIAS, "indexes": ["address_hash", "asked_at"]}


class StaffSession(OutboxDocument):
    """One sign-in of one member, as long as its cookie may still be shown; ended early it says so to the other services."""

    id: Any = StringField(primary_key=True)
    member: Any = StringField(required=True)
    issued_at: Any = DateTimeField(required=True)
    expires_at: Any = DateTimeField(required=True)
    revoked_at: Any = DateTimeField()

    meta = {"collection": "sessions", "db_alias": ALIAS, "indexes": ["member", "expires_at"]}


class StaffLog(StoredDocument):
    """Who did what about whom: only ever added to. Ids, never names: a name is looked up as long as it is here."""

    id: Any = StringField(primary_key=True)
    at: Any = DateTimeField(required=True)
    who: Any = StringField(required=True)
    what: Any = StringField(required=True)
    whom: Any = StringField(required=True)
    roles: Any = ListField(StringField(), default=None)
    boroughs: Any = ListField(StringField(), default=None)

    meta = {"collection": "staff_log", "db_alias": ALIAS, "indexes": ["at"]}


def member(member_id: str) -> Member | None:
    found: Member | None = Member.objects(id=member_id).first()
    return found


def member_of_address(address_hash: str) -> Member | None:
    found: Member | None = Member.objects(address_hash=address_hash).first()
    return found


def members(states: Sequence[str]) -> list[Member]:
    """Everybody in one of these states, the first invited first: some dozens at most."""
    return list(Member.objects(state__in=states).order_by("invited_at"))


def members_due(field: str, before: datetime, limit: int) -> list[Member]:
    """Members whose `sign_out_due` or `unanswered_since` lies before."""
    return list(Member.objects(**{f"{field}__lte": before}).limit(limit))


def sign_in_request(request_id: str) -> SignInRequest | None:
    found: SignInRequest | None = SignInRequest.objects(id=request_id).first()
    return found


def sign_ins_asked(address_hash: str, after: datetime, until: datetime) -> int:
    """How often this address was typed at /sign-in in that time, `until` included."""
    times = rows_of(SignInRequest).find({"address_hash": address_hash}, {"asked_at": 1})
    return sum(1 for row in times if after < row["asked_at"] <= until)


def sign_ins_before(moment: datetime, limit: int) -> list[str]:
    return [row["_id"] for row in rows_of(SignInRequest).find({"asked_at": {"$lt": moment}}, {"_id": 1}).limit(limit)]


def session(session_id: str) -> StaffSession | None:
    found: StaffSession | None = StaffSession.objects(id=session_id).first()
    return found


def sessions_of(member_id: str, now: datetime) -> list[StaffSession]:
    """Those that were not ended and have not run out, the newest first."""
    found = [one for one in StaffSession.objects(member=member_id) if one.revoked_at is None and now < one.expires_at]
    return sorted(found, key=lambda one: one.issued_at, reverse=True)


def last_decisions(limit: int) -> list[StaffLog]:
    return list(StaffLog.objects.order_by("-at").limit(limit))


def planned_mail(notification_id: str) -> Notification | None:
    found: Notification | None = Notification.objects(id=notification_id).first()
    return found
