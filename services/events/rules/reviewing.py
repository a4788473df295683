"""What a reviewer has to say with each choice, what they may see, and whether the page they decide on still tells the truth."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.events.rules.posts import ASK, PUBLISH, PUT_BACK, TAKE_DOWN

LONGEST_NOTE = 1_000
SET_APART = ""  # what stands in a content for a text that waits for the safeguarding role
_SEP, _OF = "|", ":"


@dataclass(frozen=True)
class Seen:
    """What lay before a reviewer: when it was sent, which edition people saw, and a print of each field.

    It travels through the form as text, so that a decision on a page that is out of date can be refused with what has changed since.
    """

    submitted_at: str = ""
    edition: int = 0
    prints: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        prints = ",".join(f"{name}{_OF}{value}" for name, value in sorted(self.prints.items()))
        return _SEP.join((self.submitted_at, str(self.edition), prints))


def seen(submitted_at: datetime | None, edition: int, content: Mapping[str, Any]) -> Seen:
    """`content`: as it was shown, so without what was set apart."""
    prints = {name: _print(value) for name, value in content.items() if value not in (None, "", [], SET_APART)}
    return Seen(submitted_at.isoformat() if submitted_at else "", edition, prints)


def read_seen(text: str) -> Seen | None:
    """What a form brought back; None where it is none of ours."""
    parts = text.split(_SEP)
    if len(parts) != 3 or not parts[1].isdecimal() or len(parts[1]) > 9:
        return None
    pairs = [pair.split(_OF) for pair in parts[2].split(",") if pair]
    if any(len(pair) != 2 for pair in pairs):
        return None
    return Seen(parts[0], int(parts[1]), dict(pairs))


def moved_on(before: Seen, now: Seen) -> list[str] | None:
    """The fields that differ since; an empty list where only the time does; None where it is still the same."""
    if before.submitted_at == now.submitted_at and before.edition == now.edition:
        return None
    names = {*before.prints, *now.prints}
    return sorted(name for name in names if before.prints.get(name) != now.prints.get(name))


def _print(value: Any) -> str:
    return f"{zlib.crc32(repr(value).encode()):08x}"


@dataclass(frozen=True)
class Choice:
    """What a reviewer chose, and what they said with it."""

    what: str
    checklist: Sequence[str] = ()
    reasons: Sequence[str] = ()
    note: str = ""


def lacks(choice: Choice, *, checklist: Collection[str], changes: Collection[str], take_down: Collection[str]) -> dict[str, list[str]]:
    """What is still to be said before a choice can be made: field → sentences. The tables' codes are handed in."""
    missing: dict[str, list[str]] = {}
    if choice.what not in (PUBLISH, ASK, TAKE_DOWN, PUT_BACK):
        missing[""] = ["Press one of the buttons"]
    if choice.what == PUBLISH and not set(checklist) <= set(choice.checklist):
        missing["check"] = ["Tick every line before you publish. If one doesn’t hold, ask for changes"]
    if choice.what == ASK and not set(choice.reasons) & set(changes):
        missing["reason"] = ["Say what should change: tick one line at least"]
    if choice.what == TAKE_DOWN and not set(choice.reasons) & set(take_down):
        missing["why"] = ["Say why: the group and our own log need it"]
    if len(choice.note) > LONGEST_NOTE:
        missing["note"] = [f"Use {LONGEST_NOTE:,} characters or fewer in the note"]
    return missing


def in_reach(boroughs: Collection[str], areas: Collection[str], known: Collection[str]) -> bool:
    """Whether somebody with these boroughs (none: all of them) looks after what is in `areas`.

    What is in no borough of `known`, as an online event or one for all of London, is everybody's.
    """
    local = set(areas) & set(known)
    return not boroughs or not local or bool(local & set(boroughs))
