"""Any order of what organisers, reviewers and the clock can do to one post, on the real store: nobody ever sees what nobody has read."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from services.events.operations import changing, drafts, publishing
from services.events.rules import posts as rules
from services.events.rules.posts import CHANGES_ASKED, DRAFT, PUBLISHED, SUBMITTED, TAKEN_DOWN
from services.events.store import Group, Post
from services.events.store.posts import by_id, posts
from shared.messaging.outbox import change_if
from shared.runtime.errors import CollaborationError
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.posts import a_group, an_event, forget_posts
from tests.support.settings import A_MOMENT, MovableClock

REF = "7d1d8a5c-7c5e-4a43-9a2e-0d6f3f0b4c11"
WORDS = st.sampled_from(["Evening walk", "Morning walk", "Night walk"])
PLACES = st.sampled_from(["The bench", "The library"])
SELDOM = st.integers(0, 7).map(lambda number: number == 7)
DAYS = st.sampled_from(["2026-06-18", "2026-07-30", "2027-01-15"])


class Life(RuleBasedStateMachine):
    """`read`: the words that a reviewer has had before them and published. `heard`: every message, in order."""

    work: ClassVar[Any]
    clock: ClassVar[MovableClock]

    @initialize()
    def begin(self) -> None:
        forget_posts()
        self.clock.set(A_MOMENT)
        self.read: set[str] = set()
        self.pages: list[Post] = []  # that somebody may still have open
        self.group: Group = a_group(self.work, organisers=[REF])
        self.id: str = drafts.make(self.group, "event", now=self.clock(), content=an_event(title="Evening walk")).id

    @property
    def post(self) -> Post:
        found = by_id(self.id)
        assert found is not None
        return found

    def tried(self, act: Any) -> None:
        """Somebody presses a button: it does what it says, or says why not."""
        self.clock.move(seconds=1)
        before = self.post
        self.pages.append(before)
        try:
            act(before)
        except CollaborationError:
            after = self.post
            assert (after.state, after.live, after.waiting) == (before.state, before.live, before.waiting)

    @rule(title=WORDS, place=PLACES, day=DAYS)
    def save(self, title: str, place: str, day: str) -> None:
        self.tried(lambda post: drafts.save(post, {"title": title, "place": place, "date": day}, now=self.clock()))

    @rule()
    def send(self) -> None:
        act = changing.change if self.post.state == PUBLISHED else drafts.send
        self.tried(lambda post: act(self.work, post, self.group, ref=REF, now=self.clock()))

    @precondition(lambda self: bool(self.pages))
    @rule(data=st.data())
    def send_what_was_on_an_old_page(self, data: st.DataObject) -> None:
        """A page that was opened before something else happened."""
        stale = data.draw(st.sampled_from(self.pages))
        act = changing.change if stale.state == PUBLISHED else drafts.send
        self.tried(lambda _post: act(self.work, stale, self.group, ref=REF, now=self.clock()))

    @rule()
    def take_back(self) -> None:
        self.tried(lambda post: drafts.take_back(post, self.group, now=self.clock()))

    @rule(really=SELDOM)
    def cancel(self, really: bool) -> None:
        if really:
            self.tried(lambda post: changing.cancel(post, self.group, "ill", now=self.clock()))

    @precondition(lambda self: bool(self.post.waiting))
    @rule()
    def publish(self) -> None:
        post = self.post
        if publishing.publish(self.work, post, self.group, post.waiting, {"submitted_at": post.submitted_at}, self.clock()):
            self.read.add(self.post.live["title"])

    @precondition(lambda self: self.post.state == SUBMITTED)
    @rule()
    def ask_for_changes(self) -> None:
        changes = {**publishing.NOT_WAITING, "state": CHANGES_ASKED, "asked": {"reasons": ["access"]}}
        assert change_if(posts(), self.id, {"state": SUBMITTED}, changes, (), self.clock())

    @precondition(lambda self: rules.after(rules.TAKE_DOWN, self.post.state) is not None)
    @rule(really=SELDOM)
    def take_down(self, really: bool) -> None:
        if not really:
            return
        changes = {**publishing.NOT_WAITING, "state": TAKEN_DOWN, "listed": None}
        assert change_if(posts(), self.id, {"state": self.post.state}, changes, (), self.clock())

    @precondition(lambda self: self.post.state in rules.OVER)
    @rule()
    def post_again(self) -> None:
        """The next one of these has a life of its own; the one that is over stays as it was."""
        over = self.post
        self.id = drafts.post_again(over, self.group, now=self.clock()).id
        self.read, self.pages = set(), []
        assert "date" not in self.post.draft
        after = by_id(over.id)
        assert after is not None
        assert after.to_mongo() == over.to_mongo()

    @rule(days=st.sampled_from([0, 0, 0, 0, 0, 9]))
    def the_clock(self, days: int) -> None:
        self.clock.move(days=days)
        for step in (changing.finish_closing, changing.pass_over):
            step(self.work, self.clock())

    @invariant()
    def nobody_sees_what_nobody_has_read(self) -> None:
        live = self.post.live
        assert live is None or live["title"] in self.read

    @invariant()
    def it_is_found_exactly_while_it_is_published(self) -> None:
        post = self.post
        assert bool(post.listed) == (post.state == PUBLISHED)
        assert not post.listed or post.listed["starts"] == post.slots[0]["starts"]

    @invariant()
    def what_waits_is_dated(self) -> None:
        post = self.post
        assert bool(post.waiting) == bool(post.submitted_at)
        assert not post.waiting or post.state in (SUBMITTED, PUBLISHED)
        assert post.state != SUBMITTED or post.waiting

    @invariant()
    def its_messages_tell_its_story(self) -> None:
        """Published once and first, each change after it with the next edition; a cancellation closes before it is cancelled."""
        said = [(entry["type"], entry["data"].get("edition")) for entry in (posts().find_one({"_id": self.id}) or {}).get("outbox", [])]
        shown = [edition for type_, edition in said if type_ in ("event.published.v1", "event.changed.v1")]
        assert shown == list(range(1, len(shown) + 1))
        names = [type_ for type_, _ in said]
        assert names.count("event.published.v1") == bool(shown)
        assert names.count("event.cancelled.v1") <= names.count("event.closing.v1") <= 1
        assert (self.post.state == "cancelled") == ("event.cancelled.v1" in names)

    @invariant()
    def what_was_published_is_never_a_draft_again(self) -> None:
        post = self.post
        assert not (post.live and post.state in (DRAFT, SUBMITTED, CHANGES_ASKED))


@pytest.fixture(scope="module")
def life(store: Store) -> Iterator[type[Life]]:
    clock = MovableClock()
    with ExitStack() as stack:
        name = stack.enter_context(store.fresh_database())
        Life.work, Life.clock = stack.enter_context(bench("events", store, name, clock)), clock
        yield Life


def test_any_order_of_steps(life: type[Life]) -> None:
    """Whatever is pressed when, by whom: the rules above hold after each step."""
    house = settings(max_examples=7, stateful_step_count=40, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(life, settings=house)


def test_no_step_leads_out_of_the_states() -> None:
    """Every step of the table ends in a state that there is, and what is over is only ever put back by staff; words about what was
    cancelled may still be read."""
    steps = (
        rules.SUBMIT,
        rules.TAKE_BACK,
        rules.PUBLISH,
        rules.ASK,
        rules.TAKE_DOWN,
        rules.PUT_BACK,
        rules.CLOSE,
        rules.CANCEL,
        rules.PASS,
    )
    reached = {(step, state): rules.after(step, state) for step in steps for state in rules.STATES}
    assert {after for after in reached.values() if after} <= set(rules.STATES)
    away = {step for (step, state), after in reached.items() if after not in (None, state) and state in rules.OVER}
    assert away == {rules.PUT_BACK, rules.TAKE_DOWN}
    assert timedelta(0) < rules.UNDO_WITHIN
