"""Any order of what people, organisers, staff, crashes and the clock can do to one slot, on the real store: no law of a roster breaks."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from services.events.operations import changing, pausing, places, publishing, review, sign_ups
from services.events.operations.sign_ups import Wish
from services.events.rules import places as rules
from services.events.rules.places import LEFT, LIVE, OPEN, PLACED, QUEUED, REFUSED, REPEAT, REQUESTED, SHUT, Answer
from services.events.rules.posts import PUBLISHED, TAKEN_DOWN
from services.events.store import Post, SignUp
from services.events.store.places import Entry, Head, by_id, entries, head, of_slot, rosters
from services.events.store.places import sign_ups as rows
from shared.runtime.errors import CollaborationError, Conflict
from shared.security.sessions import LASTS, MODERATOR, Session
from tests.support.benches import bench
from tests.support.dying import dying_at
from tests.support.engines import Store
from tests.support.posts import a_group, again, an_event, forget_posts, published, republished
from tests.support.reviewers import to_take_down
from tests.support.settings import A_MOMENT, MovableClock

WHO = st.sampled_from([f"{name}@example.org" for name in ("amina", "ben", "cleo", "dev", "eva", "femi", "gus", "hana")])
BRINGING = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
CAPACITY = st.integers(1, 6)
SELDOM = st.integers(0, 9).map(lambda number: number == 9)
DAY = date(2026, 6, 18)
AHEAD = {LEFT: 3, REFUSED: 3, rules.CANCELLING: 2, PLACED: 2, QUEUED: 1, REQUESTED: 0}  # a state never has less than it had
COUNTED = ("sign-up.placed.v1", "sign-up.queued.v1")
STEPS = (places.settle, places.call, places.arrange, places.sweep)


@dataclass(frozen=True)
class Snapshot:
    """The roster, and its sign-ups as the store holds them."""

    head: Head | None
    entries: list[Entry]
    rows: Sequence[Mapping[str, Any]]

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.entries]

    def in_state(self, state: str) -> dict[str, int]:
        """Sign-ups' ids → parties, in order."""
        return {one.id: one.party for one in self.entries if one.state == state}

    @property
    def ahead(self) -> dict[str, int]:
        """How far each is: that grows. A repeat is nowhere, until its address is put right to somebody's who has no place."""
        return {row["_id"]: AHEAD[row["state"]] for row in self.rows if row["state"] != REPEAT}


class Laws(RuleBasedStateMachine):
    """`before`: how it stood before the last step. `asked`: what was answered, by sign-up; `forms`: each key with all that came with it."""

    work: ClassVar[Any]
    clock: ClassVar[MovableClock]

    @initialize(capacity=CAPACITY, parties=st.lists(BRINGING, min_size=2, max_size=7))
    def begin(self, capacity: int, parties: list[int]) -> None:
        forget_posts()
        rosters().delete_many({})
        rows().delete_many({})
        self.clock.set(A_MOMENT)
        self.group = a_group(self.work)
        self.id: str = published(self.work, self.group, an_event(joining="book", capacity=capacity, bringing=3, date=str(DAY))).id
        self.slot: str = self.post.slots[0]["id"]
        self.asked: dict[str, Answer] = {}
        self.forms: dict[str, tuple[Wish, str]] = {}
        self.before = self.look()
        for number, bringing in enumerate(parties):
            self.clock.move(seconds=1)
            self.sign_up(Wish("Early", f"early-{number}@example.org", bringing), None, "")
            self.every_step_keeps_the_laws()

    @property
    def post(self) -> Post:
        return again(Post(id=self.id))

    @property
    def staff(self) -> Session:
        issued = self.clock().replace(microsecond=0)
        return Session("5b0e4a57-3c0f-4a3c-9a5b-5b8a5a0f8d11", "Sam", (MODERATOR,), (), (), issued, issued + LASTS)

    def look(self) -> Snapshot:
        return Snapshot(head(self.slot), entries(self.slot), list(rows().find({"slot": self.slot})))

    def anybody(self, data: st.DataObject) -> SignUp:
        """No two were made in the same second, so that the same numbers draw the same people."""
        known = sorted(of_slot(self.slot), key=lambda one: one.made_at)
        return known[data.draw(st.integers(0, len(known) - 1))]

    # What people do

    def expected(self, party: int) -> Answer:
        """What somebody new is to be told, counted from the entries alone."""
        shown, now, post = self.post.state == PUBLISHED and bool(self.post.listed), self.clock(), self.post
        found = head(self.slot)
        capacity = found.capacity if found else post.slots[0]["capacity"]
        taking = found.taking if found else rules.taking(now, post.slots[0]["starts"], shown=shown)
        free = capacity - sum(self.before.in_state(PLACED).values())
        waiting = len(self.before.in_state(QUEUED))
        if taking == SHUT:
            return Answer(REFUSED)
        if party <= free and not waiting:
            return Answer(PLACED)
        return Answer(QUEUED, waiting + 1) if taking == OPEN else Answer(REFUSED)

    @rule(
        who=WHO,
        bringing=BRINGING,
        keyed=st.booleans(),
        point=st.sampled_from(["", "", "", "sign-up.after-insert", "places.after-decision"]),
    )
    def ask(self, who: str, bringing: int, keyed: bool, point: str) -> None:
        self.clock.move(seconds=1)
        key = f"key-{len(self.forms)}" if keyed else None
        self.sign_up(Wish(who.partition("@")[0].title(), who, bringing), key, point)

    @rule(bringing=BRINGING)
    def an_organiser_adds(self, bringing: int) -> None:
        self.clock.move(seconds=1)
        self.sign_up(Wish("Ines", None, bringing), None, "")

    def sign_up(self, wish: Wish, key: str | None, point: str) -> None:
        """A repeater and a stranger are told the same; whoever is not answered is not in the book."""
        expected = self.expected(wish.party)
        known = {one.id for one in of_slot(self.slot)}
        with dying_at(point):
            found, said = sign_ups.ask(self.work, self.post, self.slot, wish, now=self.clock(), key=key)
            assert (said.state, said.position) == (expected.state, expected.position)
            assert self.asked.setdefault(found.id, said) == said
        if key and len(of_slot(self.slot)) > len(known):
            (made,) = (one.id for one in of_slot(self.slot) if one.id not in known)
            self.forms[key] = (wish, made)

    @precondition(lambda self: bool(self.forms))
    @rule(data=st.data())
    def the_same_form_again(self, data: st.DataObject) -> None:
        """Whatever became of it since, within the day it makes nothing new and is answered as before."""
        key = data.draw(st.sampled_from(sorted(self.forms)))
        wish, id_ = self.forms[key]
        made = by_id(id_)
        assert made is not None
        if not made.key or made.state in (LEFT, rules.CANCELLING):
            return
        count = len(of_slot(self.slot))
        found, said = sign_ups.ask(self.work, self.post, self.slot, wish, now=self.clock(), key=key)
        assert found.id == id_
        assert len(of_slot(self.slot)) == count
        if said.state != REFUSED:
            assert self.asked.setdefault(id_, said) == said

    @precondition(lambda self: bool(of_slot(self.slot)))
    @rule(data=st.data(), times=st.sampled_from([1, 1, 2]), point=st.sampled_from(["", "", "leave.after-update", "leave.after-roster"]))
    def leave(self, data: st.DataObject, times: int, point: str) -> None:
        found = self.anybody(data)
        if found.state == REPEAT:
            return
        for _ in range(times):
            with dying_at(point):
                sign_ups.leave(found, now=self.clock())

    @precondition(lambda self: bool(of_slot(self.slot)))
    @rule(data=st.data(), who=WHO)
    def fix_the_address(self, data: st.DataObject, who: str) -> None:
        self.clock.move(seconds=1)
        try:
            sign_ups.fix_address(self.work, self.anybody(data), self.post, who, now=self.clock())
        except Conflict:
            return

    @precondition(lambda self: bool(of_slot(self.slot)))
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        """Leave first, then nothing personal is left; the entry stays."""
        found = self.anybody(data)
        sign_ups.leave(found, now=self.clock())
        if found.state not in LIVE:
            return
        rows().update_one({"_id": found.id}, {"$unset": dict.fromkeys(sign_ups.FORGOTTEN, 1)})

    # What the event does

    def tried(self, act: Any) -> None:
        self.clock.move(seconds=1)
        try:
            act()
        except CollaborationError:
            return

    @precondition(lambda self: self.post.state == PUBLISHED)
    @rule(capacity=CAPACITY)
    def resize(self, capacity: int) -> None:
        self.clock.move(seconds=1)
        self.group = self.group_now()
        republished(self.work, self.group, self.post, capacity=capacity)

    @precondition(lambda self: self.post.state == PUBLISHED)
    @rule(days=st.integers(-4, 4), really=SELDOM)
    def another_day(self, days: int, really: bool) -> None:
        if really:
            republished(self.work, self.group_now(), self.post, date=str(self.clock().date() + timedelta(days=5 + days)))

    @rule(really=SELDOM)
    def cancel(self, really: bool) -> None:
        if really:
            self.tried(lambda: changing.cancel(self.post, self.group_now(), "ill", now=self.clock()))

    @rule(really=SELDOM)
    def take_down(self, really: bool) -> None:
        if really:
            self.tried(lambda: review.take_down(self.work, self.id, to_take_down(), by=self.staff, now=self.clock()))

    @precondition(lambda self: self.post.state == TAKEN_DOWN)
    @rule()
    def put_back(self) -> None:
        self.clock.move(seconds=1)
        post = self.post
        assert publishing.publish(self.work, post, self.group_now(), post.live, {"state": TAKEN_DOWN}, self.clock())

    @rule(what=st.sampled_from([pausing.pause, pausing.show_again, pausing.show_again, None, None, None]))
    def pause_or_show(self, what: Any) -> None:
        if what:
            self.tried(lambda: what(self.work, self.group.id, by=self.staff, now=self.clock()))

    def group_now(self) -> Any:
        return pausing.group(self.group.id, self.staff)

    # What goes by itself

    @rule(
        step=st.sampled_from(STEPS), point=st.sampled_from(["", "", "settle.after-sign-ups", "leave.after-roster", "places.after-decision"])
    )
    def the_worker(self, step: Any, point: str) -> None:
        self.clock.move(seconds=1)
        with dying_at(point):
            step(self.work, self.clock())

    @rule(hours=st.sampled_from([0, 0, 0, 1, 8, 30]))
    def time(self, hours: int) -> None:
        self.clock.move(hours=hours, seconds=11)

    @rule(to=st.sampled_from([rules.queue_closes, rules.queue_closes, lambda starts: starts]), really=st.integers(0, 3))
    def it_draws_near(self, to: Any, really: int) -> None:
        """From then on nobody new waits, or nobody is taken at all."""
        moment = to(self.post.slots[0]["starts"])
        if really == 3 and moment > self.clock():
            self.clock.set(moment)
            places.arrange(self.work, self.clock())

    @rule()
    def all_comes_to_rest(self) -> None:
        """Whatever was left half done is finished, and what is due is done: then all agree, and nobody waits for whom there is room."""
        self.clock.move(seconds=11)
        for _ in range(2):  # what one step finds out is the next one's work
            for step in (places.sweep, places.arrange, places.call, places.settle, changing.finish_closing):
                step(self.work, self.clock())
        assert not rosters().count_documents({"unsettled_at": {"$exists": True}})
        found, signed = head(self.slot), {one.id: one for one in of_slot(self.slot)}
        decided = {one.id: one.state for one in entries(self.slot)}
        for id_, one in signed.items():
            assert one.state == decided.get(id_, one.state)
            assert one.state in (*LIVE, LEFT, REFUSED, REPEAT)
            assert id_ in decided or one.state not in LIVE
        post = self.post
        if found and rules.may_call(self.clock(), post.slots[0]["starts"]):
            waits = {one.party for one in entries(self.slot) if one.state == QUEUED}
            assert not waits or min(waits) > found.free, "somebody waits, and there is room"
        if found and (post.state in places._BY_STATE or self.clock() >= rules.queue_closes(post.slots[0]["starts"])):
            assert found.waiting == 0
        if found:
            assert found.capacity == post.slots[0]["capacity"]

    def teardown(self) -> None:
        self.all_comes_to_rest()
        self.every_step_keeps_the_laws()

    # The laws

    @invariant()
    def every_step_keeps_the_laws(self) -> None:
        """One look a step, compared with the one before."""
        now, before = self.look(), self.before
        self.before = now
        if now.head:
            self.nothing_is_overbooked(now, before)
            self.nobody_is_overtaken(now, before)
            self.positions_are_in_order(now, before)
        else:
            assert not now.entries
        assert all(ahead >= before.ahead.get(id_, 0) for id_, ahead in now.ahead.items()), "a state went back"
        told_once(now)
        people = [row["person"] for row in now.rows if "person" in row]
        assert len(people) == len(set(people)), "somebody has two places"
        joined = {one.id: one.position for one in now.entries}
        repeated = {row["_id"] for row in now.rows if any(entry["type"] == "sign-up.repeated.v1" for entry in row.get("outbox", ()))}
        answered = {id_: said.position for id_, said in self.asked.items() if said.state != REFUSED and id_ not in repeated}
        assert all(joined[id_] == answered[id_] for id_ in joined.keys() & answered.keys()), "decided otherwise than answered"

    def nothing_is_overbooked(self, now: Snapshot, before: Snapshot) -> None:
        assert now.head
        placed = now.in_state(PLACED)
        assert now.head.free == now.head.capacity - sum(placed.values()), "free is the capacity without the places"
        assert now.head.waiting == len(now.in_state(QUEUED)), "waiting is who is in the queue"
        assert now.ids[: len(before.ids)] == before.ids, "entries are never shortened"
        assert len(set(now.ids)) == len(now.ids)
        if placed.keys() - before.in_state(PLACED).keys():
            assert now.head.free >= 0, "a place was given that is not there"

    def nobody_is_overtaken(self, now: Snapshot, before: Snapshot) -> None:
        """Of those who wait the earlier is placed if there is room when a later one is."""
        assert now.head
        free, later = now.head.free, 0
        for one in reversed(now.entries):
            if one.state == PLACED and one.id not in before.in_state(PLACED):
                later += one.party
            elif one.state == QUEUED:
                assert not later or one.party > free + later, "somebody was overtaken"

    def positions_are_in_order(self, now: Snapshot, before: Snapshot) -> None:
        """At joining: one more than wait, so that without a leave they are 1, 2, 3, …"""
        waiting = len(before.in_state(QUEUED))
        new = [one for one in now.entries[len(before.entries) :] if one.position is not None]
        assert [one.position for one in new] == list(range(waiting + 1, waiting + len(new) + 1))
        assert all(one.position is not None for one in now.entries if one.state == QUEUED)


def told_once(now: Snapshot) -> None:
    """Each sign-up tells of itself once, counts as one interaction at most, and offers each contact once; who is gone leaves nothing."""
    interactions = 0
    for row in now.rows:
        outbox, over = row.get("outbox", ()), row["state"] in (LEFT, REFUSED)
        said = Counter(entry["type"] for entry in outbox)
        first = said["sign-up.placed.v1"] + said["sign-up.queued.v1"]
        assert first <= 1
        assert first == 1 or row["state"] not in LIVE, "nobody was told"
        assert said["sign-up.promoted.v1"] <= said["sign-up.queued.v1"]
        assert said["sign-up.left.v1"] + said["sign-up.refused.v1"] == over
        assert sum(entry["data"].get("deltas", {}).get("interaction", 0) for entry in outbox) == first
        interactions += first
        refs = [entry["data"]["ref"] for entry in outbox if entry["type"] == "contact.offered.v1"]
        assert len(set(refs)) == len(refs), "one address was offered twice"
        assert not over or not {"person", "private", "needs", "sealed", "offer"} & row.keys(), "something personal stayed"
    assert interactions <= len(now.entries)


@pytest.fixture(scope="module")
def laws(store: Store) -> Iterator[type[Laws]]:
    clock = MovableClock()
    with ExitStack() as stack:
        name = stack.enter_context(store.fresh_database())
        Laws.work, Laws.clock = stack.enter_context(bench("events", store, name, clock)), clock
        yield Laws


def test_any_order_of_steps(laws: type[Laws]) -> None:
    """Whatever happens when, and whoever dies over it."""
    house = settings(max_examples=12, stateful_step_count=30, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(laws, settings=house)
