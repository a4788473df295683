"""What can be chosen when a group posts, when a person reviews it, and in the campaign's console: codes for machines, words for people.

    choice("costs", "free").name    "Free"

Tables: group-kinds, event-kinds, joining, place-shown-to, who-for, costs, has-room, access, languages; of a reviewer's:
checklist, changes, take-down; of an organiser's: cancel (an event), end (what was always on); of anybody's: reports; of the
campaign team's: reach-sources, confidence, tallies, void-reasons, strike-reasons, pauses.
"""

from dataclasses import dataclass
from functools import cache

from shared.reference import datafile


@dataclass(frozen=True)
class Choice:
    """`name`: on the button or in the list. `words`: a note beside it, or for a reason the sentence that reaches people."""

    code: str
    name: str
    words: str = ""


@cache
def choices(table: str) -> tuple[Choice, ...]:
    """In the order in which they are shown. Raises KeyError for a table that is not there."""
    return tuple(Choice(**row) for row in datafile.read("choices")[table])


@cache
def codes(table: str) -> tuple[str, ...]:
    return tuple(entry.code for entry in choices(table))


def choice(table: str, code: str) -> Choice | None:
    return _by_code(table).get(code)


def choice_name(table: str, code: str) -> str:
    """The name for people; a code of another release is shown as it is."""
    found = choice(table, code)
    return found.name if found else code


@cache
def _by_code(table: str) -> dict[str, Choice]:
    return {entry.code: entry for entry in choices(table)}
