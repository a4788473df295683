"""What an organiser has on the day: how full it is, who comes and what they need, whom she added herself.

The roster says who has a place, the sign-ups say who they are. Access needs with hard words in them stay out until they are passed on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.events.operations import held, sign_ups
from services.events.rules.places import ACCESS_NEEDS, LIVE, PLACED, QUEUED
from services.events.settings import Settings
from services.events.store import Post, SignUp
from services.events.store.places import Entry, Head, added_to, entries, heads, these, with_needs
from shared.messaging.work import Work

NONE, TOLD, CHECKED, WITHHELD = "none", "told", "being-checked", "withheld"


@dataclass(frozen=True)
class Standing:
    """How full a slot is. `taken`: of its places, more than there are where there once were more. `waiting`: sign-ups in the queue."""

    capacity: int
    taken: int = 0
    waiting: int = 0

    @property
    def left(self) -> int:
        return max(self.capacity - self.taken, 0)


@dataclass(frozen=True)
class Person:
    """One sign-up as an organiser may see it. `access_needs`: "" unless `needs` is TOLD. `position`: in the queue, as it now is."""

    id: str
    first_name: str
    party: int
    needs: str
    access_needs: str
    added: bool
    unreachable: bool
    position: int | None = None


def standings(found: Iterable[Post]) -> dict[str, Standing]:
    """By the id of each post that people book: of its first slot."""
    booked = {post.id: post.slots[0] for post in found if post.live and post.slots and post.slots[0].get("capacity")}
    known = heads(slot["id"] for slot in booked.values())
    return {id_: _standing(slot, known) for id_, slot in booked.items()}


def standing(post: Post) -> Standing | None:
    """None where nobody books."""
    return standings([post]).get(post.id)


def taken(slots: Sequence[Mapping[str, Any]]) -> int:
    """How many places of these slots are taken."""
    return sum(found.taken for found in heads(slot["id"] for slot in slots).values())


def people(work: Work[Settings], slot: str) -> list[Person]:
    """Those with a place, by first name. Whoever left this very second is gone already."""
    placed = [one for one in entries(slot) if one.state == PLACED]
    known = these([one.id for one in placed])
    found = _persons(work, [(known[one.id], None) for one in placed if one.id in known])
    return sorted(found, key=lambda person: (person.first_name.casefold(), person.id))


def added(work: Work[Settings], slot: str) -> list[Person]:
    """Those whom an organiser added and who have a place or wait for one, the newest first."""
    found = added_to(slot)
    ids = {one.id for one in found}
    live = {one.id: position for one, position in _in_order(entries(slot)) if one.id in ids} if ids else {}
    return _persons(work, [(one, live[one.id]) for one in found if one.id in live])


def needs_help(slot: str, now: datetime) -> bool:
    """Whether an organiser has just typed something hard about somebody: the next page begins with help."""
    return any(one.hard_words and one.made_at >= now - held.HELP_SHOWN for one in added_to(slot))


def access_needs(slot: str) -> int:
    """How many of those with a place need something; those that are being checked too."""
    needing = with_needs(slot)
    return sum(one.state == PLACED and one.id in needing for one in entries(slot)) if needing else 0


def _standing(slot: Mapping[str, Any], known: Mapping[str, Head]) -> Standing:
    """Nobody has asked for a place yet where there is no roster; its capacity follows the slot's within two seconds."""
    head = known.get(slot["id"])
    return Standing(slot["capacity"], head.taken, head.waiting) if head else Standing(slot["capacity"])


def _in_order(found: Sequence[Entry]) -> list[tuple[Entry, int | None]]:
    """Those that are live, with their place in the queue as it now is."""
    queued = [one.id for one in found if one.state == QUEUED]
    at = {id_: number for number, id_ in enumerate(queued, 1)}
    return [(one, at.get(one.id)) for one in found if one.state in LIVE]


def _persons(work: Work[Settings], found: Sequence[tuple[SignUp, int | None]]) -> list[Person]:
    """Of those who are still known: a place that is being given back is nobody's any more."""
    known = [(one, sign_ups.known_of(work, one), position) for one, position in found if one.private]
    hard = {one.id: (ACCESS_NEEDS.name, says.access_needs) for one, says, _ in known if one.hard_words}
    stands = held.states_of(work, hard)
    return [_person(one, says, position, _needs(one, says.access_needs, stands)) for one, says, position in known]


def _needs(one: SignUp, words: str, stands: Mapping[str, str]) -> str:
    if not words:
        return NONE
    if not one.hard_words:
        return TOLD
    # Without a row nobody has passed it on.
    return {held.PASSED_ON: TOLD, held.WITHHELD: WITHHELD}.get(stands.get(one.id, ""), CHECKED)


def _person(one: SignUp, says: sign_ups.Known, position: int | None, needs: str) -> Person:
    return Person(
        id=one.id,
        first_name=says.first_name,
        party=one.party,
        needs=needs,
        access_needs=says.access_needs if needs == TOLD else "",
        added=bool(one.added),
        unreachable=bool(one.unreachable),
        position=position,
    )
