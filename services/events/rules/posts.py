"""The states of what a group posts, and which step leads from where to where.

    draft → submitted → published → closing → cancelled | past
                      → changes-asked → submitted      published, over → taken-down      (an initiative) published → past

What is published may be changed: codes, time, place and capacity at once, words only after they have been read again. Until
then people see the old ones, so the new ones wait beside them (`submitted_at` is set while the state stays published).
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

EVENT, INITIATIVE = KINDS = ("event", "initiative")
DRAFT, SUBMITTED, CHANGES_ASKED, PUBLISHED = "draft", "submitted", "changes-asked", "published"
CLOSING, CANCELLED, PAST, TAKEN_DOWN = "closing", "cancelled", "past", "taken-down"
STATES = (DRAFT, SUBMITTED, CHANGES_ASKED, PUBLISHED, CLOSING, CANCELLED, PAST, TAKEN_DOWN)
OVER = (CANCELLED, PAST, TAKEN_DOWN)

# An organiser's steps, and the clock's
SUBMIT, TAKE_BACK, CLOSE, CANCEL, PASS, END = "submit", "take-back", "close", "cancel", "pass", "end"
# A reviewer's choices
PUBLISH, ASK, TAKE_DOWN, PUT_BACK = "publish", "ask-for-changes", "take-down", "put-back"
ENDED = "ended"  # the reason of a group's own end: a code of the table "end"
UNDO_WITHIN = timedelta(seconds=60)
READING_LASTS = timedelta(minutes=15)

CANCEL_NOTE = "cancel_note"  # what waits of an event that was cancelled: its organiser's own words, beside what people saw
CALLED_OFF = (CLOSING, CANCELLED)
_NOTED = {state: state for state in CALLED_OFF}  # whatever a reviewer chooses for those words, the event stays cancelled

_STEPS = {
    SUBMIT: {DRAFT: SUBMITTED, CHANGES_ASKED: SUBMITTED, PUBLISHED: PUBLISHED},
    TAKE_BACK: {SUBMITTED: DRAFT, PUBLISHED: PUBLISHED},
    PUBLISH: {SUBMITTED: PUBLISHED, PUBLISHED: PUBLISHED, **_NOTED},
    ASK: {SUBMITTED: CHANGES_ASKED, PUBLISHED: PUBLISHED, **_NOTED},
    TAKE_DOWN: dict.fromkeys((SUBMITTED, CHANGES_ASKED, PUBLISHED, CLOSING, CANCELLED, PAST), TAKEN_DOWN),  # a page stays when it is over
    PUT_BACK: {TAKEN_DOWN: PUBLISHED},
    CLOSE: {PUBLISHED: CLOSING},
    CANCEL: {CLOSING: CANCELLED},
    PASS: {PUBLISHED: PAST, CLOSING: PAST},
    END: {PUBLISHED: PAST},
}


def after(step: str, state: str) -> str | None:
    """The state that a step leads to; None where it does not apply."""
    return _STEPS[step].get(state)


def may_put_back(state: str, ended: Mapping[str, Any] | None) -> bool:
    """Whether what was taken down may be shown again: what was live then, not what was called off or over already."""
    return state == TAKEN_DOWN and (ended or {}).get("was") == PUBLISHED


UNSENT = (DRAFT, CHANGES_ASKED)


def kept_until(state: str, now: datetime, kept: timedelta) -> datetime | None:
    """When it goes if nobody saves it again; None once it has been sent. Of a group as of what it posts."""
    return now + kept if state in UNSENT else None


EDITABLE = (DRAFT, CHANGES_ASKED, PUBLISHED)


def may_edit(state: str) -> bool:
    """Whether its organiser may change it: what waits is taken back first; what has ended stays, and may be posted again."""
    return state in EDITABLE


# Fields that people's own words are in: after publishing they wait until they have been read again.
WORDS = (
    "title",
    "summary",
    "description",
    "calendar_name",
    "near",
    "link",
    "greeter",
    "first_time",
    "access_note",
    "cost_note",
    "days",
    "languages_note",
    "phone",
)


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names of the fields that differ, in order."""
    return sorted(name for name in {*before, *now} if (before.get(name) or None) != (now.get(name) or None))


def changed_words(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Those of them that have to be read again first."""
    return [name for name in changed(before, now) if name in WORDS]


def with_words_of(live: Mapping[str, Any], draft: Mapping[str, Any], words: Collection[str] = WORDS) -> dict[str, Any]:
    """The facts of the draft with the words that have been read: what people see until the new ones are."""
    facts = {name: value for name, value in draft.items() if name not in words}
    return facts | {name: live[name] for name in words if live.get(name)}
