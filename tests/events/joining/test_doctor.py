"""events' doctor on rosters and sign-ups: each thing that can be wrong with them, made wrong once, is found and named; nothing else is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.events.operations import places, sign_ups
from services.events.operations.examine import examine
from services.events.operations.examine.places import compare_places
from services.events.operations.examine.reading import read_all
from services.events.operations.sign_ups import Wish
from services.events.store import Post, SignUp
from services.events.store.places import by_id, rosters
from services.events.store.places import sign_ups as rows
from services.events.store.posts import posts
from shared.messaging.findings import AMISS, DOUBLED, LOST
from tests.support.builders import an_id
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, again, an_event, published

Found = set[tuple[str, str, str]]


@dataclass(frozen=True)
class Scene:
    """A walk for two: Amina has a place, Ben gave his back and Cleo has it, Dev waits and so does Ines, whom the organiser added. Amina
    asked a second time. Of a talk that begins soon Eva has the place and Femi was told that none came free."""

    site: EventsSite
    walk: Post
    talk: Post
    who: dict[str, SignUp]

    @property
    def slot(self) -> str:
        return str(self.walk.slots[0]["id"])

    def id_of(self, name: str) -> str:
        return str(self.who[name].id)

    def roster(self, **operators: Any) -> None:
        assert rosters().update_one({"_id": self.slot}, {f"${name}": value for name, value in operators.items()}).modified_count == 1

    def sign_up(self, name: str, **operators: Any) -> None:
        assert rows().update_one({"_id": self.id_of(name)}, {f"${key}": value for key, value in operators.items()}).modified_count == 1

    def unsay(self, name: str, type_: str) -> None:
        self.sign_up(name, pull={"outbox": {"type": type_}})

    @property
    def long_ago(self) -> Any:
        return self.site.clock() - timedelta(minutes=3)


def rest(site: EventsSite) -> None:
    site.clock.move(seconds=11)
    for step in (places.arrange, places.sweep, places.call, places.settle):
        step(site.work, site.clock())


@pytest.fixture
def scene(site: EventsSite) -> Scene:
    group = a_group(site.work)
    walk = published(site.work, group, an_event(joining="book", capacity=2))
    talk = published(site.work, group, an_event(joining="book", capacity=1, date="2026-06-11", title="Talk"))
    who: dict[str, SignUp] = {}

    def ask(name: str, post: Post, address: str | None) -> None:
        wish = Wish(name.title(), address)
        who[name], _ = sign_ups.ask(site.work, post, post.slots[0]["id"], wish, now=site.clock.move(seconds=1))

    for name in ("amina", "ben", "cleo", "dev"):
        ask(name, walk, f"{name}@example.org")
    ask("again", walk, "amina@example.org")
    ask("ines", walk, None)
    for name in ("eva", "femi"):
        ask(name, talk, f"{name}@example.org")
    rest(site)
    sign_ups.leave(by_id(who["ben"].id) or who["ben"], now=site.clock())
    rest(site)
    site.clock.set(talk.slots[0]["starts"] - timedelta(hours=1))
    rest(site)
    rest(site)
    return Scene(site, again(walk), again(talk), who)


def doctor(site: EventsSite) -> Found:
    """Of rosters and sign-ups alone: the posts were put there without a reviewer, which has findings of its own."""
    return {(one.effect, one.name, one.about) for one in compare_places(read_all(site.work.db, site.clock()))}


def test_in_order(scene: Scene) -> None:
    """Taken, queued for, called, given back, refused, asked for twice: rosters, sign-ups and what they told agree."""
    assert doctor(scene.site) == set()
    notes = {one.name: one.words for one in examine(scene.site.work, scene.site.clock())}
    assert notes["sign-ups"] == "8 sign-ups: left 1, placed 3, queued 2, refused 1, repeat 1"
    assert notes["rosters"] == "2 rosters, 3 places taken, 2 waiting"


def test_on_its_way(scene: Scene) -> None:
    """Asked, decided and given back in this moment: all of that is the worker's next step."""
    slot, site = scene.slot, scene.site
    found, _ = sign_ups.ask(site.work, scene.walk, slot, Wish("Gus", "gus@example.org"), now=site.clock())
    assert doctor(site) == set()
    sign_ups.leave(scene.who["amina"], now=site.clock())
    sign_ups.leave(found, now=site.clock())
    assert doctor(site) == set()
    rest(site)
    assert doctor(site) == set()


def test_a_repeat_whose_address_was_put_right(scene: Scene) -> None:
    """It keeps the answer that a stranger got, and asks for a place anew: nothing is wrong with that."""
    site = scene.site
    found, said = sign_ups.ask(site.work, scene.walk, scene.slot, Wish("Amina", "amina@example.org"), now=site.clock())
    sign_ups.ask(site.work, scene.walk, scene.slot, Wish("Hana", "hana@example.org"), now=site.clock())
    sign_ups.fix_address(site.work, found, scene.walk, "amina.k@example.org", now=site.clock())
    rest(site)
    rest(site)
    now_is = by_id(found.id)
    assert now_is is not None
    assert (now_is.state, said.position) == ("queued", 3)
    assert doctor(site) == set()


# What can be wrong: (what is done to it) → what is found


def overbook(scene: Scene) -> Found:
    """More places than there are: the next would be placed."""
    scene.roster(inc={"free": 1})
    return {(DOUBLED, "free-differs", scene.slot), (LOST, "uncalled", scene.slot)}


def lose_a_place(scene: Scene) -> Found:
    scene.roster(inc={"free": -1})
    return {(LOST, "free-differs", scene.slot)}


def miscount_the_queue(scene: Scene) -> Found:
    scene.roster(set={"waiting": 0})
    return {(AMISS, "waiting-differs", scene.slot)}


def enter_twice(scene: Scene) -> Found:
    entry = {"id": scene.id_of("ben"), "party": 1, "state": "left"}
    scene.roster(push={"entries": entry})
    return {(DOUBLED, "entry-twice", scene.id_of("ben"))}


def wait_without_position(scene: Scene) -> Found:
    row = rosters().find_one({"_id": scene.slot}) or {}
    kept = [{k: v for k, v in one.items() if k != "position" or one["id"] != scene.id_of("ines")} for one in row["entries"]]
    scene.roster(set={"entries": kept})
    return {(AMISS, "position-missing", scene.slot), (LOST, "answered-otherwise", scene.id_of("ines"))}


def never_settle(scene: Scene) -> Found:
    scene.roster(push={"unsettled": {"id": scene.id_of("dev"), "state": "queued"}})
    return {(LOST, "unsettled-unseen", scene.slot)}


def settle_late(scene: Scene) -> Found:
    scene.roster(set={"unsettled_at": scene.long_ago})
    return {(AMISS, "settle-late", scene.slot)}


def call_late(scene: Scene) -> Found:
    scene.roster(set={"call_due": scene.long_ago})
    return {(AMISS, "call-late", scene.slot)}


def turn_late(scene: Scene) -> Found:
    scene.roster(set={"turn_due": scene.long_ago})
    return {(AMISS, "turn-late", scene.slot)}


def follow_late(scene: Scene) -> Found:
    posts().update_one({"_id": scene.walk.id}, {"$set": {"places_due": scene.long_ago}})
    return {(AMISS, "places-late", scene.walk.id)}


def call_nobody(scene: Scene) -> Found:
    """Amina's place is free by all accounts, and Dev is not called."""
    places.cancel(scene.who["amina"], scene.site.clock())
    places.settle(scene.site.work, scene.site.clock())
    scene.roster(unset={"call_due": 1})
    return {(LOST, "uncalled", scene.slot)}


def be_another_size(scene: Scene) -> Found:
    posts().update_one({"_id": scene.walk.id}, {"$set": {"slots.0.capacity": 9}})
    return {(AMISS, "roster-otherwise", scene.slot)}


def take_whom_nobody_may(scene: Scene) -> Found:
    rosters().update_one({"_id": scene.talk.slots[0]["id"]}, {"$set": {"taking": "open"}})
    return {(AMISS, "roster-otherwise", scene.talk.slots[0]["id"])}


def lose_the_event(scene: Scene) -> Found:
    posts().delete_one({"_id": scene.walk.id})
    return {(LOST, "event-gone", scene.slot)}


def lose_a_sign_up(scene: Scene) -> Found:
    rows().delete_one({"_id": scene.id_of("cleo")})
    return {(LOST, "sign-up-gone", scene.id_of("cleo"))}


def place_by_hand(scene: Scene) -> Found:
    scene.sign_up("dev", set={"state": "placed"})
    return {(DOUBLED, "states-differ", scene.id_of("dev")), (LOST, "told-otherwise", scene.id_of("dev"))}


def be_placed_by_nobody(scene: Scene) -> Found:
    row = rows().find_one({"_id": scene.id_of("ines")}) or {}
    id_ = an_id()
    rows().insert_one({**row, "_id": id_, "reference": "CL-2222-2222", "outbox": [{**one, "subject": id_} for one in row["outbox"]]})
    return {(DOUBLED, "place-of-nobody", id_)}


def be_answered_otherwise(scene: Scene) -> Found:
    scene.sign_up("dev", set={"given": {"state": "placed"}})
    return {(LOST, "answered-otherwise", scene.id_of("dev"))}


def ask_for_ever(scene: Scene) -> Found:
    scene.sign_up("again", set={"requested_at": scene.long_ago})
    return {(AMISS, "undecided-late", scene.id_of("again"))}


def leave_for_ever(scene: Scene) -> Found:
    scene.sign_up("amina", set={"state": "cancelling", "cancelling_at": scene.long_ago})
    return {(AMISS, "leave-late", scene.id_of("amina"))}


def leave_unseen(scene: Scene) -> Found:
    scene.sign_up("amina", set={"state": "cancelling"})
    return {(LOST, "sign-up-unseen", scene.id_of("amina"))}


def keep_who_left(scene: Scene) -> Found:
    scene.sign_up("ben", set={"private": "x"})
    return {(AMISS, "personal-kept", scene.id_of("ben"))}


def never_forget(scene: Scene) -> Found:
    scene.sign_up("amina", unset={"forget_at": 1})
    return {(AMISS, "forget-late", scene.id_of("amina"))}


def place_untold(scene: Scene) -> Found:
    scene.unsay("eva", "sign-up.placed.v1")
    return {(LOST, "told-otherwise", scene.id_of("eva"))}


def promote_untold(scene: Scene) -> Found:
    scene.unsay("cleo", "sign-up.promoted.v1")
    return {(LOST, "told-otherwise", scene.id_of("cleo"))}


def leave_untold(scene: Scene) -> Found:
    scene.unsay("ben", "sign-up.left.v1")
    return {(LOST, "told-otherwise", scene.id_of("ben"))}


def refuse_untold(scene: Scene) -> Found:
    scene.unsay("femi", "sign-up.refused.v1")
    return {(LOST, "told-otherwise", scene.id_of("femi"))}


def tell_twice(scene: Scene) -> Found:
    row = rows().find_one({"_id": scene.id_of("dev")}) or {}
    entry = next(one for one in row["outbox"] if one["type"] == "sign-up.queued.v1")
    scene.sign_up("dev", push={"outbox": {**entry, "id": an_id()}})
    return {(DOUBLED, "told-otherwise", scene.id_of("dev"))}


def count_twice(scene: Scene) -> Found:
    scene.sign_up("ines", set={"outbox.0.data.deltas.interaction": 2})
    return {(DOUBLED, "told-otherwise", scene.id_of("ines"))}


def lose_what_was_told(scene: Scene) -> Found:
    """Published by its own account, and the archive has not got it."""
    scene.sign_up("ines", unset={"outbox": 1}, set={"outbox_base": 1})
    return {(LOST, "archive-row-missing", scene.id_of("ines"))}


BREAKS: Sequence[Callable[[Scene], Found]] = (
    overbook,
    lose_a_place,
    miscount_the_queue,
    enter_twice,
    wait_without_position,
    never_settle,
    settle_late,
    call_late,
    turn_late,
    follow_late,
    call_nobody,
    be_another_size,
    take_whom_nobody_may,
    lose_the_event,
    lose_a_sign_up,
    place_by_hand,
    be_placed_by_nobody,
    be_answered_otherwise,
    ask_for_ever,
    leave_for_ever,
    leave_unseen,
    keep_who_left,
    never_forget,
    place_untold,
    promote_untold,
    leave_untold,
    refuse_untold,
    tell_twice,
    count_twice,
    lose_what_was_told,
)


@pytest.mark.parametrize("break_", BREAKS, ids=lambda break_: break_.__name__)
def test_each_is_found_and_named(scene: Scene, break_: Callable[[Scene], Found]) -> None:
    """Broken once, exactly that is found, with the roster or sign-up that it is about."""
    expected = break_(scene)
    assert doctor(scene.site) == expected
