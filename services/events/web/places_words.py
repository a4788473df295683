"""How an event's places stand, and who needs what, in an organiser's words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from services.events.operations import joining, roster
from services.events.operations.joining import Places
from services.events.operations.roster import CHECKED, TOLD, WITHHELD, Person, Standing
from services.events.rules import posts as rules
from services.events.store import Post
from services.events.store.finding import Found
from services.events.store.places import heads
from services.events.web.current import current_work
from shared.privacy.retention import A_PLACE
from shared.web.i18n import page_locale
from shared.web.words import number

WITH_LIST = (rules.PUBLISHED, rules.CLOSING, rules.CANCELLED, rules.PAST)


def who_comes(post: Post, moment: datetime) -> dict[str, Any] | None:
    """How the places stand, the queue, who needs what and whom no mail reaches; None where nobody books, or the list is gone."""
    found = roster.standing(post) if post.state in WITH_LIST and moment < post.slots[-1]["ends"] + A_PLACE.lasts else None
    if found is None:
        return None
    people = roster.people(current_work(), post.slots[0]["id"])
    return {
        "taken": taken_words(found),
        "left": _("%(number)s left", number=_number(found.left)),
        "queue": queue_words(found) or _("Nobody waiting"),
        "needs": [(person.first_name, needs_words(person)) for person in people if person.needs != roster.NONE],
        "unreached": [person.first_name for person in people if person.unreachable],
        "without_mail": without_mail(people),
        "anybody": bool(people or found.waiting),
        "may_add": may_add(post, moment),
    }


def may_add(post: Post, moment: datetime) -> bool:
    """Whether an organiser may add somebody: people book it, can find it, and it has not begun."""
    return bool(post.listed and post.slots and post.slots[0].get("capacity") and moment < post.slots[0]["starts"])


def taken_words(found: Standing) -> str:
    """ "13 of 20 taken"."""
    return str(_("%(taken)s of %(capacity)s taken", taken=_number(found.taken), capacity=_number(found.capacity)))


def for_people(found: Places | None) -> str:
    """ "7 left of 20", "Full: 3 waiting", "Full, and too late for the queue": to whoever thinks of coming; "" where nobody books."""
    if found is None:
        return ""
    if found.begun:
        return str(_("It has begun, so nobody new can join"))
    if found.free:
        return str(_("%(left)s left of %(capacity)s", left=_number(found.free), capacity=_number(found.capacity)))
    if not found.queue:
        return str(_("Full, and too late for the queue"))
    return _full(found)


def _full(found: Places) -> str:
    return str(_("Full: %(number)s waiting", number=_number(found.waiting))) if found.waiting else str(_("Full"))


def in_a_row(found: Places | None) -> str:
    """ "7 places", "Full: 3 waiting", "Has begun": where there is little room."""
    if found is None:
        return ""
    if found.begun:
        return str(_("Has begun"))
    if not found.free:
        return _full(found)
    return str(ngettext("1 place", "%(places)s places", found.free, places=_number(found.free)))


def of_rows(found: Sequence[Found], moment: datetime) -> dict[str, str]:
    """By the id of each event that people book, how its places stand; the rosters are asked once for all of them."""
    booked = [one for one in found if one.live.get("joining") == joining.BOOK and one.slots]
    known = heads(one.slots[0]["id"] for one in booked)
    return {one.id: in_a_row(joining.places_by(one, known.get(one.slots[0]["id"]), moment)) for one in booked}


def queue_words(found: Standing) -> str:
    """ "3 waiting; the queue moves by itself"; "" where nobody waits."""
    return str(_("%(number)s waiting; the queue moves by itself", number=_number(found.waiting))) if found.waiting else ""


def places_words(found: Standing) -> str:
    """ "12 of 12 places taken · 3 waiting; the queue moves by itself": on one line."""
    taken = _("%(taken)s of %(capacity)s places taken", taken=_number(found.taken), capacity=_number(found.capacity))
    return " · ".join(part for part in (str(taken), queue_words(found)) if part)


def needs_words(person: Person) -> str:
    """What somebody needs, on one line; of words that were set apart, that there are some."""
    if person.needs == TOLD:
        return " · ".join(line.strip() for line in person.access_needs.splitlines() if line.strip())
    return {CHECKED: str(_("One access need is being checked")), WITHHELD: str(_("One access need: please ask us"))}.get(person.needs, "")


def without_mail(people: list[Person]) -> str:
    """Whom no mail tells of a change, so that their organiser does."""
    count = sum(person.added for person in people)
    told = ngettext(
        "You added 1 person without e-mail: tell them yourself.", "You added %(num)s people without e-mail: tell them yourself.", count
    )
    return str(told) if count else ""


def told_of_change(post: Post) -> str:
    """Who hears of a new time or place; "" where nobody has signed up."""
    found = roster.standing(post)
    if found is None or not (found.taken or found.waiting):
        return ""
    return str(_("Everyone who signed up hears of a new time or place, once."))


def _number(value: int) -> str:
    return number(value, page_locale())
