"""A world in which everything has happened once to what groups post; told, heard and mailed."""

from dataclasses import dataclass

from services.events.operations import changing, drafts, held, pausing, review
from services.events.operations.held import Source
from services.events.rules.posts import PUT_BACK
from services.events.rules.reviewing import Choice
from services.events.store import Group, Post
from services.events.store.review import held_in
from services.notify.operations import sessions
from tests.audit.world import World
from tests.support.posts import again, an_event, an_initiative
from tests.support.reviewed import a_new_group, as_it_is, chosen, moderator, sent, shown
from tests.support.reviewers import to_ask, to_take_down

CHANGED_TITLE = "Morning walk along the canal"


@dataclass(frozen=True)
class Posted:
    """Posts by what became of them. `held`: the id of words that wait for the safeguarding role."""

    group: Group
    paused: Group
    found: Post
    changed: Post
    unread: Post
    waiting: Post
    asked: Post
    cancelled: Post
    taken_down: Post
    put_back: Post
    hidden: Post
    always: Post
    ended: Post
    draft: Post
    held: str


def play_posts(world: World) -> Posted:
    """Every step that an organiser, a moderator and the clock can take, until all of it has arrived."""
    events, now = world.events, world.clock
    ref = sessions.known_organiser(world.notify, "quill@example.org", now())
    group, other = a_new_group(events, ref), a_new_group(events, ref, name="Kettle Club")
    made = {name: shown(events, group, an_event(title=f"Walk that is {name}")) for name in SHOWN}
    made |= {"always": shown(events, group, an_initiative()), "ended": shown(events, group, an_initiative(title="Chairs in the hall"))}
    made["hidden"] = shown(events, other, an_event(title="Tea"))
    made |= {name: sent(events, group, an_event(title=f"Walk that is {name}")) for name in ("waiting", "asked")}
    made["draft"] = drafts.make(group, "event", now=now(), content={"title": "Walk that nobody has sent"})
    world.settle()
    _act(world, made)
    pausing.pause(events, other.id, by=moderator(now()), now=now())
    held.look(events, {"description": "I want to kill myself"}, Source("event", made["found"].id, ["hackney"], ref), now())
    now.move(seconds=61)
    world.settle()
    posts = {name: again(post) for name, post in made.items()}
    (row,) = held_in([made["found"].id])
    return Posted(group=as_it_is(group), paused=as_it_is(other), held=row.id, **posts)


SHOWN = ("found", "changed", "unread", "cancelled", "taken_down", "put_back")


def _act(world: World, made: dict[str, Post]) -> None:
    events, now = world.events, world.clock
    group = review.item(made["found"].id, moderator(now())).group
    for name, changes in (
        ("changed", {"title": CHANGED_TITLE, "starts": "09:00", "ends": "10:00"}),
        ("unread", {"title": "Nobody read this"}),
    ):
        drafts.save(again(made[name]), changes, now=now.move(seconds=1))
        changing.change(events, again(made[name]), group, ref=group.organisers[0], now=now())
    chosen(events, again(made["changed"]))
    chosen(events, again(made["asked"]), to_ask())
    changing.cancel(again(made["cancelled"]), group, "weather", now=now())
    changing.end(again(made["ended"]), group, now=now())
    for name in ("taken_down", "put_back"):
        review.take_down(events, made[name].id, to_take_down(), by=moderator(now()), now=now())
    chosen(events, again(made["put_back"]), Choice(PUT_BACK))
