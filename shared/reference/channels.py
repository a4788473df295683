"""The channels a pledge can come by. An unknown one is `direct`: a mistyped link must not cost anybody a pledge."""

from dataclasses import dataclass
from functools import cache

from shared.reference import datafile

DIRECT = "direct"
POSTERS = "posters"
BOOTHS = "booths"


@dataclass(frozen=True)
class Channel:
    """`reach`: the campaign team may estimate how many people it reached; at booths and in rooms heads are counted instead."""

    slug: str
    name: str
    reach: bool


@cache
def channels() -> tuple[Channel, ...]:
    return tuple(Channel(**row) for row in datafile.read("channels")["channels"])


def channel_of(text: str | None) -> str:
    """The channel's slug for what a link said, in any case; `direct` where it said nothing we know."""
    slug = (text or "").strip().lower()
    return slug if slug in _names() else DIRECT


def channel_name(slug: str) -> str:
    """The name for people; a channel of another release is shown as it is."""
    return _names().get(slug, slug)


@cache
def _names() -> dict[str, str]:
    return {entry.slug: entry.name for entry in channels()}
