"""Signing in: who asked for a link, the organisers that may, and each sign-in as long as its cookie may still be shown."""

from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, StringField

from services.notify.store.contacts import ALIAS, rows_of
from shared.store.documents import OutboxDocument, StoredDocument


class SignInRequest(StoredDocument):
    """Somebody typed an address at /sign-in, whoever's it is. Whether anybody is mailed is decided by the sender.

    `sealed`: the address, in a box to notify's own key; only where the way on is a group's page, for there an address that nobody
    knows is mailed too. It goes once the link was used.
    """

    id: Any = StringField(primary_key=True)
    address_hash: Any = StringField(required=True)
    sealed: Any = StringField()
    then: Any = StringField()
    asked_at: Any = DateTimeField(required=True)

    meta = {"collection": "sign_in_requests", "db_alias": ALIAS, "indexes": ["address_hash", "asked_at"]}


class Organiser(StoredDocument):
    """The address behind an organiser's contacts, as somebody who signs in: one row, however many groups. The id is its hash.

    `links_used_at`: every sign-in link made before then is used up. `signed_out_at`: every session given before then is over;
    `sign_out_due`: while the other services are still to be told so.
    """

    id: Any = StringField(primary_key=True)
    links_used_at: Any = DateTimeField()
    signed_out_at: Any = DateTimeField()
    sign_out_due: Any = DateTimeField()

    meta = {
        "collection": "organisers",
        "db_alias": ALIAS,
        "indexes": ["links_used_at", {"fields": ["sign_out_due"], "sparse": True}],
    }


class SignIn(OutboxDocument):
    """One sign-in, of a member of staff, an organiser, or somebody who is both; ended early it says so to the other services."""

    id: Any = StringField(primary_key=True)
    member: Any = StringField()
    organiser: Any = StringField()
    issued_at: Any = DateTimeField(required=True)
    expires_at: Any = DateTimeField(required=True)
    revoked_at: Any = DateTimeField()

    meta = {
        "collection": "sessions",
        "db_alias": ALIAS,
        "indexes": ["member", {"fields": ["organiser"], "sparse": True}, "expires_at"],
    }


def sign_in_request(request_id: str) -> SignInRequest | None:
    found: SignInRequest | None = SignInRequest.objects(id=request_id).first()
    return found


def sign_ins_asked(address_hash: str, after: datetime, until: datetime) -> int:
    """How often this address was typed at /sign-in in that time, `until` included."""
    times = rows_of(SignInRequest).find({"address_hash": address_hash}, {"asked_at": 1})
    return sum(1 for row in times if after < row["asked_at"] <= until)


def sign_ins_before(moment: datetime, limit: int) -> list[str]:
    return [row["_id"] for row in rows_of(SignInRequest).find({"asked_at": {"$lt": moment}}, {"_id": 1}).limit(limit)]


def organiser(address_hash: str) -> Organiser | None:
    found: Organiser | None = Organiser.objects(id=address_hash).first()
    return found


def organisers_signing_out(before: datetime, limit: int) -> list[Organiser]:
    """Those whose sessions were ended before then, and the others not told of each."""
    return list(Organiser.objects(sign_out_due__lte=before).limit(limit))


def session(session_id: str) -> SignIn | None:
    found: SignIn | None = SignIn.objects(id=session_id).first()
    return found


def sessions_of(member_id: str, now: datetime) -> list[SignIn]:
    """A member's that were not ended and have not run out, the newest first."""
    return _live(SignIn.objects(member=member_id), now)


def sessions_of_organiser(address_hash: str, now: datetime) -> list[SignIn]:
    """An organiser's, in the same way."""
    return _live(SignIn.objects(organiser=address_hash), now)


def _live(found: Any, now: datetime) -> list[SignIn]:
    live = [one for one in found if one.revoked_at is None and now < one.expires_at]
    return sorted(live, key=lambda one: one.issued_at, reverse=True)
