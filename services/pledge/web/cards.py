"""Events in the words of a card: when, where, how to join, and what helps somebody to dare."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from services.pledge.operations.listings import Listing
from shared.reference.areas import area_name
from shared.reference.choices import choice_name

ONLINE = "online"  # where an event is that is in no borough
MOST_ACCESS = 1  # the event's own page says the rest


@dataclass(frozen=True)
class Card:
    """`joining`, then `facts`: a few words each."""

    starts: datetime
    area: str
    title: str
    group: str
    path: str
    joining: str
    facts: tuple[str, ...]


def cards(found: Iterable[Listing]) -> list[Card]:
    return [
        Card(
            one.starts,
            _("Online") if one.area == ONLINE else area_name(one.area),
            one.title,
            one.group,
            one.path,
            _named("joining", one.joining),
            _facts(one),
        )
        for one in found
    ]


def _facts(one: Listing) -> tuple[str, ...]:
    access = [_named("access", code) for code in one.access[:MOST_ACCESS]]
    alone = [_("You can come alone")] if one.alone else []
    return (*access, *alone, _named("costs", one.cost))


def _named(table: str, code: str) -> str:
    return str(_(choice_name(table, code)))
