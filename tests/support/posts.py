"""Groups and what they post, on events' real store: published by the one operation that publishes. Invented people at example.org.

group = a_group(work)
post = published(work, group, an_event(date="2026-06-13"))
"""

import uuid
from datetime import datetime
from typing import Any

from services.events.operations import publishing
from services.events.rules.posts import DRAFT, EVENT, INITIATIVE, SUBMITTED
from services.events.store import Group, Post
from services.events.store.groups import groups
from services.events.store.posts import by_id, posts
from shared.messaging.work import Work

Content = dict[str, Any]


def about_a_group(**changes: Any) -> Content:
    given = {
        "name": "Lea Side Walkers",
        "kind": "community",
        "what": "Neighbours who walk together, since 2019. Two trained walk leaders come each time.",
        "areas": ["hackney"],
        "statements": {
            "dbs": "Both walk leaders have one.",
            "insurance": "Public liability, £5 million.",
            "distress": "We sit down together, then ring.",
        },
    }
    return {**given, **changes}


def a_group(work: Work[Any], *, slug: str = "", approved: bool = True, now: datetime | None = None, **fields: Any) -> Group:
    """A group in the store. `fields`: of the document, as organisers=["ref"], or of what it says of itself, as name="…"."""
    moment = now or work.clock()
    own = {name: fields.pop(name) for name in list(fields) if name in Group._fields}
    about = about_a_group(**fields)
    id_ = str(uuid.uuid4())
    given = {
        "id": id_,
        "slug": slug or f"lea-side-walkers-{id_[:6]}",
        "state": "approved" if approved else "draft",
        "organisers": [uuid.uuid4().hex],
        "about": about,
        "made_at": moment,
        **({"approved": about, "approved_at": moment} if approved else {}),
    }
    group: Group = Group(**{**given, **own}).save(force_insert=True)
    return group


def an_event(**changes: Any) -> Content:
    """The content of an event that can be published: an evening walk on a Thursday."""
    given = {
        "title": "Evening walk along the canal",
        "summary": "A slow, lit walk by the water, then tea. Talk or don’t talk.",
        "kind": "walk",
        "theme": 1,
        "description": "We walk a mile along the water.\n\nAt the end there’s tea.",
        "calendar_name": "Walk with Lea Side",
        "date": "2026-06-18",
        "starts": "18:00",
        "ends": "19:15",
        "area": "hackney",
        "place": "By the yellow bench, Wick Lane",
        "place_shown_to": "everyone",
        "joining": "turn-up",
        "who_for": "adults",
        "cost": "free",
        "access": ["step-free"],
        "access_note": "One mile, with a bench every 200 metres.",
        "languages": ["en"],
        "greeter": "Priya, in a yellow hat",
        "leave_early": True,
        "alone": True,
        "first_time": "She asks your first name. You can use any name.",
    }
    return {**given, **changes}


def an_initiative(**changes: Any) -> Content:
    """The content of an initiative that can be published."""
    given = {
        "title": "Chatty benches",
        "summary": "Nine yellow benches. Sit down if you’d like someone to say hello.",
        "description": "They stand by the water and in three parks.",
        "areas": ["hackney"],
        "days": "Any day",
        "place": "Springfield Park and others",
        "has_room": "yes",
        "cost": "free",
        "access": ["step-free", "seated"],
        "languages": ["en"],
    }
    return {**given, **changes}


def posted(work: Work[Any], group: Group, content: Content, *, state: str = SUBMITTED, **fields: Any) -> Post:
    """A post in the store that nobody has published: waiting for its review, or a draft. An initiative is what has `areas`."""
    moment = work.clock()
    given = {
        "id": str(uuid.uuid4()),
        "kind": INITIATIVE if "areas" in content else EVENT,
        "group": group.id,
        "state": state,
        "draft": content,
        "saved_at": moment,
        "made_at": moment,
        **({} if state == DRAFT else {"waiting": content, "submitted_at": moment}),
    }
    post: Post = Post(**{**given, **fields}).save(force_insert=True)
    return post


def published(work: Work[Any], group: Group, content: Content, *, now: datetime | None = None) -> Post:
    """A post that people can find, read again from the store; published at `now`."""
    post = posted(work, group, content)
    assert publishing.publish(work, post, group, content, {"state": SUBMITTED}, now or work.clock())
    return again(post)


def again(post: Post) -> Post:
    """The post as it stands in the store now."""
    found = by_id(post.id)
    assert found is not None, "no such post"
    return found


def republished(work: Work[Any], group: Group, post: Post, **changes: Any) -> Post:
    """Its next edition, with these fields changed."""
    content = {**post.live, **changes}
    assert publishing.publish(work, again(post), group, content, {"edition": post.edition}, work.clock())
    return again(post)


def forget_posts() -> None:
    """No groups and no posts any more."""
    for rows in (posts(), groups()):
        rows.delete_many({})
