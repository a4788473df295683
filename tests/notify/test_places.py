"""Mails about places: each once, true when it goes, the meeting point for whoever has a place alone."""

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from services.notify.operations import contacts, lookup, places
from services.notify.operations.examine import examine
from services.notify.store import Contact, Notification, Telling, rows_of
from shared.messaging.findings import NOTE
from shared.runtime.errors import Poison
from tests.notify import guild
from tests.notify.desk import Desk, envelope
from tests.notify.walk import CONSENT, GATE, KIT, REFERENCE, SAM, both, sealed, walk
from tests.support.smtp import Received


def wrong(desk: Desk) -> list[str]:
    return [f"{one.name}: {one.words}" for one in examine(desk.work, desk.clock.now) if one.effect != NOTE]


def test_placed(desk: Desk) -> None:
    """What, when, where, the reference, the way to give it back, and an entry for the calendar; the subject and the entry say nothing."""
    sam = walk(desk).guest()
    offer = sam.offer()
    desk.hear(offer, offer)
    sam.hears("placed")
    desk.send()
    assert [mail.to for mail in desk.mails] == [SAM]
    mail = desk.server.last()
    assert mail.message["Subject"] == "Your place"
    for text in both(mail):
        assert "You’ve got a place" in text
        assert "Hello Sam." in text
        assert "Walk & talk" in text
        assert "to 7:15pm" in text
        assert GATE in text
        assert REFERENCE in text
        assert "Samaritans" in text
        assert "This wasn’t me" in text
    assert f"/place/{sam.token}" in mail.body("plain")
    (attached,) = mail.message.iter_attachments()
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert (attached.get_content_type(), attached.get_filename()) == ("text/calendar", "your-place.ics")
    read = Calendar.from_ical(content)
    (event,) = read.walk("VEVENT")
    assert (read["METHOD"], attached.get_param("method")) == ("PUBLISH", "PUBLISH")
    assert sam.token not in content.decode(), "an entry may be passed on, and its link gives the place away"
    assert (str(event["SUMMARY"]), str(event["LOCATION"]), event["SEQUENCE"]) == ("Thursday walk", GATE, 1)
    assert desk.said(sam.ref) == ["contact.received", "contact.received"]
    assert wrong(desk) == []


def test_queued(desk: Desk) -> None:
    """The position, and no meeting point, in no part of the mail."""
    kit = walk(desk).guest(KIT).signs_up("queued", position=2)
    desk.send()
    mail = desk.server.last()
    for text in both(mail):
        assert "You’re 2nd in the queue" in text
        assert GATE not in text
    assert list(mail.message.iter_attachments()) == []
    assert kit.outcomes() == [("queued", "sent", "")]


def test_promoted(desk: Desk) -> None:
    """The queued mail went, or goes no more; the place is said with everything that goes with it, and can be passed on."""
    here = walk(desk)
    kit, sam = here.guest(KIT).signs_up("queued", position=1), here.guest()
    desk.send()
    desk.hear(sam.offer("queued", position=2))
    for guest in (kit, sam):
        guest.hears("queued", position=1)
        guest.hears("promoted")
    desk.send()
    assert kit.outcomes() == [("queued", "sent", ""), ("promoted", "sent", "")]
    assert sam.outcomes() == [("queued", "suppressed", "placed"), ("promoted", "sent", "")]
    for text in both(desk.server.last()):
        assert "A place came free: it’s yours" in text
        assert "Give it to the next person" in text
        assert GATE in text


def test_who_left_hears_nothing_more(desk: Desk) -> None:
    """Whatever was still on its way to them, and whatever happens to the event later."""
    here = walk(desk)
    sam = here.guest()
    desk.hear(sam.told("queued", position=1), sam.told("promoted"), sam.told("left"), sam.offer("queued", position=1))
    here.starts += timedelta(hours=1)
    desk.hear(here.posted("changed", "starts", "ends"), here.ended())
    here.tell()
    assert desk.mails == []
    assert {state for _, state, _ in sam.outcomes()} == {"suppressed"}


def test_the_event_comes_after_the_offer(desk: Desk) -> None:
    """The mail waits for what it has to say; how long the address is kept follows the slot."""
    here = walk(desk)
    published = here.posted()
    desk.work.db["posts"].delete_many({})
    sam = here.guest().signs_up()
    desk.send()
    assert sam.outcomes() == [("placed", "planned", "")]
    desk.hear(published)
    desk.clock.move(minutes=1)
    desk.send()
    assert sam.outcomes() == [("placed", "sent", "")]
    assert desk.contact(sam.ref).forget_at == here.ends + timedelta(days=7)


def test_no_place_came_free(desk: Desk) -> None:
    """Said once, with two others nearby: the same borough first, then next door, only what is to come."""
    here = walk(desk)
    next_door = walk(desk, days=1)
    near, later, past, far = walk(desk, days=5), walk(desk, days=6), walk(desk, days=1), walk(desk, days=2)
    past.starts = desk.clock.now - timedelta(days=1)
    for one, title, area in (
        (next_door, "Soup", "islington"),
        (near, "Chess", "hackney"),
        (later, "Songs", "hackney"),
        (past, "Gone by", "hackney"),
        (far, "Far off", "bexley"),
    ):
        desk.hear(one.posted("changed", title=title, area=area))
    desk.hear(later.ended())
    kit = here.guest(KIT).signs_up("queued", position=1)
    desk.send()
    kit.hears("refused", reason="full")
    desk.send()
    for text in both(desk.server.last()):
        assert "No place came free" in text
        assert "Chess" in text
        assert text.index("Chess") < text.index("Soup")
        assert not [title for title in ("Songs", "Gone by", "Far off") if title in text]
    assert kit.outcomes() == [("queued", "sent", ""), ("no-place", "sent", "")]


def test_refused_because_the_event_ended(desk: Desk) -> None:
    """Not told twice: what ends for all is told to all."""
    here = walk(desk)
    kit = here.guest(KIT).signs_up("queued", position=1)
    desk.send()
    desk.hear(here.ended("closing"))
    kit.hears("refused", reason="cancelled")
    here.tell()
    assert kit.outcomes() == [("queued", "sent", "")]
    desk.hear(here.ended("cancelled"))
    here.tell()
    assert kit.outcomes() == [("queued", "sent", ""), ("cancelled", "sent", "")]
    for text in both(desk.server.last()):
        assert "is called off: the weather is against it." in text
        assert "You need not wait any more." in text
    assert list(desk.server.last().message.iter_attachments()) == []


def test_asked_again_by_the_same_person(desk: Desk) -> None:
    """The owner of the address hears the truth, by the link of this request; not what the page told whoever asked."""
    here = walk(desk)
    first, again = here.guest(), here.guest()
    desk.hear(again.offer("repeat"))
    desk.send()
    assert again.outcomes() == [("repeat", "planned", "")], "it waits for the first, which may come after it"
    first.signs_up("placed")
    desk.clock.move(minutes=1)
    desk.send()
    mail = next(mail for mail in desk.mails if f"/place/{again.token}" in mail.body("plain"))
    for text in both(mail):
        assert "You have a place already" in text
        assert "You didn’t ask? You need do nothing." in text
        assert "This wasn’t me" not in text
    desk.hear(here.ended())
    here.tell()
    assert [template for template, _, _ in again.outcomes()] == ["repeat"], "one person is told once that it is called off"


def test_a_repeat_of_somebody_who_waits(desk: Desk) -> None:
    """They hear that they are in the queue, and no meeting point."""
    here = walk(desk)
    here.guest().signs_up("queued", position=1)
    here.guest().signs_up("repeat")
    desk.send()
    text = next(both(mail)[0] for mail in desk.mails if "already" in mail.body("plain"))
    assert "You’re already in the queue" in text
    assert GATE not in text


# Told to all


def test_a_changed_time(desk: Desk) -> None:
    """Once, with the new time, the entry moved, and addresses kept for longer."""
    here = walk(desk)
    sam, kit = here.guest().signs_up(), here.guest(KIT).signs_up("queued", position=1)
    desk.send()
    desk.mails.clear()
    here.starts += timedelta(days=1, hours=1)
    changed = here.posted("changed", "date", "starts", "ends")
    desk.hear(changed, changed)
    assert here.tell() == 2
    assert here.tell() == 0
    assert sorted(mail.to for mail in desk.mails) == [KIT, SAM]
    mail = next(mail for mail in desk.mails if mail.to == SAM)
    for text in both(mail):
        assert "The time has changed. It is now:" in text
        assert "7pm to 8:15pm" in text
        assert "You still have your place." in text
        assert "The place has changed" not in text
    assert entry(mail)["SEQUENCE"] == 2
    assert entry(mail)["DTSTART"].dt == here.starts
    assert desk.contact(sam.ref).forget_at == here.ends + timedelta(days=7)
    assert kit.outcomes()[-1] == ("changed", "sent", "")


def test_a_changed_place(desk: Desk) -> None:
    """For those with a place; whoever waits never saw the old one. The same entry, moved."""
    here = walk(desk)
    sam, kit = here.guest().signs_up(), here.guest(KIT).signs_up("queued", position=1)
    desk.send()
    first = entry(next(mail for mail in desk.mails if mail.to == SAM))
    here.facts["place"] = "The café by the lock"
    desk.hear(here.posted("changed", "place"))
    here.tell()
    moved = entry(desk.server.last())
    assert (str(moved["LOCATION"]), str(moved["UID"])) == ("The café by the lock", str(first["UID"]))
    assert "Meet here: The café by the lock." in both(desk.server.last())[0]
    assert sam.outcomes()[-1] == ("changed", "sent", "")
    assert kit.outcomes()[-1] == ("changed", "suppressed", "told-already")


def test_two_changes_in_a_row_are_one_mail(desk: Desk) -> None:
    """The first mail that goes says all that has changed; the second has nothing to add. More places evict nobody."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.send()
    here.starts += timedelta(hours=1)
    desk.hear(here.posted("changed", "starts"))
    here.facts["capacity"] = 12
    desk.hear(here.posted("changed", "capacity"))
    here.tell()
    assert [(template, state) for template, state, _ in sam.outcomes()] == [
        ("placed", "sent"),
        ("changed", "sent"),
        ("changed", "suppressed"),
    ]
    for text in both(desk.server.last()):
        assert "The time has changed" in text
        assert "There are now 12 places." in text


def test_a_change_before_the_first_mail(desk: Desk) -> None:
    """The first mail says how it is now; nobody is told that something has changed which they never heard."""
    here = walk(desk)
    sam = here.guest().signs_up()
    here.starts += timedelta(hours=1)
    desk.hear(here.posted("changed", "starts"))
    here.tell()
    assert sam.outcomes() == [("placed", "sent", ""), ("changed", "suppressed", "told-already")]
    assert "7pm to 8:15pm" in both(desk.server.last())[0]


def test_words_alone_are_no_change_to_tell(desk: Desk) -> None:
    """Nobody is mailed because a title was put better."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.send()
    desk.hear(here.posted("changed", "title", "summary"))
    assert here.tell() == 0
    assert sam.outcomes() == [("placed", "sent", "")]


def test_called_off(desk: Desk) -> None:
    """Each once, with the reason, and the entry taken out of the calendar; whose address comes after it hears the same, and only that."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.send()
    cancelled = here.ended()
    desk.hear(cancelled, cancelled)
    here.tell()
    mail = desk.server.last()
    for text in both(mail):
        assert "It isn’t happening" in text
        assert "is called off: the weather is against it." in text
        assert "Please don’t go" in text
    (attached,) = mail.message.iter_attachments()
    assert attached.get_param("method") == "CANCEL"
    assert (entry(mail)["STATUS"], entry(mail)["SEQUENCE"]) == ("CANCELLED", 2)
    late = here.guest(KIT).signs_up()
    here.tell()
    assert sam.outcomes() == [("placed", "sent", ""), ("cancelled", "sent", "")]
    assert sorted(late.outcomes()) == [("cancelled", "sent", ""), ("placed", "suppressed", "post-ended")]
    assert wrong(desk) == []


def test_taken_down(desk: Desk) -> None:
    """No reason and no others: please don't go. Nothing else about it goes any more."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.send()
    here.facts["place"] = "Elsewhere"
    desk.hear(here.posted("changed", "place"), here.ended("taken-down", "not-safe"))
    here.tell()
    assert sorted(sam.outcomes()) == [("changed", "suppressed", "post-taken-down"), ("place-gone", "sent", ""), ("placed", "sent", "")]
    for text in both(desk.server.last()):
        assert "It isn’t on our site any more" in text
        assert "Please don’t go." in text
    assert wrong(desk) == []


def test_put_back(desk: Desk) -> None:
    """Whoever heard that they should not go hears once that they can; whoever waited has no turn any more."""
    here = walk(desk)
    sam, kit = here.guest().signs_up(), here.guest(KIT).signs_up("queued", position=1)
    desk.send()
    kit.hears("refused", reason="taken-down")
    desk.hear(here.ended("taken-down", "not-safe"))
    here.tell()
    again = here.posted("changed")
    desk.hear(again, again)
    here.tell()
    assert sam.outcomes()[-1] == ("changed", "sent", "")
    for text in both(desk.server.last()):
        assert "It is on again: you can go." in text
        assert "The time has changed" not in text
        assert GATE in text
    assert kit.outcomes()[-1] == ("changed", "suppressed", "refused-taken-down")
    here.starts += timedelta(hours=1)
    desk.hear(here.posted("changed", "starts"))
    here.tell()
    assert "on again" not in both(desk.server.last())[0]
    assert wrong(desk) == []


def test_many_are_told_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that dies after a batch goes on with the next one, and nobody is told twice."""
    here = walk(desk)
    guests = [here.guest(f"guest.{number}@example.org").signs_up() for number in range(7)]
    desk.hear(here.ended())
    monkeypatch.setattr(places, "A_BATCH", 3)
    monkeypatch.setattr(places, "AT_A_STEP", 3)
    telling = Telling.objects.first()
    planned = [places.plan_tellings(desk.work, desk.clock.now)]
    Telling.objects(id=telling.id).update(unset__after=True)  # as it stands when the process ended before it noted how far it was
    planned += [places.plan_tellings(desk.work, desk.clock.now) for _ in range(4)]
    assert planned == [3, 3, 3, 1, 0]
    assert [template for guest in guests for template, _, _ in guest.outcomes() if template == "cancelled"] == ["cancelled"] * 7


def test_the_doctor_sees_who_was_not_told(desk: Desk) -> None:
    """A change that nobody plans, and an address that does not go, are found by name."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.send()
    desk.hear(here.ended())
    desk.clock.move(minutes=4)
    assert wrong(desk) == []
    desk.clock.move(minutes=2)
    assert [line.partition(":")[0] for line in wrong(desk)] == ["telling-late"]
    here.tell()
    assert wrong(desk) == []
    rows_of(Contact).update_one({"_id": sam.ref}, {"$unset": {"forget_at": 1}})
    assert [line.partition(":")[0] for line in wrong(desk)] == ["address-kept"]


# The address


def test_three_first_mails_a_day(desk: Desk) -> None:
    """A fourth to an address that nobody has confirmed waits until there is room; a promotion does not."""
    guests = [walk(desk, days=5).guest() for _ in range(4)]
    for guest in guests:
        guest.signs_up()
        desk.clock.move(minutes=10)
        desk.send()
    fourth = guests[-1]
    assert fourth.outcomes() == [("placed", "planned", "")]
    waits = walk(desk, days=5).guest()
    desk.hear(waits.offer("queued", position=1), waits.told("queued", position=1), waits.told("promoted"))
    desk.send()
    assert ("promoted", "sent", "") in waits.outcomes()
    desk.clock.move(hours=23)
    desk.send()
    assert fourth.outcomes() == [("placed", "planned", "")]
    desk.clock.move(hours=1)
    desk.send()
    assert fourth.outcomes() == [("placed", "sent", "")]


def test_no_limit_for_an_address_that_was_confirmed(desk: Desk) -> None:
    """Its owner has shown that they read it: whoever signs up a lot gets each mail."""
    desk.confirmed(SAM)
    guests = [walk(desk).guest().signs_up() for _ in range(4)]
    desk.send()
    assert [guest.outcomes() for guest in guests] == [[("placed", "sent", "")]] * 4


def test_this_was_not_me(desk: Desk) -> None:
    """The place is given back and everything forgotten; the next place asked for with it is given back as well, unmailed."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.send()
    path = desk.link("not-me")
    assert "It wasn’t me" in desk.get(path).text
    assert desk.post(path).status_code == 303
    assert desk.said(sam.ref) == ["contact.received", "contact.suppressed: not-me"]
    found = desk.contact(sam.ref)
    assert (found.state, found.sealed, found.address_hash, found.event, found.sign_up) == ("suppressed", None, None, None, None)
    desk.mails.clear()
    again = here.guest().signs_up()
    desk.send()
    assert desk.mails == []
    assert desk.said(again.ref) == ["contact.received", "contact.suppressed: not-me"]
    assert wrong(desk) == []


def test_refused_for_good(desk: Desk) -> None:
    """Who runs it hears once that mail doesn't reach; the place stays, and later mails are still tried."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.server.behave(rcpt="550 5.1.1 Nobody here")
    desk.send()
    desk.hear(here.ended())
    here.tell()
    assert sam.outcomes() == [("placed", "failed", "smtp-550"), ("cancelled", "failed", "smtp-550")]
    assert desk.said(sam.ref) == ["contact.received", "contact.unreachable: smtp-550"]
    assert desk.contact(sam.ref).state == "serving"
    assert wrong(desk) == []


def test_the_evening_before(desk: Desk) -> None:
    """The button is there for whoever ticked the box; GET shows, POST says yes, twice is once, and then it is not asked again."""
    here = walk(desk)
    desk.hear(here.guest(KIT).offer())
    desk.send()
    assert "/confirm/" not in desk.server.last().body("plain")
    sam = here.guest().signs_up(consents=[CONSENT])
    desk.send()
    path = desk.link("confirm")
    assert "evening before, to remind me" in desk.get(path).text
    assert "confirmed_at" not in desk.contact(sam.ref).consents[0]
    said = [desk.post(path).status_code for _ in range(2)]
    assert said == [303, 303]
    assert "We’ll e-mail you the evening before" in desk.get(path).text
    found = desk.contact(sam.ref)
    assert (found.state, found.consents[0]["confirmed_at"]) == ("serving", desk.clock.now)
    assert desk.said(sam.ref) == ["contact.received"]
    desk.again(sam.ref)
    desk.send()
    assert "/confirm/" not in desk.server.last().body("plain")
    desk.clock.set(here.ends + timedelta(days=7))
    contacts.forget_old(desk.work, desk.clock.now)
    assert desk.get(path).status_code == desk.post(path).status_code == 410


def test_a_week_after(desk: Desk) -> None:
    """The address goes by itself, and says nothing more; its owner's own clock drops the tie."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.send()
    desk.clock.set(here.ends + timedelta(days=7, seconds=-1))
    assert contacts.forget_old(desk.work, desk.clock.now) == 0
    desk.clock.move(seconds=1)
    assert contacts.forget_old(desk.work, desk.clock.now) == 1
    row = rows_of(Contact).find_one({"_id": sam.ref}) or {}
    assert row["state"] == "forgotten"
    assert not set(row) & set(contacts.PERSONAL)
    assert desk.said(sam.ref) == ["contact.received"]
    assert wrong(desk) == []


def test_an_address_is_kept_by_the_time_as_it_is_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that came before its event, and of whoever asked twice; in batches, so that thousands are no single update."""
    monkeypatch.setattr(places, "A_BATCH", 2)
    here = walk(desk)
    published = here.posted()
    desk.work.db["posts"].delete_many({})
    early = [here.guest(f"early.{number}@example.org").signs_up() for number in range(3)]
    desk.hear(published)
    guests = [*early, here.guest().signs_up(), here.guest().signs_up("repeat")]
    assert {desk.contact(guest.ref).forget_at for guest in guests} == {here.ends + timedelta(days=7)}
    here.starts += timedelta(days=5)
    desk.hear(here.posted("changed", "date"))
    here.tell()
    assert {desk.contact(guest.ref).forget_at for guest in guests} == {here.ends + timedelta(days=7)}


def test_the_address_was_put_right(desk: Desk) -> None:
    """The first one is forgotten, also where its own offer comes after; the second has the mail."""
    here = walk(desk)
    typo, right = here.guest("sam.red@example.org"), here.guest()
    right.id = typo.id
    desk.hear(right.offer(replaces=typo.ref), typo.offer())
    desk.send()
    assert [mail.to for mail in desk.mails] == [SAM]
    assert desk.contact(typo.ref).state == "forgotten"


def test_asked_for_once_more(desk: Desk) -> None:
    """What is so now: who waited and was promoted is told of the place, who was refused hears that."""
    here = walk(desk)
    sam, kit = here.guest().signs_up("queued", position=1), here.guest(KIT).signs_up("queued", position=2)
    sam.hears("promoted")
    kit.hears("refused", reason="full")
    desk.send()
    desk.mails.clear()
    for guest in (sam, kit):
        desk.again(guest.ref)
        desk.send()
    assert sam.outcomes()[-1] == ("placed", "sent", "")
    assert kit.outcomes()[-1] == ("no-place", "sent", "")


def test_too_late(desk: Desk) -> None:
    """A mail that could not go before the slot began is of no use; of one that is called off, until the slot is over."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.hear(here.posted("changed"))
    desk.clock.set(here.starts)
    desk.send()
    assert sam.outcomes() == [("placed", "suppressed", "too-late")]
    desk.hear(here.ended())
    here.tell()
    assert sam.outcomes()[-1] == ("cancelled", "sent", "")


def test_a_name_that_is_a_link_is_left_out(desk: Desk) -> None:
    """Whoever typed it may be a stranger, and the mail comes from us."""
    sam = walk(desk).guest()
    desk.hear(sam.offer(first_name="www.example.org"))
    desk.send()
    text = both(desk.server.last())[0]
    assert "www." not in text
    assert "Hello" not in text


def test_with_those_they_bring(desk: Desk) -> None:
    """How many places are theirs; a place that everyone may see is in the queue's mail too."""
    here = walk(desk, hidden=False)
    desk.hear(here.guest().offer("queued", position=1, party=3))
    desk.send()
    for text in both(desk.server.last()):
        assert "3, you and those you bring" in text
        assert GATE in text


@pytest.mark.parametrize("lacks", ["address", "sign_up", "event", "slot", "token", "party"])
def test_a_box_that_lacks_something(desk: Desk, lacks: str) -> None:
    """It is set aside whole: no half a contact, no mail."""
    guest = walk(desk).guest()
    content: dict[str, Any] = {"address": SAM, "first_name": "Sam", "reference": REFERENCE, "token": guest.token, "consents": []}
    content |= {"sign_up": guest.id, "event": guest.walk.id, "slot": guest.walk.slot, "party": 1}
    del content[lacks]
    data = {"ref": guest.ref, "kind": "place", "sealed": sealed(content), "outcome": "placed"}
    with pytest.raises(Poison):
        desk.hear(envelope("contact.offered.v1", guest.ref, data, desk.clock.now, source="events"))


# Notes, and organisers


def note(desk: Desk, ref: str, template: str, **values: str) -> None:
    box = sealed({"template": template, "values": values})
    desk.hear(envelope("contact.note.v1", ref, {"ref": ref, "sealed": box}, desk.clock.now, 1, source="events"))


def test_a_note_about_a_cancelling(desk: Desk) -> None:
    """The group's own words, once a person has read them, to whoever was told that it is called off."""
    here = walk(desk)
    sam = here.guest().signs_up()
    desk.hear(here.ended())
    here.tell()
    note(desk, sam.ref, "cancel-note", note="We’ll try again <in> May.", event=here.id)
    desk.send()
    assert sam.outcomes()[-1] == ("cancel-note", "sent", "")
    for text in both(desk.server.last()):
        assert "Lea Side Walkers would like to add" in text
    assert "We’ll try again <in> May." in desk.server.last().body("plain")
    assert "We’ll try again &lt;in&gt; May." in desk.server.last().body("html")


def test_a_care_reply(desk: Desk) -> None:
    """To whoever wrote hard words when they signed up: nothing of the event is in it."""
    sam = walk(desk).guest().signs_up()
    note(desk, sam.ref, "care-reply")
    desk.send()
    text = both(desk.server.last())[0]
    assert "You wrote to us when you signed up for something." in text
    assert "Walk & talk" not in text


def test_the_evening_before_for_organisers(desk: Desk) -> None:
    """Numbers and the way to the list; no name."""
    ref = guild.session(guild.come(desk), desk).refs[0]
    here = walk(desk)
    desk.mails.clear()
    data = {"id": here.id, "slot": here.slot, "refs": [ref], "placed": 12, "waiting": 3, "access_needs": 1}
    told = envelope("event.eve.v1", here.id, data, desk.clock.now, 9, source="events")
    desk.hear(told, told)
    desk.send()
    assert len(desk.mails) == 1
    for text in both(desk.server.last()):
        assert "Tomorrow: “Walk & talk”" in text
        assert "12 places taken, 3 waiting, 1 access need." in text
    assert f"/groups/lea-side/{here.id}/list" in desk.server.last().body("plain")


def test_an_operator_sees_why(desk: Desk) -> None:
    """A place's story: what it is, how it stands, and why its mail waits; no address."""
    for guest in (walk(desk, days=5).guest() for _ in range(4)):
        guest.signs_up()
    desk.send()
    waiting = next(row for row in Notification.objects(state="planned"))
    lines = "\n".join(lookup.story(desk.work, waiting.ref, desk.clock.now) or ())
    assert "a place's, at event" in lines
    assert "sign-up:  placed" in lines
    assert "its share of first mails today" in lines
    assert SAM not in lines


def entry(mail: Received) -> Any:
    """The one entry of the calendar that is attached."""
    (attached,) = mail.message.iter_attachments()
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    (found,) = Calendar.from_ical(content).walk("VEVENT")
    return found
