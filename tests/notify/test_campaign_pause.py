"""While staff have paused the campaign, what somebody asked to be reminded of waits, and loses no time by it; the rest goes on."""

import uuid
from datetime import datetime, timedelta

from services.notify import mails, rules
from services.notify.operations import campaign_pause
from services.notify.operations.examine import examine
from services.notify.operations.lookup import story
from services.notify.rules import PLANNED, SENT
from services.notify.store import Contact, Notification, rows_of
from shared.messaging.findings import NOTE
from shared.messaging.pauses import CAMPAIGN, heard_pause
from tests.notify.desk import Desk, envelope
from tests.support.commands_seen import commands_seen
from tests.support.plans import scans


def pause(desk: Desk, sequence: int = 0, until: datetime | None = None, kind: str = "incident") -> None:
    data = {"kind": kind} | ({"until": until.isoformat()} if until else {})
    desk.hear(envelope("campaign.paused.v1", CAMPAIGN, data, desk.clock.now, sequence))


def resume(desk: Desk, sequence: int = 1) -> None:
    desk.hear(envelope("campaign.resumed.v1", CAMPAIGN, {"kind": "incident"}, desk.clock.now, sequence))


def let_go(desk: Desk) -> None:
    for _ in range(5):
        campaign_pause.let_go(desk.work, desk.clock.now)


def wrong(desk: Desk) -> set[str]:
    return {one.name for one in examine(desk.work, desk.clock.now) if one.effect != NOTE}


def test_a_nudge_waits_and_then_goes(desk: Desk) -> None:
    """For six weeks, far past its shelf life; once the campaign goes on it goes, once, by day."""
    ref = desk.nudge_due()
    pause(desk)
    for _ in range(42):
        desk.send()
        desk.clock.move(days=1)
    assert not desk.mails
    assert desk.ledger(ref, mails.NUDGE) == [(PLANNED, None)]
    assert wrong(desk) == set()
    resume(desk)
    desk.send()
    let_go(desk)
    desk.send()
    assert len(desk.mails) == 1
    desk.clock.move(days=3)
    let_go(desk)
    desk.send()
    assert len(desk.mails) == 1
    assert desk.ledger(ref, mails.NUDGE) == [(SENT, None)]


def test_it_has_as_much_time_left_as_it_had(desk: Desk) -> None:
    """A nudge that had 30 of its 36 hours left when the pause began has them when it ends."""
    ref = desk.nudge_due()
    desk.clock.move(hours=6)
    pause(desk)
    desk.send()
    desk.clock.move(days=10, hours=13)
    resume(desk)
    let_go(desk)
    (row,) = desk.rows(ref, mails.NUDGE)
    assert row.held_since is None
    assert row.shelf_ends - desk.clock.now == timedelta(hours=36) - timedelta(hours=6)


def test_a_sender_that_was_away_when_it_began(desk: Desk) -> None:
    """Counts from when the pause began, not from when the sender looked: the pause does not kill what was fresh by then."""
    ref = desk.nudge_due()
    pause(desk)
    desk.clock.move(days=4)
    desk.send()
    assert desk.ledger(ref, mails.NUDGE) == [(PLANNED, None)]
    resume(desk)
    let_go(desk)
    (row,) = desk.rows(ref, mails.NUDGE)
    assert row.shelf_ends - desk.clock.now == timedelta(hours=36)


def test_what_was_over_before_it_began(desk: Desk) -> None:
    """Is not brought back by it."""
    ref = desk.nudge_due()
    desk.clock.move(hours=37)
    pause(desk)
    desk.send()
    assert desk.ledger(ref, mails.NUDGE) == [("expired", "shelf-life")]


def test_what_falls_due_while_it_lasts(desk: Desk) -> None:
    """Is planned as ever and waits from its own time on."""
    ref = desk.confirmed()
    desk.mails.clear()
    pause(desk)
    desk.clock.set(desk.contact(ref).nudge_due)
    assert desk.plan_nudges() == 1
    desk.send()
    desk.clock.move(days=5)
    resume(desk)
    let_go(desk)
    (row,) = desk.rows(ref, mails.NUDGE)
    assert row.shelf_ends - desk.clock.now == timedelta(hours=36)


def test_what_is_planned_late_while_it_lasts(desk: Desk) -> None:
    """By a worker that was away counts from when it was due, so that nothing of its time is lost to that either."""
    ref = desk.confirmed()
    pause(desk)
    desk.clock.set(desk.contact(ref).nudge_due + timedelta(hours=10))
    assert desk.plan_nudges() == 1
    desk.send()
    desk.clock.move(days=5)
    resume(desk)
    let_go(desk)
    (row,) = desk.rows(ref, mails.NUDGE)
    assert row.shelf_ends - desk.clock.now == timedelta(hours=36)


def test_first_mails_go_on(desk: Desk) -> None:
    """Who pledges now is asked to confirm at once, and can."""
    pause(desk)
    ref = desk.confirmed()
    assert desk.ledger(ref, mails.CONFIRM) == [(SENT, None)]
    assert desk.contact(ref).state == rules.CONFIRMED


def test_only_what_was_asked_for_waits() -> None:
    """Each kind of mail that rests on a consent, and no other: confirming, places, staff and organisers go on."""
    waiting = {name for name in mails.TEMPLATES if campaign_pause.waits_in_a_pause(Notification(template=name))}
    assert waiting == {name for name, one in mails.TEMPLATES.items() if one.purpose}
    assert mails.NUDGE in waiting
    assert not waiting & {mails.CONFIRM, mails.JOIN, mails.SIGN_IN, mails.EVE, *mails.ABOUT_PLACES}


def test_taken_back_meanwhile(desk: Desk) -> None:
    """What is so when it would go decides: a pledge taken back in the pause is not nudged after it."""
    ref = desk.nudge_due()
    pause(desk)
    desk.send()
    desk.promise("withdrawn", ref, 3)
    resume(desk)
    let_go(desk)
    desk.send()
    assert desk.ledger(ref, mails.NUDGE) == [("suppressed", "withdrawn")]
    assert not desk.mails


def test_until_a_day(desk: Desk) -> None:
    """It ends with its day, whether or not the message that says so has come."""
    ref = desk.nudge_due()
    pause(desk, until=desk.clock.now + timedelta(hours=48))
    desk.send()
    desk.clock.move(hours=48)
    let_go(desk)
    desk.send()
    assert desk.ledger(ref, mails.NUDGE) == [(SENT, None)]


def test_paused_again(desk: Desk) -> None:
    """Let go and held once more before it went: the time in between alone is used up."""
    ref = desk.nudge_due()
    pause(desk)
    desk.send()
    desk.clock.move(days=2)
    resume(desk)
    let_go(desk)
    desk.clock.move(hours=1)
    pause(desk, sequence=2)
    desk.send()
    desk.clock.move(days=2)
    resume(desk, sequence=3)
    let_go(desk)
    (row,) = desk.rows(ref, mails.NUDGE)
    assert row.shelf_ends - desk.clock.now == timedelta(hours=35)


def test_in_whatever_order_it_is_heard(desk: Desk) -> None:
    """The newest counts, however late and often the others come."""
    pause(desk, 0)
    resume(desk, 3)
    pause(desk, 2, kind="election")
    assert heard_pause(desk.work.db, CAMPAIGN, desk.clock.now) is None
    pause(desk, 4, kind="election")
    resume(desk, 3)
    found = heard_pause(desk.work.db, CAMPAIGN, desk.clock.now)
    assert found
    assert found.kind == "election"
    resume(desk, 5)
    resume(desk, 5)
    assert heard_pause(desk.work.db, CAMPAIGN, desk.clock.now) is None


def test_operators_can_see_it(desk: Desk) -> None:
    """lookup says why a mail waits; the doctor notes what waits, and finds what is not let go after it."""
    ref = desk.nudge_due()
    pause(desk)
    desk.send()
    assert "waits for the end of the staff’s pause" in "\n".join(story(desk.work, ref, desk.clock.now) or [])
    assert "mails-held" in {one.name for one in examine(desk.work, desk.clock.now)}
    assert wrong(desk) == set()
    resume(desk)
    assert wrong(desk) == {"mails-held-late"}
    let_go(desk)
    assert wrong(desk) == set()
    rows_of(Notification).update_one({"ref": ref, "template": mails.NUDGE}, {"$set": {"held_since": desk.clock.now, "state": SENT}})
    assert "mail-held-for-ever" in wrong(desk)


def test_every_page_says_so(desk: Desk) -> None:
    """From notify's own copy, with none of the words that staff keep for themselves."""
    assert "keeping quiet" not in desk.get("/sign-in").text
    pause(desk)
    desk.clock.move(seconds=4)
    assert "Something serious has happened in London" in desk.get("/sign-in").text
    resume(desk)
    desk.clock.move(seconds=4)
    assert "keeping quiet" not in desk.get("/sign-in").text


def test_it_scans_nothing(desk: Desk) -> None:
    """Holding and letting go ask by an index, among many mails that went."""
    for _ in range(20):
        desk.offered(f"{uuid.uuid4()}@example.org")
    desk.send()
    desk.nudge_due()
    with commands_seen() as seen:
        pause(desk)
        desk.send()
        desk.clock.move(days=1)
        desk.send()
        resume(desk)
        let_go(desk)
        desk.send()
    assert scans(desk.work.db, [(name, query) for name, query in seen.queries if name != Contact._meta["collection"]]) == []
