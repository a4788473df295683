"""What may go, and when: every decision, and the hours on the two nights when London's clocks change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify import rules
from services.notify.rules import Decision, Situation, Verdict
from shared.runtime import quiet_hours
from shared.runtime.clock import LONDON, in_london

NIGHT = datetime(2026, 6, 10, 22, 0, tzinfo=LONDON)
NOON = datetime(2026, 6, 10, 12, 0, tzinfo=LONDON)
YEAR = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
CHANGES = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))  # forward an hour; back an hour
AROUND_A_CHANGE = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-3 * 24 * 60, 3 * 24 * 60)
)
MOMENTS = YEAR | AROUND_A_CHANGE
CONFIRMED = Situation(rules.CONFIRMED, confirmed_at=NOON - timedelta(days=2))


@given(MOMENTS)
def test_quiet_is_nine_to_eight(moment: datetime) -> None:
    """Quiet is what a London clock shows between 21:00 and 08:00, in summer and in winter."""
    assert quiet_hours.is_quiet(moment) == (in_london(moment).hour >= 21 or in_london(moment).hour < 8)


@given(MOMENTS)
def test_quiet_ends_at_the_next_eight(moment: datetime) -> None:
    """The end of the quiet is the first 08:00 of a London clock after the moment, and it is not quiet then."""
    end = quiet_hours.quiet_ends(moment)
    assert (in_london(end).hour, in_london(end).minute, in_london(end).second) == (8, 0, 0)
    assert not quiet_hours.is_quiet(end)
    assert moment < end.astimezone(UTC) <= moment + timedelta(hours=25)
    step = moment.astimezone(UTC)
    hours = [step + timedelta(minutes=m) for m in range(0, int((end.astimezone(UTC) - step).total_seconds() // 60), 30)]
    if quiet_hours.is_quiet(moment):
        assert all(quiet_hours.is_quiet(one) for one in hours), "the quiet was over before"


@given(MOMENTS, MOMENTS)
def test_a_nudge_is_due_as_asked_or_at_the_next_nine(asked: datetime, confirmed: datetime) -> None:
    """A yes in time leaves the hour as asked; a later one means the first 09:00 in London after it."""
    due = rules.nudge_due(asked, confirmed)
    if confirmed <= asked:
        assert due == asked
        return
    assert (in_london(due).hour, in_london(due).minute) == (9, 0)
    assert confirmed < due.astimezone(UTC) <= confirmed + timedelta(hours=25)


@pytest.mark.parametrize(
    ("confirmed", "due"),
    [
        ("2026-06-13T08:59:59", "2026-06-13T09:00:00"),
        ("2026-06-13T09:00:01", "2026-06-14T09:00:00"),
        ("2026-03-28T12:00:00", "2026-03-29T09:00:00"),
        ("2026-10-24T12:00:00", "2026-10-25T09:00:00"),
    ],
)
def test_a_late_yes(confirmed: str, due: str) -> None:
    """The minute before nine is today's nudge, the minute after is tomorrow's, also over the nights of the clock changes."""
    asked = datetime(2026, 1, 1, 9, tzinfo=LONDON)
    found = rules.nudge_due(asked, datetime.fromisoformat(confirmed).replace(tzinfo=LONDON))
    assert found == datetime.fromisoformat(due).replace(tzinfo=LONDON)


@given(st.integers(-3, 10_000), st.floats(0, 1))
def test_back_off_grows_and_ends_at_an_hour(attempts: int, jitter: float) -> None:
    """It waits longer after each attempt, never under 24 seconds, never over 72 minutes, and never less for more jitter."""
    wait = rules.try_again_after(attempts, jitter)
    assert timedelta(seconds=24) <= wait <= timedelta(minutes=72)
    assert wait <= rules.try_again_after(attempts + 2, jitter)
    assert rules.try_again_after(attempts, 0.0) <= wait <= rules.try_again_after(attempts, 1.0)


def test_a_server_away_for_a_day_costs_few_tries() -> None:
    """A mail that waits a whole day is tried some 30 times, not thousands."""
    waited, tries = timedelta(), 0
    while waited < timedelta(days=1):
        tries += 1
        waited += rules.try_again_after(tries, 0.5)
    assert 25 <= tries <= 35


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        (Situation(rules.CONFIRMED), "contact-confirmed"),
        (Situation(rules.EXPIRED), "contact-expired"),
        (Situation(rules.SUPPRESSED), "contact-suppressed"),
        (Situation(rules.FORGOTTEN), "contact-forgotten"),
        (Situation(rules.OFFERED, pledge=rules.WITHDRAWN), "withdrawn"),
        (Situation(rules.OFFERED, not_me_until=NOON + timedelta(seconds=1)), "not-me"),
        (Situation(rules.OFFERED, first_mails_today=3), "daily-limit"),
        (Situation(rules.OFFERED, first_mails_today=4), "daily-limit"),
    ],
)
def test_no_first_mail(situation: Situation, reason: str) -> None:
    """A first mail never goes where it is not wanted, not needed any more, or the third of the day has gone."""
    assert rules.may_confirm_mail_go(NOON, situation) == Decision(Verdict.NEVER, reason)


@pytest.mark.parametrize("now", [NOON, NIGHT])
@pytest.mark.parametrize(
    "situation",
    [
        Situation(rules.OFFERED),
        Situation(rules.OFFERED, first_mails_today=2),
        Situation(rules.OFFERED, not_me_until=NOON),
        Situation(rules.OFFERED, stopped_at=NOON),
        Situation(rules.OFFERED, pledge=rules.ANSWERED),
    ],
)
def test_a_first_mail_goes_at_once(now: datetime, situation: Situation) -> None:
    """A first mail goes at any hour; an old "not me" is over, and a stop was about nudges."""
    assert rules.may_confirm_mail_go(now, situation) == rules.SEND


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        (Situation(rules.OFFERED), "contact-offered"),
        (Situation(rules.SUPPRESSED), "contact-suppressed"),
        (Situation(rules.FORGOTTEN), "contact-forgotten"),
        (Situation(rules.CONFIRMED), "contact-confirmed"),  # without a time of the yes there is no yes
        (Situation(rules.CONFIRMED, confirmed_at=NOON, pledge=rules.WITHDRAWN), "withdrawn"),
        (Situation(rules.CONFIRMED, confirmed_at=NOON, pledge=rules.ANSWERED), "answered"),
        (Situation(rules.CONFIRMED, confirmed_at=NOON, pledge=rules.POSTPONED, moved=True), "postponed"),
        (Situation(rules.CONFIRMED, confirmed_at=NOON, not_me_until=NIGHT + timedelta(days=1)), "not-me"),
        (Situation(rules.CONFIRMED, confirmed_at=NOON, stopped_at=NOON), "stopped"),
        (Situation(rules.CONFIRMED, confirmed_at=NOON, stopped_at=NOON + timedelta(seconds=1)), "stopped"),
    ],
)
@pytest.mark.parametrize("now", [NOON, NIGHT])
def test_no_nudge(situation: Situation, reason: str, now: datetime) -> None:
    """A nudge never goes to who did not say yes, said stop since, has answered, or took the pledge back; by night it is said at once."""
    assert rules.may_nudge_go(now, situation) == Decision(Verdict.NEVER, reason)


def test_a_nudge_goes_by_day() -> None:
    """A confirmed nudge goes by day and waits by night, unless a laptop is in a hurry; a postponed pledge's next nudge goes."""
    assert rules.may_nudge_go(NOON, CONFIRMED) == rules.SEND
    assert rules.may_nudge_go(NIGHT, CONFIRMED) == Decision(Verdict.WAIT, until=datetime(2026, 6, 11, 8, tzinfo=LONDON))
    assert rules.may_nudge_go(NIGHT, Situation(rules.CONFIRMED, CONFIRMED.confirmed_at, ignore_quiet=True)) == rules.SEND
    assert rules.may_nudge_go(NOON, Situation(rules.CONFIRMED, CONFIRMED.confirmed_at, pledge=rules.POSTPONED)) == rules.SEND


def test_a_later_yes_lifts_a_stop() -> None:
    """A stop counts against every yes before it, and against none after it."""
    yes = NOON - timedelta(days=1)
    assert rules.may_nudge_go(NOON, Situation(rules.CONFIRMED, yes, stopped_at=yes - timedelta(seconds=1))) == rules.SEND


@pytest.mark.parametrize("decide", [rules.may_confirm_mail_go, rules.may_nudge_go])
def test_a_missing_contact_waits(decide: object) -> None:
    """A mail whose contact has not arrived stays planned, whatever else is so."""
    assert callable(decide)
    found = decide(NOON, Situation(None, pledge=rules.WITHDRAWN, not_me_until=NIGHT, stopped_at=NIGHT))
    assert found == Decision(Verdict.WAIT, until=NOON + timedelta(minutes=1))


# Places

HERE = rules.OfAPlace(
    rules.SERVING, event=rules.LIVE, starts=NOON + timedelta(days=1), ends=NOON + timedelta(days=1, hours=2), standing=rules.PLACED
)
FIRST = rules.Needs((rules.LIVE,), (rules.PLACED,), limited=True)
END = rules.Needs((rules.ENDED,), (rules.PLACED, rules.QUEUED), to_the_end=True)
NOT_HEARD: list[dict[str, object]] = [{"contact": None}, {"event": None}, {"starts": None}, {"ends": None}, {"standing": ""}]


@pytest.mark.parametrize("now", [NOON, NIGHT])
def test_a_place_mail_goes_at_any_hour(now: datetime) -> None:
    """A place is not kept from anybody until morning, nor is the news that it is called off."""
    assert rules.may_place_mail_go(now, HERE, FIRST) == rules.SEND
    assert rules.may_place_mail_go(now, replace(HERE, event=rules.ENDED), END) == rules.SEND


@pytest.mark.parametrize("missing", NOT_HEARD, ids=str)
def test_a_place_mail_waits_for_what_it_says(missing: dict[str, Any]) -> None:
    """Its contact, its event and its sign-up come by different ways, in any order."""
    found = rules.may_place_mail_go(NOON, replace(HERE, **missing), FIRST)
    assert found == Decision(Verdict.WAIT, until=NOON + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"contact": rules.FORGOTTEN}, "contact-forgotten"),
        ({"not_me_until": NOON + timedelta(seconds=1)}, "not-me"),
        ({"event": rules.TAKEN_DOWN}, "post-taken-down"),
        ({"standing": rules.LEFT}, "left"),
        ({"standing": "refused-full"}, "refused-full"),
        ({"starts": NOON}, "too-late"),
        ({"news": False}, "told-already"),
    ],
)
def test_no_place_mail(what: dict[str, Any], reason: str) -> None:
    """One that is not true any more, that comes too late, or that nobody may be sent, never goes."""
    assert rules.may_place_mail_go(NOON, replace(HERE, **what), FIRST) == Decision(Verdict.NEVER, reason)


def test_an_end_is_of_use_until_the_slot_is_over() -> None:
    """Somebody may be on the way, or stand there: so an end is told as long as the slot lasts."""
    off = replace(HERE, event=rules.ENDED)
    begun, over = HERE.starts, HERE.ends
    assert begun
    assert over
    assert rules.may_place_mail_go(begun, off, END) == rules.SEND
    assert rules.may_place_mail_go(over, off, END) == Decision(Verdict.NEVER, "too-late")


@given(st.lists(st.integers(0, 24 * 60 - 1), max_size=8))
def test_three_first_mails_in_any_day(minutes: list[int]) -> None:
    """With three in the last day a fourth waits until the third last is a day old: then two are left; whoever has shown that they read
    the address is not counted."""
    went = tuple(NOON - timedelta(minutes=one) for one in minutes)
    found = rules.may_place_mail_go(NOON, replace(HERE, first_mails=went), FIRST)
    if len(went) < rules.FIRST_MAILS_A_DAY:
        assert found == rules.SEND
    else:
        assert found.verdict is Verdict.WAIT
        assert found.until
        assert NOON < found.until <= NOON + timedelta(days=1)
        assert len([one for one in went if one > found.until - timedelta(days=1)]) < rules.FIRST_MAILS_A_DAY
    assert rules.may_place_mail_go(NOON, replace(HERE, first_mails=went, proven=True), FIRST) == rules.SEND
    assert rules.may_place_mail_go(NOON, replace(HERE, first_mails=went), replace(FIRST, limited=False)) == rules.SEND
