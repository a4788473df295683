"""A whole group at once: paused, so that nothing of it is shown, and shown again; and whether it may put links into what it posts.

The group's own update holds the state and the message. Its posts follow: at once, and again by the worker for a while, so that a crash
in between, or a post that was being published in that very second, leaves nothing to be seen of a paused group, or hidden of a shown one.
"""

from datetime import datetime, timedelta
from typing import Any

from services.events.operations import decisions
from services.events.operations.facts import listed
from services.events.operations.review import may_decide
from services.events.rules.posts import EVENT, PUBLISHED
from services.events.settings import Settings
from services.events.store import Group, Post, groups, posts
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.runtime.crash_points import reach
from shared.runtime.errors import Conflict, NotFound
from shared.security.sessions import Session

PAUSE, SHOW_AGAIN, TRUST, UNTRUST = "pause", "show-again", "trust", "untrust"
SETTLES_FOR = timedelta(minutes=2)  # longer than any request or step that read the group before
AT_MOST = 20


def group(group_id: str, by: Session) -> Group:
    """Raises NotFound, Forbidden."""
    found = groups.by_id(group_id)
    if found is None:
        raise NotFound("There is no such group, or it has gone since.")
    may_decide(by, found, list((found.approved or found.about or {}).get("areas", ())))
    return found


def pause(work: Work[Settings], group_id: str, *, by: Session, now: datetime) -> None:
    """Nothing of it is shown from now on. Twice is once."""
    found = group(group_id, by)
    if not found.paused_at:
        decisions.log(by, PAUSE, (decisions.GROUP, group_id), now)
        _turn(found, {"paused_at": {"$exists": False}}, {"paused_at": now, "settling": now}, now, paused=True)
    settle(work, now, group_id)


def show_again(work: Work[Settings], group_id: str, *, by: Session, now: datetime) -> None:
    """What was published of it is shown as before. Twice is once."""
    found = group(group_id, by)
    if found.paused_at:
        decisions.log(by, SHOW_AGAIN, (decisions.GROUP, group_id), now)
        _turn(found, {"paused_at": found.paused_at}, {"paused_at": None, "settling": now}, now, paused=False)
    settle(work, now, group_id)


def trust(group_id: str, trusted: bool, *, by: Session, now: datetime) -> None:
    """Whether it may put links into what it posts; what is live stays as it was read."""
    found = group(group_id, by)
    if bool(found.trusted) == trusted:
        return
    decisions.log(by, TRUST if trusted else UNTRUST, (decisions.GROUP, group_id), now)
    if not change_if(groups.groups(), group_id, {"trusted": {"$ne": trusted}}, {"trusted": trusted}, (), now):
        raise Conflict("Somebody changed this meanwhile. Look at how it stands now.")


def settle(_work: Work[Settings], now: datetime, group_id: str = "") -> int:
    """Bring the posts of groups that were paused or shown again lately into line. The number that changed."""
    found = [groups.by_id(group_id)] if group_id else groups.settling(AT_MOST)
    return sum(_settle(one, now) for one in found if one is not None)


def _turn(found: Group, facts: dict[str, Any], changes: dict[str, Any], now: datetime, *, paused: bool) -> None:
    told = {"group": found.id, "refs": list(found.organisers), "paused": paused}
    entry = message("group.paused.v1", found.id, told, now=now)
    change_if(groups.groups(), found.id, facts, changes, [entry], now)
    reach("pause.after-group")


def _settle(found: Group, now: datetime) -> int:
    changed = _hide(found, now) if found.paused_at else _show(found, now)
    if found.settling and now - found.settling > SETTLES_FOR:
        change_if(groups.groups(), found.id, {"settling": found.settling}, {"settling": None}, (), now)
    return changed


def _hide(found: Group, now: datetime) -> int:
    shown = [post for post in posts.of_group(found.id) if post.listed]
    return sum(_follow(post, {"listed": {"$exists": True}}, None, now) for post in shown)


def _show(found: Group, now: datetime) -> int:
    hidden = [post for post in posts.of_group(found.id) if post.state == PUBLISHED and post.live and not post.listed]
    done = 0
    for post in hidden:
        as_it_is = {"state": PUBLISHED, "listed": {"$exists": False}, "edition": post.edition}
        done += _follow(post, as_it_is, listed(post, post.live, post.slots or (), found, now), now)
    return done


def _follow(post: Post, facts: dict[str, Any], shown: dict[str, Any] | None, now: datetime) -> bool:
    """`shown`: its `listed`; None: nobody finds it."""
    due = {"places_due": now} if post.kind == EVENT else {}
    done = change_if(posts.posts(), post.id, facts, {"listed": shown, **due}, (), now)
    reach("pause.between-posts")
    return done
