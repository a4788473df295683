"""Mails to organisers: each once for what became of a post, in our own words; and none that is so no more when it would go."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from services.notify.clock import DUE
from services.notify.operations import lookup
from services.notify.operations.examine import examine
from services.notify.store import Notification
from shared.messaging.envelope import Envelope
from shared.messaging.findings import NOTE
from shared.reference.choices import choice, choices
from shared.runtime.errors import Poison
from shared.security.sealing import seal
from tests.notify import guild
from tests.notify.desk import Desk, envelope
from tests.support.settings import NOTIFY_KEYS

POST, GROUP = "5d1c9d52-0e7c-4f0c-8c57-7a2f4f6f1b22", "c2a7e6d1-83f4-4a5b-b9c8-1e6f7a8b9c44"
OURS = "http://localhost:8000"
KIT = "kit.lane@example.org"


@pytest.fixture
def ref(desk: Desk) -> str:
    """An organiser's, who has signed in once; that mail is forgotten."""
    found = guild.session(guild.come(desk), desk).refs[0]
    desk.mails.clear()
    return found


def said(desk: Desk, type_: str, sequence: int, *refs: str, **changes: Any) -> Envelope:
    """What events tells of a post or a group."""
    subject = GROUP if type_.startswith("group.") else POST
    given: dict[str, Any] = {"refs": list(refs)}
    if type_.endswith((".published", ".changed")):
        given |= {"id": POST, "group": GROUP, "group_name": guild.GROUP, "group_slug": "spadework", "slug": "dig-and-talk-5d1c9d"}
        given |= {"title": "Dig & talk", "cost": "free", "access": [], "edition": 1}
        given |= EVENT if type_.startswith("event.") else {"areas": [], "has_room": "yes", "last_checked": desk.clock.now.isoformat()}
    elif type_.startswith("group."):
        given |= {"group": GROUP}
    elif type_ != "event.changes-asked":
        given |= {"id": POST, "kind": "event", "group": GROUP}
    else:
        given |= {"id": POST, "kind": "event"}
    return envelope(f"{type_}.v1", subject, given | changes, desk.clock.now, sequence, source="events")


SLOT = {"id": str(uuid.uuid4()), "starts": "2026-06-18T17:00:00+00:00", "ends": "2026-06-18T18:15:00+00:00"}
EVENT = {
    "calendar_name": "Spadework",
    "event_kind": "walk",
    "area": "hackney",
    "theme": 1,
    "slots": [SLOT],
    "joining": "turn-up",
    "who_for": "adults",
    "alone": True,
    "place": "The gate",
}


def plain(desk: Desk) -> str:
    return desk.server.last().body("plain")


def one_line(text: str) -> str:
    return " ".join(text.split())


def outcomes(desk: Desk) -> list[tuple[str, str, str]]:
    rows = Notification.objects(template__ne="sign-in").order_by("planned_at")
    return [(row.template, row.state, row.reason or "") for row in rows]


def wrong(desk: Desk) -> list[str]:
    return [one.name for one in examine(desk.work, desk.clock.now) if one.effect != NOTE]


# What became of a post


def test_published(desk: Desk, ref: str) -> None:
    """Each organiser is told once, however often the message comes; the subject says nothing; the link leads to the page."""
    other = guild.session(guild.come(desk, KIT), desk).refs[0]
    desk.mails.clear()
    message = said(desk, "event.published", 1, ref, other, ref)
    desk.hear(message, message)
    desk.send()
    assert sorted(mail.to for mail in desk.mails) == [KIT, guild.ROWAN]
    mail = desk.server.last()
    assert mail.message["Subject"] == "Your post"
    assert mail.message["List-Unsubscribe"] is None
    for text in (one_line(mail.body("plain")), mail.body("html").replace("&amp;", "&")):
        assert "People can now find “Dig & talk”." in text
        assert f"{OURS}/event/dig-and-talk-5d1c9d" in text
        assert f"{OURS}/groups/spadework" in text
        assert "Samaritans" in text
    assert wrong(desk) == []


def test_changes_asked_for_a_first_draft(desk: Desk, ref: str) -> None:
    """Every reason in our table's words, the way to the group's pages, and no title, for nobody has approved one."""
    reasons = [one.code for one in choices("changes")]
    desk.hear(said(desk, "event.changes-asked", 1, ref, reasons=reasons))
    desk.send()
    text = one_line(plain(desk))
    assert all(one.words in text for one in choices("changes"))
    assert f"{OURS}/groups " in text
    assert "“" not in text


def test_changes_asked_for_what_is_live(desk: Desk, ref: str) -> None:
    """It names the page that people see, and says that it stays meanwhile."""
    desk.hear(said(desk, "event.published", 1, ref), said(desk, "event.changes-asked", 2, ref, reasons=["access"]))
    desk.send()
    texts = [one_line(mail.body("plain")) for mail in desk.mails]
    assert any("your changes to “Dig & talk”" in text and "Until then people see it as it was." in text for text in texts)


def test_changes_asked_for_a_group(desk: Desk, ref: str) -> None:
    """The group's own reasons; an approval is silent, for its post's mail says it."""
    desk.hear(said(desk, "group.decided", 1, ref, approved=False, reasons=["safeguarding"]))
    desk.hear(said(desk, "group.decided", 2, ref, approved=True, name=guild.GROUP, slug="spadework"))
    desk.send()
    found = choice("changes", "safeguarding")
    assert len(desk.mails) == 1
    assert found
    assert found.words in one_line(plain(desk))
    assert "what your group says of itself" in one_line(plain(desk))


def test_taken_down(desk: Desk, ref: str) -> None:
    """The reason's sentence; the mail that it is up, if that has not gone yet, does not go."""
    desk.hear(said(desk, "event.published", 1, ref))
    desk.hear(said(desk, "event.taken-down", 2, ref, reason="not-safe"))
    desk.send()
    assert outcomes(desk) == [("published", "suppressed", "post-taken-down"), ("taken-down", "sent", "")]
    assert "We were told something about it that has to be looked at first." in one_line(plain(desk))


def test_put_back_before_the_mail_went(desk: Desk, ref: str) -> None:
    """Nobody is told of a taking down that is over."""
    desk.hear(said(desk, "event.published", 1, ref))
    desk.send()
    desk.hear(said(desk, "event.taken-down", 2, ref, reason="not-safe"), said(desk, "event.changed", 3, ref))
    desk.send()
    assert outcomes(desk)[1:] == [("taken-down", "suppressed", "post-live")]


def test_ended_by_its_own_group(desk: Desk, ref: str) -> None:
    """Whoever said that it is over is not told so; mails about it that have not gone do not go."""
    desk.hear(said(desk, "initiative.published", 1, ref))
    desk.hear(said(desk, "initiative.taken-down", 2, ref, kind="initiative", reason="ended"))
    desk.send()
    assert outcomes(desk) == [("published", "suppressed", "post-ended")]
    assert wrong(desk) == []


def test_an_older_message_changes_nothing(desk: Desk, ref: str) -> None:
    """What was taken down stays so, whatever comes late."""
    desk.hear(said(desk, "event.taken-down", 5, ref, reason="not-so"), said(desk, "event.published", 4, ref))
    desk.send()
    assert sorted(outcomes(desk)) == [("published", "suppressed", "post-taken-down"), ("taken-down", "sent", "")]


def test_a_group_that_is_paused(desk: Desk, ref: str) -> None:
    """Its organisers hear of the pause, and of nothing else of it; once it is shown again, mails go again."""
    desk.hear(said(desk, "event.published", 1, ref), said(desk, "group.paused", 1, ref, paused=True))
    desk.send()
    assert outcomes(desk) == [("published", "suppressed", "group-paused"), ("group-paused", "sent", "")]
    assert desk.server.last().message["Subject"] == "Your group"
    desk.hear(said(desk, "group.paused", 2, ref, paused=True), said(desk, "group.paused", 3, ref, paused=False))
    desk.hear(said(desk, "event.changes-asked", 2, ref, reasons=["words"]))
    desk.send()
    assert outcomes(desk)[2:] == [("group-paused", "suppressed", "group-shown-again"), ("changes-asked", "sent", "")]


def test_a_ref_that_nobody_has(desk: Desk) -> None:
    """The mail waits for its contact, and outlives its shelf life unsent; the ledger says why."""
    ref = str(uuid.uuid4())
    desk.hear(said(desk, "event.published", 1, ref))
    desk.send()
    assert outcomes(desk) == [("published", "planned", "")]
    desk.clock.move(days=3)
    desk.send()
    assert outcomes(desk) == [("published", "expired", "shelf-life")]


def test_an_organiser_who_has_gone(desk: Desk, ref: str) -> None:
    """Whoever said "this wasn't me" is told nothing more."""
    guild.invited(desk)
    desk.post(desk.link("not-me"))
    desk.mails.clear()
    desk.hear(said(desk, "event.published", 1, ref))
    desk.send()
    assert desk.mails == []
    assert outcomes(desk)[-1] == ("published", "suppressed", "contact-suppressed")


# Notes


def note(desk: Desk, ref: str, template: str, token: str = "", **values: str) -> Envelope:
    content = {"template": template, "values": values} | ({"token": token} if token else {})
    sealed = seal(NOTIFY_KEYS["NOTIFY_PUBLIC_KEY"], content)
    return envelope("contact.note.v1", ref, {"ref": ref, "sealed": sealed}, desk.clock.now, source="events")


def test_still_on(desk: Desk, ref: str) -> None:
    """Mailed once with its link, however often it is offered, and each time it is answered; the token lies nowhere in clear."""
    desk.hear(said(desk, "initiative.published", 1, ref))
    desk.send()
    asked = note(desk, ref, "still-on", token="T" * 22, title="Dig & talk", post=POST)
    desk.hear(asked, asked)
    desk.send()
    assert len(desk.mails) == 2
    assert plain(desk).startswith("Is “Dig & talk” still on?\n")
    assert desk.link("still-on") == "/still-on/" + "T" * 22
    assert desk.said(ref) == ["contact.received", "contact.received"]
    assert "T" * 22 not in repr(desk.stored())
    assert wrong(desk) == []


@pytest.mark.parametrize(
    ("then", "reason"), [("initiative.taken-down", "post-taken-down"), ("group.paused", "group-paused")], ids=["taken down", "paused"]
)
def test_not_asked_about_what_is_gone(desk: Desk, ref: str, then: str, reason: str) -> None:
    """Taken down or paused before the mail went: nobody is asked."""
    desk.hear(said(desk, "initiative.published", 1, ref))
    desk.send()
    more: dict[str, Any] = {"paused": True} if then == "group.paused" else {"reason": "not-so", "kind": "initiative"}
    desk.hear(note(desk, ref, "still-on", token="T" * 22, title="Dig", post=POST), said(desk, then, 2, ref, **more))
    desk.send()
    assert ("still-on", "suppressed", reason) in outcomes(desk)


def test_a_care_reply(desk: Desk, ref: str) -> None:
    """Warm words and the numbers, of nothing in particular."""
    desk.hear(note(desk, ref, "care-reply"))
    desk.send()
    mail = desk.server.last()
    assert mail.message["Subject"] == "A note to you"
    for text in (one_line(mail.body("plain")), mail.body("html")):
        assert "somebody noticed" in text
        assert "116 123" in text
        assert f"{OURS}/crisis" in text


@pytest.mark.parametrize("template", ["confirm", "sign-in", "made-up", ""])
def test_a_note_may_not_ask_for_any_mail(desk: Desk, ref: str, template: str) -> None:
    """Only what is a note's; another is set aside whole, and nothing is stored of it."""
    with pytest.raises(Poison):
        desk.hear(note(desk, ref, template))
    assert desk.work.db["notes"].count_documents({}) == 0


def test_a_note_is_forgotten(desk: Desk, ref: str) -> None:
    """Its box goes when its mail could go no more."""
    desk.hear(note(desk, ref, "care-reply"))
    desk.clock.move(days=8, seconds=1)
    for due in DUE:
        due.step(desk.work, desk.clock.now)
    assert desk.work.db["notes"].count_documents({}) == 0
    desk.send()
    assert outcomes(desk)[-1] == ("care-reply", "expired", "shelf-life")


def test_an_operator_can_look(desk: Desk, ref: str) -> None:
    """`lookup` tells whose contact it is, and what each mail was about."""
    desk.hear(said(desk, "event.taken-down", 1, ref, reason="not-so"))
    desk.send()
    story = "\n".join(lookup.story(desk.work, ref, desk.clock.now + timedelta(minutes=1)) or ())
    assert "an organiser's, made when they first signed in" in story
    assert f"about event {POST}: not-so" in story
    assert guild.ROWAN not in story
