"""How a day, a time and a number are typed, on a phone's picker or by hand. Pure; None where it is none.

2026-11-28, 28/11/2026, 28 November 2026 · 18:00, 6pm, 6.30 pm, midday · 20
"""

import re
from datetime import date

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SLASHES = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
_WORDS = re.compile(r"(?:[a-z]+,? )?(\d{1,2})(?:st|nd|rd|th)? ([a-z]{3,9}) (\d{4})")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})? ?(am|pm)?")
_NAMED = {"midday": "12:00", "noon": "12:00", "midnight": "00:00"}
_NUMBER = re.compile(r"[+-]?\d{1,12}")


def day_of(text: str) -> str | None:
    """As `2026-11-28`."""
    plain = " ".join(text.lower().split())
    if not plain.isascii():
        return None
    if found := _ISO.fullmatch(plain):
        year, month, day = (int(part) for part in found.groups())
    elif found := _SLASHES.fullmatch(plain):
        day, month, year = (int(part) for part in found.groups())
    elif found := _WORDS.fullmatch(plain):
        day, year = int(found[1]), int(found[3])
        month = next((number for number, name in enumerate(_MONTHS, 1) if name.startswith(found[2])), 0)
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def time_of(text: str) -> str | None:
    """As `18:00`. Without am or pm it is on the 24-hour clock."""
    plain = " ".join(text.lower().split()).replace("a.m.", "am").replace("p.m.", "pm")
    if plain in _NAMED:
        return _NAMED[plain]
    found = _TIME.fullmatch(plain) if plain.isascii() else None
    if not found or not (found[2] or found[3]):  # a bare "6" is morning or evening: nobody knows
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def number_of(text: str) -> int | None:
    plain = text.replace(",", "").strip()
    return int(plain) if plain.isascii() and _NUMBER.fullmatch(plain) else None
