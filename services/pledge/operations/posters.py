"""Poster codes: short, printed, typed by hand in a hurry."""

import re
from datetime import datetime

from mongoengine.errors import NotUniqueError

from services.pledge.store import Poster, poster_exists
from shared.runtime.errors import InvalidInput

UNKNOWN = "UNKNOWN"
_SHAPE = re.compile(r"[A-Z0-9-]{1,32}")


def add(code: str, place: str, *, now: datetime) -> bool:
    """Add a code; False when it was there. Raises InvalidInput."""
    upper = code.strip().upper()
    if not _SHAPE.fullmatch(upper) or upper == UNKNOWN:
        raise InvalidInput({"code": ["Use 1 to 32 letters, digits and hyphens, for example OLD-ST-3"]})
    try:
        Poster(code=upper, place=place, added_at=now).save(force_insert=True)
    except NotUniqueError:
        return False
    return True


def known(code: str) -> str:
    """The code as it is stored; one that we do not know is still counted, as UNKNOWN."""
    upper = code.strip().upper()
    return upper if _SHAPE.fullmatch(upper) and poster_exists(upper) else UNKNOWN
