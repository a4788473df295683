from dataclasses import replace
from datetime import date

import pytest

from shared.reference.consents import REMINDERS, asked_now, consent, consents, current

# What people have been asked, word for word. A line is added for a new wording; none is ever changed.
ASKED = {
    "nudge-2026-11": "Yes: keep my e-mail and this pledge together, to send me this one nudge and ask how it went. Nothing else.",
    "evening-2026-12": "Yes: e-mail me the evening before, to remind me and to ask whether I still come. Nothing else.",
}


def test_a_wording_that_was_asked_never_changes() -> None:
    """Each consent's words must stay what people agreed to, character for character."""
    assert {entry.id: entry.words for entry in consents()} == ASKED


def test_the_reminder_is_asked_with_the_newest_wording() -> None:
    """There must be exactly one open wording a purpose, and it is the one that is asked."""
    assert current(REMINDERS) is consent("nudge-2026-11")
    assert current(REMINDERS).valid_from == date(2026, 11, 24)
    older = replace(current(REMINDERS), id="nudge-2025-01", valid_to=date(2026, 11, 23))
    assert asked_now((older, current(REMINDERS)), REMINDERS) is current(REMINDERS)
    open_ones = [entry.purpose for entry in consents() if entry.valid_to is None]
    assert len(open_ones) == len(set(open_ones))


def test_unknown_consents_and_purposes_are_not_guessed() -> None:
    """An id that was never asked must be None; a purpose that nobody may use must be an error."""
    assert consent("nudge-1999-01") is None
    with pytest.raises(LookupError):
        current("newsletter")
