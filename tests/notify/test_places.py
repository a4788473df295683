"""Mails about places: each once, true when it goes, the meeting point for whoever has a place alone."""

from icalendar import Calendar

from services.notify.operations.examine import examine
from shared.messaging.findings import NOTE
from tests.notify.desk import Desk
from tests.notify.walk import GATE, KIT, REFERENCE, SAM, both, walk


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
    assert (str(event["SUMMARY"]), str(event["LOCATION"]), event["SEQUENCE"]) == ("Thursday walk", GATE, 1)
    assert desk.said(sam.ref) == ["contact.received", "contact.received"]
    assert wrong(desk) == []


def test_queued(desk: Desk) -> None:
    """The position, and no meeting point, in no part of the mail."""
    kit = walk(desk).guest(KIT).signs_up("queued", position=2)
    desk.send()
    mail = desk.server.last()
    for text in both(mail):
        assert "You’re number 2 in the queue" in text
        assert GATE not in text
    assert list(mail.message.iter_attachments()) == []
    assert kit.outcomes() == [("queued", "sent", "")]
