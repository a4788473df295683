"""Erasing everything of an address: gone here at once, asked of each owner, refused when it comes back, and open to a new beginning."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notify import rules
from services.notify.operations import boxes, contacts, erasing, sessions
from services.notify.operations.contacts import ERASED, PERSONAL
from services.notify.operations.examine import examine
from services.notify.store import (
    Contact,
    DataRequest,
    ErasureMark,
    HeardNote,
    Notification,
    Organiser,
    SignIn,
    SignInRequest,
    Token,
    rows_of,
)
from shared.messaging.envelope import Envelope
from shared.security.sealing import seal
from tests.notify.desk import ADA, REFERENCE, Desk, envelope
from tests.notify.test_my_data import link_to
from tests.notify.walk import walk
from tests.pages.reading import words
from tests.support.settings import NOTIFY_KEYS

OTHER = "kit.lane@example.org"


def hash_of(desk: Desk, address: str = ADA) -> str:
    return boxes.hash_of(desk.work, address)


def done(desk: Desk, ref: str, service: str, at: datetime | None = None) -> Envelope:
    return envelope("erasure.done.v1", ref, {"ref": ref, "service": service}, at or desk.clock.now, source=service)


def answered(desk: Desk, *refs: str) -> None:
    for ref in refs:
        desk.hear(done(desk, ref, "pledge"), done(desk, ref, "events"))


def asked_of(desk: Desk, ref: str) -> int:
    return desk.said(ref).count("erasure.asked")


def row(ref: str) -> dict[str, Any]:
    return rows_of(Contact).find_one({"_id": ref}) or {}


def wrong(desk: Desk) -> set[str]:
    return {finding.name for finding in examine(desk.work, desk.clock.now) if finding.effect != "note"}


def test_everything_of_an_address(desk: Desk) -> None:
    """Pledges, a place, a box on its way to it: forgotten in one press, each owner asked once; another's stands."""
    first, second, other = desk.confirmed(), desk.offered(), desk.confirmed(OTHER)
    guest = walk(desk).guest(ADA).signs_up()
    desk.send()
    path = link_to(desk)
    desk.clock.move(minutes=5)
    assert "Erase everything" in words(desk.get(f"{path}/erase").text)
    assert desk.post(f"{path}/erase").location == path
    for ref in (first, second, guest.ref):
        assert (row(ref)["state"], row(ref)["reason"]) == (rules.FORGOTTEN, ERASED)
        assert not set(row(ref)) & set(PERSONAL)
        assert asked_of(desk, ref) == 1
    assert desk.contact(other).state == rules.CONFIRMED
    assert "forgotten already" in words(desk.get(path).text)
    answered(desk, first, second)
    assert "forgotten already" in words(desk.get(path).text)
    answered(desk, guest.ref)
    text = words(desk.get(path).text)
    assert "is erased" in text
    assert "We hold no e-mail of yours" in text
    assert not any(set(row(ref)) & set(contacts.ERASING) for ref in (first, second, guest.ref))
    hashed = hash_of(desk)
    holding = {name for name, rows in desk.stored().items() if any(hashed in str(one) for one in rows)}
    assert holding <= {"erasures", "tokens"}, "the mark, and what an old Stop link and this page need"


def test_twice_is_once(desk: Desk) -> None:
    """Pressed again, asked nothing again; what is late finds nothing to do."""
    ref = desk.confirmed()
    path = link_to(desk)
    desk.post(f"{path}/erase")
    desk.post(f"{path}/erase")
    assert asked_of(desk, ref) == 1
    answered(desk, ref)
    answered(desk, ref)
    assert erasing.stands(hash_of(desk)) == erasing.DONE
    assert "There is nothing left to erase" in words(desk.get(f"{path}/erase").text)


def test_no_mail_goes_any_more(desk: Desk) -> None:
    """What was planned is let go, with its reason; so is what a link of an old mail asks for."""
    ref = desk.offered()
    desk.send()
    confirm, not_me = desk.link("confirm"), desk.link("not-me")
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    desk.mails.clear()
    desk.again(ref)
    desk.send()
    assert desk.mails == []
    assert desk.ledger(ref)[-1] == ("suppressed", "contact-forgotten")
    page = desk.get(confirm)
    assert page.status_code == 410
    assert "erased" in words(page.text)
    assert desk.post(confirm).status_code == 410
    assert desk.get(not_me).status_code == 200
    assert desk.post(not_me).status_code == 303


def test_an_old_stop_link_still_stops(desk: Desk) -> None:
    """Its mail may lie in an inbox for ever: it is answered kindly, and stops what was asked for since."""
    desk.nudged()
    stop = desk.link("stop")
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    assert desk.get(stop).status_code == 200
    desk.clock.move(minutes=1)
    new = desk.confirmed()
    desk.clock.move(minutes=1)
    assert desk.post(stop).status_code == 303
    assert desk.contact(new).state == rules.SUPPRESSED


def test_an_old_offer_dropped_in(desk: Desk) -> None:
    """Given before, heard after: nothing is kept, nobody is mailed, its owner is asked to erase it; so is one heard before already."""
    late, known = desk.offer(), desk.offer()
    desk.hear(known)
    desk.clock.move(minutes=1)
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    for offer in (late, known, late):
        desk.hear(offer)
    desk.send()
    assert desk.mails == []
    for offer, asked in ((late, 2), (known, 2)):
        ref = str(offer.data["ref"])
        assert (row(ref)["state"], row(ref)["reason"]) == (rules.FORGOTTEN, ERASED)
        assert not set(row(ref)) & set(PERSONAL)
        assert asked_of(desk, ref) == asked
    assert wrong(desk) == set()


def test_an_old_offer_of_a_place(desk: Desk) -> None:
    """The same of a place, and of one that corrects another's address."""
    guest = walk(desk).guest(ADA)
    old, fixed = guest.offer(), desk.offer(replaces=desk.offered(OTHER))
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    desk.hear(old, fixed)
    desk.send()
    assert ADA not in [mail.to for mail in desk.mails]
    assert [row(ref)["reason"] for ref in (guest.ref, str(fixed.data["ref"]))] == [ERASED, ERASED]


def test_a_new_beginning(desk: Desk) -> None:
    """Whoever pledges after it is mailed, confirms and is nudged as anybody."""
    desk.confirmed()
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    desk.clock.move(seconds=1)
    ref = desk.nudged()
    assert desk.ledger(ref) == [("sent", None), ("sent", None)]
    erasing.finish(desk.work, desk.clock.now)
    assert desk.contact(ref).state == rules.CONFIRMED


def test_what_came_in_that_very_second(desk: Desk) -> None:
    """A contact that was stored beside the erasure is found by the last look, half a minute later."""
    offer = desk.offer()
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    rows_of(ErasureMark).update_one({}, {"$set": {"at": desk.clock.now - timedelta(days=1)}})
    desk.hear(offer)  # as if it had been read before the mark was there
    rows_of(ErasureMark).update_one({}, {"$set": {"at": desk.clock.now}})
    ref = str(offer.data["ref"])
    assert desk.contact(ref).state == rules.OFFERED
    assert wrong(desk) == {"erased-and-held"}
    desk.clock.move(seconds=31)
    erasing.finish(desk.work, desk.clock.now)
    assert row(ref)["reason"] == ERASED
    assert wrong(desk) == set()


def test_a_clock_that_is_ahead(desk: Desk) -> None:
    """Of the service that took the address: what is held goes all the same, and its offer, read again, is refused."""
    desk.clock.move(minutes=2)
    offer = desk.offer()
    desk.hear(offer)
    desk.clock.move(minutes=-2)
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    ref = str(offer.data["ref"])
    assert row(ref)["reason"] == ERASED
    desk.hear(offer)
    assert not set(row(ref)) & set(PERSONAL)
    assert wrong(desk) == set()


def test_a_crash_after_the_mark(desk: Desk) -> None:
    """The mark alone is enough: the clock does the rest."""
    ref = desk.confirmed()
    now = desk.clock.now
    rows_of(ErasureMark).insert_one({"_id": hash_of(desk), "at": now, "sure_due": now})
    desk.clock.move(seconds=31)
    erasing.finish(desk.work, desk.clock.now)
    assert (row(ref)["reason"], asked_of(desk, ref)) == (ERASED, 1)


def test_an_organiser(desk: Desk) -> None:
    """Signed out everywhere, their ref told of, the row that knew their links gone; the request that was open is too."""
    ref = sessions.known_organiser(desk.work, ADA, desk.clock.now)
    link = sessions.link_for_organiser(desk.work, ADA, desk.clock.now)
    desk.clock.move(seconds=1)
    desk.post(link.removeprefix(desk.work.settings.public_url))
    assert rows_of(SignIn).count_documents({"organiser": hash_of(desk)}) == 1
    desk.post("/sign-in", data={"email": ADA, "next": "/groups"})
    desk.clock.move(seconds=1)
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    assert asked_of(desk, ref) == 1
    assert rows_of(SignIn).find_one()["revoked_at"]  # type: ignore[index]
    assert rows_of(SignInRequest).count_documents({}) == rows_of(DataRequest).count_documents({}) == 0
    assert rows_of(Token).count_documents({"kind": "sign-in"}) == 0
    desk.clock.move(seconds=31)
    sessions.finish_ending(desk.work, desk.clock.now)
    erasing.finish(desk.work, desk.clock.now)
    assert rows_of(Organiser).count_documents({}) == 0
    assert rows_of(SignIn).count_documents({"organiser": {"$exists": True}}) == 0
    assert rows_of(ErasureMark).count_documents({"sure_due": {"$exists": True}}) == 0
    new = sessions.link_for_organiser(desk.work, ADA, desk.clock.move(seconds=1))
    assert desk.post(new.removeprefix(desk.work.settings.public_url)).status_code == 303


def test_boxes_of_notes(desk: Desk) -> None:
    """What events had us tell an organiser goes with them; one that comes afterwards is not kept."""
    ref = sessions.known_organiser(desk.work, ADA, desk.clock.now)
    note = {"template": "care-reply", "values": {}, "token": ""}
    sealed = seal(NOTIFY_KEYS["NOTIFY_PUBLIC_KEY"], note)

    def heard() -> None:
        desk.hear(envelope("contact.note.v1", ref, {"ref": ref, "sealed": sealed}, desk.clock.now, source="events"))

    heard()
    assert rows_of(HeardNote).count_documents({}) == 1
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    assert rows_of(HeardNote).count_documents({}) == 0
    heard()
    assert rows_of(HeardNote).count_documents({}) == 0
    desk.send()
    assert desk.mails == []


def test_asked_again_after_a_restore(desk: Desk) -> None:
    """For a store that was put back: every ref once more, as often as it is said; the page of its owner is done again."""
    refs = [desk.confirmed(), desk.offered()]
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    answered(desk, *refs)
    assert erasing.ask_again(desk.work, desk.clock.now) == 2
    assert [asked_of(desk, ref) for ref in refs] == [2, 2]
    answered(desk, *refs)
    assert wrong(desk) == set()


def test_notify_itself_put_back(desk: Desk) -> None:
    """From a backup older than the erasure: what the owners answered, published again, erases the address here once more."""
    ref, beside = desk.confirmed(), desk.offered()
    before = {name: desk.stored()[name] for name in ("contacts",)}
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    told = [done(desk, one, service) for one in (ref, beside) for service in ("pledge", "events")]
    rows_of(ErasureMark).delete_many({})
    rows_of(Contact).delete_many({})
    rows_of(Contact).insert_many(before["contacts"])
    assert desk.contact(ref).sealed
    desk.clock.move(hours=1)
    desk.hear(*told)
    assert [row(one)["reason"] for one in (ref, beside)] == [ERASED, ERASED]
    assert erasing.stands(hash_of(desk)) == erasing.DONE


def test_late_answers_are_found(desk: Desk) -> None:
    """An hour without an answer is a finding; with it, none."""
    ref = desk.confirmed()
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    desk.hear(done(desk, ref, "pledge"))
    assert wrong(desk) == set()
    desk.clock.move(minutes=61)
    assert wrong(desk) == {"erasure-unanswered"}
    desk.hear(done(desk, ref, "events"))
    assert wrong(desk) == set()


STEPS = ("offered", "again", "confirm", "erase", "withdrawn", "old offer", "done", "send", "finish", "new")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(STEPS), min_size=4, max_size=12))
def test_in_any_order(desk: Desk, steps: list[str]) -> None:
    """Late, doubled, crossed: after an erasure no mail goes for what was given before it, and nothing of that is held."""
    for name in desk.work.db.list_collection_names():
        desk.work.db[name].delete_many({})
    desk.mails.clear()
    offer, erased = desk.offer(), False
    ref = str(offer.data["ref"])
    for number, step in enumerate(steps):
        desk.clock.move(seconds=40)
        sent = len(desk.mails)
        if step in ("offered", "old offer"):
            desk.hear(offer)
        elif step == "again":
            desk.again(ref)
        elif step == "confirm" and row(ref).get("state") == rules.OFFERED:
            link = contacts.new_link(desk.work, contacts.CONFIRM, {"ref": ref}, desk.clock.now)
            desk.post(link.removeprefix(desk.work.settings.public_url))
        elif step == "erase":
            erasing.erase(desk.work, hash_of(desk), desk.clock.now)
            erased = True
        elif step == "withdrawn":
            desk.promise("withdrawn", ref, number)
        elif step == "done" and erased:
            answered(desk, ref)
        elif step == "finish":
            erasing.finish(desk.work, desk.clock.now)
        elif step == "new":
            desk.offered(OTHER)
        desk.send()
        if erased:
            assert [mail.to for mail in desk.mails[sent:] if mail.to == ADA] == []
            assert not set(row(ref)) & set(PERSONAL)
    assert Notification.objects(ref=ref, state="planned").count() == 0 or not row(ref)


def test_the_words_are_kind(desk: Desk) -> None:
    """A link that leads to nothing any more says what became of it, and that the pledge still counts."""
    desk.offered()
    desk.send()
    path = desk.link("confirm")
    erasing.erase(desk.work, hash_of(desk), desk.clock.now)
    text = words(desk.get(path).text)
    assert "You asked us to erase it" in text
    assert "still counts" in text
    assert REFERENCE not in text
