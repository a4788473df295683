"""What the safeguarding role does with words that were set apart: pass on, withhold, send a care reply, tell somebody else.

Each is in the log before it takes effect, without the words. After passing on or withholding, the words are kept for ninety days.
"""

from datetime import datetime
from typing import Any

from services.events.operations import decisions, held, notes
from services.events.operations.carrying_out import send_group_back
from services.events.operations.held import PASSED_ON, WAITING, WITHHELD
from services.events.operations.publishing import NOT_WAITING
from services.events.operations.soft_lock import not_read_by_another, other_reader
from services.events.rules import posts as rules
from services.events.rules import reviewing
from services.events.rules.places import REQUESTED
from services.events.rules.posts import ASK
from services.events.settings import Settings
from services.events.store import Held, groups, posts
from services.events.store.places import by_id as sign_up_by_id
from services.events.store.review import held as held_rows
from services.events.store.review import held_by_id
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.privacy import retention
from shared.reference.areas import areas
from shared.runtime.errors import Conflict, Forbidden, InvalidInput, NotFound
from shared.security.sessions import Session

PASS_ON, WITHHOLD, REPLY, ESCALATE = CHOICES = ("pass-on", "withhold", "care-reply", "escalate")
REASON = "words"  # of the table of changes: what a withheld text asks its author for
NO_CONTACT = "No contact was left, so a reply can’t reach anybody."
OVERTAKEN = "Somebody else has decided on this meanwhile. Look at how it stands now."


def set_apart(held_id: str, by: Session) -> Held:
    """Raises NotFound, Forbidden."""
    found = held_by_id(held_id)
    if found is None:
        raise NotFound("Nothing that was set apart has this address.")
    if not reviewing.in_reach(by.boroughs, found.areas or (), {one.slug for one in areas()}):
        raise Forbidden("This is in a borough that somebody else looks after. Nothing was changed.")
    return found


def decide(work: Work[Settings], held_id: str, what: str, told: str, *, by: Session, now: datetime) -> Held:
    """`told`: with escalate, who was told. The same choice twice is once. Raises NotFound, Forbidden, InvalidInput, Conflict."""
    found = set_apart(held_id, by)
    if what not in CHOICES:
        raise InvalidInput({"": ["Press one of the buttons"]})
    if what == ESCALATE and not told:
        raise InvalidInput({"told": ["Say whom you told, as “999” or “the duty lead”"]})
    if _is_done(found, what):
        return found
    _refuse_what_does_not_apply(found, what, by, now)
    id_ = decisions.log(by, what, (decisions.HELD, held_id), now, note=told if what == ESCALATE else "")
    steps = {PASS_ON: _pass_on, WITHHOLD: _withhold, REPLY: _reply, ESCALATE: _escalate}
    try:
        steps[what](work, found, by, now)
    except Conflict:
        decisions.log_overtaken({"id": id_, "by": by.id}, (decisions.HELD, held_id), now)
        raise
    return held_by_id(held_id) or found


def _is_done(found: Held, what: str) -> bool:
    """The same button once more."""
    return (found.state, what) in ((PASSED_ON, PASS_ON), (WITHHELD, WITHHOLD)) or (what == REPLY and bool(found.replied_at))


def _refuse_what_does_not_apply(found: Held, what: str, by: Session, now: datetime) -> None:
    if found.state != WAITING:
        raise Conflict(OVERTAKEN)
    if what == REPLY and not reply_to(found):
        raise Conflict(NO_CONTACT)
    if what in (PASS_ON, WITHHOLD) and (reader := other_reader(found.reader, by, now)):
        raise Conflict(f"{reader['name']} is reading this. Wait until they let go, or until their 15 minutes are over.")


def _pass_on(_work: Work[Settings], found: Held, by: Session, now: datetime) -> None:
    _end(found, PASSED_ON, by, now)


def _withhold(work: Work[Settings], found: Held, by: Session, now: datetime) -> None:
    _ask_author(work, found, now)
    _end(found, WITHHELD, by, now)


def _end(found: Held, state: str, by: Session, now: datetime) -> None:
    changes = {"state": state, "waiting_since": None, "decided_at": now, "forget_at": now + retention.HARD_WORDS.lasts, "reader": None}
    facts = {"state": WAITING} | not_read_by_another(by, now)
    if not change_if(held_rows(), found.id, facts, changes, (), now):
        raise Conflict(OVERTAKEN)


def reply_to(found: Held) -> str | None:
    """The contact_ref that a care reply reaches its author by. Of somebody who signed up it is the one they have now, for they may have
    put their address right; whoever was refused at once left none."""
    ref: str | None = found.ref
    if found.source["kind"] == held.SIGN_UP:
        sign_up = sign_up_by_id(found.source["id"])
        ref = sign_up.ref if sign_up and (sign_up.given or sign_up.state == REQUESTED) else None
    return ref


def _reply(work: Work[Settings], found: Held, _by: Session, now: datetime) -> None:
    """Warm words and the help lines, by notify's own mail: nothing of what was written."""
    ref = reply_to(found)
    if ref is None:
        raise Conflict(NO_CONTACT)
    notes.give(work, f"{notes.CARE_REPLY}:{found.id}", ref, notes.CARE_REPLY, {}, now=now)
    change_if(held_rows(), found.id, {}, {"replied_at": now}, (), now)


def _escalate(_work: Work[Settings], found: Held, _by: Session, now: datetime) -> None:
    change_if(held_rows(), found.id, {}, {"escalated_at": now}, (), now)


def _ask_author(_work: Work[Settings], found: Held, now: datetime) -> None:
    """A text that is withheld comes back to its author with a request; a report or a sign-up has none who could be asked."""
    source = found.source
    if source["kind"] == held.GROUP:
        _ask_group(source["id"], now)
    elif source["kind"] in rules.KINDS:
        _ask_for_post(source["id"], now)


def _ask_group(group_id: str, now: datetime) -> None:
    """One that nobody has approved yet goes back with everything of it that waits."""
    group = groups.by_id(group_id)
    if group is None or not group.submitted_at:
        return
    waiting = [] if group.approved else [post.id for post in posts.of_group(group_id) if post.submitted_at]
    for post_id in waiting:
        _ask_for_post(post_id, now)
    send_group_back(group, [REASON], "", now, sent=group.submitted_at, with_post=bool(waiting))


def _ask_for_post(post_id: str, now: datetime) -> None:
    post = posts.by_id(post_id)
    group = groups.by_id(post.group) if post else None
    if post is None or group is None or not post.waiting:
        return
    asked: dict[str, Any] = {"reasons": [REASON], "note": "", "at": now}
    told = {"id": post.id, "kind": post.kind, "refs": list(group.organisers), "reasons": [REASON]}
    entry = message("event.changes-asked.v1", post.id, told, now=now)
    changes = {**NOT_WAITING, "state": rules.after(ASK, post.state), "asked": asked}
    facts = {"state": post.state, "submitted_at": post.submitted_at} | decisions.as_read(post)
    if not change_if(posts.posts(), post_id, facts, changes, [entry], now):
        raise Conflict("The post changed this very second. Press the button once more.")
    decisions.log_dropped(post, now)
