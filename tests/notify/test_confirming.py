"""An address offered and confirmed, or not: every way through, and each told once."""

import uuid
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from services.notify import rules
from services.notify.operations import contacts
from services.notify.store import Contact, rows_of
from shared.runtime.errors import Expired, NotFound, Poison
from tests.notify.desk import ADA, Desk, box, envelope

WEEK = timedelta(days=7)


def token_of(path: str) -> str:
    return path.rpartition("/")[2]


def test_offered_mailed_confirmed(desk: Desk) -> None:
    """An offer is answered and mailed once; the yes is told once, and sets the nudge to the hour that was asked for."""
    ref = desk.offered()
    assert desk.said(ref) == ["contact.received"]
    desk.send()
    assert [mail.to for mail in desk.mails] == [ADA]
    contact = desk.contact(ref)
    assert (contact.state, contact.expires_at) == (rules.OFFERED, desk.clock.now + WEEK)
    assert [given["id"] for given in contact.consents] == ["nudge-2026-11"]

    desk.clock.move(hours=1)
    assert desk.post(desk.link("confirm")).status_code == 303
    contact = desk.contact(ref)
    assert (contact.state, contact.confirmed_at, contact.nudge_due) == (rules.CONFIRMED, desk.clock.now, contact.nudge_at)
    assert contact.expires_at is None
    assert contact.forget_at == contact.nudge_at + timedelta(days=90)
    assert desk.said(ref) == ["contact.received", "contact.confirmed: confirmed"]


def test_confirming_twice_is_as_once(desk: Desk) -> None:
    """A second yes, by the same mail or another one, changes nothing and tells nothing."""
    ref = desk.offered()
    desk.send()
    desk.again(ref)
    desk.send()
    links = [desk.link("confirm", mail) for mail in desk.mails]
    assert len(set(links)) == 2, "each attempt has a link of its own"
    for path in (links[0], links[0], links[1]):
        desk.post(path)
        desk.clock.move(minutes=1)
    assert desk.said(ref).count("contact.confirmed: confirmed") == 1
    assert desk.contact(ref).confirmed_at == desk.clock.now - timedelta(minutes=3)


def test_the_same_offer_again(desk: Desk) -> None:
    """An offer that comes twice mails once; each time notify says that it has it, so a lost answer is given again."""
    offer = desk.offer()
    ref = str(offer.data["ref"])
    desk.hear(offer)
    desk.send()
    desk.hear(offer)
    desk.send()
    assert len(desk.mails) == 1
    assert desk.said(ref) == ["contact.received", "contact.received"]
    assert len(desk.rows(ref)) == 1
    desk.post(desk.link("confirm"))
    desk.hear(offer)
    desk.send()
    assert (desk.contact(ref).state, len(desk.mails)) == (rules.CONFIRMED, 1), "an old offer must not undo the yes"


def test_nobody_says_yes(desk: Desk) -> None:
    """A week after the mail, and not before, the address goes and its owner is told once; a late yes is kindly refused."""
    ref = desk.offered()
    desk.send()
    confirm = token_of(desk.link("confirm"))
    desk.clock.move(days=7, seconds=-1)
    assert contacts.expire(desk.work, desk.clock.now) == 0
    desk.clock.move(seconds=1)
    assert contacts.expire(desk.work, desk.clock.now) == 1
    assert contacts.expire(desk.work, desk.clock.now) == 0
    assert desk.contact(ref).state == rules.EXPIRED
    assert desk.said(ref) == ["contact.received", "contact.expired: not-confirmed"]
    with pytest.raises(Expired):
        contacts.confirm(desk.work, confirm, desk.clock.now)
    assert desk.contact(ref).state == rules.EXPIRED
    left = rows_of(Contact).find_one({"_id": ref}) or {}
    assert set(left) == {"_id", "kind", "state", "reason", "offer_id", "ended_at", "outbox", "outbox_base", "pending_since"}


def test_the_week_begins_with_the_first_mail(desk: Desk) -> None:
    """While no mail can be handed over the week has not begun; "send it again" does not make it longer."""
    ref = desk.offered()
    desk.server.behave(rcpt="451 Later")
    desk.send()
    assert desk.contact(ref).expires_at is None
    desk.server.behave()
    first = desk.clock.move(hours=3)
    desk.send()
    desk.clock.move(days=2)
    desk.again(ref)
    desk.send()
    assert len(desk.mails) == 2
    assert desk.contact(ref).expires_at == first + WEEK


@pytest.mark.parametrize("turn", range(3))
def test_confirm_and_expire_at_once(desk: Desk, turn: int) -> None:
    """Of a yes and the end of the week at the same moment one wins, and exactly one message says which."""
    ref = desk.offered()
    desk.send()
    path = token_of(desk.link("confirm"))
    now = desk.clock.move(days=7)
    start = Barrier(4)
    outcomes: list[str] = []

    def race(what: Any) -> None:
        start.wait()
        try:
            outcomes.append(what())
        except Expired:
            outcomes.append("too late")

    def say_yes() -> str:
        return str(contacts.confirm(desk.work, path, now).state)

    def sweep() -> str:
        return "swept" if contacts.expire(desk.work, now) else "nothing to sweep"

    threads = [Thread(target=race, args=(what,)) for what in (say_yes, sweep, say_yes, sweep)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = desk.contact(ref).state
    told = desk.said(ref)[1:]
    if state == rules.CONFIRMED:
        assert (told, outcomes.count("swept"), outcomes.count(rules.CONFIRMED)) == (["contact.confirmed: confirmed"], 0, 2)
    else:
        assert (state, told, outcomes.count("swept")) == (rules.EXPIRED, ["contact.expired: not-confirmed"], 1)
        assert outcomes.count("too late") == 2


def test_a_corrected_address(desk: Desk) -> None:
    """A new offer in the place of an old one: the old address is forgotten without a word, and its link is dead."""
    old = desk.offered("typo@example.org")
    desk.send()
    old_link = desk.link("confirm")
    new = desk.offered(ADA, replaces=old)
    desk.send()
    contact = desk.contact(old)
    assert (contact.state, contact.reason, contact.sealed, contact.address_hash) == (rules.FORGOTTEN, "replaced", None, None)
    assert desk.said(old) == ["contact.received"]
    with pytest.raises(Expired):
        contacts.confirm(desk.work, token_of(old_link), desk.clock.now)
    desk.clock.move(days=8)
    assert contacts.expire(desk.work, desk.clock.now) == 1
    assert (desk.contact(old).state, desk.contact(new).state) == (rules.FORGOTTEN, rules.EXPIRED)


def test_a_correction_that_overtakes_the_old_offer(desk: Desk) -> None:
    """Where the old offer comes after the new one, the mistyped address is mailed nothing, and its owner hears that we have it."""
    late = desk.offer("typo@example.org")
    old = str(late.data["ref"])
    desk.offered(ADA, replaces=old)
    desk.hear(late)
    desk.send()
    assert [mail.to for mail in desk.mails] == [ADA]
    assert desk.contact(old).sealed is None
    assert desk.said(old) == ["contact.received"]
    assert desk.ledger(old) == [("suppressed", "contact-forgotten")]


def test_a_correction_after_the_old_yes(desk: Desk) -> None:
    """A mistyped address that said yes meanwhile is dropped too: its pledge no longer knows it, and no nudge goes there."""
    old = desk.confirmed("typo@example.org")
    desk.offered(ADA, replaces=old)
    assert desk.contact(old).state == rules.FORGOTTEN
    desk.clock.move(days=4)
    assert desk.plan_nudges() == 0


def test_not_me(desk: Desk) -> None:
    """ "This wasn't me" forgets the address everywhere at once, tells each owner, and for 90 days no mail goes there."""
    mine = desk.confirmed()
    theirs = desk.offered()
    other = desk.offered("bo.fern@example.org")
    desk.send()
    path = next(desk.link("not-me", mail) for mail in reversed(desk.mails) if mail.to == ADA)
    assert desk.post(path).status_code == 303
    assert desk.said(theirs)[-1] == "contact.expired: not-me"
    assert desk.said(mine)[-1] == "contact.suppressed: not-me"
    assert {desk.contact(mine).sealed, desk.contact(theirs).sealed} == {None}
    assert desk.contact(other).state == rules.OFFERED
    assert desk.post(path).status_code == 303, "pressed twice"
    assert (len(desk.said(theirs)), len(desk.said(mine))) == (2, 3)

    for spelling in (ADA, "Ada.Quill@Example.org"):
        desk.clock.move(days=44)
        desk.mails.clear()
        blocked = desk.offered(spelling)
        desk.send()
        assert desk.mails == []
        assert desk.said(blocked) == ["contact.received", "contact.expired: not-me"]
        assert desk.ledger(blocked) == [("suppressed", "not-me")]
    desk.clock.move(days=2, seconds=1)
    desk.offered()
    desk.send()
    assert len(desk.mails) == 1


def test_three_first_mails_a_day(desk: Desk) -> None:
    """An address that has not said yes gets three mails in a day, however many pledges name it; the next day it is three again."""
    refs = [desk.offered(spelling) for spelling in (ADA, "ADA.QUILL@example.org", ADA, ADA)]
    desk.send()
    assert len(desk.mails) == 3
    assert [desk.said(ref)[-1] for ref in refs] == ["contact.received"] * 3 + ["contact.expired: daily-limit"]
    desk.again(refs[0])
    desk.send()
    assert (len(desk.mails), desk.ledger(refs[0])[-1]) == (3, ("suppressed", "daily-limit"))
    assert desk.contact(refs[0]).state == rules.OFFERED, "the mail that went may still be answered"
    desk.offered("bo.fern@example.org")
    desk.send()
    assert len(desk.mails) == 4
    desk.clock.move(days=1, seconds=1)
    desk.again(refs[0])
    desk.send()
    assert len(desk.mails) == 5


def test_again_after_the_yes(desk: Desk) -> None:
    """ "Send it again" for an address that has said yes sends nothing."""
    ref = desk.confirmed()
    desk.again(ref)
    desk.send()
    assert len(desk.mails) == 1
    assert desk.ledger(ref)[-1] == ("suppressed", "contact-confirmed")


def test_a_pledge_taken_back_before_the_yes(desk: Desk) -> None:
    """A withdrawn pledge gets no first mail; a link that was mailed before says that it was taken back."""
    late = desk.offer()
    desk.promise("withdrawn", str(late.data["ref"]), 3)
    desk.hear(late)
    desk.send()
    assert desk.mails == []
    ref = desk.offered()
    desk.send()
    desk.promise("withdrawn", ref, 3)
    with pytest.raises(Expired):
        contacts.confirm(desk.work, token_of(desk.link("confirm")), desk.clock.now)
    assert desk.contact(ref).state == rules.OFFERED


@pytest.mark.parametrize("text", ["", "x", "A" * 22, "A" * 5000, "ü" * 22, "\0" * 22, "../../etc", "{'$ne': 1}"])
def test_a_token_that_is_none(desk: Desk, text: str) -> None:
    """What is no token of ours opens nothing, whatever it looks like."""
    for verb in (contacts.confirm, contacts.not_me, contacts.stop):
        with pytest.raises(NotFound):
            verb(desk.work, text, desk.clock.now)


def test_a_token_opens_one_thing(desk: Desk) -> None:
    """A token of one purpose opens nothing else, and changes nothing there."""
    ref = desk.nudged()
    links = {
        kind: token_of(desk.link(kind, mail))
        for mail, kind in zip(desk.mails[:1] * 2 + desk.mails[1:], ("confirm", "not-me", "stop"), strict=True)
    }
    verbs = {"confirm": contacts.confirm, "not-me": contacts.not_me, "stop": contacts.stop}
    before = desk.said(ref)
    for kind, text in links.items():
        for other, verb in verbs.items():
            if other != kind:
                with pytest.raises(NotFound):
                    verb(desk.work, text, desk.clock.now)
    assert (desk.said(ref), desk.contact(ref).state) == (before, rules.CONFIRMED)


@pytest.mark.parametrize(
    "changes",
    [
        "AAAA",
        "not base64 at all",
        {"address": None},
        {"token": None},
        {"consents": None},
        {"when": "2026-06-13T09:00:00"},
        {"when": "soon"},
    ],
    ids=str,
)
def test_a_box_that_cannot_be_read_is_poison(desk: Desk, changes: str | dict[str, Any]) -> None:
    """A box that is not ours, or lacks something, is set aside before anything is stored or forgotten."""
    old, ref = desk.offered("typo@example.org"), str(uuid.uuid4())
    sealed = changes if isinstance(changes, str) else box(nudge_at=desk.clock.now, **changes)
    data = {"ref": ref, "kind": "pledge", "replaces": old, "sealed": sealed}
    with pytest.raises(Poison):
        desk.hear(envelope("contact.offered.v1", ref, data, desk.clock.now))
    assert rows_of(Contact).find_one({"_id": ref}) is None
    assert desk.contact(old).state == rules.OFFERED
