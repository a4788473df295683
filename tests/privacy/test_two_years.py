"""Two years later: what every store still holds of a world in which everything has happened once, and nothing that the table forgot."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.events.operations import sign_ups
from services.events.operations.sign_ups import Wish
from services.notify.operations import boxes, erasing, my_data, sessions, staff
from services.notify.operations.staff import THE_COMMAND_LINE, Person
from services.pledge.operations import pledges
from shared.privacy.retention import RETENTION
from shared.runtime.clock import LONDON
from shared.security.sessions import OPERATOR
from tests.audit.posting import play_posts
from tests.audit.world import World, open_world, play
from tests.support.builders import a_promise, an_id
from tests.support.engines import Broker, Store
from tests.support.posts import an_event
from tests.support.reviewed import shown
from tests.support.smtp import MailServer

pytestmark = [pytest.mark.xdist_group("two-years"), pytest.mark.timeout(300)]

Snapshot = dict[str, set[str]]  # service.collection → the names of the fields in it

# Moments to look at, after everything has happened: each figure of the table has its end between two of them.
DAYS = (0.1, 1.1, 2.1, 9, 40, 95, 115, 200, 370, 405, 440, 480, 560, 740, 750)


@pytest.fixture(scope="module")
def stage(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Snapshot, World]]:
    """What was held when everything had happened, and the world two years later."""
    with Broker(tmp_path_factory.mktemp("two-years")) as broker, MailServer() as server, open_world(store, broker, server) as world:
        happen(world)
        before, start = held(world), world.clock()
        for days in DAYS:
            world.clock.set(start + timedelta(days=days))
            world.work_off()
        yield before, world


def happen(world: World) -> None:
    play(world)
    pledges.make(world.pledge, a_promise(), now=world.clock(), key=an_id())
    posted = play_posts(world)
    now = world.clock
    walk = shown(world.events, posted.group, an_event(joining="book", capacity=1))
    for name in ("placed", "waits", "placed"):
        sign_ups.ask(
            world.events, walk, walk.slots[0]["id"], Wish("Quill", f"{name}@example.org", access_needs="A chair"), now=now(), key=name
        )
    world.settle()
    staff.add(world.notify, Person("operator@example.org", "Sam"), (OPERATOR,), (), by=THE_COMMAND_LINE, now=now())
    sessions.ask(world.notify, "quill@example.org", "/groups", now())
    link = sessions.link_for_organiser(world.notify, "quill@example.org", now.move(seconds=1))
    signed_in = sessions.sign_in(world.notify, link.rpartition("/")[2], now.move(seconds=1))
    sessions.end(signed_in.session.id, now())
    my_data.ask(world.notify, "placed@example.org", now())
    world.settle()
    erasing.erase(world.notify, boxes.hash_of(world.notify, "waits@example.org"), now.move(seconds=1))
    world.settle()


def held(world: World) -> Snapshot:
    return {
        f"{service}.{name}": {field for row in rows for field in row}
        for service, db in world.stores.items()
        for name in sorted(db.list_collection_names())
        if (rows := list(db[name].find()))
    }


# What may be left two years later, and nothing else: numbers that lead to nobody, what groups published, marks that nobody can read back,
# and what the last months brought.
COUNTS = "_id area channel deltas poster theme told_by week"
A_MESSAGE = "_id data expires offset partition sequence source subject time topic type"
LEFT = {
    "pledge.counted": COUNTS,
    "pledge.totals": "_id batches counters key kind",
    "pledge.published": "_id as_at publication counters breakdowns last_shown",
    "pledge.pledges": "_id action answer area channel outbox_base postponements reference state theme week",
    "pledge.listings": "_id areas days group group_name kind sequence slug title forget_at",
    "pledge.paused_groups": "_id paused_since sequence",
    "pledge.archive": A_MESSAGE,
    "notify.archive": A_MESSAGE,
    "notify.contacts": "_id ended_at kind made_at outbox_base reason state",
    "notify.notifications": "_id about attempts cause due_at message_id planned_at reason ref sent_at shelf_ends state template",
    "notify.staff": "_id boroughs ended_at invited_at invited_by roles state",
    "notify.staff_log": "_id at boroughs roles what who whom",
    "notify.suppressions": "_id at",
    "notify.tokens": "_id address_hash kind made_at purpose",  # of the Stop links, which work for good
    "events.archive": A_MESSAGE,
    "events.groups": "_id about approved approved_at made_at organisers outbox_base paused_at private saved_at slug state trusted",
    "events.held": "_id areas at outbox_base phrases ref source state waiting_since words",  # nobody has decided on it
    "events.posts": "_id asked_to_check_at called_off_until changed_at check_due check_hash draft edition ended group kind last_checked"
    " listed live made_at outbox_base published_at saved_at slots slug state submitted_at waiting",
    "events.rosters": "_id capacity ends entries event free starts taking unsettled waiting",
    "events.sign_ups": "_id area channel event given made_at outbox_base party reference slot state theme week",
}
PERSONAL = {
    "notify.contacts": {"sealed", "address_hash", "consents"},
    "notify.erasures": {"_id"},
    "notify.data_requests": {"sealed"},
    "notify.sessions": {"organiser"},
    "events.sign_ups": {"private", "person", "leave_hash", "ref"},
    "pledge.pledges": {"ref", "made_at", "key", "withdraw_hash"},
    "events.decisions": {"by_name"},
    "pledge.erasures": {"done_at"},
}


def test_it_was_there(stage: tuple[Snapshot, World]) -> None:
    """What is looked for two years later was held at first: else nothing could be missing."""
    before = stage[0]
    for name, fields in PERSONAL.items():
        assert fields <= before[name], name


def test_what_is_left(stage: tuple[Snapshot, World]) -> None:
    """Nothing beyond these fields of these collections, in any store."""
    after = held(stage[1])
    assert after.keys() <= LEFT.keys()
    for name, fields in after.items():
        assert fields <= set(LEFT[name].split()), name
    for name in ("pledge.pledges", "pledge.totals", "events.sign_ups", "events.posts", "events.rosters"):
        assert name in after, "what is kept for good is there"


def test_nobody_is_named(stage: tuple[Snapshot, World]) -> None:
    """No address, no first name, no need, no exact time of anybody's sign-up."""
    world = stage[1]
    everything = repr([list(db[name].find()) for db in world.stores.values() for name in db.list_collection_names() if name != "groups"])
    assert [word for word in ("example.org>", "@example.org", "A chair") if word in everything.replace("@example.org>", "")] == []
    for row in world.events.db["sign_ups"].find():
        assert row["made_at"].astimezone(LONDON).strftime("%A %H:%M:%S") == "Monday 00:00:00"


def test_each_figure_has_passed() -> None:
    """The longest of them ended within the time that was moved; only what is for good can be left."""
    finite = [row.lasts for row in RETENTION if not row.is_for_good]
    assert max(finite) < timedelta(days=DAYS[-1])
