"""The worker's half of a review: what was chosen a minute ago takes effect, the group first, then its post.

Each step is one conditional update with its message. A crash between them, or a second worker, finds the group approved already and
goes on with the post; a post that has changed under the choice loses the choice instead, and waits to be read again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.events.operations import cancel_notes, decisions, held
from services.events.operations.groups import registered
from services.events.operations.publishing import NOT_WAITING, publish
from services.events.rules import posts as rules
from services.events.rules.groups import APPROVED, DRAFT
from services.events.rules.posts import ASK, PUT_BACK
from services.events.settings import Settings
from services.events.store import Group, Post, groups, posts
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.privacy import retention
from shared.runtime.crash_points import reach

AT_MOST = 50


def carry_out(work: Work[Settings], now: datetime) -> int:
    """Everything whose minute is over. One that fails keeps none of the others waiting. The number that had its turn."""
    due = posts.with_time_before("decision_due", now, AT_MOST)
    errors: list[Exception] = []
    for post in due:
        try:
            _carry_out(work, post, now)
        except Exception as error:  # whatever it was; raised below, so that the loop reports it and backs off
            errors.append(error)
    if errors:
        raise errors[0]
    return len(due)


def _carry_out(work: Work[Settings], post: Post, now: datetime) -> None:
    decision, group = post.decision, groups.by_id(post.group)
    if decision is None or group is None or not _still_stands(work, post, decision):
        _drop(post, now)
        return
    steps: dict[str, Callable[[], bool]] = {
        ASK: lambda: _ask(post, group, decision, now),
        PUT_BACK: lambda: publish(work, post, group, post.live, _facts(post), now, beside={"ended": None}),
    }
    done = steps.get(decision["what"], lambda: _publish(work, post, group, decision, now))()
    if not done and (again := posts.by_id(post.id)) and (again.decision or {}).get("id") == decision["id"]:
        _drop(again, now)


def _still_stands(work: Work[Settings], post: Post, decision: dict[str, Any]) -> bool:
    """Whether it is still the post that was read. What is set apart meanwhile is published no more than what has changed."""
    same = (post.state, post.submitted_at, post.edition or 0) == (decision["state"], decision["submitted_at"], decision["edition"])
    needs = {ASK: post.waiting, PUT_BACK: post.live}.get(decision["what"], post.waiting)
    if not same or not needs or rules.after(decision["what"], post.state) is None:
        return False
    return decision["what"] == ASK or not held.fields_of(work, post.id, needs)


def _facts(post: Post) -> dict[str, Any]:
    edition = {"edition": post.edition} if post.edition else {}
    return {"decision.id": post.decision["id"], "state": post.state, "submitted_at": post.submitted_at or {"$exists": False}} | edition


def _drop(post: Post, now: datetime) -> None:
    """The choice came to nothing: the log says so, and the post waits on."""
    decisions.log_dropped(post, now)
    change_if(posts.posts(), post.id, decisions.as_read(post), {"decision": None, "decision_due": None}, (), now)


def _publish(work: Work[Settings], post: Post, group: Group, decision: dict[str, Any], now: datetime) -> bool:
    approved = approve(group, decision, now)
    if approved is None:
        return False
    reach("review.after-group")
    if post.state in rules.CALLED_OFF:
        return cancel_notes.publish(post, _facts(post), now)
    return publish(work, post, approved, post.waiting, _facts(post), now)


def approve(group: Group, decision: dict[str, Any], now: datetime) -> Group | None:
    """What was read of the group is what people may see. The group as it then is; None where it has changed since it was read."""
    about, sent = decision.get("group_about"), decision.get("group_submitted_at")
    if not sent or about is None:
        return group if group.approved else None
    if group.submitted_at == sent:
        changes = {"state": APPROVED, "approved": about, "asked": None}
        changes |= {"submitted_at": None} if group.about == about else {}  # what was saved since waits on
        changes |= {} if group.approved_at else {"approved_at": now}
        told = {"group": group.id, "refs": list(group.organisers), "approved": True, "name": about["name"], "slug": group.slug}
        entries = [message("group.decided.v1", group.id, told, now=now)]
        entries += (
            [] if group.about == about else [registered(group, group.about, now)]
        )  # whoever hears the first takes it that nothing waits
        facts = {"submitted_at": sent, "saved_at": group.saved_at or {"$exists": False}}
        change_if(groups.groups(), group.id, facts, changes, entries, now)
    now_is = groups.by_id(group.id)
    return now_is if now_is and now_is.approved == about else None


def _ask(post: Post, group: Group, decision: dict[str, Any], now: datetime) -> bool:
    """A group that waits for its first approval goes back with its post: they are sent together again."""
    if decision.get("group_submitted_at") and not group.approved:
        send_group_back(group, decision["reasons"], decision["note"], now, sent=decision["group_submitted_at"], with_post=True)
    asked = {"reasons": decision["reasons"], "note": decision["note"], "at": decision["at"]}
    state = rules.after(ASK, post.state) or post.state
    changes = {**NOT_WAITING, "state": state, "asked": asked, "forget_at": rules.kept_until(state, now, retention.DRAFT.lasts)}
    told = {"id": post.id, "kind": post.kind, "refs": list(group.organisers), "reasons": decision["reasons"]}
    entry = message("event.changes-asked.v1", post.id, told, now=now)
    return change_if(posts.posts(), post.id, _facts(post), changes, [entry], now)


def send_group_back(group: Group, reasons: list[str], note: str, now: datetime, *, sent: datetime, with_post: bool = False) -> bool:
    """Changes are asked of a group; one that was approved before stays shown as it was approved.

    `with_post`: what its organisers are told is told of its first post, so that they have one mail and not two.
    """
    asked = {"reasons": reasons, "note": note, "at": now}
    state = APPROVED if group.approved else DRAFT
    changes = {"state": state, "submitted_at": None, "asked": asked, "forget_at": rules.kept_until(state, now, retention.DRAFT.lasts)}
    told = {"group": group.id, "refs": list(group.organisers), "approved": False, "reasons": reasons}
    entry = message("group.decided.v1", group.id, told, now=now)
    if with_post:
        entry = registered(group, group.about or {}, now, taken_back=True)
    return change_if(groups.groups(), group.id, {"submitted_at": sent}, changes, [entry], now)
