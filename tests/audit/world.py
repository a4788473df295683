"""pledge, events and notify side by side on real engines, each with its real relay and consumer; the test says when each does its part."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pymongo.database import Database

from services.events.consumers import HANDLERS as EVENTS_HANDLERS
from services.events.operations import carrying_out, changing, erasing, pausing, places
from services.events.store import outboxes as events_rows
from services.notify.consumers import HANDLERS as NOTIFY_HANDLERS
from services.notify.delivery import Delivery, open_delivery
from services.notify.operations import contacts, nudges
from services.notify.operations import erasing as notify_erasing
from services.notify.operations.places import plan_tellings
from services.notify.operations.sending import send_due
from services.notify.store import outboxes as notify_rows
from services.pledge.consumers import HANDLERS as PLEDGE_HANDLERS
from services.pledge.operations import counting, pledges, striking
from services.pledge.operations import erasing as pledge_erasing
from services.pledge.store import Pledge, by_id
from services.pledge.store import outboxes as pledge_rows
from shared.messaging.broker import Subscription
from shared.messaging.catalogue import topics_heard_by
from shared.messaging.work import Work
from tests.support.benches import bench
from tests.support.builders import a_nudge, a_promise
from tests.support.engines import Broker, Store
from tests.support.listening import Listening, listen
from tests.support.relays import relay_everything
from tests.support.settings import MovableClock
from tests.support.smtp import MailServer
from tests.support.waiting import until
from tests.support.wire import prepare

Snapshot = dict[tuple[str, str], list[dict[str, Any]]]


@dataclass
class World:
    pledge: Work[Any]
    notify: Work[Any]
    events: Work[Any]
    clock: MovableClock
    server: MailServer
    delivery: Delivery
    ears: list[Listening] = field(default_factory=list)

    @property
    def stores(self) -> dict[str, Database[dict[str, Any]]]:
        return {"pledge": self.pledge.db, "notify": self.notify.db, "events": self.events.db}

    # What people do

    def make(self, **changes: Any) -> Pledge:
        return pledges.make(self.pledge, a_promise(**changes), now=self.clock())

    def ask(self, made: Pledge, address: str = "") -> str:
        """With an address of its own if none is given. The contact's ref."""
        asked = pledges.ask_for_nudge(
            self.pledge, made.reference, a_nudge(address=address or f"quill-{made.id[:8]}@example.org"), now=self.clock()
        )
        return str(asked.ref)

    def link(self, ref: str, kind: str = "confirm", template: str = "confirm") -> str:
        """The token of a link in the last mail of this template to this contact."""
        row = self.notify.db["notifications"].find_one({"ref": ref, "template": template, "state": "sent"})
        assert row
        mail = next(mail for mail in reversed(self.server.taken) if mail.message["Message-ID"] == row["message_id"])
        marker = f"{self.notify.settings.public_url}/{kind}/"
        return next(line.strip().removeprefix(marker) for line in mail.body("plain").splitlines() if line.strip().startswith(marker))

    def confirm(self, ref: str) -> None:
        contacts.confirm(self.notify, self.link(ref), self.clock())

    # What the processes do

    def settle(self) -> None:
        """Every process takes its part in turn, until nothing is on its way."""
        quiet = 0
        while quiet < 3:
            quiet = 0 if self._turn() else quiet + 1

    def _turn(self) -> bool:
        self.clock.move(seconds=1)
        busy = any(
            documents.find_one({"pending_since": {"$exists": True}}) for documents in (*pledge_rows(), *notify_rows(), *events_rows())
        )
        striking.carry_out(self.pledge, self.clock())
        relay_everything(self.pledge, pledge_rows())
        relay_everything(self.notify, notify_rows())
        for step in (
            carrying_out.carry_out,
            places.arrange,
            places.call,
            places.settle,
            changing.finish_closing,
            pausing.settle,
            erasing.erase,
        ):
            step(self.events, self.clock())
        relay_everything(self.events, events_rows())
        read = [ear.consumer.step() for ear in self.ears]
        while counting.fold(self.pledge, self.clock()):
            pass
        pledge_erasing.erase(self.pledge, self.clock())
        notify_erasing.finish(self.notify, self.clock())
        nudges.plan_due(self.notify, self.clock())
        plan_tellings(self.notify, self.clock())
        return any([busy, *read, send_due(self.notify, self.delivery)])

    def work_off(self) -> None:
        """Every kind of every clock, until none finds anything; what they tell arrives."""
        for work in (self.pledge, self.events, self.notify):
            for kind in import_module(f"services.{work.settings.service}.clock").DUE:
                for _ in range(50):
                    if not kind.step(work, self.clock()):
                        break
        self.settle()

    def listen(self) -> None:
        """Join their groups."""
        heard = ((self.pledge, PLEDGE_HANDLERS), (self.notify, NOTIFY_HANDLERS), (self.events, EVENTS_HANDLERS))
        for work, handlers in heard:
            name = work.settings.service
            subscription = Subscription(work.settings, name, topics_heard_by(name))
            until(lambda: bool(subscription.poll()) or bool(subscription.assigned()), f"{name}'s group is joined", 30)  # noqa: B023
            self.ears.append(listen(work, subscription, handlers))

    # Putting everything back

    def snapshot(self) -> Snapshot:
        return {
            (service, name): list(db[name].find()) for service, db in self.stores.items() for name in sorted(db.list_collection_names())
        }

    def restore(self, snapshot: Snapshot) -> None:
        for service, db in self.stores.items():
            for name in db.list_collection_names():
                db[name].delete_many({})
                if rows := snapshot.get((service, name)):
                    db[name].insert_many(rows)


@dataclass(frozen=True)
class Cast:
    """The pledges of a world in which everything has happened once. Refs: of the contacts behind them."""

    plain: Pledge
    answered: Pledge
    poster: Pledge
    withdrawn: Pledge
    waiting: Pledge
    confirmed: Pledge
    nudged: Pledge
    lapsed: Pledge
    stopped: Pledge


def play(world: World) -> Cast:
    """Everything that can happen to a pledge, until all of it has arrived."""
    made = {name: world.make(**({"poster": "OLD-ST-3", "channel": "posters"} if name == "poster" else {})) for name in Cast.__annotations__}
    pledges.answer(world.pledge, made["answered"].reference, "partly", now=world.clock())
    pledges.answer(world.pledge, made["answered"].reference, "yes", now=world.clock())
    pledges.withdraw(world.pledge, made["withdrawn"].reference, now=world.clock())
    refs = {name: world.ask(made[name]) for name in ("waiting", "confirmed", "nudged", "lapsed", "stopped")}
    world.settle()
    contacts.not_me(world.notify, world.link(refs["lapsed"], "not-me"), world.clock())
    for name in ("confirmed", "nudged", "stopped"):
        world.confirm(refs[name])
    world.settle()
    nudges.plan_all(world.notify)
    world.settle()
    pledges.postpone(world.pledge, made["confirmed"].reference, now=world.clock())
    contacts.stop(world.notify, world.link(refs["stopped"], "stop", "nudge"), world.clock())
    world.settle()
    found = {name: by_id(pledge.id) for name, pledge in made.items()}
    return Cast(**{name: pledge for name, pledge in found.items() if pledge})


@contextmanager
def open_world(store: Store, broker: Broker, server: MailServer) -> Iterator[World]:
    """Three empty databases, an own broker's empty log. The clock stands on a Wednesday and moves a second a turn."""
    clock = MovableClock()
    prepare(broker)
    mail = {"MAIL_FROM": "pledge@example.org", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": server.port, "SMTP_STARTTLS": 0}
    with ExitStack() as stack:
        first, second, third = (stack.enter_context(store.fresh_database()) for _ in range(3))
        pledge = stack.enter_context(bench("pledge", store, first, clock, broker))
        notify = stack.enter_context(bench("notify", store, second, clock, broker, **mail))
        events = stack.enter_context(bench("events", store, third, clock, broker))
        delivery = open_delivery(notify.settings)
        stack.callback(delivery.close)
        world = World(pledge, notify, events, clock, server, delivery)
        world.listen()
        for ear in world.ears:
            stack.callback(ear.consumer.close)
        yield world
