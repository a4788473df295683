"""Very many sign-ups of an event that is called off, and of one that is taken down, while the broker stands still."""

import time
import uuid
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from pymongo.errors import NetworkTimeout

from services.events.operations import changing, places, review
from services.events.operations.examine.places import compare_places
from services.events.operations.examine.reading import read_all
from services.events.store import Post, outboxes
from services.events.store.places import of_slot
from shared.messaging.background import make_relay
from shared.messaging.envelope import from_record
from shared.runtime.errors import Unavailable
from tests.support.crowd import Seen
from tests.support.engines import Broker, Store
from tests.support.events_site import EventsSite, events_site
from tests.support.posts import a_group, again, an_event, published
from tests.support.relays import relay_everything
from tests.support.reviewed import moderator
from tests.support.reviewers import to_take_down
from tests.support.rosters import fill
from tests.support.waiting import until
from tests.support.wire import prepare, read_log
from tests.survive.conftest import IMPATIENT

pytestmark = pytest.mark.xdist_group("survive")

PLACES = 50
AT_ONCE = 3 * places.PAIRS_A_STEP  # of the three rosters
RAISED = {"SIGN_UPS_PER_NETWORK": 1_000_000}


def test_hundreds(store: Store, own_broker: Broker, build_dir: Path) -> None:
    """In batches, whatever the broker does; people go on signing up for something else; then all of it is told, once."""
    called_off_and_taken_down(store, own_broker, build_dir, 300)


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_thousands(store: Store, own_broker: Broker, build_dir: Path, seen: Seen) -> None:
    """As many as a slot can have, twice."""
    seen(called_off_and_taken_down(store, own_broker, build_dir, 5_000))


def called_off_and_taken_down(store: Store, broker: Broker, build_dir: Path, count: int) -> str:
    given = {**IMPATIENT, **RAISED, "KAFKA_BOOTSTRAP": broker.bootstrap}
    prepare(broker)
    with store.fresh_database() as name, events_site(store, name, build_dir, **given) as site:
        work, group = site.work, a_group(site.work)
        walk, talk, tea = (
            published(work, group, an_event(joining="book", capacity=PLACES, title=title)) for title in ("Walk", "Talk", "Tea")
        )
        relay_everything(work, outboxes())
        relay = make_relay(work, outboxes())
        relay.step()
        for post in (walk, talk):
            fill(work, post, count)
        with broker.frozen():
            changing.cancel(again(walk), group, "weather", now=site.clock())
            review.take_down(work, talk.id, to_take_down(), by=moderator(site.clock()), now=site.clock())
            began, slowest, asked = time.monotonic(), 0.0, 0
            while not (again(walk).state == "cancelled" and places.is_shut(again(talk))):
                site.clock.move(seconds=1)
                with suppress(NetworkTimeout):  # a busy machine: the worker asks again
                    places.arrange(work, site.clock())
                    assert places.settle(work, site.clock()) <= AT_ONCE
                    changing.finish_closing(work, site.clock())
                with suppress(Unavailable):  # the worker's loop says so, and goes on with what is due
                    relay.step()
                started = time.monotonic()
                sign_up(site, tea)
                asked, slowest = asked + 1, max(slowest, time.monotonic() - started)
            took = time.monotonic() - began
        assert asked >= (count - PLACES) // places.PAIRS_A_STEP, "it went in batches"
        for post, reason in ((walk, "cancelled"), (talk, "taken-down")):
            stands = Counter((one.state, one.reason) for one in of_slot(post.slots[0]["id"]))
            assert stands == {("placed", None): PLACES, ("refused", reason): count - PLACES}
        while places.settle(work, site.clock()):
            pass
        until(lambda: not relay.step(), "nothing is pending", 600)
        found = {one.name for one in compare_places(read_all(work.db, site.clock()))}
        assert found <= {"told-otherwise"}, "that they had a place, or waited, is in no archive here"
        whole_on_the_log(broker, 2 * (count - PLACES))
    return f"{count} twice: {took:.0f} s to call off and take down, {asked} people signed up meanwhile, the slowest in {slowest:.1f} s"


def sign_up(site: EventsSite, post: Post) -> None:
    body = {"first_name": "Sam", "email": f"{uuid.uuid4().hex}@example.org"}
    client = site.app.test_client(use_cookies=False)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answer = client.post(f"/api/v1/events/{post.id}/sign-ups", json=body, base_url=site.origin, headers=key)
    assert answer.status_code == 201, answer.text


def whole_on_the_log(broker: Broker, refused: int) -> None:
    """Each refusal once, however often the log has it, and that the event is cancelled."""
    told = {(one.id, one.type, one.subject) for one in map(from_record, read_log(broker, "events.v1", seconds=120))}
    kinds = Counter(type_ for _, type_, _ in told)
    assert kinds["sign-up.refused.v1"] == refused
    assert len({key for _, type_, key in told if type_ == "sign-up.refused.v1"}) == refused, "nobody is told twice"
    assert sum(type_ == "event.cancelled.v1" for _, type_, _ in told) == 1
