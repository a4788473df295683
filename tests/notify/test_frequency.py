"""One cap for all kinds of mail: nobody has more in a day than is kind, nothing that is true and needed waits, nothing goes twice."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify import mails, rules
from services.notify.mails.frequency import FIRST, FREQUENCY
from services.notify.operations import evenings, lookup, nudges
from services.notify.operations.examine import examine
from services.notify.rules import AT_WORK, TO_A_PERSON, Verdict, share_of_today
from services.notify.store import HeldText, Member, Notification
from shared.messaging.envelope import Envelope
from shared.messaging.findings import NOTE
from shared.runtime.clock import LONDON
from shared.security.sessions import SAFEGUARDING
from tests.notify import guild
from tests.notify.desk import ADA, Desk
from tests.notify.test_checking import come, held
from tests.notify.test_evenings import said_yes
from tests.notify.test_nudges import SATURDAY, at, nudges_of
from tests.notify.test_organiser_mails import said
from tests.notify.walk import walk

NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
WENT = st.lists(st.integers(0, 24 * 60 - 1).map(lambda minutes: NOON - timedelta(minutes=minutes)), max_size=9)


def asked(desk: Desk, number: int) -> list[str]:
    """So many nudges for Saturday, said yes to; no more than three confirm mails a day go to one address."""
    refs = []
    for one in range(number):
        if one and one % 3 == 0:
            desk.clock.move(days=1)
        refs.append(desk.confirmed(ADA, days=3 - one // 3))
    return refs


def wrong(desk: Desk) -> list[str]:
    return [f"{one.name}: {one.words}" for one in examine(desk.work, desk.clock.now) if one.effect != NOTE]


# The table


def test_every_kind_of_mail_is_in_the_table() -> None:
    """A new kind cannot be sent without somebody having thought of how often; each says why."""
    assert FREQUENCY.keys() == mails.TEMPLATES.keys()
    assert {share.day for share in FREQUENCY.values()} == {FIRST, TO_A_PERSON, AT_WORK} == {FIRST, *rules.A_DAYS_SHARE}
    assert all(share.because and not (share.held and share.day == FIRST) for share in FREQUENCY.values())
    asked_for = {name for name, template in mails.TEMPLATES.items() if template.purpose}
    assert asked_for == {name for name, share in FREQUENCY.items() if share.held and share.day == TO_A_PERSON}


@given(WENT, st.integers(1, 6))
def test_the_share_of_a_day(went: list[datetime], most: int) -> None:
    """It goes where fewer than so many went in 24 hours; else it waits until that is so, and not a second longer."""
    decision = share_of_today(went, most)
    assert (decision.verdict is Verdict.SEND) == (len(went) < most)
    if decision.verdict is Verdict.WAIT:
        assert decision.until

        def still(moment: datetime) -> int:
            return sum(one > moment - rules.A_DAY for one in went)

        assert decision.until > NOON
        assert still(decision.until) < most <= still(decision.until - timedelta(microseconds=1))


@given(st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=12), st.integers(1, 3))
def test_no_day_has_more(due: list[int], most: int) -> None:
    """However they come due, sent one after another as they may: no 24 hours have more."""
    went: list[datetime] = []
    for minutes in sorted(due):
        moment = NOON + timedelta(minutes=minutes)
        while (decision := share_of_today([one for one in went if one > moment - rules.A_DAY], most)).until:
            moment = decision.until
        went.append(max(moment, *went) if went else moment)
    for one in went:
        assert sum(one - rules.A_DAY < other <= one for other in went) <= most


# People


def test_three_nudges_for_one_morning(desk: Desk) -> None:
    """Two go; the third waits a day, and goes once. A lookup says why it waits."""
    refs = [desk.confirmed(ADA) for _ in range(3)]
    desk.mails.clear()
    for minutes in (0, 5, 11 * 60):
        at(desk, SATURDAY + timedelta(minutes=minutes))
    assert sorted(str(nudges_of(desk, ref)[0][0]) for ref in refs) == ["planned", "sent", "sent"]
    (late,) = [ref for ref in refs if nudges_of(desk, ref)[0][0] == "planned"]
    assert nudges_of(desk, late) == [("planned", "daily-cap")]
    story = "\n".join(lookup.story(desk.work, late, desk.clock.now) or [])
    assert "it waits until 2026-06-14 09:00:00 (the day’s share of mails is full)" in story
    assert wrong(desk) == []
    for minutes in (0, 5):
        at(desk, SATURDAY + timedelta(days=1, minutes=minutes))
    assert nudges_of(desk, late) == [("sent", None)]
    assert len(desk.mails) == 3


def test_another_address_has_a_day_of_its_own(desk: Desk) -> None:
    """Two for one and one for another, all on one morning."""
    refs = [desk.confirmed(address) for address in (ADA, ADA, "bo.fern@example.org")]
    at(desk, SATURDAY)
    assert [nudges_of(desk, ref) for ref in refs] == [[("sent", None)]] * 3


def test_dropped_with_its_reason(desk: Desk) -> None:
    """What has had its time by then goes no more, and the ledger says what it was lost to."""
    refs = asked(desk, 5)
    for hours in (0, 24, 24.5, 37):
        at(desk, SATURDAY + timedelta(hours=hours))
    assert sorted(str(nudges_of(desk, ref)) for ref in refs) == sorted([str([("sent", None)])] * 4 + [str([("expired", "daily-cap")])])


def test_what_was_asked_for_this_minute_never_waits(desk: Desk) -> None:
    """A place, its queue, a confirm mail: they have a limit of their own, and take nothing from the day's share."""
    here = walk(desk, days=9)
    refs = [desk.confirmed(ADA) for _ in range(2)]
    at(desk, SATURDAY)
    guest, new = here.guest(ADA).signs_up(), desk.offered(ADA)
    desk.send()
    assert guest.outcomes() == [("placed", "sent", "")]
    assert desk.ledger(new) == [("sent", None)]
    late = desk.confirmed("bo.fern@example.org", days=1)
    here.guest("bo.fern@example.org").signs_up()
    desk.send()
    at(desk, SATURDAY + timedelta(days=1))
    assert [nudges_of(desk, ref) for ref in (*refs, late)] == [[("sent", None)]] * 3


def test_the_truth_never_waits_and_counts(desk: Desk) -> None:
    """Called off is said at once, however full the day; on such a day a nudge waits."""
    ref = desk.confirmed(ADA)
    here, there, third = walk(desk, days=7), walk(desk, days=8), walk(desk, days=9)
    guests = [one.guest(ADA).signs_up() for one in (here, there, third)]
    desk.send()
    desk.clock.set(SATURDAY - timedelta(hours=1))
    for one in (here, there, third):
        desk.hear(one.ended())
        one.tell()
    assert [guest.outcomes()[-1] for guest in guests] == [("cancelled", "sent", "")] * 3
    at(desk, SATURDAY)
    assert nudges_of(desk, ref) == [("planned", "daily-cap")]
    at(desk, SATURDAY + timedelta(hours=23))
    assert nudges_of(desk, ref) == [("sent", None)]


def test_evenings_and_nudges_share_a_day(desk: Desk) -> None:
    """A nudge and two evenings on one day: the second evening waits for the morning, and says today."""
    desk.confirmed(ADA, days=3)
    first, second = (said_yes(walk(desk, days=4), ADA) for _ in range(2))
    at(desk, SATURDAY)
    for hours in (8, 12, 20, 24):
        desk.clock.set(SATURDAY + timedelta(hours=hours))
        evenings.plan_due(desk.work, desk.clock.now)
        desk.send()
        states = sorted(guest.outcomes()[-1][1] for guest in (first, second))
        assert states == (["planned", "sent"] if hours < 24 else ["sent", "sent"])
    assert "Today’s the day" in desk.server.last().body("plain")


def test_an_evening_that_would_be_too_late(desk: Desk) -> None:
    """The day is full, and the event begins before there is room again: dropped, and the ledger says for what."""
    for _ in range(2):
        desk.confirmed(ADA, days=3)
    early = walk(desk, days=4)
    early.starts = early.starts.replace(hour=8, minute=30)
    desk.hear(early.posted("changed", "starts"))
    guest = said_yes(early, ADA)
    at(desk, SATURDAY)
    for hours in (8, 24):
        desk.clock.set(SATURDAY + timedelta(hours=hours))
        evenings.plan_due(desk.work, desk.clock.now)
        desk.send()
    assert guest.outcomes()[-1] == ("evening", "suppressed", "daily-cap")


# Those who have a task here


def test_one_mail_tells_of_all_that_were_set_apart(desk: Desk) -> None:
    """The first at once. What comes until the next mail is told of by that one, with its number; no text is told of twice."""
    come(desk, "Sam", SAFEGUARDING, boroughs=("hackney",))
    desk.hear(held(desk))
    desk.send()
    for _ in range(3):
        desk.clock.move(seconds=20)
        desk.hear(held(desk))
    desk.hear(held(desk, "bexley"))
    desk.send()
    assert len(desk.mails) == 2
    assert "Somebody wrote hard words in a form." in " ".join(desk.mails[0].body("plain").split())
    assert "hard words in 3 forms were set apart" in " ".join(desk.mails[1].body("plain").split())
    assert sorted(row.reason or "sent" for row in Notification.objects(template="held")) == ["sent", "sent", "told-already", "told-already"]


def test_a_reviewer_has_so_many_a_day(desk: Desk) -> None:
    """Five, and the fifth says that it is the last; the next day's first tells of everything since."""
    come(desk, "Sam", SAFEGUARDING)
    for _ in range(12):
        desk.clock.move(minutes=10)
        desk.hear(held(desk))
        desk.send()
    said_last = ["This is the last mail about it for a day" in " ".join(mail.body("plain").split()) for mail in desk.mails]
    assert said_last == [False] * 4 + [True]
    began = desk.clock.now
    desk.clock.set(began + timedelta(hours=21))
    desk.send()
    assert len(desk.mails) == 5
    desk.clock.set(began + timedelta(hours=24))
    desk.send()
    assert len(desk.mails) == 6
    assert "hard words in 7 forms were set apart" in " ".join(desk.mails[5].body("plain").split())
    assert wrong(desk) == []
    desk.send()
    assert len(desk.mails) == 6


def test_a_text_that_comes_while_the_mail_goes(desk: Desk) -> None:
    """It is not in that mail's number, so it has a mail of its own."""
    sam = come(desk, "Sam", SAFEGUARDING)
    desk.hear(held(desk))
    desk.send()
    told = Member.objects(id=sam.id).first().held_told_at
    assert told == HeldText.objects.first().heard_at
    desk.clock.move(seconds=1)
    desk.hear(held(desk))
    desk.send()
    assert len(desk.mails) == 2


def test_two_of_the_role(desk: Desk) -> None:
    """Each by what they have been told."""
    come(desk, "Sam", SAFEGUARDING, boroughs=("hackney",))
    come(desk, "Una", SAFEGUARDING, boroughs=("bexley",))
    desk.hear(held(desk), held(desk, "bexley"), held(desk, "bexley"))
    desk.send()
    texts = {mail.to: " ".join(mail.body("plain").split()) for mail in desk.mails}
    assert "Somebody wrote hard words in a form." in texts["sam@example.org"]
    assert "hard words in 2 forms" in texts["una@example.org"]
    assert len(desk.mails) == 2


def test_an_organiser_has_so_many_a_day(desk: Desk) -> None:
    """Seven posts go up in an hour: five mails, and the others the day after; that one was taken down is told at once."""
    ref = guild.session(guild.come(desk), desk).refs[0]
    desk.mails.clear()
    ids = [str(uuid.uuid4()) for _ in range(7)]
    for id_ in ids:
        one = said(desk, "event.published", 1, ref)
        desk.hear(_about(one, id_))
        desk.send()
    said_last = ["This is the last mail of this kind for a day" in " ".join(mail.body("plain").split()) for mail in desk.mails]
    assert said_last == [False] * 4 + [True]
    desk.hear(_about(said(desk, "event.taken-down", 2, ref, reason="not-safe"), ids[0]))
    desk.send()
    assert [mail.message["Subject"] for mail in desk.mails][5:] == ["Your post"]
    assert "taken down" in desk.server.last().body("plain")
    desk.clock.move(days=1)
    desk.send()
    assert len(desk.mails) == 8


def _about(one: Envelope, id_: str) -> Envelope:
    return replace(one, subject=id_, data={**one.data, "id": id_})


@pytest.mark.parametrize("hour", [17, 23])
def test_a_laptops_hurry_knows_no_cap(desk: Desk, hour: int) -> None:
    """Whoever presses "send due nudges" on a laptop sees them."""
    refs = asked(desk, 4)
    desk.clock.set(datetime(2026, 6, 12, hour, tzinfo=LONDON))
    nudges.plan_all(desk.work)
    desk.send()
    assert [nudges_of(desk, ref) for ref in refs] == [[("sent", None)]] * 4
