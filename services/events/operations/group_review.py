"""A group that is read by itself: it was approved and has changed what it says of itself, or it is new and no post of it waits.

Mostly a new one is read with its first post (operations/review.py). Here a choice takes effect at once: whatever is chosen, the group is
shown as it was read before, or as it was read now.
"""

from datetime import datetime

from services.events.operations import carrying_out, decisions, held, pausing
from services.events.rules.groups import APPROVED
from services.events.rules.posts import ASK, PUBLISH
from services.events.rules.reviewing import LONGEST_NOTE
from services.events.settings import Settings
from services.events.store import Group
from services.events.store.posts import of_group
from shared.messaging.work import Work
from shared.reference.choices import codes
from shared.runtime.errors import Conflict, InvalidInput
from shared.security.sessions import Session

CHANGED = "The group has changed this since you opened it. Read it again, then choose."


def stamp(group: Group) -> str:
    """What a form brings back, so that a page that is out of date decides nothing."""
    return group.saved_at.isoformat() if group.saved_at else ""


def waits_alone(group: Group) -> bool:
    """Whether it is to be read by itself: no post that waits brings it along, or people see it already, in its former words."""
    return bool(group.submitted_at) and (group.state == APPROVED or not any(post.submitted_at for post in of_group(group.id)))


def approve(work: Work[Settings], group_id: str, seen: str, *, by: Session, now: datetime) -> Group:
    """What it says of itself now is shown. Raises NotFound, Forbidden, Conflict."""
    found = _waiting(group_id, seen, by)
    if held.fields_of(work, found.id, found.about or {}):
        raise Conflict("One text of this is being read by the safeguarding team. It can be shown when they have passed it on.")
    decisions.log(by, PUBLISH, (decisions.GROUP, group_id), now, content=found.about)
    done = carrying_out.approve(found, {"group_about": found.about, "group_submitted_at": found.submitted_at}, now)
    if done is None:
        raise Conflict(CHANGED)
    return done


def ask(group_id: str, seen: str, reasons: list[str], note: str, *, by: Session, now: datetime) -> Group:
    """Ask for changes to them. Raises NotFound, Forbidden, InvalidInput, Conflict."""
    found = _waiting(group_id, seen, by)
    if not set(reasons) & set(codes("changes")):
        raise InvalidInput({"reason": ["Say what should change: tick one line at least"]})
    if len(note) > LONGEST_NOTE:
        raise InvalidInput({"note": [f"Use {LONGEST_NOTE:,} characters or fewer in the note"]})
    decisions.log(by, ASK, (decisions.GROUP, group_id), now, reasons=reasons, note=note)
    if not carrying_out.send_group_back(found, reasons, note, now, sent=found.submitted_at):
        raise Conflict(CHANGED)
    return pausing.group(group_id, by)


def _waiting(group_id: str, seen: str, by: Session) -> Group:
    found = pausing.group(group_id, by)
    if not waits_alone(found):
        raise Conflict("Nothing of this group waits to be read by itself. Look at how it stands now.")
    if seen != stamp(found):
        raise Conflict(CHANGED)
    return found
