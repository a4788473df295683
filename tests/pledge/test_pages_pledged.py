"""The result page in each state of a pledge, its calendar entry, and what a reference opens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from services.pledge.operations import contacts, pledges
from tests.pages.reading import tags, words
from tests.support.pledge_site import ADDRESS, PledgeSite, heading, stored
from tests.support.settings import A_MOMENT

SATURDAY = datetime(2026, 6, 13, 8, 0, tzinfo=UTC)  # nine in London, in summer time


def _entry(site: PledgeSite, reference: str) -> Any:
    answer = site.get(f"/pledged/{reference}.ics")
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    return event


def _buttons(html: str) -> dict[str, str]:
    """Link buttons: where each leads → its class."""
    return {tag["href"]: tag["class"] for tag in tags(html, "a") if "govuk-button" in (tag.get("class") or "")}


def test_an_anonymous_pledge_is_in(site: PledgeSite) -> None:
    """It shows the reference and two ways to nudge oneself, the calendar first, and where to tell."""
    reference = site.pledge()
    page = site.get(f"/pledged/{reference}")
    assert heading(page) == "You’re in"
    assert reference in page.text
    assert list(_buttons(page.text)) == [f"/pledged/{reference}.ics", "sms:?&body=Fancy%20a%20short%20walk%20this%20week%3F"]
    assert list(_buttons(page.text).values()) == ["govuk-button", "govuk-button govuk-button--secondary"]
    assert "/did-it" in page.text
    assert "we don’t know who you are" in page.text


def test_an_action_that_no_text_suits_offers_none(site: PledgeSite) -> None:
    """Ten minutes outside need nobody else."""
    assert "sms:?" not in site.get(f"/pledged/{site.pledge('pause-outside')}").text


def test_saving_the_numbers_is_one_tap(site: PledgeSite) -> None:
    """The action "save the help numbers" has the file as its green button."""
    page = site.get(f"/pledged/{site.pledge('know-where')}")
    assert next(iter(_buttons(page.text))) == "/crisis.vcf"


def test_an_unconfirmed_pledge_is_safe(site: PledgeSite) -> None:
    """The note says that it is safe; the mail can be sent again and the address mended; the address itself is never shown."""
    reference = site.nudged()
    page = site.get(f"/pledged/{reference}")
    assert "Your pledge is safe. Tap the link in our mail if you’d like your nudge." in words(page.text)
    assert "We nudge you on Saturday 13 June, at 9 in the morning." in words(page.text)
    assert f'action="/pledged/{reference}/again"' in page.text
    assert f'href="/pledged/{reference}/nudge"' in page.text
    assert ADDRESS not in page.text


def test_send_it_once_more_asks_notify(site: PledgeSite) -> None:
    """One press is one more mail to ask for, and the page says what was done."""
    reference = site.nudged()
    answer = site.post(f"/pledged/{reference}/again")
    assert (answer.status_code, answer.location) == (303, f"/pledged/{reference}?again=sent")
    assert [entry["type"] for entry in stored(reference).outbox][-1] == "contact.again.v1"
    assert "We’ve sent for the mail once more." in words(site.get(answer.location).text)


def test_send_it_once_more_without_an_address_does_nothing(site: PledgeSite) -> None:
    """There is no mail to send for an anonymous pledge."""
    reference = site.pledge()
    assert site.post(f"/pledged/{reference}/again").status_code == 303
    assert [entry["type"] for entry in stored(reference).outbox] == ["pledge.made.v1"]


def test_a_confirmed_pledge_has_its_day(site: PledgeSite) -> None:
    """ "Your nudge is set", with the day; once the day has come, how it went is asked."""
    reference = site.confirmed()
    page = site.get(f"/pledged/{reference}")
    assert "Your nudge is set. It comes on Saturday 13 June, at 9 in the morning." in words(page.text)
    site.clock.set(SATURDAY + timedelta(hours=1))
    assert f"/did-it/{reference}" in site.get(f"/pledged/{reference}").text


def test_a_late_tap_is_promised_a_morning_that_is_to_come(site: PledgeSite) -> None:
    """Past the day that was asked for, the page names the next nine in the morning, before the tap and after it."""
    reference = site.nudged()
    site.clock.set(SATURDAY + timedelta(hours=1))
    assert "We nudge you on Sunday 14 June, at 9 in the morning." in words(site.get(f"/pledged/{reference}").text)
    contacts.confirmed(site.work, stored(reference).ref, now=site.clock())
    assert "It comes on Sunday 14 June, at 9 in the morning." in words(site.get(f"/pledged/{reference}").text)


def test_a_withdrawn_pledge_says_so_kindly(site: PledgeSite) -> None:
    """It was taken back, that's fine, and the other actions are there."""
    reference = site.pledge()
    pledges.withdraw(site.work, reference, now=site.clock())
    page = site.get(f"/pledged/{reference}")
    assert heading(page) == "You’ve taken this pledge back"
    assert "That’s fine." in page.text
    assert _buttons(page.text) == {"/pledge": "govuk-button"}


def test_an_answered_pledge_thanks(site: PledgeSite) -> None:
    """Who has told us is not asked again."""
    reference = site.pledge()
    pledges.answer(site.work, reference, "yes", now=site.clock())
    assert "Thank you for telling us" in words(site.get(f"/pledged/{reference}").text)


# The calendar


def test_the_calendar_says_nothing_of_the_pledge(site: PledgeSite) -> None:
    """Whoever sees the screen reads a neutral title: no action, no reference, no name of ours."""
    reference = site.pledge()
    text = site.get(f"/pledged/{reference}.ics").text
    assert str(_entry(site, reference)["SUMMARY"]) == "Your small thing"
    for secret in (reference, "walk", "pledge", "Londoners", stored(reference).id):
        assert secret.lower() not in text.lower()


def test_without_a_nudge_the_calendar_takes_saturday_at_nine(site: PledgeSite) -> None:
    """The next Saturday, nine in London, with an alarm."""
    event = _entry(site, site.pledge())
    assert event["DTSTART"].dt == SATURDAY
    assert [str(alarm["ACTION"]) for alarm in event.walk("VALARM")] == ["DISPLAY"]


def test_the_calendar_takes_the_nudges_own_time(site: PledgeSite) -> None:
    """Where a nudge was asked for, the entry is at its time."""
    reference = site.pledge()
    nudge = pledges.Nudge(ADDRESS, "2-days", "nudge-2026-11")
    pledges.ask_for_nudge(site.work, reference, nudge, now=site.clock())
    assert _entry(site, reference)["DTSTART"].dt == datetime(2026, 6, 12, 8, 0, tzinfo=UTC)


def test_a_nudge_that_is_past_leaves_the_calendar_next_saturday(site: PledgeSite) -> None:
    """Who says "not yet" after the last nudge gets an entry that still comes, not one of last week."""
    reference = site.confirmed()
    site.clock.set(SATURDAY + timedelta(hours=1))
    assert _entry(site, reference)["DTSTART"].dt == SATURDAY + timedelta(days=7)


def test_in_winter_nine_is_nine(site: PledgeSite) -> None:
    """Nine in London is another moment once the clocks have gone back."""
    site.clock.set(A_MOMENT.replace(month=11, day=24))
    assert _entry(site, site.pledge())["DTSTART"].dt == datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_the_calendar_entry_keeps_its_id(site: PledgeSite) -> None:
    """Fetched twice it is one entry; another pledge's is another."""
    first, second = site.pledge(), site.pledge()
    assert _entry(site, first)["UID"] == _entry(site, first)["UID"]
    assert _entry(site, first)["UID"] != _entry(site, second)["UID"]


# References


@pytest.mark.parametrize("ending", ["", ".ics", "/nudge"])
def test_a_mistyped_reference_is_told_from_an_unknown_one(site: PledgeSite, ending: str) -> None:
    """The check sign says that one sign is wrong; a good one that nobody has can't be looked up. Both are 404 with the form."""
    mistyped, unknown = site.get(f"/pledged/CL-2222-2223{ending}"), site.get(f"/pledged/CL-2222-2222{ending}")
    assert (mistyped.status_code, heading(mistyped)) == (404, "That reference has a sign wrong")
    assert (unknown.status_code, heading(unknown)) == (404, "We have no pledge with that reference")
    assert "We can’t look it up for you" in unknown.text
    assert 'action="/did-it"' in mistyped.text
    assert 'action="/did-it"' in unknown.text


def test_a_reference_may_be_typed_any_way(site: PledgeSite) -> None:
    """Small letters, no hyphens, no prefix: the same page."""
    reference = site.pledge()
    bare = reference.removeprefix("CL-").replace("-", "").lower()
    assert reference in site.get(f"/pledged/{bare}").text
