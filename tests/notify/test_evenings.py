"""The mail of the evening before: to who said yes and still has the place, once, at five, as things then are."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify import mails, rules
from services.notify.operations import contacts, evenings
from services.notify.operations.examine import examine
from services.notify.rules import OfAPlace, Rest, Verdict
from services.notify.rules import evenings as rules_of
from services.notify.rules.evenings import OfAnEvening, evening_before, may_evening_mail_go, still_to_come
from services.notify.store import Contact, Notification, Suppression, rows_of
from shared.messaging.findings import NOTE
from shared.reference.consents import EVENING_BEFORE
from shared.runtime.clock import LONDON, in_london
from tests.notify.desk import Desk, envelope
from tests.notify.walk import CONSENT, GATE, KIT, REFERENCE, SAM, Guest, Walk, both, walk

FROM, TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
YEARS = st.integers(0, int((TO - FROM).total_seconds()) // 300).map(lambda fives: FROM + timedelta(minutes=5 * fives))
CHANGES = [datetime.fromisoformat(day) for day in ("2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31", "2028-03-26", "2028-10-29")]
DAYS_AROUND = st.builds(
    lambda change, day, minute: (change + timedelta(days=day, minutes=minute)).replace(tzinfo=LONDON),
    st.sampled_from(CHANGES),
    st.integers(-1, 2),
    st.integers(0, 24 * 60 - 1),
)
STARTS = YEARS | DAYS_AROUND


def said_yes(here: Walk, address: str = SAM) -> Guest:
    """Placed, mailed, and the button of the mail pressed."""
    guest = here.guest(address).signs_up(consents=[CONSENT])
    here.desk.send()
    assert here.desk.post(here.desk.link("confirm")).status_code == 303
    return guest


def at(desk: Desk, moment: datetime) -> None:
    desk.clock.set(moment)
    evenings.plan_due(desk.work, moment)
    desk.send()


def of(guest: Guest) -> list[tuple[str, str]]:
    return [(state, reason) for template, state, reason in guest.outcomes() if template == mails.EVENING]


def five(here: Walk) -> datetime:
    return evening_before(here.starts)


def wrong(desk: Desk) -> list[str]:
    return [f"{one.name}: {one.words}" for one in examine(desk.work, desk.clock.now) if one.effect != NOTE]


# Its hour


@given(STARTS)
def test_five_the_day_before_on_a_london_clock(starts: datetime) -> None:
    """Also where the clocks change in between: five is what a London clock shows, and the day is the one before the event's."""
    evening = evening_before(starts)
    assert (in_london(evening).hour, in_london(evening).minute) == (17, 0)
    assert in_london(evening).date() == in_london(starts).date() - timedelta(days=1)
    assert timedelta(hours=6) <= starts.astimezone(UTC) - evening.astimezone(UTC) <= timedelta(hours=32)


@given(STARTS)
def test_it_may_go_until_it_begins(starts: datetime) -> None:
    """A mail planned at its hour never outlives its shelf before its event begins."""
    shelf = evening_before(starts).astimezone(UTC) + mails.TEMPLATES[mails.EVENING].shelf_life
    assert starts.astimezone(UTC) <= shelf


@given(STARTS, st.integers(-48 * 60, 48 * 60))
def test_a_yes_after_its_hour_brings_none(starts: datetime, minutes: int) -> None:
    """From five on nobody is noted for it; before, everybody for that very moment."""
    now = evening_before(starts).astimezone(UTC) + timedelta(minutes=minutes)
    assert still_to_come(starts, now) == (evening_before(starts) if minutes < 0 else None)


@given(STARTS, st.integers(0, 40 * 60), st.booleans(), st.sampled_from([rules.LIVE, rules.ENDED, rules.TAKEN_DOWN]), st.booleans())
def test_never_by_night_nor_too_late(starts: datetime, minutes: int, moved: bool, event: str, placed: bool) -> None:
    """Whatever else is so: it goes by day, before the event begins, for its own evening, while it takes place, to who has a place."""
    now = evening_before(starts).astimezone(UTC) + timedelta(minutes=minutes)
    planned_for = evening_before(starts).date() - timedelta(days=moved)
    place = OfAPlace(rules.SERVING, event, starts, starts + timedelta(hours=1), rules.PLACED if placed else rules.QUEUED)
    decision = may_evening_mail_go(now, OfAnEvening(place, planned_for, asked_at=FROM - timedelta(days=1)))
    local = in_london(now).hour
    if decision.verdict is Verdict.SEND:
        assert not moved
        assert placed
        assert event == rules.LIVE
        assert 8 <= local < 21
        assert now < starts
    elif decision.verdict is Verdict.WAIT:
        assert local >= 21 or local < 8
        assert decision.until
        assert in_london(decision.until).hour == 8
    elif not moved and placed and event == rules.LIVE:
        assert (now >= starts, decision.reason) == (True, rules.TOO_LATE)


MOMENT = datetime(2026, 6, 10, 17, 30, tzinfo=LONDON)
PLACE = OfAPlace(rules.SERVING, rules.LIVE, MOMENT + timedelta(days=1), MOMENT + timedelta(days=1, hours=1), rules.PLACED)
YES = MOMENT - timedelta(days=2)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, ""),
        ({"asked_at": None}, rules_of.NOT_ASKED),
        ({"stopped_at": YES}, rules.STOPPED),
        ({"stopped_at": YES - timedelta(seconds=1)}, ""),
        ({"rest": Rest(YES, MOMENT + timedelta(days=9))}, rules.NOT_NOW),
        ({"rest": Rest(YES - timedelta(seconds=1), MOMENT + timedelta(days=9))}, ""),
        ({"rest": Rest(YES, MOMENT)}, ""),
        ({"paused": True}, rules_of.GROUP_PAUSED),
        ({"planned_for": date(2026, 6, 9)}, rules_of.MOVED),
    ],
    ids=str,
)
def test_each_reason(more: dict[str, object], reason: str) -> None:
    """A yes is bound by what was said after it, and by nothing before."""
    known = {"planned_for": date(2026, 6, 10), "asked_at": YES} | more
    assert may_evening_mail_go(MOMENT, OfAnEvening(PLACE, **known)).reason == reason  # type: ignore[arg-type]


# On the real store


def test_once_at_five(desk: Desk) -> None:
    """Not before, not twice; what it says, in both bodies; the way out in its headers too; the subject says nothing."""
    here = walk(desk)
    sam, kit = said_yes(here), here.guest(KIT).signs_up(consents=[CONSENT])
    desk.send()
    desk.mails.clear()
    at(desk, five(here) - timedelta(seconds=1))
    assert desk.mails == []
    for minutes in (0, 5, 60):
        at(desk, five(here) + timedelta(minutes=minutes))
    assert (of(sam), of(kit)) == ([("sent", "")], []), "who ticked the box and never pressed the button has not said yes"
    (mail,) = desk.mails
    assert (mail.to, mail.message["Subject"]) == (SAM, "Your place")
    for text in both(mail):
        assert "Tomorrow’s the day" in text
        assert "Hello Sam." in text
        assert "Walk & talk" in text
        assert GATE in text
        assert REFERENCE in text
        assert "Can’t come? That’s fine, and nobody asks why." in text
        assert "ticked that you’d like this mail, and tapped the link to say yes. It comes once." in text
    assert f"/place/{sam.token}" in mail.body("plain")
    assert mail.message["List-Unsubscribe"] == f"<{desk.work.settings.public_url}{desk.link('stop')}>"
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert desk.link("not-now")
    assert wrong(desk) == []


def test_a_server_that_was_away_until_morning(desk: Desk) -> None:
    """It waits out the night, and says today; where the event has begun by then it does not go."""
    here = walk(desk)
    sam = said_yes(here)
    desk.server.behave(rcpt="451 Later", times=1)
    at(desk, five(here) + timedelta(hours=3, minutes=59))
    desk.clock.move(hours=1)
    desk.send()
    assert of(sam) == [("planned", "smtp-451")]
    at(desk, five(here) + timedelta(hours=15))
    assert of(sam) == [("sent", "")]
    assert all("Today’s the day" in text for text in both(desk.server.last()))
    early = walk(desk, days=2)
    early.starts = early.starts.replace(hour=7)
    desk.hear(early.posted("changed", "starts"))
    kit = said_yes(early, KIT)
    desk.clock.set(five(early) + timedelta(hours=5))
    evenings.plan_due(desk.work, desk.clock.now)
    desk.send()
    at(desk, early.starts + timedelta(hours=1))
    assert of(kit) == [("suppressed", "too-late")]


@pytest.mark.parametrize("planned", [False, True], ids=["before planning", "after planning"])
@pytest.mark.parametrize(
    ("what", "reason"),
    [("left", "left"), ("cancelled", "post-ended"), ("taken-down", "post-taken-down"), ("paused", "group-paused"), ("stopped", "stopped")],
)
def test_not_where_it_is_not_so_any_more(desk: Desk, planned: bool, what: str, reason: str) -> None:
    """Left, called off, taken down, its group paused, stopped: none, however late notify hears of it."""
    here = walk(desk)
    sam = said_yes(here)
    if planned:
        desk.clock.set(five(here))
        assert evenings.plan_due(desk.work, desk.clock.now) == 1
    if what == "left":
        sam.hears("left")
    elif what in ("cancelled", "taken-down"):
        desk.hear(here.ended(what, "weather" if what == "cancelled" else "not-safe"))
    elif what == "paused":
        group = "c2a7e6d1-83f4-4a5b-b9c8-1e6f7a8b9c44"
        desk.hear(envelope("group.paused.v1", group, {"group": group, "refs": [], "paused": True}, desk.clock.now, 1, source="events"))
    else:
        hashed = {"address_hash": desk.contact(sam.ref).address_hash, "purpose": EVENING_BEFORE}
        stop = contacts.new_link(desk.work, "stop", hashed, desk.clock.now)
        desk.clock.move(seconds=1)
        assert desk.post(stop.removeprefix(desk.work.settings.public_url)).status_code == 303
    desk.mails.clear()
    at(desk, five(here) + timedelta(minutes=1))
    expected = [] if what == "stopped" and not planned else [("suppressed", reason)]
    assert of(sam) == expected
    assert not [mail for mail in desk.mails if "the day" in mail.body("plain")]


def test_moved(desk: Desk) -> None:
    """To a later day: the evening before that. What was planned for the other evening does not go, and where that went this is another."""
    here = walk(desk)
    sam = said_yes(here)
    before = five(here)
    desk.clock.set(before)
    assert evenings.plan_due(desk.work, before) == 1
    here.starts += timedelta(days=2)
    desk.hear(here.posted("changed", "date", "starts", "ends"))
    here.tell()
    assert of(sam) == [("suppressed", "moved")]
    assert desk.contact(sam.ref).evening_due == before + timedelta(days=2)
    at(desk, before + timedelta(days=2))
    assert of(sam) == [("suppressed", "moved"), ("sent", "")]
    here.starts += timedelta(days=7)
    desk.hear(here.posted("changed", "date", "starts", "ends"))
    here.tell()
    at(desk, five(here))
    assert of(sam) == [("suppressed", "moved"), ("sent", ""), ("sent", "")]
    assert wrong(desk) == []


def test_moved_within_its_day_or_to_tomorrow(desk: Desk) -> None:
    """An hour later on the same day is no other evening; a day that is so near that its evening has come brings none."""
    here = walk(desk)
    sam = said_yes(here)
    at(desk, five(here))
    here.starts += timedelta(hours=1)
    desk.hear(here.posted("changed", "starts", "ends"))
    here.tell()
    at(desk, five(here) + timedelta(hours=1))
    assert of(sam) == [("sent", "")]
    near = walk(desk, days=9)
    kit = said_yes(near, KIT)
    near.starts = in_london(desk.clock.now + timedelta(days=1)).replace(hour=12, minute=0)
    desk.hear(near.posted("changed", "date", "starts", "ends"))
    near.tell()
    assert desk.contact(kit.ref).evening_due is None
    at(desk, near.starts - timedelta(hours=2))
    assert of(kit) == []


def test_a_move_that_a_yes_crossed(desk: Desk) -> None:
    """Whoever said yes while the event moved has the old evening noted: the plan looks again, and waits for the new one."""
    here = walk(desk)
    sam = said_yes(here)
    old = five(here)
    here.starts += timedelta(days=3)
    desk.hear(here.posted("changed", "date", "starts", "ends"))
    assert desk.contact(sam.ref).evening_due == old, "the telling has not come to it"
    desk.clock.set(old)
    assert evenings.plan_due(desk.work, old) == 1
    assert (of(sam), desk.contact(sam.ref).evening_due) == ([], five(here))


def test_a_yes_after_five(desk: Desk) -> None:
    """Who signs up on the evening itself has just read it all: the page says that no other mail comes."""
    here = walk(desk)
    desk.clock.set(five(here) + timedelta(hours=1))
    sam = said_yes(here)
    page = desk.get(desk.link("confirm")).get_data(as_text=True)
    assert "You said yes. Thank you" in page
    assert "The evening before is here, or over" in page
    at(desk, five(here) + timedelta(hours=2))
    assert of(sam) == []


def test_stop_is_of_one_purpose(desk: Desk) -> None:
    """The stop of this mail leaves places, their other mails and nudges; the stop of nudges leaves this; a new yes lifts it."""
    ref = desk.nudged(SAM)
    of_nudges = desk.link("stop")
    here = walk(desk, days=5)
    sam = said_yes(here)
    yes = desk.link("confirm")
    other = walk(desk, days=6)
    second = said_yes(other)
    at(desk, five(here))
    path = desk.link("stop")
    shown = desk.get(path).get_data(as_text=True)
    assert "Stop these mails?" in shown
    assert "Your places stay yours." in shown
    desk.clock.move(minutes=1)
    for _ in range(2):
        assert desk.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "These mails have stopped" in desk.get(path).get_data(as_text=True)
    assert desk.contact(ref).state == rules.CONFIRMED, "a nudge has a stop of its own"
    assert (desk.contact(sam.ref).state, desk.contact(second.ref).evening_due) == (rules.SERVING, None)
    assert "Yes, e-mail me the evening before" in desk.get(yes).get_data(as_text=True)
    here.starts += timedelta(days=3)
    desk.hear(here.posted("changed", "date", "starts", "ends"))
    here.tell()
    assert "Something has changed" in desk.server.last().body("plain")
    at(desk, five(here))
    assert of(sam)[-1] == ("suppressed", "stopped")
    third = walk(desk, days=5)
    again = said_yes(third)
    assert desk.post(of_nudges).status_code == 303
    at(desk, five(third))
    assert of(again) == [("sent", "")]


def test_a_new_yes_on_the_same_page_lifts_the_stop(desk: Desk) -> None:
    """The old link asks again, and its yes is newer than the stop."""
    here = walk(desk, days=5)
    sam = said_yes(here)
    yes = desk.link("confirm")
    hashed = {"address_hash": desk.contact(sam.ref).address_hash, "purpose": EVENING_BEFORE}
    stop = contacts.new_link(desk.work, "stop", hashed, desk.clock.now).removeprefix(desk.work.settings.public_url)
    desk.clock.move(minutes=1)
    desk.post(stop)
    desk.clock.move(minutes=1)
    assert desk.post(yes).status_code == 303
    assert "We’ll e-mail you the evening before" in desk.get(yes).get_data(as_text=True)
    at(desk, five(here))
    assert of(sam) == [("sent", "")]


def test_planned_twice_is_once(desk: Desk) -> None:
    """A worker that dies between planning and noting it plans the same again."""
    here = walk(desk)
    sam = said_yes(here)
    due = desk.contact(sam.ref).evening_due
    at(desk, five(here))
    rows_of(Contact).update_one({"_id": sam.ref}, {"$set": {"evening_due": due}})
    at(desk, five(here) + timedelta(minutes=1))
    assert of(sam) == [("sent", "")]


def test_a_sender_that_died_over_it(desk: Desk) -> None:
    """Nobody can say whether it went, so it is not sent again: a second one is worse than none, for the first mail says it all."""
    here = walk(desk)
    sam = said_yes(here)
    desk.clock.set(five(here))
    evenings.plan_due(desk.work, desk.clock.now)
    rows_of(Notification).update_one({"ref": sam.ref, "template": mails.EVENING}, {"$set": {"state": rules.CLAIMED, "attempts": 1}})
    desk.send()
    assert [state for state, _ in of(sam)] == [rules.UNKNOWN]


def test_thousands_are_planned_in_bounded_steps(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step does its share and no more; all have their turn, once."""
    monkeypatch.setattr(evenings, "A_STEP", 40)
    monkeypatch.setattr(evenings, "A_BATCH", 7)
    here, there = walk(desk), walk(desk)
    for number in range(45):
        one = (here if number % 3 else there).guest(f"guest.{number}@example.org").signs_up(consents=[CONSENT])
        evenings.confirm(desk.work, desk.contact(one.ref), desk.clock.now)
    desk.clock.set(five(here))
    assert [evenings.plan_due(desk.work, desk.clock.now) for _ in range(3)] == [40, 5, 0]
    rows = list(Notification.objects(template=mails.EVENING))
    assert len(rows) == len({row.ref for row in rows}) == 45
    assert {row.cause.rpartition(":")[2] for row in rows} == {here.slot, there.slot}
    assert all(re.fullmatch(rf"evening:{five(here):%Y-%m-%d}:[0-9a-f-]{{36}}", row.cause) for row in rows)


def test_one_that_nobody_plans_is_found(desk: Desk) -> None:
    """The doctor says so."""
    here = walk(desk)
    said_yes(here)
    desk.clock.set(five(here) + timedelta(minutes=2))
    assert [line.split(":")[0] for line in wrong(desk)] == ["evening-late"]


def test_nothing_of_it_outlives_the_place(desk: Desk) -> None:
    """A week after the slot the yes, the address and the due time are gone."""
    here = walk(desk)
    sam = said_yes(here)
    at(desk, five(here))
    desk.clock.set(here.ends + timedelta(days=8))
    contacts.forget_old(desk.work, desk.clock.now)
    left = rows_of(Contact).find_one({"_id": sam.ref}) or {}
    assert left.keys() & {"evening_due", "consents", "address_hash", "sealed"} == set()
    assert Suppression.objects.count() == 0
