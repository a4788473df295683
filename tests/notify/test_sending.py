"""The sender and its ledger: a notification happens once, whatever the mail server, a crash or a second sender do."""

import uuid
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from pymongo.errors import ConnectionFailure

from services.notify import mails, rules
from services.notify.delivery import Delivery, Mail, open_delivery
from services.notify.operations import ledger
from services.notify.operations.sending import send_due
from services.notify.store import Contact, Notification, Token, contacts_due, notifications_due, rows_of
from tests.notify.desk import ADA, Desk


class Crash(BaseException):
    """The process ends here: nothing in the code may catch it."""


class Crashing:
    """A real delivery whose process ends right before the server is asked, or right after it said yes."""

    def __init__(self, real: Delivery, *, after: bool) -> None:
        self._real, self._after = real, after

    def send(self, mail: Mail) -> None:
        if self._after:
            self._real.send(mail)
        raise Crash

    def close(self) -> None:
        self._real.close()


def in_threads(count: int, what: Any) -> None:
    start = Barrier(count)

    def run() -> None:
        start.wait()
        what()

    threads = [Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def confirmed_and_due(desk: Desk) -> str:
    """A contact whose nudge is planned and due now; nothing is sent yet. The mails before it are forgotten."""
    ref = desk.confirmed()
    desk.clock.set(desk.contact(ref).nudge_due)
    assert desk.plan_nudges() == 1
    desk.mails.clear()
    return ref


def crash(desk: Desk, *, after: bool) -> None:
    with pytest.raises(Crash):
        send_due(desk.work, Crashing(desk.delivery, after=after))


# The ledger


def test_planning_twice_is_once(desk: Desk) -> None:
    """One cause, contact and template make one row, from however many threads, and whatever became of it since."""
    made: list[bool] = []

    def plan(ref: str = "r1", template: str = mails.CONFIRM, cause: str = "m1") -> bool:
        return ledger.plan(desk.work, ref, template, cause, due_at=desk.clock.now)

    in_threads(6, lambda: made.append(plan()))
    assert sorted(made) == [False] * 5 + [True]
    ledger.end(desk.rows("r1")[0], rules.FAILED, "smtp-550")
    assert not plan()
    assert desk.ledger("r1") == [("failed", "smtp-550")]
    assert plan(cause="m2")
    assert plan(ref="r2")
    assert plan(template=mails.NUDGE)
    assert len({row.message_id for row in Notification.objects}) == 4


def test_one_claim_wins(desk: Desk) -> None:
    """Of several senders that saw the same row one may send it."""
    ledger.plan(desk.work, "r1", mails.CONFIRM, "m1", due_at=desk.clock.now)
    seen, won = [desk.rows("r1")[0] for _ in range(6)], []
    in_threads(6, lambda: won.append(ledger.claim(seen.pop(), desk.clock.now)))
    assert sorted(won) == [False] * 5 + [True]
    assert notifications_due(desk.clock.now, 5) == []
    desk.clock.move(seconds=61)
    assert len(notifications_due(desk.clock.now, 5)) == 1


def test_two_senders_one_mail(desk: Desk) -> None:
    """Two senders at work on the same ledger send each mail once."""
    refs = [desk.offered(f"person{number}@example.org") for number in range(8)]
    deliveries = [open_delivery(desk.work.settings) for _ in range(2)]
    spare = list(deliveries)

    def work() -> None:
        delivery = spare.pop()
        while send_due(desk.work, delivery):
            pass

    in_threads(2, work)
    for delivery in deliveries:
        delivery.close()
    assert sorted(mail.to for mail in desk.mails) == sorted(f"person{number}@example.org" for number in range(8))
    assert all(desk.ledger(ref) == [("sent", None)] for ref in refs)


def test_a_claim_that_grew_stale_moves_nothing(desk: Desk) -> None:
    """A sender that stalled for longer than its claim cannot take the row from the one that has it now; but its yes is believed."""
    ref = desk.offered()
    slow = desk.rows(ref)[0]
    assert ledger.claim(slow, desk.clock.now)
    desk.clock.move(seconds=61)
    quick = desk.rows(ref)[0]
    assert ledger.claim(quick, desk.clock.now)
    ledger.wait(slow, desk.clock.now, "smtp-451")
    ledger.end(slow, rules.FAILED, "smtp-550")
    row = desk.rows(ref)[0]
    assert (row.state, row.next_attempt_at, row.reason) == (rules.CLAIMED, quick.next_attempt_at, None)
    ledger.sent(slow, desk.clock.now, None)
    ledger.wait(quick, desk.clock.now, "smtp-451")
    assert desk.ledger(ref) == [("sent", None)]


# A crash


def test_a_first_mail_after_a_crash(desk: Desk) -> None:
    """A first mail goes again after a crash: at most one copy, with the same Message-ID, and both copies' links are good."""
    ref = desk.offered()
    crash(desk, after=True)
    desk.send()
    assert (len(desk.mails), desk.ledger(ref)) == (1, [("claimed", None)]), "a fresh claim is left alone"
    desk.clock.move(seconds=61)
    desk.send()
    assert desk.ledger(ref) == [("sent", None)]
    assert len({mail.message["Message-ID"] for mail in desk.mails}) == 1
    assert (len(desk.mails), desk.rows(ref)[0].attempts) == (2, 2)
    assert desk.contact(ref).expires_at == desk.clock.now + timedelta(days=7)
    assert desk.post(desk.link("confirm", desk.mails[0])).status_code == 303
    assert desk.contact(ref).state == rules.CONFIRMED


@pytest.mark.parametrize("after", [False, True])
def test_a_nudge_after_a_crash(desk: Desk, after: bool) -> None:
    """A nudge is never sent twice: after a crash it is shown as unknown, and left alone."""
    ref = confirmed_and_due(desk)
    crash(desk, after=after)
    desk.clock.move(seconds=61)
    desk.send()
    desk.send()
    assert len(desk.mails) == after
    assert [row.state for row in desk.rows(ref, mails.NUDGE)] == ["unknown"]


def test_a_yes_that_comes_late_is_believed(desk: Desk) -> None:
    """A nudge that was held for unknown is known as sent once its own sender says so."""
    ref = confirmed_and_due(desk)
    row = desk.rows(ref, mails.NUDGE)[0]
    assert ledger.claim(row, desk.clock.now)
    desk.clock.move(seconds=61)
    desk.send()
    assert desk.ledger(ref, mails.NUDGE)[0][0] == "unknown"
    ledger.sent(row, desk.clock.now, None)
    assert desk.ledger(ref, mails.NUDGE) == [("sent", None)]


def test_a_store_that_is_away_loses_nothing(desk: Desk) -> None:
    """A store that goes away while a nudge is being written leaves it planned: nothing had left the house."""
    ref = confirmed_and_due(desk)
    broken = {"failCommands": ["insert"], "closeConnection": True}  # the first thing written is the mail's own link
    desk.work.db.client.admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": broken})
    with pytest.raises(ConnectionFailure):
        send_due(desk.work, desk.delivery)
    assert desk.ledger(ref, mails.NUDGE) == [("planned", None)]
    desk.send()
    assert desk.ledger(ref, mails.NUDGE) == [("sent", None)]


def test_a_mail_that_cannot_be_written_holds_up_nobody(desk: Desk) -> None:
    """A mail that nobody can write stays planned for later, and the mails behind it go."""
    damaged = desk.offered("first@example.org")
    desk.clock.move(seconds=1)
    desk.offered("second@example.org")
    rows_of(Contact).update_one({"_id": damaged}, {"$unset": {"nudge_at": 1}})
    desk.send()
    assert [mail.to for mail in desk.mails] == ["second@example.org"]
    assert desk.ledger(damaged) == [("planned", "TypeError")]
    rows_of(Contact).update_one({"_id": damaged}, {"$set": {"nudge_at": desk.clock.now}})
    desk.clock.move(minutes=1)
    desk.send()
    assert [mail.to for mail in desk.mails] == ["second@example.org", "first@example.org"]


# What the server says


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
    ref = confirmed_and_due(desk)
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


def test_hot_questions_use_an_index(desk: Desk) -> None:
    """What is asked many times a minute finds its rows by an index."""
    desk.confirmed()
    asked = [
        (rows_of(Notification), {"next_attempt_at": {"$lte": desk.clock.now}}),
        (rows_of(Notification), {"address_hash": "h"}),
        *((rows_of(Contact), {field: {"$lte": desk.clock.now}}) for field in ("expires_at", "nudge_due", "forget_at", "ended_at")),
        (rows_of(Contact), {"pending_since": {"$exists": True}}),
        (rows_of(Contact), {"address_hash": "h"}),
        (rows_of(Token), {"made_at": {"$lt": desk.clock.now}}),
        (desk.work.db["promises"], {"heard_at": {"$lt": desk.clock.now}}),
    ]
    for rows, query in asked:
        assert "IXSCAN" in str(rows.find(query).explain()["queryPlanner"]), f"{rows.name}: {query}"
    assert notifications_due(desk.clock.now, 5) == []
    assert contacts_due("nudge_due", desk.clock.now, 5) == []


def test_many_mails_one_connection(desk: Desk) -> None:
    """More mails than one step takes all go, over one connection."""
    before = desk.server.connections
    for number in range(21):
        desk.offered(f"person{number}@example.org")
    desk.send()
    assert len({mail.to for mail in desk.mails}) == len(desk.mails) == 21
    assert desk.server.connections - before <= 1
