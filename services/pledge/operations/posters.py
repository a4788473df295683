"""Poster codes: short, printed, typed by hand in a hurry."""

import re
from collections.abc import Mapping
from datetime import datetime

from mongoengine.errors import NotUniqueError

from services.pledge.rules.campaign import acts_for_london
from services.pledge.settings import Settings
from services.pledge.store import Poster, poster, totals
from shared.messaging.work import Work
from shared.reference.areas import area_codes
from shared.reference.channels import POSTERS, channels
from shared.runtime.errors import Forbidden, InvalidInput, NotFound
from shared.security.sessions import Session

UNKNOWN = "UNKNOWN"
LONGEST_PLACE = 100
_SHAPE = re.compile(r"[A-Z0-9-]{1,32}")


def add(code: str, place: str, *, now: datetime, area: str = "", channel: str = "", by: Session | None = None) -> bool:
    """Add a code; False when it was there. Raises InvalidInput, Forbidden."""
    if by:
        _allow(by)
    upper = code.strip().upper()
    wrong: dict[str, list[str]] = {}
    if not _SHAPE.fullmatch(upper) or upper == UNKNOWN:
        wrong["code"] = ["Use 1 to 32 letters, digits and hyphens, for example OLD-ST-3"]
    if by and not place:
        wrong["place"] = ["Say where it hangs, so that others find it"]
    if len(place) > LONGEST_PLACE:
        wrong["place"] = [f"Use {LONGEST_PLACE} characters or fewer"]
    if area and area not in area_codes():
        wrong["area"] = ["Choose a borough from the list, or leave it open"]
    if channel and channel not in [one.slug for one in channels()]:
        wrong["channel"] = ["Choose a channel from the list"]
    if wrong:
        raise InvalidInput(wrong)
    more = {"area": area or None, "channel": channel or None, "by": by.id if by else None}
    try:
        Poster(code=upper, place=place, added_at=now, **more).save(force_insert=True)
    except NotUniqueError:
        return False
    return True


def retire(code: str, *, by: Session, now: datetime) -> Poster:
    """It hangs no more. Who still scans it is let in as ever, and counted. Twice is once. Raises NotFound, Forbidden."""
    found = _of_theirs(code, by)
    Poster._get_collection().update_one({"_id": found.code, "retired_at": {"$exists": False}}, {"$set": {"retired_at": now}})
    return existing(code)


def hang_again(code: str, *, by: Session) -> Poster:
    """It hangs after all. Twice is once. Raises NotFound, Forbidden."""
    found = _of_theirs(code, by)
    Poster._get_collection().update_one({"_id": found.code}, {"$unset": {"retired_at": 1}})
    return existing(code)


def _of_theirs(code: str, by: Session) -> Poster:
    _allow(by)
    return existing(code)


def _allow(by: Session) -> None:
    if not acts_for_london(by.boroughs):
        raise Forbidden("A poster’s code is good in all of London. Ask somebody of the campaign team who looks after all of it.")


def existing(code: str) -> Poster:
    upper = code.strip().upper()
    found = poster(upper) if _SHAPE.fullmatch(upper) else None
    if found is None:
        raise NotFound("There is no poster with this code.")
    return found


def pledged_by(work: Work[Settings]) -> Mapping[str, int]:
    """Code → how many pledges came from it; those with a code that we do not know under UNKNOWN."""
    return {code: counters.get("poster", 0) for code, counters in totals(work.db, "poster").items()}


def leads_to(code: str) -> tuple[str, str]:
    """The code as it is stored, and the channel that its pledges count for; one that we do not know is still counted, as UNKNOWN."""
    upper = code.strip().upper()
    found = poster(upper) if _SHAPE.fullmatch(upper) else None
    return (found.code, found.channel or POSTERS) if found else (UNKNOWN, POSTERS)


def known(code: str) -> str:
    return leads_to(code)[0]
