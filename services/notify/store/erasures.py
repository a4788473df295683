"""Whose data was erased, and who asked for the link to theirs."""

from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, StringField

from services.notify.store.contacts import ALIAS, Contact, rows_of
from shared.store.documents import StoredDocument


class ErasureMark(StoredDocument):
    """Everything that was given with an address before `at` is gone. The id is the address's hash, from which it cannot be read.

    `sure_due`: until the last look for what was on its way into this store in that very second.
    """

    id: Any = StringField(primary_key=True)
    at: Any = DateTimeField(required=True)
    sure_due: Any = DateTimeField()

    meta = {"collection": "erasures", "db_alias": ALIAS, "indexes": ["at", {"fields": ["sure_due"], "sparse": True}]}


class DataRequest(StoredDocument):
    """Somebody typed an address at /my-data, whoever's it is. Whether anybody is mailed is decided by the sender. `sealed`: the address."""

    id: Any = StringField(primary_key=True)
    address_hash: Any = StringField(required=True)
    sealed: Any = StringField(required=True)
    asked_at: Any = DateTimeField(required=True)

    meta = {"collection": "data_requests", "db_alias": ALIAS, "indexes": ["address_hash", "asked_at"]}


def mark(address_hash: str) -> ErasureMark | None:
    found: ErasureMark | None = ErasureMark.objects(id=address_hash).first()
    return found


def is_erased(address_hash: str, given_at: datetime) -> bool:
    """Whether what was given with this address then is to be gone."""
    found = mark(address_hash)
    return found is not None and given_at <= found.at


def marks_to_finish(before: datetime, limit: int) -> list[ErasureMark]:
    return list(ErasureMark.objects(sure_due__lte=before).limit(limit))


def contacts_given(address_hash: str) -> list[dict[str, Any]]:
    """Every contact that holds this address {_id, kind, state, offered_at, made_at}."""
    return list(rows_of(Contact).find({"address_hash": address_hash}, dict.fromkeys(("kind", "state", "offered_at", "made_at"), 1)))


def contacts_of(address_hash: str) -> list[Contact]:
    """The same, whole."""
    return list(Contact.objects(address_hash=address_hash))


def being_erased(address_hash: str) -> int:
    """How many contacts of an address have owners that have not answered yet."""
    return rows_of(Contact).count_documents({"erasing_of": address_hash})


def erased_refs(reason: str) -> list[str]:
    """For operators: no index serves it."""
    return [row["_id"] for row in rows_of(Contact).find({"reason": reason}, {"_id": 1})]


def data_request(request_id: str) -> DataRequest | None:
    found: DataRequest | None = DataRequest.objects(id=request_id).first()
    return found


def requests_of(address_hash: str) -> list[dict[str, Any]]:
    """Who asked for this address's data {_id, asked_at}, as far as that is kept."""
    return list(rows_of(DataRequest).find({"address_hash": address_hash}, {"asked_at": 1}))


def requests_before(moment: datetime, limit: int) -> list[str]:
    return [row["_id"] for row in rows_of(DataRequest).find({"asked_at": {"$lt": moment}}, {"_id": 1}).limit(limit)]
