"""Staff: who they are, and the log of what was decided about whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, ListField, StringField

from services.notify.store.contacts import ALIAS, Notification
from shared.store.documents import StoredDocument


class Member(StoredDocument):
    """Somebody of the staff. `sealed`: address and first name, in a box to notify's own key; `address_hash`: keyed, to find them.

    `boroughs`: none for all of London. `links_used_at`: every sign-in link made before then is used up. `signed_out_at`: every
    session given before then is over. `sign_out_due`: while the others are still to be told so. `held_told_at`: the last text that was
    set apart of which a mail told them had come by then. `ended_at`: since when nothing here leads to a person.
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
    held_told_at: Any = DateTimeField()
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


class HeldText(StoredDocument):
    """Hard words that were set apart, as events told: that there are some, and where; never what they say. The id is the message's."""

    id: Any = StringField(primary_key=True)
    areas: Any = ListField(StringField())
    heard_at: Any = DateTimeField(required=True)

    meta = {"collection": "held_texts", "db_alias": ALIAS, "indexes": ["heard_at"]}


def held_text(message_id: str) -> HeldText | None:
    found: HeldText | None = HeldText.objects(id=message_id).first()
    return found


def held_texts_since(moment: datetime) -> list[HeldText]:
    """Those of which notify heard then or later, the first first: of some days, for no mail about one is older."""
    return list(HeldText.objects(heard_at__gte=moment).order_by("heard_at"))


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


def last_decisions(limit: int) -> list[StaffLog]:
    return list(StaffLog.objects.order_by("-at").limit(limit))


def planned_mail(notification_id: str) -> Notification | None:
    found: Notification | None = Notification.objects(id=notification_id).first()
    return found
