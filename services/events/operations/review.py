"""A person reads what a group has sent, and chooses: publish, ask for changes, take down, put back.

A choice lies in the post for a minute, in which it can be undone; then the worker carries it out: first the group, then the post,
each in one conditional update with its message, so that a crash in between is made good by the next step. Taking down is at once.
Each decision is in the log before it takes effect; one that comes to nothing is followed by a line that says so.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.events.operations import decisions, held, soft_lock
from services.events.operations.facts import areas_of, slots_of, told_of_end
from services.events.operations.publishing import NOT_WAITING
from services.events.rules import posts as rules
from services.events.rules import reviewing
from services.events.rules.posts import ASK, EVENT, INITIATIVE, PUBLISH, PUT_BACK, TAKE_DOWN
from services.events.rules.reviewing import Choice, Seen
from services.events.settings import Settings
from services.events.store import Group, Post, groups, posts
from services.events.store.review import decisions_about
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.reference.areas import areas as boroughs
from shared.reference.choices import codes
from shared.runtime.crash_points import reach
from shared.runtime.errors import Conflict, Forbidden, InvalidInput, NotFound
from shared.security.sessions import Session

TRIES = 5
TAKEN_DOWN_SAYS: Mapping[str, str] = {EVENT: "event.taken-down.v1", INITIATIVE: "initiative.taken-down.v1"}
IN_WORDS: Mapping[str, str] = {
    PUBLISH: "chose to publish this",
    ASK: "asked for changes",
    TAKE_DOWN: "took this down",
    PUT_BACK: "chose to put this back",
    decisions.UNDO: "undid the last choice",
}


@dataclass(frozen=True)
class Item:
    """A post with its group, as somebody decides on it."""

    post: Post
    group: Group

    @property
    def content(self) -> dict[str, Any]:
        """What is decided on: what waits; of what is published or over, what people see or saw."""
        return dict(self.post.waiting or self.post.live or {})

    @property
    def about(self) -> tuple[str, str]:
        return str(self.post.kind), str(self.post.id)


def item(post_id: str, by: Session) -> Item:
    """The post, if this person may decide on it. Raises NotFound, Forbidden."""
    post = posts.by_id(post_id)
    group = groups.by_id(post.group) if post else None
    if post is None or group is None or post.state == rules.DRAFT:
        raise NotFound("Nothing with this address waits to be read. It may have been taken back.")
    found = Item(post, group)
    may_decide(by, group, areas_of(post.kind, found.content))
    return found


def may_decide(by: Session, group: Group, areas: list[str]) -> None:
    """Raises Forbidden, with words, for somebody's own group and for other boroughs."""
    if set(by.refs) & set(group.organisers):
        raise Forbidden("This is from a group of your own, so somebody else reads it. Nothing was changed.")
    if not reviewing.in_reach(by.boroughs, areas, known()):
        raise Forbidden("This is in a borough that somebody else looks after. Nothing was changed.")


def known() -> set[str]:
    return {one.slug for one in boroughs()}


def seen_of(work: Work[Settings], found: Item) -> Seen:
    """What the page shows of it; comes back with the form."""
    shown = held.without(found.content, held.fields_of(work, found.post.id, found.content))
    return reviewing.seen(found.post.submitted_at, found.post.edition or 0, shown)


def choose(work: Work[Settings], post_id: str, choice: Choice, seen: Seen, *, by: Session, now: datetime) -> Post:
    """Take a choice down, to be carried out in a minute; taking down is at once. The post as it then is.

    The same person pressing the same button twice is once. Raises NotFound, Forbidden, InvalidInput, Conflict (with who was quicker,
    or what has changed since the page was opened).
    """
    found = item(post_id, by)
    _refuse_incomplete(choice)
    if choice.what == TAKE_DOWN:
        return take_down(work, post_id, choice, by=by, now=now)
    standing = found.post.decision
    if standing and standing["by"] == by.id and standing["what"] == choice.what:
        return found.post
    _refuse_what_does_not_apply(work, found, choice, seen, by, now)
    decision = _decision(found, choice, by, now)
    _log(work, found, choice, by, now, decision["id"])
    reach("review.after-log")
    facts = _as_seen(found.post, by, now) | {"decision_due": {"$exists": False}}
    changes = {"decision": decision, "decision_due": now + rules.UNDO_WITHIN, "reader": None}
    if not change_if(posts.posts(), post_id, facts, changes, (), now):
        decisions.log_overtaken(decision, found.about, now)
        raise Conflict(quicker(post_id, now))
    return item(post_id, by).post


def undo(work: Work[Settings], post_id: str, *, by: Session, now: datetime) -> Post:
    """Take a choice back while its minute runs. Raises NotFound, Forbidden, Conflict when it is too late or was done already."""
    found = item(post_id, by)
    standing = found.post.decision
    if not standing or found.post.decision_due <= now:
        raise Conflict(f"There is nothing left to undo. {quicker(post_id, now)}")
    id_ = decisions.log(by, decisions.UNDO, found.about, now, of=standing["id"])
    facts = {"decision.id": standing["id"], "decision_due": {"$gt": now}}
    if not change_if(posts.posts(), post_id, facts, {"decision": None, "decision_due": None}, (), now):
        decisions.log_overtaken({"id": id_, "by": by.id}, found.about, now)
        raise Conflict(f"There is nothing left to undo. {quicker(post_id, now)}")
    return item(post_id, by).post


def take_down(work: Work[Settings], post_id: str, choice: Choice, *, by: Session, now: datetime) -> Post:
    """At once, whatever else is going on: nobody can find it any more, and the message is in the same update."""
    _refuse_incomplete(choice)
    for _ in range(TRIES):
        found = item(post_id, by)
        post = found.post
        if post.state == rules.TAKEN_DOWN:
            return post
        after = rules.after(TAKE_DOWN, post.state)
        if after is None:
            raise Conflict("Nobody can find it, so there is nothing to take down.")
        reason = next(code for code in codes("take-down") if code in choice.reasons)
        id_ = _log(work, found, choice, by, now, str(uuid.uuid4()))
        ended = {"what": after, "was": post.state, "reason": reason, "at": now} | ({"note": choice.note} if choice.note else {})
        changes = {"state": after, "ended": ended, "listed": None, "called_off_until": None, "closing_at": None, **NOT_WAITING}
        changes |= {"places_due": now} if post.kind == EVENT else {}
        entry = message(TAKEN_DOWN_SAYS[post.kind], post.id, told_of_end(post, found.group, reason), now=now)
        if change_if(posts.posts(), post_id, {"state": post.state} | decisions.as_read(post), changes, [entry], now):
            reach("take-down.after-update")
            decisions.log_dropped(post, now)
            return item(post_id, by).post
        decisions.log_overtaken({"id": id_, "by": by.id}, found.about, now)
    raise Conflict("Somebody else is changing this right now. Please press the button again.")


# What is checked before a choice is taken down


def _refuse_incomplete(choice: Choice) -> None:
    missing = reviewing.lacks(choice, checklist=codes("checklist"), changes=codes("changes"), take_down=codes("take-down"))
    if missing:
        raise InvalidInput(missing)


def _refuse_what_does_not_apply(work: Work[Settings], found: Item, choice: Choice, seen: Seen, by: Session, now: datetime) -> None:
    post = found.post
    if post.decision:
        raise Conflict(quicker(post.id, now))
    if rules.after(choice.what, post.state) is None or (choice.what != PUT_BACK and not post.waiting):
        raise Conflict(f"This waits for nobody any more. {quicker(post.id, now)}")
    if choice.what == PUT_BACK and not rules.may_put_back(post.state, post.ended):
        raise Conflict("It was not to be found when it was taken down, so there is nothing to put back. Its group can post it again.")
    changed = reviewing.moved_on(seen, seen_of(work, found))
    if changed is not None:
        raise Changed(changed)
    if reader := soft_lock.other_reader(post.reader, by, now):
        raise Conflict(f"{reader['name']} is reading this. Wait until they let go, or until their 15 minutes are over.")
    if choice.what in (PUBLISH, PUT_BACK):
        _refuse_unpublishable(work, found, now)


class Changed(Conflict):
    """What was decided on has changed since the page was opened. `fields`: which of it, by name."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__("The group has changed this since you opened it. Read it again, then choose.")
        self.fields = fields


def _refuse_unpublishable(work: Work[Settings], found: Item, now: datetime) -> None:
    if not found.group.approved and not found.group.submitted_at:
        raise Conflict("Its group has been asked for changes. It can be published when they have been sent and read.")
    if held.fields_of(work, found.post.id, found.content) or held.fields_of(work, found.group.id, found.group.about or {}):
        raise Conflict("One text of this is being read by the safeguarding team. It can be published when they have passed it on.")
    if found.post.state in rules.CALLED_OFF:  # its note may be read after the day as well
        return
    if found.post.kind == EVENT and slots_of(found.content)[-1]["ends"] <= now:
        raise Conflict("Its day is over. Ask the group for a new date.")


def _as_seen(post: Post, by: Session, now: datetime) -> dict[str, Any]:
    """The facts under which a choice is taken down: the post as it was read, and nobody else reading it."""
    facts = {"state": post.state, "submitted_at": post.submitted_at or {"$exists": False}}
    return facts | soft_lock.not_read_by_another(by, now) | _edition(post)


def _edition(post: Post) -> dict[str, Any]:
    """Nothing asks for the edition of what was never published: an older release may have left the field out."""
    return {"edition": post.edition} if post.edition else {}


def _decision(found: Item, choice: Choice, by: Session, now: datetime) -> dict[str, Any]:
    group = found.group
    decision = {
        "id": str(uuid.uuid4()),
        "what": choice.what,
        "by": by.id,
        "by_name": by.first_name,
        "at": now,
        "reasons": list(choice.reasons),
        "checklist": list(choice.checklist),
        "note": choice.note,
        "state": found.post.state,
        "submitted_at": found.post.submitted_at,
        "edition": found.post.edition or 0,
    }
    # What the reviewer read of the group is what will be approved, whatever its organisers save meanwhile.
    return decision | ({"group_about": group.about, "group_submitted_at": group.submitted_at} if group.submitted_at else {})


def _log(work: Work[Settings], found: Item, choice: Choice, by: Session, now: datetime, id_: str) -> str:
    return decisions.log(
        by,
        choice.what,
        found.about,
        now,
        reasons=choice.reasons,
        checklist=choice.checklist,
        note=choice.note,
        content=held.no_secrets(work, found.post.id, found.content),
        id_=id_,
    )


def quicker(post_id: str, now: datetime) -> str:
    """ "Ruth chose to publish this a minute ago." """
    rows = decisions.standing(decisions_about([post_id])) or decisions_about([post_id])
    last = rows[-1] if rows else None
    if last is None or last.what not in IN_WORDS:
        return "Look at how it stands now."
    return f"{last.by_name or 'Somebody'} {IN_WORDS[last.what]} {_ago(last.at, now)}."


def _ago(at: datetime, now: datetime) -> str:
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return "a minute ago" if minutes == 1 else f"{minutes} minutes ago"
    hours = minutes // 60
    if hours < 24:
        return "an hour ago" if hours == 1 else f"{hours} hours ago"
    return "yesterday" if hours < 48 else f"{hours // 24} days ago"
