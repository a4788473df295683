"""Small copies of what another service owns: the newer sequence wins, in whatever order the messages come."""

from collections.abc import Mapping
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError


def keep_newer(copies: Collection[dict[str, Any]], id_: str, sequence: int, fields: Mapping[str, Any]) -> bool:
    """Write `fields` over the copy `id_` if `sequence` is greater than the one it has; False for an old or repeated message."""
    older = {"_id": id_, "sequence": {"$lt": sequence}}
    try:
        result = copies.update_one(older, {"$set": {**fields, "sequence": sequence}}, upsert=True)
    except DuplicateKeyError:  # it is there, and as new or newer
        return False
    return bool(result.modified_count or result.upserted_id is not None)
