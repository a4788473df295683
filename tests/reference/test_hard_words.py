"""Hard words are found by a reviewed list: how many of those that matter, and how many that do not, is printed and has floors."""

import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference import datafile
from shared.reference.hard_words import find

SENTENCES = json.loads((Path(__file__).parent / "hard_sentences.json").read_text("utf-8"))
RECALL, FALSE_ALARMS = 0.95, 0.02


def test_recall_and_false_alarms(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 80 and more hard sentences 95 % are found at least; of 140 harmless ones 2 % at most are taken for hard."""
    missed = [text for text in SENTENCES["hard"] if not find(text)]
    false = [(text, find(text)) for text in SENTENCES["harmless"] if find(text)]
    recall = 1 - len(missed) / len(SENTENCES["hard"])
    alarms = len(false) / len(SENTENCES["harmless"])
    with capsys.disabled():
        sys.stdout.write(f"\nhard words: recall {recall:.1%} of {len(SENTENCES['hard'])}, ")
        sys.stdout.write(f"false alarms {alarms:.1%} of {len(SENTENCES['harmless'])}\n")
    assert len(SENTENCES["hard"]) >= 80
    assert len(SENTENCES["harmless"]) >= 140
    assert recall >= RECALL, missed
    assert alarms <= FALSE_ALARMS, false


@pytest.mark.parametrize("text", ["She is skilled", "He is killing it at work", "That was dead good", "I could murder a tea"])
def test_what_must_never_be_taken_for_hard(text: str) -> None:
    """Words that look hard and are not stay where they are."""
    assert find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I don’t want to live",
        "I don't want to live",
        "i DONT want\nto   live…",
        "I don`t want to\u200b live",
        "I dön’t wa\u00adnt to live!!!",
        "(I don’t want to live)",
        "I do\u2060n’t want to live",
    ],
)
def test_spellings(text: str) -> None:
    """Apostrophes of any kind, accents, breaks, and signs that nobody sees hide nothing."""
    assert find(text) == ["not-be-here"]


def test_the_allowed_hides_only_itself() -> None:
    """A harmless phrase beside a hard one does not cover it."""
    assert find("The cake is to die for") == []
    assert find("The cake is to die for, and I want to die") == ["want-to-die"]


@given(st.text(max_size=400))
def test_any_text_at_all(text: str) -> None:
    """It answers for whatever is typed, and the same for the same words in another case."""
    assert find(text) == find(unicodedata.normalize("NFC", text))
    assert set(find(text + " I want to kill myself")) >= {"kill-self"}


def test_each_phrase_is_written_as_texts_are_compared() -> None:
    """One with an apostrophe or a capital would never be found; and each finds its own kind."""
    data = datafile.read("hard_words")
    for row in data["phrases"]:
        for says in row["says"]:
            assert says == says.casefold(), says
            assert all(sign.isalpha() or sign in " *" for sign in says), says
    says_all = [says for row in data["phrases"] for says in row["says"]]
    assert len(says_all) == len(set(says_all))
    unreachable = [
        says for row in data["phrases"] for says in row["says"] if row["id"] not in find(says.replace(" * ", " so ")) and find(says)
    ]
    assert unreachable == []
