"""Organisers for a test: signed in as a browser signs in, or asked to help run a group."""

import uuid
from typing import Any

from flask.testing import FlaskClient

from services.notify.operations import organisers
from shared.messaging.envelope import Envelope
from shared.security.sealing import keyed_hash, seal
from shared.security.sessions import Session, read
from tests.notify import staffroom
from tests.notify.desk import Desk, envelope
from tests.support.settings import NOTIFY_KEYS

ROWAN = "rowan.hale@example.org"
GROUP = "Spadework Allotments"


def ask(desk: Desk, address: str = ROWAN, then: str = "/groups/new") -> Any:
    """Typed at /sign-in, a second after what was before; nothing is sent yet."""
    desk.clock.move(seconds=1)
    return desk.post("/sign-in", data={"email": address, "next": then})


def come(desk: Desk, address: str = ROWAN, then: str = "/groups/new") -> FlaskClient:
    """The browser of somebody who asked, was mailed, and pressed the link."""
    ask(desk, address, then)
    desk.send()
    desk.clock.move(seconds=1)
    client = desk.browser
    assert staffroom.ask(desk, client, desk.link("sign-in"), post={}).status_code == 303
    return client


def session(client: FlaskClient, desk: Desk) -> Session:
    """What the browser's cookie says."""
    kept = client.get_cookie("session")
    assert kept, "nobody has signed in"
    found = read(NOTIFY_KEYS["NOTIFY_VERIFY_KEY"], kept.value, desk.clock.now)
    assert found, "the cookie has run out"
    return found


def hash_of(desk: Desk, address: str) -> str:
    return keyed_hash(desk.work.settings.notify_key, "address", address)


def refs(desk: Desk, address: str = ROWAN) -> list[str]:
    return list(organisers.refs_of(hash_of(desk, address)))


def invitation(desk: Desk, address: str = ROWAN, group: str = GROUP, ref: str | None = None) -> Envelope:
    """A second organiser, offered by events; not heard yet."""
    ref = ref or str(uuid.uuid4())
    sealed = seal(NOTIFY_KEYS["NOTIFY_PUBLIC_KEY"], {"address": address, "group": group})
    return envelope("contact.offered.v1", ref, {"ref": ref, "kind": "organiser", "sealed": sealed}, desk.clock.now, source="events")


def invited(desk: Desk, address: str = ROWAN, group: str = GROUP) -> str:
    """The same, heard and mailed. Its ref."""
    offer = invitation(desk, address, group)
    desk.hear(offer)
    desk.send()
    return str(offer.data["ref"])
