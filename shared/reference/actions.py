"""The catalogue of actions that can be pledged, with their words for pages, mails and text messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from shared.reference import datafile


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Action:
    """One small thing to do.

    `short` fits after "You pledged to". `minutes` and `card_note` make the line on a card. `care_note`: what to know
    before choosing it. `theme`: the one that its pledges count for. `text_message`: for an `sms:` link, where the action
    suits one. `icon`: the inside of a 24 by 24 drawing. `safe_messaging_signed_off_by`: None until a named person has read it.
    """

    slug: str
    title: str
    short: str
    lede: str
    minutes: str
    card_note: str
    facts: tuple[str, ...]
    why: str
    care_note: str | None
    five_ways: str
    theme: int
    nudge_line: str
    text_message: str | None
    helpful_link: Link | None
    icon: str
    starter: bool
    retired_on: date | None
    review_by: date
    safe_messaging_signed_off_by: str | None

    def retired(self, on: date) -> bool:
        """Whether it can no longer be pledged on this day."""
        return self.retired_on is not None and self.retired_on <= on


def actions(on: date | None = None) -> tuple[Action, ...]:
    """Those that can be pledged, in order: on a day, or without one those that have no end."""
    return live(every_action(), on)


def starters(on: date | None = None) -> tuple[Action, ...]:
    """The three to begin with."""
    return tuple(entry for entry in actions(on) if entry.starter)


def action(slug: str, on: date | None = None) -> Action | None:
    """The action, if it can be pledged."""
    return next((entry for entry in actions(on) if entry.slug == slug), None)


def ever(slug: str) -> Action | None:
    """The action even if it is retired: for the pledges that were made of it."""
    return next((entry for entry in every_action() if entry.slug == slug), None)


def live(entries: Iterable[Action], on: date | None) -> tuple[Action, ...]:
    return tuple(entry for entry in entries if not (entry.retired(on) if on else entry.retired_on))


@cache
def every_action() -> tuple[Action, ...]:
    return tuple(_action(row) for row in datafile.read("actions")["actions"])


def _action(row: dict[str, Any]) -> Action:
    link = row["helpful_link"]
    return Action(
        **row
        | {
            "facts": tuple(row["facts"]),
            "helpful_link": Link(**link) if link else None,
            "retired_on": datafile.day(row["retired_on"]),
            "review_by": date.fromisoformat(row["review_by"]),
        }
    )
