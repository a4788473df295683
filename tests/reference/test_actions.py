import re
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from shared.reference.actions import Action, action, actions, ever, every_action, live, starters
from shared.reference.themes import theme

CATALOGUE = (
    "check-in ask-twice zsa-training walk-together pause-outside learn-new"
    " volunteer-local host-booth talk-at-work speak-up-stigma listen-young know-where"
).split()
THEMES = {"zsa-training": 6, "ask-twice": 2, "speak-up-stigma": 2, "listen-young": 3, "talk-at-work": 4, "know-where": 5}
FIVE_WAYS = {"connect", "be-active", "take-notice", "keep-learning", "give"}

# Words that scold, hurry, promise an outcome, label somebody, or go against safe messaging.
BANNED = (
    *("committed", "commit suicide", "successful", "failed", "attempt", "overdose", "victim", "sufferer", "suffering", "crazy"),
    *("insane", "depress", "anxiety", "mental illness", "fix", "cure", "guarantee", "will feel", "will help", "should", "must"),
    *("oops", "hurry", "last chance", "don’t miss", "streak", "thousands of", "click", "e.g.", "i.e.", "utilise", "signpost"),
)


def sentences(entry: Action) -> list[str]:
    """Everything an action says in whole sentences."""
    words = (entry.title, entry.lede, entry.why, entry.care_note, entry.nudge_line, entry.text_message)
    return [sentence for text in words if text for sentence in re.split(r"(?<=[.?!])\s+", text)]


def everything(entry: Action) -> str:
    return " ".join([*sentences(entry), entry.short, entry.card_note, entry.minutes, *entry.facts])


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word))
    return max(1, groups - (word.endswith("e") and not word.endswith("le") and groups > 1))


def grade(texts: list[str]) -> float:
    """The Flesch-Kincaid school grade: 4 to 6 is a reading age of about 9 to 11."""
    words = re.findall(r"[a-z]+", " ".join(texts).lower().replace("’", ""))
    return 0.39 * len(words) / len(texts) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_the_catalogue_has_its_twelve_actions_in_order() -> None:
    """The twelve actions must be there in the catalogue's order, all of them open to pledges."""
    assert [entry.slug for entry in actions()] == CATALOGUE
    assert [entry.slug for entry in every_action()] == CATALOGUE


def test_home_begins_with_three() -> None:
    """The three to start with must be the ones that anybody can do today."""
    assert [entry.slug for entry in starters()] == ["check-in", "walk-together", "pause-outside"]


@pytest.mark.parametrize("entry", every_action(), ids=lambda entry: entry.slug)
class TestEachAction:
    def test_counts_for_one_theme(self, entry: Action) -> None:
        """Its pledges must count for one theme that exists; know-where counts for 5."""
        assert entry.theme == THEMES.get(entry.slug, 1)
        assert theme(entry.theme) is not None
        assert entry.five_ways in FIVE_WAYS

    def test_has_words_for_every_place(self, entry: Action) -> None:
        """Each place that shows it must find words of the length that fits there."""
        assert 5 <= len(entry.title) <= 65
        assert 10 <= len(entry.short) <= 65
        assert entry.short[0].islower()
        assert entry.short[-1] not in ".!?"
        assert 20 <= len(entry.lede) <= 90
        assert len(entry.card_note) <= 30
        assert 2 <= len(entry.facts) <= 4
        assert all(len(fact) <= 30 for fact in entry.facts)
        assert 60 <= len(entry.why) <= 150
        assert 1 <= len(re.findall(r"[.?!](?: |$)", entry.why)) <= 2
        assert len(entry.nudge_line) <= 90
        assert re.fullmatch(r"\d+ (minutes|hours?)", entry.minutes)

    def test_speaks_plainly(self, entry: Action) -> None:
        """Sentences must stay under 20 words, and the whole within a reading age of 9 to 11."""
        for sentence in sentences(entry):
            assert len(sentence.split()) < 20, sentence
        assert grade(sentences(entry)) < 6

    def test_never_scolds_promises_or_labels(self, entry: Action) -> None:
        """No banned word may appear anywhere in it."""
        text = everything(entry).lower()
        assert [word for word in BANNED if re.search(rf"\b{re.escape(word)}", text)] == []

    def test_speaks_british_typography(self, entry: Action) -> None:
        """Quotes must be typographic, with no straight one and no doubled space left over."""
        assert not re.search(r"['\"]|  ", everything(entry) + (entry.helpful_link.label if entry.helpful_link else ""))

    def test_a_text_message_gives_nothing_away(self, entry: Action) -> None:
        """A text that opens on a phone must fit one message and say nothing of pledges, minds or help."""
        if entry.text_message is not None:
            assert len(entry.text_message) <= 100
            assert not re.search(r"pledg|mental|mind|health|help|suicid|http|worr", entry.text_message.lower())

    def test_its_icon_is_a_plain_drawing(self, entry: Action) -> None:
        """The icon goes into pages unescaped, so it must be well formed and made of shapes alone, inside its 24 by 24."""
        shapes = list(ElementTree.fromstring(f"<g>{entry.icon}</g>"))  # noqa: S314 - our own file
        assert shapes
        for shape in shapes:
            assert shape.tag in {"path", "circle", "rect"}
            assert set(shape.attrib) <= {"d", "cx", "cy", "r", "x", "y", "width", "height", "rx"}
            assert all(re.fullmatch(r"[MmLlHhVvCcSsQqTtAaZz0-9., -]+", value) for value in shape.attrib.values())

    def test_is_reviewed_in_time(self, entry: Action) -> None:
        """It must say when it is looked at again, and must not claim a sign-off that no named person gave."""
        assert entry.review_by >= date(2027, 1, 1)
        assert entry.safe_messaging_signed_off_by is None


def test_only_the_training_leads_elsewhere() -> None:
    """The one link to another site must be the training's own public page, over https."""
    links = {entry.slug: entry.helpful_link.url for entry in actions() if entry.helpful_link}
    assert links == {"zsa-training": "https://www.zerosuicidealliance.com/"}


def test_the_training_says_beforehand_what_it_talks_about() -> None:
    """Nobody may meet the subject of suicide without having been told."""
    training = ever("zsa-training")
    assert training is not None
    assert training.care_note is not None
    assert "suicide" in training.care_note


def test_the_titles_and_words_of_the_walk_are_the_agreed_ones() -> None:
    """The walk's words are quoted on pages, in the nudge and on the result: they must be these."""
    walk = action("walk-together")
    assert walk is not None
    assert walk.title == "Go for a walk with someone"
    assert walk.short == "go for a walk with someone"
    assert walk.nudge_line == "Today’s a fine day to ask. Round the block counts."
    assert walk.text_message == "Fancy a short walk this week?"
    assert walk.facts == ("Outdoors", "Anywhere in London", "Free")


def test_a_retired_action_takes_no_pledges_but_keeps_its_name() -> None:
    """From the day it is retired an action must be gone from the list, for that day on and for a caller without a date."""
    day = date(2027, 3, 1)
    retired = replace(every_action()[0], retired_on=day)
    entries = (retired, every_action()[1])
    assert live(entries, day - timedelta(days=1)) == entries
    assert live(entries, day) == live(entries, None) == entries[1:]
    assert not retired.retired(day - timedelta(days=1))
    assert retired.retired(day)


@pytest.mark.parametrize("slug", ["", "run-a-marathon", "CHECK-IN", "check-in\0", "x" * 5000])
def test_an_unknown_action_is_none(slug: str) -> None:
    """A slug that was never in the catalogue must be None, not an exception."""
    assert action(slug) is None
    assert ever(slug) is None
