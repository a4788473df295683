"""No unpublished word is ever visible, on any public page, list, feed or call: posts in every state, generated."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.events.rules import posts as rules
from services.events.store import Group, Post
from services.events.store.groups import groups
from services.events.store.posts import by_id, posts
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, an_event, an_initiative, forget_posts, posted, published

NEVER = (rules.DRAFT, rules.SUBMITTED, rules.CHANGES_ASKED)


@dataclass(frozen=True)
class Drawn:
    """`edited`: new words wait beside the published ones."""

    state: str
    event: bool
    edited: bool
    over: bool
    paused: bool


DRAWN = st.builds(Drawn, st.sampled_from(rules.STATES), st.booleans(), st.booleans(), st.booleans(), st.booleans())


def put(site: EventsSite, group: Group, number: int, drawn: Drawn) -> Post:
    """As the operations would leave it: its live words are `live<number>`, others' `unread<number>`."""
    make = an_event if drawn.event else an_initiative
    day = {"date": "2026-06-09" if drawn.over else "2026-06-12"} if drawn.event else {}
    names = ("title", "summary", "description")
    live = make(**dict.fromkeys(names, f"live{number}"), **day)
    hidden = make(**dict.fromkeys(names, f"unread{number}"), **day)
    if drawn.state in NEVER:
        return posted(site.work, group, hidden, state=drawn.state)
    post = published(site.work, group, live, now=site.clock() - timedelta(days=3))
    changes: dict[str, Any] = {"draft": hidden, "state": drawn.state}
    changes |= {"waiting": hidden, "submitted_at": site.clock()} if drawn.edited else {}
    gone = drawn.state != rules.PUBLISHED or drawn.paused
    posts().update_one({"_id": post.id}, {"$set": changes} | ({"$unset": {"listed": 1}} if gone else {}))
    found = by_id(post.id)
    assert found
    return found


def everything(site: EventsSite, made: list[Post], of_groups: list[Group]) -> dict[str, str]:
    """Whatever anybody can ask for → what they see."""
    paths = ["/whats-on", "/whats-on?from=2026-01-01&to=2026-06-30", "/whats-on?q=unread", "/whats-on?area=hackney", "/whats-on/always"]
    paths += ["/whats-on.ics", "/whats-on.atom", "/api/v1/events", "/api/v1/events?q=unread", "/api/v1/initiatives"]
    paths += [f"/group/{group.slug}" for group in of_groups]
    for post in made:
        slug = post.slug or f"walk-{post.id[:6]}"
        paths += [f"/event/{slug}", f"/initiative/{slug}", f"/event/{slug}.ics"]
        paths += [f"/api/v1/events/{post.id}", f"/api/v1/initiatives/{post.id}"]
    return {path: site.get(path).text for path in paths}


@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))  # a smaller example is not worth minutes
@given(st.lists(DRAWN, min_size=1, max_size=5))
def test_no_unpublished_word_is_visible(standing: EventsSite, drawn: list[Drawn]) -> None:
    """Words that nobody has read are nowhere; published ones are in lists exactly while they may be, and on their page no longer."""
    forget_posts()
    shown, paused = a_group(standing.work), a_group(standing.work)
    made = [put(standing, paused if one.paused else shown, number, one) for number, one in enumerate(drawn)]
    groups().update_one({"_id": paused.id}, {"$set": {"paused_at": standing.clock()}})
    seen = everything(standing, made, [shown, paused])
    lists = seen["/whats-on"] + seen["/whats-on.atom"] + seen["/api/v1/events"] + seen["/api/v1/initiatives"] + seen["/whats-on/always"]
    for path, text in seen.items():
        assert not re.search(r"unread[0-9]", text), path
    for number, (one, post) in enumerate(zip(drawn, made, strict=True)):
        on_a_page = any(f"live{number}" in text for text in seen.values())
        in_a_list = f"live{number}" in lists
        listed = one.state == rules.PUBLISHED and not one.paused and not (one.event and one.over)
        assert in_a_list == listed, one
        may_be_seen = one.state not in (*NEVER, rules.TAKEN_DOWN) and not one.paused
        assert on_a_page == may_be_seen, (one, post.slug)
