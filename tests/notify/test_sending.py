"""The sender: what each answer of the mail server, each hour and each trouble of our own does to a mail and to its address."""

import uuid
from datetime import timedelta

import pytest

from services.notify import mails, rules
from services.notify.operations import ledger
from services.notify.operations.sending import send_due
from tests.notify.desk import ADA, Desk


def test_a_first_mail_that_is_put_off(desk: Desk) -> None:
    """A 4xx is tried again, later and later, under the same Message-ID; the address waits, and its week begins at last."""
    ref = desk.offered()
    desk.server.behave(rcpt="451 4.3.0 Later")
    waits = []
    for _ in range(8):
        desk.send()
        row = desk.rows(ref)[0]
        assert (row.state, row.reason) == ("planned", "smtp-451")
        waits.append((row.next_attempt_at - desk.clock.now).total_seconds())
        desk.clock.set(row.next_attempt_at)
    assert waits[0] < 40 < 60 < waits[2] < 300 < waits[5]
    assert waits[-1] <= 72 * 60
    assert desk.contact(ref).state == rules.OFFERED
    desk.server.behave()
    desk.send()
    assert (desk.ledger(ref), desk.rows(ref)[0].attempts) == ([("sent", None)], 9)
    assert desk.mails[0].message["Message-ID"] == desk.rows(ref)[0].message_id


@pytest.mark.parametrize("conduct", [{"rcpt": "550 5.1.1 Nobody here"}, {"data": "554 5.7.1 Policy"}], ids=str)
def test_a_first_mail_that_is_refused(desk: Desk, conduct: dict[str, str]) -> None:
    """A 5xx about the mail is for good: the address expires at once, its owner hears it once, and nothing of it stays."""
    ref = desk.offered()
    desk.server.behave(**conduct)
    desk.send()
    code = f"smtp-{next(iter(conduct.values()))[:3]}"
    assert desk.ledger(ref) == [("failed", code)]
    assert desk.said(ref) == ["contact.received", f"contact.expired: {code}"]
    assert desk.contact(ref).sealed is None
    desk.server.behave()
    desk.send()
    assert desk.mails == []


def test_again_is_refused_after_one_went(desk: Desk) -> None:
    """Where the first mail went and a second one is refused, the first may still be answered."""
    ref = desk.offered()
    desk.send()
    desk.again(ref)
    desk.server.behave(rcpt="550 Nobody here")
    desk.send()
    assert desk.ledger(ref) == [("sent", None), ("failed", "smtp-550")]
    assert desk.contact(ref).state == rules.OFFERED


def test_an_unclear_first_mail_goes_again(desk: Desk) -> None:
    """A server that took a first mail and hung up gets it again, with the same Message-ID, so that two copies are known as one."""
    ref = desk.offered()
    desk.server.behave(drop="answer", times=1)
    desk.send()
    assert desk.ledger(ref) == [("planned", "SMTPServerDisconnected")]
    desk.clock.move(minutes=1)
    desk.send()
    assert desk.ledger(ref) == [("sent", None)]
    assert len({mail.message["Message-ID"] for mail in desk.mails}) == 1


def test_an_unclear_first_mail_that_nobody_needs_any_more(desk: Desk) -> None:
    """The copy that came was answered meanwhile, and the server refused the next try for now: it is unknown, not held back."""
    ref = desk.offered()
    desk.server.behave(drop="answer", times=1)
    desk.send()
    desk.clock.move(minutes=1)
    desk.server.behave(rcpt="451 Later", times=1)
    desk.send()
    assert desk.post(desk.link("confirm", desk.mails[0])).status_code == 303
    desk.clock.move(minutes=5)
    desk.send()
    assert desk.ledger(ref) == [("unknown", "contact-confirmed, and an earlier try may have gone")]
    assert len(desk.mails) == 1


@pytest.mark.parametrize(
    ("conduct", "outcome", "mails_then"),
    [
        ({"drop": "answer"}, ("unknown", "SMTPServerDisconnected"), 1),
        ({"drop": "body"}, ("unknown", "SMTPServerDisconnected"), 0),
        ({"drop": "data"}, ("planned", "SMTPServerDisconnected"), 0),
        ({"rcpt": "451 Later"}, ("planned", "smtp-451"), 0),
        ({"rcpt": "550 Nobody here"}, ("failed", "smtp-550"), 0),
    ],
    ids=str,
)
def test_a_nudge_in_trouble(desk: Desk, conduct: dict[str, str], outcome: tuple[str, str], mails_then: int) -> None:
    """A nudge goes again only where it was surely not taken; its address stays as it is in every case."""
    ref = desk.nudge_due()
    desk.delivery.close()
    desk.server.behave(**conduct)
    desk.send()
    desk.server.behave()
    assert (desk.ledger(ref, mails.NUDGE), len(desk.mails)) == ([outcome], mails_then)
    desk.clock.move(minutes=10)
    desk.send()
    assert len(desk.mails) == mails_then + (outcome[0] == "planned")
    assert desk.contact(ref).state == rules.CONFIRMED


def test_our_own_trouble_costs_nobody_anything(desk: Desk) -> None:
    """A wrong key, an action of a newer release, a sender that is not allowed: each waits, and goes once it is mended."""
    ref = desk.offered(action="an-action-of-next-year")
    desk.server.behave(mail="550 5.7.1 Not from here")
    other = desk.offered("bo.fern@example.org")
    desk.send()
    assert desk.ledger(ref) == [("planned", "an action that is not in the catalogue")]
    assert desk.ledger(other) == [("planned", "smtp-550")]
    assert {desk.contact(ref).state, desk.contact(other).state} == {rules.OFFERED}
    desk.server.behave()
    desk.clock.move(minutes=1)
    desk.send()
    assert [mail.to for mail in desk.mails] == ["bo.fern@example.org"]


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: c@example.org", '"a b"@example.org', "nobody", "ü@example.org", "a" * 300 + "@example.org"]
)
def test_an_address_that_is_none_is_mailed_nothing(desk: Desk, address: str) -> None:
    """What no mail can reach, or would open a door, is never given to a server, and its owner hears that it expired."""
    ref = desk.offered(address)
    desk.send()
    assert (desk.mails, desk.ledger(ref)) == ([], [("failed", "no-address")])
    assert desk.said(ref)[-1] == "contact.expired: no-address"


# Time


def test_a_first_mail_outlives_its_shelf(desk: Desk) -> None:
    """A first mail that could not go for a week is not sent any more, and the address goes with it."""
    ref = desk.offered()
    desk.server.behave(rcpt="451 Later")
    desk.send()
    desk.clock.move(days=7)
    desk.server.behave()
    desk.send()
    assert (desk.mails, desk.ledger(ref)) == ([], [("expired", "shelf-life")])
    assert desk.said(ref)[-1] == "contact.expired: shelf-life"


def test_an_old_offer_is_too_old(desk: Desk) -> None:
    """The shelf life counts from the offer's own time: one that arrives after a week is answered, and not mailed."""
    offer = desk.offer()
    desk.clock.move(days=8)
    desk.hear(offer)
    desk.send()
    assert desk.mails == []
    assert desk.said(str(offer.data["ref"])) == ["contact.received", "contact.expired: shelf-life"]


def test_a_nudge_outlives_its_shelf(desk: Desk) -> None:
    """A nudge that is 36 hours late is not sent; the minute before, it is."""
    on_time, late = desk.confirmed(), desk.confirmed("bo.fern@example.org", days=4)
    desk.mails.clear()
    due = desk.contact(on_time).nudge_due
    desk.clock.set(due)
    desk.plan_nudges()
    desk.clock.set(due + timedelta(hours=35, minutes=59))  # half past eight the next evening
    desk.send()
    assert desk.ledger(on_time, mails.NUDGE) == [("sent", None)]
    desk.clock.set(desk.contact(late).nudge_due + timedelta(hours=36))
    desk.plan_nudges()
    desk.send()
    assert desk.ledger(late, mails.NUDGE) == [("expired", "shelf-life")]
    assert [mail.to for mail in desk.mails] == [ADA]


def test_a_missing_contact_leaves_it_planned(desk: Desk) -> None:
    """A mail whose contact has not arrived waits, and goes when it has; after its shelf life it is given up."""
    offer = desk.offer()
    ref = str(offer.data["ref"])
    ledger.plan(desk.work, ref, mails.CONFIRM, "m0", due_at=desk.clock.now)
    desk.send()
    assert desk.ledger(ref) == [("planned", None)]
    desk.clock.move(minutes=1)
    desk.hear(offer)
    desk.send()
    assert desk.ledger(ref) == [("sent", None)] * 2
    nobody = str(uuid.uuid4())
    ledger.plan(desk.work, nobody, mails.CONFIRM, "m0", due_at=desk.clock.now)
    desk.clock.move(days=7)
    desk.send()
    assert desk.ledger(nobody) == [("expired", "shelf-life")]


def test_a_slow_server_gets_few_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a slow server a step ends early, so that the process goes on counting as alive."""
    for number in range(3):
        desk.offered(f"person{number}@example.org")
    monkeypatch.setattr("services.notify.operations.sending.A_STEP", 0.1)
    desk.server.behave(slow=0.15)
    assert send_due(desk.work, desk.delivery)
    assert len(desk.mails) == 1
    desk.server.behave()
    desk.send()
    assert len(desk.mails) == 3


def test_many_mails_one_connection(desk: Desk) -> None:
    """More mails than one step takes all go, over one connection."""
    before = desk.server.connections
    for number in range(21):
        desk.offered(f"person{number}@example.org")
    desk.send()
    assert len({mail.to for mail in desk.mails}) == len(desk.mails) == 21
    assert desk.server.connections - before <= 1
