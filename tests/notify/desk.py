"""A notify to test: what it hears, its sender, its pages, and its mails as they arrived. Everything behind it is real."""

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

import mongoengine
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from services.notify.app import create_app
from services.notify.consumers import HANDLERS
from services.notify.delivery import Delivery, open_delivery
from services.notify.operations import nudges
from services.notify.operations.sending import send_due
from services.notify.settings import Settings
from services.notify.store import Contact, Notification, contact, rows_of
from shared.messaging.envelope import Envelope, from_record, to_record
from shared.messaging.outbox import as_envelope, message
from shared.messaging.work import Work
from shared.runtime.clock import LONDON, in_london
from shared.security.sealing import seal
from tests.support.engines import Broker, Store
from tests.support.settings import NOTIFY_KEYS, MovableClock, settings_for
from tests.support.smtp import MailServer, Received

ADA = "ada.quill@example.org"
REFERENCE = "CL-7K3M-9QXA"
WITHDRAW = "withdraw-token-of-22-s"
FACTS = {"action": "walk-together", "theme": 1, "area": "not-said", "week": "2026-W24", "channel": "direct", "deltas": {}}


def box(address: str | None = ADA, *, nudge_at: datetime, when: str | None = None, **changes: Any) -> str:
    """What pledge seals for notify. A change to None leaves that part out; `when` is the nudge's time as text."""
    content = {
        "address": address,
        "reference": REFERENCE,
        "token": WITHDRAW,
        "consents": ["nudge-2026-11"],
        "action": "walk-together",
        "nudge_at": when or nudge_at.isoformat(),
    }
    return seal(NOTIFY_KEYS["NOTIFY_PUBLIC_KEY"], {name: value for name, value in (content | changes).items() if value is not None})


def nine(now: datetime, days: int) -> datetime:
    return datetime.combine(in_london(now).date() + timedelta(days=days), time(9), LONDON)


def envelope(type_: str, subject: str, data: Mapping[str, Any], now: datetime, sequence: int = 0, source: str = "pledge") -> Envelope:
    """A message as notify's consumer reads it: through the record and its check, like any other."""
    entry = message(type_, subject, data, now=now)
    return from_record(to_record(as_envelope(entry | {"correlation": str(uuid.uuid4())}, source, sequence)))


@dataclass
class Desk:
    work: Work[Settings]
    delivery: Delivery
    server: MailServer
    clock: MovableClock
    app: Flask

    # What it hears

    def hear(self, *envelopes: Envelope) -> None:
        for one in envelopes:
            HANDLERS[one.type](self.work, [one])

    def offer(self, address: str = ADA, *, ref: str | None = None, replaces: str | None = None, days: int = 3, **box_: Any) -> Envelope:
        """An address offered by pledge, not heard yet. Its nudge is asked for at nine in London, `days` from now."""
        ref = ref or str(uuid.uuid4())
        sealed = box(address, nudge_at=nine(self.clock.now, days), **box_)
        data = {"ref": ref, "kind": "pledge", "sealed": sealed} | ({"replaces": replaces} if replaces else {})
        return envelope("contact.offered.v1", ref, data, self.clock.now)

    def offered(self, address: str = ADA, **more: Any) -> str:
        """The same, heard. Its ref."""
        offer = self.offer(address, **more)
        self.hear(offer)
        return str(offer.data["ref"])

    def again(self, ref: str) -> None:
        self.hear(envelope("contact.again.v1", ref, {"ref": ref}, self.clock.now, 1))

    def promise(self, what: str, ref: str | None, sequence: int, **more: Any) -> None:
        """What pledge says of the pledge: `withdrawn`, `kept`, `postponed`."""
        data = {**FACTS, **({"ref": ref} if ref else {}), **more}
        self.hear(envelope(f"pledge.{what}.v1", str(uuid.uuid4()), data, self.clock.now, sequence))

    # What it does

    def send(self) -> None:
        """The sender, until nothing is due any more."""
        for _ in range(20):
            if not send_due(self.work, self.delivery):
                return
        raise AssertionError("the sender finds something due for ever")

    def plan_nudges(self) -> int:
        return nudges.plan_due(self.work, self.clock.now)

    def confirmed(self, address: str = ADA, **more: Any) -> str:
        """Offered, mailed, and confirmed by its link. Its ref."""
        ref = self.offered(address, **more)
        self.send()
        assert self.post(self.link("confirm")).status_code == 303
        return ref

    def nudged(self, address: str = ADA, **more: Any) -> str:
        """And its nudge sent, at its time."""
        ref = self.confirmed(address, **more)
        self.clock.set(self.contact(ref).nudge_due)
        self.plan_nudges()
        self.send()
        return ref

    def nudge_due(self) -> str:
        """A contact whose nudge is planned and due now; nothing is sent yet. The mails before it are forgotten."""
        ref = self.confirmed()
        self.clock.set(self.contact(ref).nudge_due)
        assert self.plan_nudges() == 1
        self.mails.clear()
        return ref

    # What is so now

    def contact(self, ref: str) -> Contact:
        found = contact(ref)
        assert found is not None, "notify has no such contact"
        return found

    def said(self, ref: str) -> list[str]:
        """What its outbox tells of a contact, as `type: reason`, in order."""
        row = rows_of(Contact).find_one({"_id": ref}) or {}
        return [
            entry["type"].removesuffix(".v1") + (f": {entry['data']['reason']}" if "reason" in entry["data"] else "")
            for entry in row.get("outbox", [])
        ]

    def rows(self, ref: str, template: str | None = None) -> list[Notification]:
        """The ledger of a contact, oldest first."""
        wanted = {"ref": ref} | ({"template": template} if template else {})
        return list(Notification.objects(**wanted).order_by("planned_at"))

    def ledger(self, ref: str, template: str | None = None) -> list[tuple[str, str | None]]:
        return [(row.state, row.reason) for row in self.rows(ref, template)]

    # Mails and pages

    @property
    def mails(self) -> list[Received]:
        return self.server.taken

    def link(self, kind: str, mail: Received | None = None) -> str:
        """The path of a link in a mail, the last one if none is given."""
        text = (mail or self.server.last()).body("plain")
        found = re.findall(rf"^  {self.work.settings.public_url}(/{kind}/\S+)$", text, re.MULTILINE)
        assert len(found) == 1, f"{len(found)} links of {kind} in:\n{text}"
        return str(found[0])

    @property
    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def stored(self) -> dict[str, list[dict[str, Any]]]:
        """Every document, by collection."""
        return {name: list(self.work.db[name].find()) for name in sorted(self.work.db.list_collection_names())}

    def get(self, path: str, **more: Any) -> Any:
        return self.browser.get(path, base_url=self.work.settings.public_url, **more)

    def post(self, path: str, **more: Any) -> Any:
        return self.browser.post(path, base_url=self.work.settings.public_url, **more)


MADE_UP: dict[str, Any] = {"MAIL_FROM": "pledge@example.org", "SMTP_HOST": "127.0.0.1", "SMTP_STARTTLS": 0}


@contextmanager
def open_desk(
    store: Store, database: str, server: MailServer, clock: MovableClock, broker: Broker | None = None, **changes: object
) -> Iterator[Desk]:
    """notify on an emptied database whose indexes are there. `changes`: settings by their variables' names."""
    server.behave()
    server.taken.clear()
    settings = settings_for("notify", store, broker, database, **MADE_UP, SMTP_PORT=server.port, **changes)
    app = create_app(settings)
    work = app.extensions["work"] = replace(app.extensions["work"], clock=clock)
    app.extensions["clock"] = clock
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(settings.build_dir)  # each test has an app of its own
    for name in work.db.list_collection_names():
        work.db[name].delete_many({})
    delivery = open_delivery(settings)
    try:
        yield Desk(work, delivery, server, clock, app)
    finally:
        delivery.close()
        mongoengine.disconnect(alias="notify")
