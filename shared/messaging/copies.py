"""Small copies of what another service owns: the newer sequence wins, in whatever order the messages come."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError


def keep_newer(copies: Collection[dict[str, Any]], id_: str, sequence: int, fields: Mapping[str, Any], forget: Sequence[str] = ()) -> bool:
    """Write `fields` over the copy `id_` if `sequence` is greater than the one it has; False for an old or repeated message.

    `forget`: fields that go.
    """
    older = {"_id": id_, "sequence": {"$lt": sequence}}
    changes: dict[str, Any] = {"$set": {**fields, "sequence": sequence}} | ({"$unset": dict.fromkeys(forget, 1)} if forget else {})
    try:
        result = copies.update_one(older, changes, upsert=True)
    except DuplicateKeyError:  # it is there, and as new or newer
        return False
    return bool(result.modified_count or result.upserted_id is not None)
