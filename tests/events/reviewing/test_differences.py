"""What differs between two texts, word by word: nothing is lost of either, and what is the same is not shown as changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.rules.differences import GONE, LEFT_OUT, NEW, SAME, between

WORDS = st.lists(st.sampled_from(["a", "slow", "walk", "by", "the", "water", "tea", "\n\n"]), max_size=40).map(" ".join)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "Free", [(NEW, "Free")]),
        ("Free", "", [(GONE, "Free")]),
        ("6pm", "5pm", [(GONE, "6pm"), (NEW, "5pm")]),
        ("A slow walk by the water", "A slow run by the water", [(SAME, "A slow "), (GONE, "walk"), (NEW, "run"), (SAME, " by the water")]),
        ("Tea", "Tea", [(SAME, "Tea")]),
    ],
)
def test_words(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    """What went, what came, and what stays, in order."""
    assert between(before, after) == expected


@given(WORDS, WORDS)
def test_nothing_is_lost(before: str, after: str) -> None:
    """But for long parts that are the same on both sides, the two texts can be read off."""
    pieces = between(before, after)
    if any(LEFT_OUT in text for how, text in pieces if how == SAME):
        return
    assert "".join(text for how, text in pieces if how != NEW) == before
    assert "".join(text for how, text in pieces if how != GONE) == after


def test_long_parts_are_cut() -> None:
    """Of three thousand signs with one word changed, only what is near it is shown."""
    text = " ".join(f"word{number}" for number in range(500))
    pieces = between(text, text.replace("word250", "changed"))
    assert len("".join(words for _, words in pieces)) < 250
    assert (GONE, "word250") in pieces
    assert (NEW, "changed") in pieces
