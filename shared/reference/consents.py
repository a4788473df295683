"""The exact wordings that people agree to, each with an id that is kept with their answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from shared.reference import datafile

REMINDERS = "reminders"
EVENING_BEFORE = "evening-before"


@dataclass(frozen=True)
class Consent:
    """`words`: as shown beside the box, unchanged for as long as anybody's consent names this id."""

    id: str
    purpose: str
    words: str
    valid_from: date
    valid_to: date | None


def consent(consent_id: str) -> Consent | None:
    """The wording with this id, ended or not."""
    return next((entry for entry in consents() if entry.id == consent_id), None)


def current(purpose: str) -> Consent:
    """The wording that is asked now. Raises LookupError for a purpose that nothing is asked for."""
    return asked_now(consents(), purpose)


def asked_now(entries: Iterable[Consent], purpose: str) -> Consent:
    for entry in entries:
        if entry.purpose == purpose and entry.valid_to is None:
            return entry
    raise LookupError(purpose)


@cache
def consents() -> tuple[Consent, ...]:
    return tuple(
        Consent(**row | {"valid_from": date.fromisoformat(row["valid_from"]), "valid_to": datafile.day(row["valid_to"])})
        for row in datafile.read("consents")["consents"]
    )
