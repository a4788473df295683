"""What groups post and somebody reads, step by step through events' own operations: nothing is put into the store by hand.

group = a_new_group(work, ref)
post = shown(work, group, an_event())
"""

import uuid
from datetime import datetime
from typing import Any

from services.events.operations import carrying_out, drafts, groups, review
from services.events.rules.posts import EVENT, INITIATIVE, PUBLISH, UNDO_WITHIN
from services.events.rules.reviewing import Choice
from services.events.store import Group, Post
from services.events.store.groups import by_id as group_by_id
from shared.messaging.work import Work
from shared.reference.choices import codes
from shared.security.sessions import LASTS, MODERATOR, Session
from tests.support.posts import Content, about_a_group, again

PRIVATE = {"phone": "020 7946 0101", "safeguarding_name": "Wilhelmina Quill", "safeguarding_phone": "020 7946 0102"}


def moderator(now: datetime, name: str = "Sam") -> Session:
    return Session(str(uuid.uuid4()), name, (MODERATOR,), (), (), now, now + LASTS)


def answers_of_a_group(**changes: Any) -> Content:
    """As its form asks: what people see, the statements, and what only staff may read."""
    about = about_a_group(**changes)
    statements = about.pop("statements")
    return {**about, **statements, **PRIVATE}


def a_new_group(work: Work[Any], ref: str, **changes: Any) -> Group:
    """Somebody's draft, which nobody has read."""
    return groups.make(work, answers_of_a_group(**changes), ref, now=work.clock())


def sent(work: Work[Any], group: Group, content: Content) -> Post:
    """It waits to be read, and its group with it where nobody has read that. An initiative is what has `areas`."""
    post = drafts.make(group, INITIATIVE if "areas" in content else EVENT, now=work.clock(), content=content)
    now_is = as_it_is(group)
    return drafts.send(work, post, now_is, ref=now_is.organisers[0], now=work.clock())


def chosen(work: Work[Any], post: Post, choice: Choice | None = None, by: Session | None = None) -> Post:
    """A moderator has read it and pressed a button; without a choice, *Publish*."""
    now = work.clock()
    reader = by or moderator(now)
    wanted = choice or Choice(PUBLISH, checklist=codes("checklist"))
    return review.choose(work, post.id, wanted, review.seen_of(work, review.item(post.id, reader)), by=reader, now=now)


def shown(work: Work[Any], group: Group, content: Content) -> Post:
    """Sent, read, and carried out by a worker a minute later."""
    post = chosen(work, sent(work, group, content))
    carrying_out.carry_out(work, work.clock() + UNDO_WITHIN)
    return again(post)


def as_it_is(group: Group) -> Group:
    found = group_by_id(group.id)
    assert found is not None, "no such group"
    return found
