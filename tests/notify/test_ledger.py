"""The ledger: a notification happens once, whatever a crash, a second sender or a store that goes away do."""

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
from tests.notify.desk import Desk


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


def crash(desk: Desk, *, after: bool) -> None:
    with pytest.raises(Crash):
        send_due(desk.work, Crashing(desk.delivery, after=after))


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
    ledger.sent(slow, desk.clock.now, {})
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


def test_a_first_mail_after_a_crash_that_nobody_needs_any_more(desk: Desk) -> None:
    """Answered from the copy that came, before the sender is back: nobody calls it held back, and it does not go again."""
    ref = desk.offered()
    crash(desk, after=True)
    assert desk.post(desk.link("confirm", desk.mails[0])).status_code == 303
    desk.clock.move(seconds=61)
    desk.send()
    assert desk.ledger(ref) == [("unknown", "contact-confirmed, and an earlier try may have gone")]
    assert (len(desk.mails), desk.contact(ref).state) == (1, rules.CONFIRMED)


def test_a_first_mail_that_may_have_gone_leaves_its_address_a_week(desk: Desk) -> None:
    """It came, its sender died, and by then its address has had three others today: its link is good for a week all the same."""
    ref = desk.offered()
    crash(desk, after=True)
    others = [desk.offered(days=number) for number in range(4, 7)]
    desk.send()
    assert [desk.ledger(other) for other in others] == [[("sent", None)]] * 3
    desk.clock.move(seconds=61)
    desk.send()
    assert desk.ledger(ref) == [("unknown", "daily-limit, and an earlier try may have gone")]
    assert desk.contact(ref).expires_at == desk.clock.now + timedelta(days=7)
    assert desk.post(desk.link("confirm", desk.mails[0])).status_code == 303


@pytest.mark.parametrize("after", [False, True])
def test_a_nudge_after_a_crash(desk: Desk, after: bool) -> None:
    """A nudge is never sent twice: after a crash it is shown as unknown, and left alone."""
    ref = desk.nudge_due()
    crash(desk, after=after)
    desk.clock.move(seconds=61)
    desk.send()
    desk.send()
    assert len(desk.mails) == after
    assert [row.state for row in desk.rows(ref, mails.NUDGE)] == ["unknown"]


def test_a_yes_that_comes_late_is_believed(desk: Desk) -> None:
    """A nudge that was held for unknown is known as sent once its own sender says so."""
    ref = desk.nudge_due()
    row = desk.rows(ref, mails.NUDGE)[0]
    assert ledger.claim(row, desk.clock.now)
    desk.clock.move(seconds=61)
    desk.send()
    assert desk.ledger(ref, mails.NUDGE)[0][0] == "unknown"
    ledger.sent(row, desk.clock.now, {})
    assert desk.ledger(ref, mails.NUDGE) == [("sent", None)]


def test_a_store_that_is_away_loses_nothing(desk: Desk) -> None:
    """A store that goes away while a nudge is being written leaves it planned: nothing had left the house."""
    ref = desk.nudge_due()
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
