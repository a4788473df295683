"""Whatever organisers, reviewers, workers and the clock do, in any order: nobody sees what nobody read, and no path loses history.

A model of what has been read is kept beside the real store, and compared after every step.
"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.events.operations import carrying_out, changing, drafts, pausing, review
from services.events.rules import posts as rules
from services.events.rules.posts import ASK, EVENT, PUBLISH, PUT_BACK, STATES, TAKE_DOWN, after
from services.events.rules.reviewing import Choice, Seen
from services.events.store import Group, Post, groups
from services.events.store.posts import by_id, posts
from services.events.store.review import decisions_about
from shared.runtime.errors import CollaborationError
from tests.support.events_site import EventsSite
from tests.support.posts import a_group, again, an_event, posted
from tests.support.reviewers import Reviewer, in_store, to_ask, to_publish, to_take_down

FAR = "2026-12-18"
TITLES = st.sampled_from(["Walk", "Lights", "Tea", "Song"])
CHOICES = st.sampled_from([PUBLISH, ASK, TAKE_DOWN, PUT_BACK])


class Life(RuleBasedStateMachine):
    """One post and its group on the real store."""

    site: EventsSite

    @initialize()
    def begin(self) -> None:
        self.site.empty()
        self.sam, self.ruth = Reviewer(self.site), Reviewer(self.site, "Ruth")
        self.ref = "3b241101-e2bb-4255-8caf-4136c566a962"
        self.group_id: str = a_group(self.site.work, organisers=[self.ref]).id
        self.post_id: str = posted(self.site.work, self.group, an_event(title="First", date=FAR)).id
        self.read: list[dict[str, Any]] = []  # every content that a reviewer chose to publish
        self.pressed = 0  # choices that were taken down
        self.logged = 0
        self.reviewer_publishes()

    @property
    def group(self) -> Group:
        found = groups.by_id(self.group_id)
        assert found is not None
        return found

    @property
    def post(self) -> Post:
        found = by_id(self.post_id)
        assert found is not None, "a post that was sent once is gone"
        return found

    def attempt(self, step: Any) -> bool:
        try:
            step()
        except CollaborationError:
            return False
        return True

    @rule(title=TITLES, place=st.sampled_from(["Here", "There"]))
    def organiser_saves(self, title: str, place: str) -> None:
        self.site.clock.move(seconds=1)
        self.attempt(lambda: drafts.save(self.post, {"title": title, "place": place}, now=self.site.clock()))

    @rule()
    def organiser_sends(self) -> None:
        self.site.clock.move(seconds=1)
        self.attempt(lambda: drafts.send(self.site.work, self.post, self.group, ref=self.ref, now=self.site.clock()))

    @rule()
    def organiser_changes_what_is_published(self) -> None:
        self.site.clock.move(seconds=1)
        self.attempt(lambda: changing.change(self.site.work, self.post, self.group, ref=self.ref, now=self.site.clock()))

    @rule()
    def organiser_takes_back(self) -> None:
        self.attempt(lambda: drafts.take_back(self.post, self.group, now=self.site.clock()))

    @rule()
    def organiser_cancels(self) -> None:
        self.attempt(lambda: changing.cancel(self.post, self.group, "ill", now=self.site.clock()))

    @rule(what=CHOICES, quick=st.booleans())
    def reviewer_chooses(self, what: str, quick: bool) -> None:
        by = self.sam if quick else self.ruth
        choice = {PUBLISH: to_publish(), ASK: to_ask(), TAKE_DOWN: to_take_down()}.get(what, Choice(PUT_BACK))
        post = self.post

        def step() -> None:
            found = review.item(self.post_id, by.session)
            review.choose(self.site.work, self.post_id, choice, review.seen_of(self.site.work, found), by=by.session, now=self.site.clock())

        if self.attempt(step) and what == PUBLISH:
            self.read.append(dict(post.waiting))

    @rule()
    def reviewer_publishes(self) -> None:
        self.reviewer_chooses(PUBLISH, quick=True)
        self.the_clock_goes_on(61)

    @rule(title=TITLES)
    def organiser_changes_words_and_then_more(self, title: str) -> None:
        self.organiser_saves(title, "Here")
        self.organiser_changes_what_is_published()
        self.organiser_saves("Not sent", "Nowhere")

    @rule()
    def reviewer_undoes(self) -> None:
        self.attempt(lambda: review.undo(self.site.work, self.post_id, by=self.ruth.session, now=self.site.clock()))

    @rule(paused=st.booleans())
    def group_is_paused_or_shown(self, paused: bool) -> None:
        step = pausing.pause if paused else pausing.show_again
        step(self.site.work, self.group_id, by=self.sam.session, now=self.site.clock())

    @rule(seconds=st.sampled_from([1, 61]))
    def the_clock_goes_on(self, seconds: int) -> None:
        self.site.clock.set(self.site.clock.now + timedelta(seconds=seconds))
        for step in (carrying_out.carry_out, pausing.settle, changing.finish_closing, changing.pass_over):
            step(self.site.work, self.site.clock())

    @invariant()
    def only_what_was_read_is_to_be_seen(self) -> None:
        live = self.post.live
        if live is None:
            return
        words = {name: live.get(name) for name in rules.WORDS}
        assert any(words == {name: one.get(name) for name in rules.WORDS} for one in self.read), words

    @invariant()
    def found_exactly_while_it_may_be(self) -> None:
        post, group = self.post, self.group
        assert bool(post.listed) == (post.state == rules.PUBLISHED and not group.paused_at)

    @invariant()
    def nothing_is_lost(self) -> None:
        """The log only grows; a post that ended says why; a choice that stands has its line."""
        post, rows = self.post, decisions_about([self.post_id])
        assert len(rows) >= self.logged
        self.logged = len(rows)
        if post.state in (rules.CLOSING, rules.CANCELLED, rules.TAKEN_DOWN):
            assert post.ended["reason"]
        if post.decision:
            assert post.decision["id"] in {row.id for row in rows}
            assert post.decision_due
        assert not post.decision_due or post.decision
        assert post.state in STATES

    @invariant()
    def it_was_said_as_it_happened(self) -> None:
        """As many editions as messages that tell of one, the first as published, the taken-downs as often as it went."""
        told = [entry["type"].split(".")[1] for entry in in_store(posts(), self.post_id).get("outbox", [])]
        assert told.count("published") == (1 if self.post.live else 0)
        closings = told.count("closing")
        assert told.count("published") + told.count("changed") + closings == (self.post.edition or 0)


def test_any_order_of_steps(site: EventsSite) -> None:
    """Eight lives of a post, each up to twenty-five steps long."""
    machine = type("LifeHere", (Life,), {"site": site})
    run_state_machine_as_test(machine, settings=settings(max_examples=8, stateful_step_count=25, deadline=None))


@pytest.mark.parametrize("state", STATES)
def test_each_step_of_the_table(state: str) -> None:
    """What is over can be taken down, and put back, nothing else; only publishing and putting back lead to what people see."""
    ways = {step: to for step in rules._STEPS if (to := after(step, state)) != state or state not in rules.CALLED_OFF}
    if state in (rules.CANCELLED, rules.PAST):
        assert {step for step, to in ways.items() if to} == {TAKE_DOWN}
    if state != rules.PUBLISHED:
        assert {step for step, to in ways.items() if to == rules.PUBLISHED} <= {PUBLISH, PUT_BACK}
    assert set(ways.values()) <= {*STATES, None}


def test_what_is_published_is_no_draft(site: EventsSite) -> None:
    """A draft is not published by any choice, whoever presses it."""
    post = posted(site.work, a_group(site.work), an_event(), state=rules.DRAFT)
    for choice in (to_publish(), to_ask(), to_take_down()):
        with pytest.raises(CollaborationError):
            review.choose(site.work, post.id, choice, Seen(), by=Reviewer(site).session, now=site.clock())
    assert (again(post).state, again(post).live, post.kind) == (rules.DRAFT, None, EVENT)
