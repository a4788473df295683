"""Demo data: made by the real operations, once, whole even after a run that was cut short; and never in production."""

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from services.events.commands import COMMANDS
from services.events.operations import carrying_out, drafts, roster, sign_ups
from services.events.operations.demo import events as contents
from services.events.operations.demo.filling import fill
from services.events.operations.demo.people import GUESTS
from services.events.operations.roster import Standing
from services.events.rules.posts import CHANGES_ASKED, DRAFT, EVENT, INITIATIVE, PUBLISHED, SUBMITTED
from services.events.store import Held, Post, SignUp, rows_of
from services.events.store.groups import of_organiser
from services.events.store.posts import posts
from shared.messaging.work import Work
from shared.reference.choices import codes
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.settings import A_MOMENT, MovableClock


@pytest.fixture
def work(store: Store, database: str, clock: MovableClock) -> Iterator[Work[Any]]:
    """events on an empty store, with no app and no broker."""
    with bench("events", store, database, clock) as found:
        yield found


OURS, THEIRS = str(uuid.uuid4()), str(uuid.uuid4())


def kinds() -> Counter[tuple[str, str]]:
    return Counter((post.kind, post.state) for post in Post.objects())


ALL = Counter({(EVENT, PUBLISHED): 14, (INITIATIVE, PUBLISHED): 6, (EVENT, SUBMITTED): 1, (EVENT, DRAFT): 1, (EVENT, CHANGES_ASKED): 1})


def test_it_is_made_once(work: Work[Any]) -> None:
    """Six groups of two organisers; more than a dozen events in the coming four weeks, six initiatives; one in review, a draft, one to be
    changed. A second time makes nothing."""
    assert fill(work, OURS, THEIRS) == ALL.total()
    assert kinds() == ALL
    assert [len(of_organiser([ref])) for ref in (OURS, THEIRS)] == [2, 4]
    assert fill(work, OURS, THEIRS) == 0
    assert kinds() == ALL


def test_all_is_to_come_and_varied(work: Work[Any]) -> None:
    """Found now and within four weeks, in six boroughs at least; each kind, way of joining, cost, audience and most access facts occur."""
    fill(work, OURS, THEIRS)
    shown = list(Post.objects(kind=EVENT, state=PUBLISHED))
    assert all(A_MOMENT < post.listed["starts"] < A_MOMENT + timedelta(days=28) for post in shown)
    assert len({post.live["area"] for post in shown}) >= 6
    for field, table in (("kind", "event-kinds"), ("joining", "joining"), ("cost", "costs"), ("who_for", "who-for")):
        assert {post.live[field] for post in shown} == set(codes(table)), field
    assert {code for post in shown for code in post.live["access"]} == set(codes("access"))
    assert len({area for post in Post.objects(kind=INITIATIVE) for area in post.live["areas"]}) >= 6


def test_people_come(work: Work[Any]) -> None:
    """One walk has a place left, another is full and three wait; few have an address, all of them at example.org; a second time adds none.

    Their mails are as old as they are, so none goes out.
    """
    for _ in range(2):
        fill(work, OURS, THEIRS)
    shown = {post.live["title"]: roster.standing(post) for post in Post.objects(state=PUBLISHED, kind=EVENT)}
    assert shown["Evening walk along the canal"] == Standing(8, 7, 0)
    assert shown["Towpath at dusk"] == Standing(6, 6, 3)
    assert Counter(one.state for one in SignUp.objects()) == {"placed": 11, "queued": 3}
    offers = [entry for one in SignUp.objects() for entry in one.outbox if entry["type"] == "contact.offered.v1"]
    assert len(offers) == sum(guest.mail for guests in GUESTS.values() for guest in guests) < 6
    assert all(entry["time"] < A_MOMENT - timedelta(days=1) for entry in offers)


@pytest.mark.parametrize("after", [0, 3, 8])
def test_people_who_were_cut_short(work: Work[Any], monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Whoever was there already is not asked again."""
    left = iter(range(after))

    def cut(*arguments: Any, **named: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return real(*arguments, **named)

    real = sign_ups.ask
    with monkeypatch.context() as patch:
        patch.setattr(sign_ups, "ask", cut)
        with pytest.raises(KeyboardInterrupt):
            fill(work, OURS, THEIRS)
    assert SignUp.objects().count() == after
    fill(work, OURS, THEIRS)
    assert Counter(one.state for one in SignUp.objects()) == {"placed": 11, "queued": 3}


def test_nothing_in_it_is_set_apart(work: Work[Any]) -> None:
    """No word of it looks like danger; what waits waits for a moderator alone."""
    fill(work, OURS, THEIRS)
    assert rows_of(Held).find_one({}) is None


@pytest.mark.parametrize("after", [0, 1, 7, 21])
def test_a_run_that_was_cut_short_is_taken_up(work: Work[Any], monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Whether it ended with a post half made, sent or chosen: nothing is there twice, and all of it is there."""
    left = iter(range(after))

    def cut(*arguments: Any, **named: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return real(*arguments, **named)

    real = carrying_out.carry_out if after % 2 else drafts.send
    with monkeypatch.context() as patch:
        patch.setattr(carrying_out if after % 2 else drafts, real.__name__, cut)
        try:
            fill(work, OURS, THEIRS)
        except KeyboardInterrupt:
            assert kinds() != ALL
    fill(work, OURS, THEIRS)
    assert kinds() == ALL
    assert posts().count_documents({}) == ALL.total()


def test_it_is_refused_in_production(work: Work[Any]) -> None:
    """One clear line, exit code 1, nothing stored."""
    command = {one.name: one for one in COMMANDS}["demo"]
    said = CliRunner().invoke(command, [OURS, THEIRS], obj=lambda: replace(work.settings, environment="production"))
    assert (said.exit_code, said.stderr) == (1, "Demo data is for laptops and tests, never for production.\n")
    assert posts().find_one({}) is None


def test_what_is_not_to_be_seen_is_not(work: Work[Any]) -> None:
    """The draft, the one in review and the one to be changed are in no list."""
    fill(work, OURS, THEIRS)
    hidden = {one.says["title"] for one in (contents.DRAFT, contents.WAITING, contents.CHANGES_ASKED)}
    assert {post.draft["title"] for post in Post.objects(listed__exists=False)} == hidden
