"""A year of one person: a pledge with its nudges, a walk with its evening mail, a rest, an erasure. What she was mailed, what was counted,
what is still held, from the tap in June to the June after."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.events.operations import attendance, sign_ups
from services.events.operations.sign_ups import Wish
from services.events.store import Post
from services.notify.operations import boxes, contacts, erasing, my_data
from services.notify.store import contact
from services.pledge import rules
from services.pledge.operations import counting, pledges
from services.pledge.store import Pledge, by_id, totals
from shared.reference.consents import EVENING_BEFORE, current
from shared.runtime.clock import LONDON
from shared.runtime.errors import Expired
from tests.audit.world import World, open_world
from tests.support.engines import Broker, Store
from tests.support.posts import a_group, again, an_event
from tests.support.reviewed import shown
from tests.support.smtp import MailServer

pytestmark = [pytest.mark.xdist_group("a-year"), pytest.mark.proof, pytest.mark.timeout(300)]

ADA = "ada.quill@example.org"


@pytest.fixture
def world(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Broker(tmp_path_factory.mktemp("a-year")) as broker, MailServer() as server, open_world(store, broker, server) as found:
        yield found


def london(day: int, month: int, hour: int = 9, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=LONDON)


class Ada:
    """She, and the days that go by."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read = 0

    def until(self, moment: datetime) -> None:
        """Day by day, every clock at work in each."""
        clock = self.world.clock
        while clock() + timedelta(days=1) < moment:
            clock.move(days=1)
            self.world.work_off()
        clock.set(moment)
        self.world.work_off()

    def leap(self, moment: datetime) -> None:
        """The same for a long time in which nothing is due, a month at a time."""
        clock = self.world.clock
        while clock() + timedelta(days=31) < moment:
            clock.move(days=31)
            self.world.work_off()
        self.until(moment)

    def mails(self) -> list[str]:
        """What has come since she last looked."""
        came = [mail for mail in self.world.server.taken[self.read :] if mail.to == ADA]
        self.read = len(self.world.server.taken)
        ids = {row["message_id"]: row["template"] for row in self.world.notify.db["notifications"].find()}
        return [ids[mail.message["Message-ID"]] for mail in came]

    def pledges(self) -> tuple[Pledge, str]:
        made = self.world.make(action="walk-together")
        ref = self.world.ask(made, ADA)
        self.world.settle()
        return made, ref

    def has_a_place(self, walk: Post) -> str:
        wish = Wish("Ada", ADA, consents=(current(EVENING_BEFORE).id,))
        found, _said = sign_ups.ask(self.world.events, walk, walk.slots[0]["id"], wish, now=self.world.clock())
        self.world.settle()
        contacts.confirm(self.world.notify, self.world.link(found.ref, template="placed"), self.world.clock())
        return str(found.ref)


def stands(made: Pledge) -> Any:
    found = by_id(made.id)
    assert found
    return found


def counters(world: World) -> dict[str, int]:
    assert counting.rebuild(world.pledge) == [], "counted anew it is the same"
    return {name: value for name, value in totals(world.pledge.db, counting.ALL)[""].items() if value}


def test_a_year(world: World) -> None:
    """Each mail at its time and none beside; each counter what the pledges, the place and the head count say; in the end nothing of her."""
    clock = world.clock
    walk = shown(world.events, a_group(world.events), an_event(date="2026-06-24", joining="book", capacity=5))
    world.settle()
    ada = Ada(world)

    # June: she pledges, for Saturday, and signs up for a walk two weeks away.
    made, ref = ada.pledges()
    assert ada.mails() == ["confirm"]
    world.confirm(ref)
    world.settle()
    place = ada.has_a_place(walk)
    assert ada.mails() == ["placed"]
    assert stands(made).state == rules.CONFIRMED
    assert counters(world) == {"pledge": 1, "confirmed": 1, "interaction": 2}

    ada.until(london(12, 6, 23))
    assert ada.mails() == [], "nothing before its day"
    assert stands(made).made_at is None, "of the exact time nothing is left after a day"
    ada.until(london(13, 6, 10))
    assert ada.mails() == ["nudge"]

    # "Not yet" asks for the Saturday after; "not now" for two weeks without any; she starts again before they are over.
    pledges.postpone(world.pledge, made.reference, now=clock())
    world.settle()
    token = world.link(ref, "not-now", "nudge")
    ada.until(london(15, 6))
    contacts.rest(token, clock())
    ada.until(london(22, 6))
    assert ada.mails() == [], "a rest is one"
    contacts.start_again(token, clock())
    ada.until(london(23, 6, 10))
    assert ada.mails() == ["nudge"], "what the rest moved comes the next morning, once"
    ada.until(london(23, 6, 18))
    assert ada.mails() == ["evening"], "five in the afternoon of the day before"

    # The walk; the organiser counts; she says how it went, and better later.
    ada.until(london(25, 6))
    attendance.record(again(walk), 4, None, now=clock())
    pledges.answer(world.pledge, made.reference, "partly", now=clock())
    pledges.answer(world.pledge, made.reference, "yes", now=clock())
    world.settle()
    assert counters(world) == {"pledge": 1, "confirmed": 1, "interaction": 2, "participant": 4, "kept": 1}
    ada.until(london(5, 7))
    found = contact(place)
    assert found
    assert (found.state, found.sealed) == ("forgotten", None), "a week after the walk"

    # Ninety days after the nudge she asked for, rest or no rest, the tie to her address ends; the pledge stays counted.
    ada.leap(london(17, 9))
    assert stands(made).ref == ref
    ada.until(london(19, 9))
    assert (stands(made).state, stands(made).ref, stands(made).answer) == (rules.CONFIRMED, None, "yes")
    assert not my_data.holds_anything(boxes.hash_of(world.notify, ADA)), "so nothing leads to her"
    assert ada.mails() == []

    # January: once more, and then everything is to go.
    ada.leap(london(12, 1, year=2027))
    second, again_ref = ada.pledges()
    world.confirm(again_ref)
    world.settle()
    assert ada.mails() == ["confirm"]
    old_link = world.link(again_ref)
    my_data.ask(world.notify, ADA, clock())
    world.settle()
    assert ada.mails() == ["my-data"]
    before = clock()
    erasing.erase(world.notify, boxes.hash_of(world.notify, ADA), clock())
    world.settle()
    assert clock() - before < timedelta(seconds=60), "done in all three services within a minute"
    assert (stands(second).state, stands(second).ref) == (rules.CONFIRMED, None)
    with pytest.raises(Expired):
        contacts.confirm(world.notify, old_link, clock())

    # And in the June after.
    ada.leap(london(10, 6, year=2027))
    assert ada.mails() == [], "nobody who was erased is nudged"
    assert counters(world) == {"pledge": 2, "confirmed": 2, "interaction": 3, "participant": 4, "kept": 1}
    assert not world.notify.db["contacts"].find_one({"address_hash": {"$exists": True}})
    everything = repr([list(db[name].find()) for db in world.stores.values() for name in db.list_collection_names()])
    assert ADA not in everything
