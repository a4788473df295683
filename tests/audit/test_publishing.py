"""What groups post, examined: each difference between a post, what it told, who decided on it and its copies is found and named."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from services.events.operations import review
from services.events.operations.carrying_out import carry_out
from services.events.operations.examine import examine
from services.events.store import outboxes
from services.events.store.posts import posts
from shared.messaging import archive
from shared.messaging.background import make_relay
from shared.messaging.envelope import to_record
from shared.messaging.findings import AMISS, DOUBLED, LOST, NOTE
from shared.messaging.outbox import as_envelope
from tests.audit.auditing import Audit, Found, received
from tests.audit.broken_posts import OF_THE_DOCTOR, Break
from tests.audit.posting import Posted, play_posts
from tests.audit.world import Snapshot, World, open_world
from tests.support.builders import an_id
from tests.support.engines import Broker, Store
from tests.support.listening import Listening
from tests.support.posts import again, an_event
from tests.support.relays import relay_everything
from tests.support.reviewed import chosen, moderator, sent, shown
from tests.support.reviewers import to_take_down
from tests.support.smtp import MailServer
from tests.support.waiting import until
from tests.support.wire import write

pytestmark = pytest.mark.xdist_group("audit-posts")

Stage = tuple[World, Posted, Snapshot, Broker]


@pytest.fixture(scope="module")
def stage(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Broker(tmp_path_factory.mktemp("audit-posts")) as broker, MailServer() as server, open_world(store, broker, server) as world:
        posted = play_posts(world)
        yield world, posted, world.snapshot(), broker


@pytest.fixture
def world(stage: Stage) -> World:
    stage[0].restore(stage[2])
    return stage[0]


@pytest.fixture
def log(stage: Stage) -> Broker:
    return stage[3]


@pytest.fixture
def posted(stage: Stage) -> Posted:
    return stage[1]


def doctor(world: World) -> Found:
    return {(one.effect, one.name, one.about) for one in examine(world.events, world.clock()) if one.effect != NOTE}


def auditor(world: World) -> Audit:
    return Audit(world, [], received(world))


def test_a_world_in_order_is_clean(world: World) -> None:
    """Sent, published, changed, asked for, cancelled, taken down, put back, paused and ended: doctor and auditor find nothing."""
    assert doctor(world) == set()
    audit = auditor(world)
    assert audit.found() == set()
    assert audit.verdict().line == "0 lost, 0 doubled"
    assert audit.notes()["posts"] == "5 posts can be found; copies of what is published: pledge 6, notify 6"
    words = {one.name: one.words for one in examine(world.events, world.clock()) if one.effect == NOTE}
    assert words["groups"] == "2 groups, 1 paused"
    assert words["posts"] == "12 posts: cancelled 1, changes-asked 1, draft 1, past 1, published 6, submitted 1, taken-down 1"


@pytest.mark.parametrize("break_", OF_THE_DOCTOR, ids=lambda break_: break_.__name__)
def test_the_doctor_finds_and_names_it(world: World, posted: Posted, break_: Break) -> None:
    """Broken once, exactly that is found, with the post, group or text that it is about."""
    expected = break_(world, posted)
    assert doctor(world) == expected


def test_a_draft_may_go(world: World, posted: Posted) -> None:
    """Sent, taken back and deleted, or sent back and forgotten: nobody misses it."""
    posts().delete_one({"_id": posted.asked.id})
    assert doctor(world) == set()


# What the auditor finds between the services


def copy(world: World, service: str, id_: str, **operators: dict[str, Any]) -> None:
    operators = {f"${operator}": value for operator, value in operators.items()}
    name = {"pledge": "listings", "notify": "posts"}[service]
    assert world.stores[service][name].update_one({"_id": id_}, operators).modified_count == 1


def lose_listing(world: World, posted: Posted) -> Found:
    world.pledge.db["listings"].delete_one({"_id": posted.found.id})
    return {(LOST, "copy-behind", posted.found.id)}


def fall_behind(world: World, posted: Posted) -> Found:
    """A late copy of an earlier message, taken for a newer one: the cancelled event is there again."""
    shown = world.pledge.db["listings"].find_one({"_id": posted.found.id})
    assert shown
    world.pledge.db["listings"].replace_one({"_id": posted.cancelled.id}, {**shown, "_id": posted.cancelled.id, "sequence": 1})
    return {(LOST, "copy-behind", posted.cancelled.id), (AMISS, "shown-elsewhere", posted.cancelled.id)}


def show_what_is_taken_down(world: World, posted: Posted) -> Found:
    copy(world, "notify", posted.taken_down.id, set={"state": "live", "title": "x", "slug": "x"})
    return {(AMISS, "shown-elsewhere", posted.taken_down.id)}


def show_what_is_gone(world: World, posted: Posted) -> Found:
    """Something that events has never heard of stands on the first page."""
    shown = world.pledge.db["listings"].find_one({"_id": posted.found.id})
    assert shown
    world.pledge.db["listings"].insert_one({**shown, "_id": (other := an_id())})
    return {(AMISS, "shown-elsewhere", other)}


def end_what_goes_on(world: World, posted: Posted) -> Found:
    copy(world, "notify", posted.found.id, set={"state": "ended"})
    return {(AMISS, "ended-elsewhere", posted.found.id)}


def retitle_listing(world: World, posted: Posted) -> Found:
    copy(world, "pledge", posted.put_back.id, set={"title": "Another"})
    return {(AMISS, "copy-otherwise", posted.put_back.id), (AMISS, "shown-otherwise", posted.put_back.id)}


def forget_that_it_waits(world: World, posted: Posted) -> Found:
    copy(world, "notify", posted.waiting.id, unset={"waiting_since": 1})
    return {(AMISS, "waits-elsewhere", posted.waiting.id)}


def show_a_paused_group(world: World, posted: Posted) -> Found:
    world.pledge.db["paused_groups"].update_one({"_id": posted.paused.id}, {"$unset": {"paused_since": 1}})
    return {(AMISS, "pause-elsewhere", posted.paused.id)}


def pause_a_shown_group(world: World, posted: Posted) -> Found:
    world.notify.db["groups"].update_one({"_id": posted.group.id}, {"$set": {"paused": "yes"}})
    return {(AMISS, "pause-elsewhere", posted.group.id)}


def lose_pause(world: World, posted: Posted) -> Found:
    world.pledge.db["paused_groups"].delete_one({"_id": posted.paused.id})
    return {(LOST, "copy-behind", posted.paused.id), (AMISS, "pause-elsewhere", posted.paused.id)}


def lose_mail(world: World, posted: Posted) -> Found:
    """notify has read that it is up, and planned no mail for it. One that went: with so many up on one day, the last of them wait."""
    mail = world.notify.db["notifications"].find_one({"template": "published", "state": "sent"})
    assert mail
    row = world.events.db[archive.COLLECTION].find_one({"_id": mail["cause"]})
    assert row
    world.notify.db["notifications"].delete_one({"_id": mail["_id"]})
    return {(LOST, "not-heard", row["subject"]), (DOUBLED, "mail-of-nobody", mail["message_id"])}


def lose_archived(world: World, posted: Posted) -> Found:
    world.events.db[archive.COLLECTION].delete_one({"subject": posted.always.id, "type": "initiative.published.v1"})
    return {(LOST, "archive-row-missing", posted.always.id)}


OF_THE_AUDITOR: Sequence[Break] = (
    lose_listing,
    fall_behind,
    show_what_is_taken_down,
    show_what_is_gone,
    end_what_goes_on,
    retitle_listing,
    forget_that_it_waits,
    show_a_paused_group,
    pause_a_shown_group,
    lose_pause,
    lose_mail,
    lose_archived,
)


@pytest.mark.parametrize("break_", OF_THE_AUDITOR, ids=lambda break_: break_.__name__)
def test_the_auditor_finds_and_names_it(world: World, posted: Posted, break_: Break) -> None:
    """Broken once, exactly that is found between the services, and the verdict is not clean."""
    expected = break_(world, posted)
    audit = auditor(world)
    assert audit.found() == expected
    assert not audit.verdict().is_clean


def about(world: World, id_: str) -> Found:
    """Only of this: the log keeps what the tests before have put on it, and the stores do not."""
    return {one for one in auditor(world).found() if one[2] == id_}


def test_what_is_on_its_way_is_no_difference(world: World, posted: Posted) -> None:
    """Taken down a moment ago, not yet told, not yet read, or a dead letter for somebody to look at: its copies are left alone."""
    review.take_down(world.events, posted.found.id, to_take_down(), by=moderator(world.clock()), now=world.clock())
    assert about(world, posted.found.id) == set()
    relay_everything(world.events, outboxes())
    assert about(world, posted.found.id) == set()
    world.settle()
    assert about(world, posted.found.id) == set()
    assert "pledge 5, notify 5" in auditor(world).notes()["posts"]


# What comes late


def step(ear: Listening) -> bool:
    return bool(ear.consumer.step())


def is_kept(world: World, id_: str) -> bool:
    return all(world.stores[service][name].find_one({"_id": id_}) for service, name in (("pledge", "listings"), ("notify", "posts")))


def test_a_broker_that_stands_still(world: World, posted: Posted, log: Broker) -> None:
    """Read and published as ever, and found in events at once; pledge and notify hear of it when the broker is back, once."""
    relay = make_relay(world.events, outboxes())
    waiting = sent(world.events, posted.group, an_event(title="Published while nobody could hear"))
    until(lambda: not relay.step(), "the broker knows that it waits")
    with log.frozen():
        chosen(world.events, waiting)
        carry_out(world.events, world.clock.move(seconds=61))
        post = again(waiting)
        relay.step()
        assert (post.state, bool(post.listed)) == ("published", True)
        assert not world.pledge.db["listings"].find_one({"_id": post.id})
        assert doctor(world) == set()
    relay.close()
    world.settle()
    assert (world.pledge.db["listings"].find_one({"_id": post.id}) or {})["title"] == "Published while nobody could hear"
    assert about(world, post.id) == set()


def test_a_copy_that_is_late(world: World, posted: Posted, log: Broker) -> None:
    """Its last message comes first, the first last: it is shown nowhere, nobody is told that it is up, and that it went is told once."""
    post = shown(world.events, posted.group, an_event(title="Taken down before anybody heard"))
    review.take_down(world.events, post.id, to_take_down(), by=moderator(world.clock()), now=world.clock())
    told = [as_envelope(entry, "events", number) for number, entry in enumerate((posts().find_one({"_id": post.id}) or {})["outbox"])]
    assert [one.type for one in told] == ["post.submitted.v1", "event.published.v1", "event.taken-down.v1"]
    write(log, [to_record(one) for one in reversed(told)])
    until(lambda: sum(map(step, world.ears)) == 0 and is_kept(world, post.id), "both have heard it all", 20)
    assert "starts" not in (world.pledge.db["listings"].find_one({"_id": post.id}) or {})
    assert (world.notify.db["posts"].find_one({"_id": post.id}) or {})["state"] == "taken-down"
    world.settle()  # the relay, which knows nothing of that, tells it all in order once more
    assert about(world, post.id) == set()
    mails = {row["template"]: row["state"] for row in world.notify.db["notifications"].find({"about.id": post.id})}
    assert mails == {"published": "suppressed", "taken-down": "sent"}
