"""What differs between two texts, word by word, for a reviewer who has read the first. Pure."""

import difflib
import re
from collections.abc import Iterator

SAME, GONE, NEW = "same", "gone", "new"
_PIECES = re.compile(r"\s+|[^\s]+")
_KEPT_AROUND = 6  # words on either side of a difference; the rest of what is the same is left out
LEFT_OUT = " … "
_ALIKE = 0.6  # below this the two are shown whole, one after the other: single words in common only confuse


def between(before: str, after: str) -> list[tuple[str, str]]:
    """(same, gone or new; the text), in order. Long parts that are the same are cut in the middle."""
    first, second = _PIECES.findall(before), _PIECES.findall(after)
    match = difflib.SequenceMatcher(None, first, second, autojunk=False)
    if match.ratio() < _ALIKE:
        return [(how, text) for how, text in ((GONE, before), (NEW, after)) if text]
    found = list(_pieces(match, first, second))
    return [(how, _cut(text, place == 0, place == len(found) - 1) if how == SAME else text) for place, (how, text) in enumerate(found)]


def _pieces(match: "difflib.SequenceMatcher[str]", first: list[str], second: list[str]) -> Iterator[tuple[str, str]]:
    for tag, i, j, k, m in match.get_opcodes():
        if tag == "equal":
            yield SAME, "".join(first[i:j])
            continue
        if i < j:
            yield GONE, "".join(first[i:j])
        if k < m:
            yield NEW, "".join(second[k:m])


def _cut(text: str, is_first: bool, is_last: bool) -> str:
    pieces = _PIECES.findall(text)
    most = _KEPT_AROUND * 2  # a word and the space after it
    if len(pieces) <= most * (1 if is_first or is_last else 2):
        return text
    head = "" if is_first else "".join(pieces[:most])
    tail = "" if is_last else "".join(pieces[-most:])
    return f"{head}{LEFT_OUT}{tail}"
