"""A store that fails at each single write: whatever was half done is finished later, once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from mongoengine.errors import OperationError
from pymongo.errors import ExecutionTimeout

from services.notify import mails, rules
from services.notify.operations import contacts
from services.notify.operations.sending import send_due
from tests.notify.desk import Desk

WRITES = ["insert", "update"]
TIME_IS_UP = 50
CUT = (ExecutionTimeout, OperationError)  # the second is the document mapper's own


@contextmanager
def cut_at(desk: Desk, place: int) -> Iterator[None]:
    """The write number `place` (from 0) is not made: the store says that its time was up."""
    store = desk.work.db.client.admin
    broken = {"failCommands": WRITES, "errorCode": TIME_IS_UP}
    store.command({"configureFailPoint": "failCommand", "mode": {"skip": place, "times": 1}, "data": broken})
    try:
        yield
    finally:
        store.command({"configureFailPoint": "failCommand", "mode": "off"})


def each_cut(desk: Desk, what: Callable[[], object], mend: Callable[[], object]) -> int:
    """Do `what` with its first write cut, mend; with its second one cut, mend; until a cut comes too late. How many writes it has."""
    for place in range(12):
        try:
            with cut_at(desk, place):
                what()
        except CUT:
            mend()
        else:
            return place
    raise AssertionError("it never ends")


def test_hearing_an_offer(desk: Desk) -> None:
    """An offer whose hearing was cut is heard again: one contact, one row, one mail."""
    offers = iter([desk.offer(f"person{number}@example.org") for number in range(12)])
    last = next(offers)

    def hear() -> None:
        nonlocal last
        last = next(offers)
        desk.hear(last)

    writes = each_cut(desk, hear, lambda: desk.hear(last))
    assert writes >= 2
    desk.send()
    assert sorted(mail.to for mail in desk.mails) == sorted({mail.to for mail in desk.mails})
    assert len(desk.mails) == writes + 1


def test_sending_a_first_mail(desk: Desk) -> None:
    """A first mail whose sending was cut ends as sent, with its week begun and at most one copy more, of the same Message-ID."""
    refs = [desk.offered("person0@example.org")]

    def mend() -> None:
        desk.clock.move(seconds=61)
        desk.send()
        refs.append(desk.offered(f"person{len(refs)}@example.org"))

    assert each_cut(desk, lambda: send_due(desk.work, desk.delivery), mend) >= 4
    for number, ref in enumerate(refs):
        copies = [mail.message["Message-ID"] for mail in desk.mails if mail.to == f"person{number}@example.org"]
        assert [row.state for row in desk.rows(ref)] == [rules.SENT]
        assert desk.contact(ref).expires_at is not None
        assert (len(copies) in (1, 2), len(set(copies))) == (True, 1)


def test_a_first_mail_that_is_refused(desk: Desk) -> None:
    """A refusal whose record was cut ends with the address gone, told once, and nothing left to do."""
    desk.server.behave(rcpt="550 Nobody here")
    refs = [desk.offered("person0@example.org")]

    def mend() -> None:
        desk.clock.move(seconds=61)
        desk.send()
        refs.append(desk.offered(f"person{len(refs)}@example.org"))

    assert each_cut(desk, lambda: send_due(desk.work, desk.delivery), mend) >= 4
    for ref in refs:
        assert desk.contact(ref).state == rules.EXPIRED
        assert [said for said in desk.said(ref) if said.startswith("contact.expired")] == ["contact.expired: smtp-550"]
        assert {row.state for row in desk.rows(ref)} <= {rules.FAILED, rules.UNKNOWN}


def test_planning_a_nudge(desk: Desk) -> None:
    """A nudge whose planning was cut is planned again, and goes once."""
    refs = [desk.confirmed(f"person{number}@example.org") for number in range(4)]
    desk.clock.set(desk.contact(refs[0]).nudge_due)
    desk.mails.clear()
    writes = each_cut(desk, desk.plan_nudges, lambda: None)
    assert writes >= 2
    desk.plan_nudges()
    desk.send()
    assert [desk.ledger(ref, mails.NUDGE) for ref in refs] == [[("sent", None)]] * 4
    assert len(desk.mails) == 4


@pytest.mark.parametrize("kind", ["not-me", "stop"])
def test_a_press_that_was_cut(desk: Desk, kind: str) -> None:
    """A press of a button that was cut is a 503 that says so; pressed again, everything is done and told once."""
    ref = desk.nudged()
    path = desk.link(kind, desk.mails[0 if kind == "not-me" else 1])
    for place in range(2):
        with cut_at(desk, place):
            answer = desk.post(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert desk.contact(ref).state == rules.CONFIRMED
    assert desk.post(path).status_code == 303
    assert desk.said(ref)[2:] == [f"contact.suppressed: {kind}"]


def test_the_end_of_a_week_that_was_cut(desk: Desk) -> None:
    """A sweep that was cut goes on where it ended: every address of the week goes, each told once."""
    refs = [desk.offered(f"person{number}@example.org") for number in range(3)]
    desk.send()
    now = desk.clock.now + timedelta(days=7)
    with cut_at(desk, 1), pytest.raises(CUT):
        contacts.expire(desk.work, now)
    assert contacts.expire(desk.work, now) == 2
    assert [desk.said(ref)[1:] for ref in refs] == [["contact.expired: not-confirmed"]] * 3
