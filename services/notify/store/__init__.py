"""notify's documents, their indexes and every named query, by noun: no filter is written anywhere else.

Owns: contacts (with their mails), staff, and who has signed in. May import: rules, settings, shared. Must not: be written to
by anything but operations.
"""

from typing import Any

from pymongo.database import Database

from services.notify.store import places, posts
from services.notify.store.contacts import (
    PROMISES,
    Contact,
    Notification,
    Rows,
    Suppression,
    Switch,
    Token,
    contact,
    contacts_due,
    contacts_with_nudge,
    held_notifications,
    mails_went,
    notification,
    notifications_due,
    notifications_of,
    notifications_waiting,
    oldest_refs,
    promise,
    refs_of_address,
    rows_of,
    suppression,
    suppression_id,
    switched_off,
    token,
)
from services.notify.store.erasures import DataRequest, ErasureMark
from services.notify.store.places import Telling
from services.notify.store.posts import HeardNote
from services.notify.store.sign_ins import Organiser, SignIn, SignInRequest
from services.notify.store.staff import HeldText, Member, StaffLog
from shared.store.indexes import Index, declared, index, make

__all__ = [
    "PROMISES",
    "Contact",
    "DataRequest",
    "ErasureMark",
    "HeardNote",
    "HeldText",
    "Member",
    "Notification",
    "Organiser",
    "Rows",
    "SignIn",
    "SignInRequest",
    "StaffLog",
    "Suppression",
    "Switch",
    "Telling",
    "Token",
    "contact",
    "contacts_due",
    "contacts_with_nudge",
    "held_notifications",
    "indexes",
    "mails_went",
    "notification",
    "notifications_due",
    "notifications_of",
    "notifications_waiting",
    "oldest_refs",
    "outboxes",
    "prepare",
    "promise",
    "refs_of_address",
    "rows_of",
    "suppression",
    "suppression_id",
    "switched_off",
    "token",
]

DOCUMENTS = (
    *(Contact, Token, Suppression, Notification, Switch, ErasureMark, DataRequest),
    *(Member, StaffLog, SignInRequest, Organiser, SignIn, HeardNote, Telling, HeldText),
)


def outboxes() -> list[Rows]:
    """The collections whose documents speak."""
    return [rows_of(Contact), rows_of(SignIn)]


def indexes() -> list[Index]:
    return [*declared(DOCUMENTS), index(PROMISES, "heard_at"), *posts.INDEXES, *places.INDEXES]


def prepare(db: Database[dict[str, Any]]) -> None:
    """Make every index that is missing; safe to run beside running processes."""
    make(db, indexes())
