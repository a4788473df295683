"""A message's three fates, in one table: done; transient (try again, in place); poison (set aside, with its bytes).

An error that is in no row is tried again a few times and then set aside: a fault of ours must not stop a partition for
ever, nor lose the message.
"""

from enum import Enum

from bson.errors import InvalidBSON
from pymongo.errors import AutoReconnect, ConnectionFailure, ExecutionTimeout, NetworkTimeout, ServerSelectionTimeoutError, WTimeoutError

from shared.messaging.envelope import UnknownType
from shared.runtime.errors import Poison, Unavailable


class Fate(Enum):
    DONE = "done"
    TRANSIENT = "transient"
    POISON = "poison"
    PARKED = "parked"
    UNKNOWN = "unknown"


FATES: dict[type[Exception], Fate] = {
    Poison: Fate.POISON,
    InvalidBSON: Fate.POISON,
    UnknownType: Fate.PARKED,
    Unavailable: Fate.TRANSIENT,
    AutoReconnect: Fate.TRANSIENT,
    ConnectionFailure: Fate.TRANSIENT,
    ServerSelectionTimeoutError: Fate.TRANSIENT,
    NetworkTimeout: Fate.TRANSIENT,
    ExecutionTimeout: Fate.TRANSIENT,
    WTimeoutError: Fate.TRANSIENT,
}


def fate_of(error: Exception) -> Fate:
    for kind in type(error).__mro__:
        if kind in FATES:
            return FATES[kind]
    return Fate.UNKNOWN


def reason_of(error: Exception) -> str:
    """What a dead letter says: our own words for poison, else the class alone (a library may quote the document)."""
    return error.message if isinstance(error, Poison) else type(error).__name__
