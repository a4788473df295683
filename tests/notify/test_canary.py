"""notify from the log to the mail and back, and afterwards: nothing of a person lies anywhere in clear."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from services.notify import rules
from services.notify.consumers import HANDLERS
from services.notify.operations import boxes, contacts, evenings, lookup
from services.notify.rules.evenings import evening_before
from services.notify.settings import Settings
from services.notify.store import Contact, Notification, outboxes, rows_of
from shared.messaging.broker import Subscription
from shared.messaging.catalogue import TOPICS, topics_heard_by
from shared.messaging.consumer import Consumer
from shared.messaging.envelope import Envelope, from_record, to_record
from shared.messaging.work import Work
from shared.runtime.logs import configure
from shared.runtime.loop import Pulse
from tests.notify import guild, staffroom
from tests.notify.desk import REFERENCE, WITHDRAW, Desk, box, envelope, nine, open_desk
from tests.notify.test_organiser_mails import note, said
from tests.notify.walk import CONSENT, GATE, walk
from tests.support.engines import Broker, Store
from tests.support.relays import relay_everything
from tests.support.settings import MovableClock
from tests.support.smtp import MailServer
from tests.support.waiting import until
from tests.support.wire import prepare, read_log, write

CANARY = "Zephyrine.Unmistakable@example.org"
OTHER = "quincunx.refused@example.org"
UNREAD = "Marmalade Conspirators"
TOKEN = "StillOnTokenOf22Signs-"
DAMAGED = "00000000-0000-4000-8000-000000000001"
Reader = Consumer[Work[Settings]]


@pytest.fixture
def desk(store: Store, prepared: str, clock: MovableClock, mail_server: MailServer, build_dir: Path, own_broker: Broker) -> Iterator[Desk]:
    prepare(own_broker)
    with open_desk(store, prepared, mail_server, clock, own_broker, BUILD_DIR=build_dir) as desk:
        yield desk


@pytest.fixture
def consumer(desk: Desk) -> Iterator[Reader]:
    topics = topics_heard_by("notify")
    made = Consumer(
        desk.work.db, "notify", HANDLERS, desk.work, lambda: Subscription(desk.work.settings, "notify", topics), desk.clock, Pulse()
    )
    yield made
    made.close()


def said_on_the_log(broker: Broker) -> list[tuple[str, str]]:
    """What notify published, as (type, ref), in order; once where it was said twice (a batch with a damaged offer is read twice)."""
    heard: list[Envelope] = [from_record(record) for record in read_log(broker, "notifications.v1")]
    ordered = sorted(heard, key=lambda one: (one.subject, one.sequence or 0))
    return list(dict.fromkeys((one.type, str(one.data["ref"])) for one in ordered))


def test_nothing_in_clear(desk: Desk, consumer: Reader, own_broker: Broker, capfd: pytest.CaptureFixture[str]) -> None:
    """The whole journey over the real broker: offered, mailed, confirmed, nudged, stopped; one refused; one damaged offer.

    Then the address, its reference and every mailed token are looked for in each stored document, each record, each log
    line and each metric: they are in the mails, and nowhere else.
    """
    configure("notify", "tests", "debug")
    offer, refused = desk.offer(CANARY), desk.offer(OTHER)
    damaged = envelope("contact.offered.v1", DAMAGED, {**refused.data, "ref": DAMAGED, "sealed": "AAAA"}, desk.clock.now)
    write(own_broker, [to_record(one) for one in (offer, damaged, refused)])
    ref, other = str(offer.data["ref"]), str(refused.data["ref"])

    def heard(wanted: str) -> bool:
        consumer.step()
        return rows_of(Contact).find_one({"_id": wanted}) is not None

    until(lambda: heard(ref) and heard(other), "both offers are heard", 30)
    desk.server.behave(rcpt=f"450 4.2.0 <{CANARY}>: later, please", times=2)
    desk.send()
    desk.clock.move(minutes=1)
    desk.server.behave(rcpt=f"550 5.1.1 <{OTHER}>: no such mailbox {REFERENCE}", times=1)
    desk.send()
    desk.clock.move(minutes=1)
    desk.send()
    survivor = ref if desk.contact(ref).state == rules.OFFERED else other
    assert desk.post(desk.link("confirm")).status_code == 303
    desk.clock.set(desk.contact(survivor).nudge_due)
    desk.plan_nudges()
    desk.send()
    for path in (desk.link("stop"), "/confirm/" + "A" * 22):
        desk.get(path)
    desk.post(desk.link("stop"))
    contacts.expire(desk.work, desk.clock.now)
    relay_everything(desk.work, [rows_of(Contact)])
    until(lambda: not consumer.step(), "the log is read")

    lost = other if survivor == ref else ref
    told = said_on_the_log(own_broker)
    assert [kind for kind, whose in told if whose == survivor] == ["contact.received.v1", "contact.confirmed.v1", "contact.suppressed.v1"]
    assert [kind for kind, whose in told if whose == lost] == ["contact.received.v1", "contact.expired.v1"]

    secrets = {text.lower() for text in (CANARY, OTHER, CANARY.split("@")[0], OTHER.split("@")[0], REFERENCE, WITHDRAW)}
    links = [desk.link(kind, mail) for mail, kind in ((desk.mails[0], "confirm"), (desk.mails[0], "not-me"), (desk.mails[-1], "stop"))]
    secrets |= {path.rpartition("/")[2].lower() for path in links}
    mailed = " ".join(mail.body("plain") + mail.to for mail in desk.mails).lower()
    assert sum(secret in mailed for secret in secrets) == len(secrets) - 2, (
        "what is looked for is real: all but the other address was mailed"
    )
    places = {
        "the store": repr(desk.stored()),
        "the log": repr([read_log(own_broker, topic) for topic in TOPICS]),
        "the lines": "".join(capfd.readouterr()),
        "the metrics": generate_latest().decode(),
    }
    assert all(places.values())
    assert "smtp-550" in places["the lines"]
    assert "poison" in places["the store"]
    for place, content in places.items():
        assert [secret for secret in secrets if secret in content.lower()] == [], f"in clear in {place}"


def test_nothing_of_an_organiser_in_clear(desk: Desk, consumer: Reader, own_broker: Broker, capfd: pytest.CaptureFixture[str]) -> None:
    """Over the real broker: one signs in and is told of a post and asked whether it is on; another is invited and says yes; signed out.

    Then the addresses, the group's unread name, the note's token and every link's are looked for wherever they must not be.
    """
    configure("notify", "tests", "debug")
    guild.ask(desk, CANARY)
    desk.server.behave(rcpt=f"450 4.2.0 <{CANARY}>: later, please", times=1)
    desk.send()
    desk.clock.move(minutes=1)
    desk.send()
    pressed, wrong_person = desk.link("sign-in"), desk.link("not-me")
    client = desk.browser
    assert staffroom.ask(desk, client, pressed, post={}).status_code == 303
    (ref,) = guild.session(client, desk).refs
    offer = guild.invitation(desk, OTHER, UNREAD)
    told = said(desk, "initiative.published", 1, ref)
    asked = note(desk, ref, "still-on", token=TOKEN, title="Dig & talk", post=told.subject)
    write(own_broker, [to_record(one) for one in (offer, told, asked)])

    def planned() -> bool:
        consumer.step()
        return {"join", "published", "still-on"} <= {row.template for row in Notification.objects}

    until(planned, "all three are heard", 30)
    desk.send()
    joined = next(mail for mail in desk.mails if mail.to == OTHER)
    confirm = desk.link("confirm", joined)
    assert desk.post(confirm).status_code == 303
    assert desk.get(f"/sign-in?next=/groups/{UNREAD}").status_code == 200
    staffroom.ask(desk, client, "/sign-out", post={"everywhere": "yes"})
    relay_everything(desk.work, outboxes())
    until(lambda: not consumer.step(), "the log is read")

    secrets = {text.lower() for text in (CANARY, OTHER, CANARY.split("@")[0], OTHER.split("@")[0], UNREAD, TOKEN)}
    secrets |= {path.rpartition("/")[2].lower() for path in (pressed, wrong_person, confirm)}
    mailed = " ".join(mail.body("plain") + mail.to for mail in desk.mails).lower()
    assert [secret for secret in secrets if secret not in mailed] == [], "what is looked for is real: all of it was mailed"
    places = {
        "the store": repr(desk.stored()),
        "the log": repr([read_log(own_broker, topic) for topic in TOPICS]),
        "the lines": "".join(capfd.readouterr()),
        "the metrics": generate_latest().decode(),
    }
    assert "session.revoked.v1" in places["the log"]
    assert "smtp-450" in places["the lines"]
    for place, content in places.items():
        assert [secret for secret in secrets if secret in content.lower()] == [], f"in clear in {place}"


def test_nothing_of_an_evening_in_clear(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    """A place, its yes, the mail of the evening before, "not now", the stop, a lookup: address and links are in the mails alone."""
    configure("notify", "tests", "debug")
    here = walk(desk)
    guest = here.guest(CANARY).signs_up(consents=[CONSENT])
    desk.send()
    yes = desk.link("confirm")
    assert desk.post(yes).status_code == 303
    desk.clock.set(evening_before(here.starts))
    evenings.plan_due(desk.work, desk.clock.now)
    desk.server.behave(rcpt=f"450 4.2.0 <{CANARY}>: later, please", times=1)
    desk.send()
    desk.clock.move(minutes=1)
    desk.send()
    links = [yes, *(desk.link(kind) for kind in ("stop", "not-now", "place"))]
    for path in links[:3]:
        assert desk.get(path).status_code == 200
        assert desk.post(path).status_code == 303
    assert desk.post(links[2], data={"do": "start-again"}).status_code == 303
    story = lookup.story(desk.work, guest.ref, desk.clock.now) or []
    relay_everything(desk.work, outboxes())

    secrets = {text.lower() for text in (CANARY, CANARY.split("@")[0], GATE, *(path.rpartition("/")[2] for path in links))}
    mailed = " ".join(" ".join(mail.body("plain").split()) + mail.to for mail in desk.mails).lower()
    assert [secret for secret in secrets if secret not in mailed] == [], "what is looked for is real: all of it was mailed"
    places = {"the store": repr(desk.stored()), "the lines": "".join(capfd.readouterr()), "the metrics": generate_latest().decode()}
    places["a lookup"] = "\n".join(story)
    assert "evening:2026" in places["a lookup"]
    for place, content in places.items():
        assert [secret for secret in secrets if secret in content.lower()] == [], f"in clear in {place}"


def test_a_box_says_nothing(desk: Desk) -> None:
    """Two boxes of the same address share nothing that could be compared, and only notify's key opens one."""
    first, second = (box(CANARY, nudge_at=nine(desk.clock.now, 3)) for _ in range(2))
    assert first[:40] != second[:40]
    assert boxes.open_box(desk.work, first).address == CANARY
