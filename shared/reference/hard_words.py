"""Words that may tell of danger: a text that holds some is set apart for a person to read. Nothing is ever refused for them. Pure.

    find("I don’t want to be here any more")    ["not-be-here"]
    find("He is killing it at work")            []

The phrases are reviewed data. They are compared word by word, in any case, with or without apostrophes and accents, so that `skilled`
holds no `kill`; a star stands for up to three words. What the data allows is taken out first: `to die for`.
"""

import re
import unicodedata
from functools import cache

from shared.reference import datafile

_MARKS = re.compile(r"['’‘ʼ`´＇]")
_WORDS = re.compile(r"[^\W_]+")
_GAP = r"(?: [^ ]+){0,3}?"


def find(text: str) -> list[str]:
    """The ids of the phrases in a text, in the order of the data; empty for nearly every text."""
    words = _plain(text)
    allowed, phrases = _patterns()
    if allowed:
        words = allowed.sub(" ~", words)
    return [id_ for id_, pattern in phrases if pattern.search(words)]


def _plain(text: str) -> str:
    """Lower case words between single spaces: no accents, apostrophes, or signs that nobody sees."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    seen = "".join(sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Cf"))
    return f" {' '.join(_WORDS.findall(_MARKS.sub('', seen)))} "


@cache
def _patterns() -> tuple[re.Pattern[str] | None, tuple[tuple[str, re.Pattern[str]], ...]]:
    data = datafile.read("hard_words")
    allowed = _any_of(data["allowed"]) if data["allowed"] else None
    return allowed, tuple((row["id"], _any_of(row["says"])) for row in data["phrases"])


def _any_of(says: list[str]) -> re.Pattern[str]:
    ways = "|".join(_way(one) for one in sorted(says, key=len, reverse=True))
    return re.compile(rf" (?:{ways})(?= )")


def _way(say: str) -> str:
    return _GAP.join(re.escape(part) if not index else r" " + re.escape(part) for index, part in enumerate(_parts(say)))


def _parts(say: str) -> list[str]:
    return [_plain(part).strip() for part in say.split("*")]
