"""What a post and a group may hold: each field by itself, what fits together, and London's clocks. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.rules import groups as group_rules
from services.events.rules import times
from services.events.rules.checks import Terms, as_sent, faults, flaws_of, missing
from services.events.rules.content import EVENT_FIELDS, INITIATIVE_FIELDS, LINES, TEXT
from services.events.rules.posts import EVENT, INITIATIVE
from services.events.rules.reading import day_of, number_of, time_of
from services.events.rules.wording import CHOOSE, link_flaw, phone_flaw, text_flaw
from shared.runtime.clock import in_london
from tests.support.posts import an_event, an_initiative
from tests.support.settings import A_MOMENT

TERMS = Terms(A_MOMENT)
KNOWN = Terms(A_MOMENT, trusted=True)
CHANGES = [(date(2026, 3, 29), date(2026, 10, 25)), (date(2027, 3, 28), date(2027, 10, 31)), (date(2028, 3, 26), date(2028, 10, 29))]


def wrong(**changes: Any) -> list[str]:
    return list(faults(EVENT, an_event(**changes), TERMS))


def test_what_can_be_published_has_no_faults() -> None:
    """The builders' event and initiative may be sent as they are, and a whole one lacks nothing after it is made ready."""
    assert wrong() == []
    assert list(faults(INITIATIVE, an_initiative(), TERMS)) == []
    assert as_sent(EVENT, an_event()) == an_event()


def test_an_empty_draft_has_nothing_wrong_and_everything_missing() -> None:
    """What is not there can't be wrong, and every field that is needed is named in the order of the form."""
    assert flaws_of(EVENT, {}, TERMS) == {}
    assert list(missing(EVENT, {})) == [field.name for field in EVENT_FIELDS if field.needed]
    assert list(missing(INITIATIVE, {})) == [field.name for field in INITIATIVE_FIELDS if field.needed]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"joining": "book"}, "capacity"),
        ({"joining": "book", "capacity": 20, "place_shown_to": "placed"}, "near"),
        ({"place_shown_to": "placed", "near": "the station"}, "place_shown_to"),
        ({"cost": "paid"}, "cost_note"),
        ({"title": "…"}, "title"),
        ({"title": "One\nTwo"}, "title"),
        ({"starts": "18:00", "ends": "18:00"}, "ends"),
        ({"starts": "18:00", "ends": "17:00"}, "ends"),
        ({"date": "2026-06-09"}, "date"),
        ({"date": "2026-06-10", "starts": "15:00", "ends": "16:00"}, "starts"),
        ({"date": "2028-01-01"}, "date"),
        ({"link": "https://www.example.org"}, "link"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], named: str) -> None:
    """One fault, at the field where it is to be mended."""
    assert wrong(**changes) == [named]


def test_booking_leftovers_go() -> None:
    """Places that nobody books are left out of what is sent."""
    sent = as_sent(EVENT, an_event(joining="turn-up", capacity=20, bringing=2, near=""))
    assert not {"capacity", "bringing", "near"} & set(sent)


@pytest.mark.parametrize(("spring", "autumn"), CHANGES)
def test_clock_changes(spring: date, autumn: date) -> None:
    """The hour that is left out is refused as start and as end; the one that comes twice is meant the first time; both nights can be
    spanned, with the length that people live through."""
    terms = Terms(datetime(spring.year, 1, 1, tzinfo=UTC))
    for changes, named in (({"starts": "01:30", "ends": "03:00"}, "starts"), ({"starts": "00:30", "ends": "01:30"}, "ends")):
        assert list(faults(EVENT, an_event(date=spring.isoformat(), **changes), terms)) == [named]
    eve = (spring - timedelta(days=1)).isoformat()
    assert list(faults(EVENT, an_event(date=eve, starts="22:00", ends="01:30"), terms)) == ["ends"]
    assert list(faults(EVENT, an_event(date=eve, starts="22:00", ends="02:00"), terms)) == []
    from_, to = times.span(eve, "22:00", "02:00")
    assert to - from_ == timedelta(hours=3)
    assert list(faults(EVENT, an_event(date=autumn.isoformat(), starts="00:30", ends="02:30"), terms)) == []
    from_, to = times.span(autumn.isoformat(), "00:30", "02:30")
    assert to - from_ == timedelta(hours=3)
    assert times.at(autumn, time(1, 30)) == datetime(autumn.year, autumn.month, autumn.day, 0, 30, tzinfo=UTC)


@given(st.dates(date(2026, 6, 11), date(2028, 12, 31)), st.times(), st.times())
def test_every_minute_of_three_years(day: date, starts: Any, ends: Any) -> None:
    """What is let through lies in the future, ends after it starts and within 12 hours, and reads on the wall as it was typed."""
    terms = Terms(A_MOMENT if day < date(2027, 12, 1) else datetime(2027, 11, 1, tzinfo=UTC))
    said = {"date": day.isoformat(), "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
    if faults(EVENT, an_event(**said), terms):
        return
    from_, to = times.span(said["date"], said["starts"], said["ends"])
    assert terms.now < from_ < to <= from_ + timedelta(hours=12)
    assert f"{in_london(from_):%Y-%m-%d %H:%M}" == f"{said['date']} {said['starts']}"
    assert f"{in_london(to):%H:%M}" == said["ends"]


@pytest.mark.parametrize(
    "text",
    [
        "We meet at 6.30pm, then tea.Everybody is welcome",
        "I <3 tea & 3 < 5; a > b",
        "AT&T, &amp; so on",
        "Café, naïve, Zoë, Łódź, 東京, مرحبا, नमस्ते",
        "Wheelchairs 👩\u200d🦽 and 👨\u200d👩\u200d👧 and ❤️",
        "می\u200cخواهم",
        "Line one\n\n\tLine two",
        "e.g. at no. 5, i.e. here (11a.m.)",
        "Ask Priya @ the door",
        "It’s £3.50 – or nothing…",
    ],
)
def test_what_people_write_is_let_through(text: str) -> None:
    """Other scripts, pictures made of several signs, arrows, times and half sentences are words like any other."""
    assert text_flaw(text, 3_000, links=False) is None


@pytest.mark.parametrize(
    "text",
    [
        "Walk \u202eecnad",
        "Wa\u200blk",
        "\u2066Walk\u2069",
        "\ufeffWalk",
        "Walk\u00ad",
        "Walk\u200d",
        "\u3164",
        "a\u0301\u0301\u0301\u0301\u0301\u0301",
        "<b>Walk</b>",
        "<script>alert(1)</script>",
        "<!-- x -->Walk",
        "<img src=x onerror=alert(1)>",
        "Look at https://example.org/x",
        "Look at www.example.org",
        "Look at example.co.uk",
        "Write to kim@example.org",
        "!!!",
        "a" * 3_001,
    ],
)
def test_what_hides_something_goes_back(text: str) -> None:
    """Signs that can't be seen, code, addresses and mere noise are refused, each with a sentence."""
    found = text_flaw(text, 3_000, links=False)
    assert found is not None
    assert len(found.plain) > 20


def test_links_once_a_group_is_known() -> None:
    """Its link is let through, and addresses in its words; never another scheme, a name in front or another port."""
    content = an_event(link="https://www.example.org/walks?x=1", description="More at www.example.org")
    assert list(faults(EVENT, content, KNOWN)) == []
    for bad in (
        "javascript:alert(1)",
        "https://kim@example.org",
        "https://example.org:8443",
        "https://localhost",
        "//example.org",
        "https://exa mple.org",
        'https://example.org/"onmouseover=',
        "https://examp\u202ele.org",
        "data:text/html,x",
        "https://[::1]/",
        "https://1",
    ):
        assert link_flaw(bad, 200) is not None, bad


def test_phones() -> None:
    """As they are written in London; a word is none."""
    assert [phone_flaw(text, 30) for text in ("020 7946 0123", "+44 (0)20 7946 0123", "116 123", "0800-111-1111")] == [None] * 4
    assert all(phone_flaw(text, 30) for text in ("ring me", "1", "020 7946 0123 ext", "0" * 40, "٠٢٠"))


@pytest.mark.parametrize("said", [["mordor"], ["hackney", "hackney"], ["hackney", 1], [["hackney"]], "hackney", {"hackney": True}])
def test_codes(said: Any) -> None:
    """Only those on the page, each once: of what is posted and of a group alike."""
    assert flaws_of(INITIATIVE, {"areas": said}, TERMS) == group_rules.flaws_of({"areas": said}) == {"areas": CHOOSE}
    assert flaws_of(INITIATIVE, {"areas": ["hackney", "camden"]}, TERMS) == group_rules.flaws_of({"areas": ["hackney", "camden"]}) == {}


@given(st.text(max_size=400), st.booleans())
def test_any_text_has_an_answer(text: str, links: bool) -> None:
    """Whatever somebody types, it is let through or it is told what to change; nothing breaks, and what is let through shows."""
    for field in (*EVENT_FIELDS, *INITIATIVE_FIELDS, *group_rules.FIELDS):
        if field.kind in (TEXT, LINES):
            found = text_flaw(text, field.most, links=links)
            assert found or len(text) <= field.most
    flaws_of(EVENT, {"title": text, "link": text, "phone": text, "date": text, "starts": text}, KNOWN)
    group_rules.faults({"name": text, "link": text, "phone": text, "charity_number": text, "areas": [text]})


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


_NAMES = sorted({field.name for field in (*EVENT_FIELDS, *INITIATIVE_FIELDS, *group_rules.FIELDS)})


@given(st.dictionaries(st.sampled_from(_NAMES), _ANYTHING))
def test_any_value_has_an_answer(content: dict[str, Any]) -> None:
    """A program may send anything for a field: it is refused by name, never a fault of ours."""
    faults(EVENT, content, TERMS)
    faults(INITIATIVE, content, KNOWN)
    group_rules.faults(content)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-28", "2026-11-28"),
        ("28/11/2026", "2026-11-28"),
        ("28 November 2026", "2026-11-28"),
        ("Saturday, 28th Nov 2026", "2026-11-28"),
        ("28.11.2026", "2026-11-28"),
        ("2026-02-30", None),
        ("tomorrow", None),
        ("28/11/26", None),
        ("٢٨/١١/٢٠٢٦", None),
    ],
)
def test_days_as_they_are_typed(typed: str, day: str | None) -> None:
    """A picker's form and those of a hand; a day that isn't there is none."""
    assert day_of(typed) == day


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("18:00", "18:00"),
        ("6pm", "18:00"),
        ("6.30 pm", "18:30"),
        ("12am", "00:00"),
        ("12 p.m.", "12:00"),
        ("midday", "12:00"),
        ("18:00:00", "18:00"),
        ("6", None),
        ("25:00", None),
        ("13pm", None),
        ("0pm", None),
        ("18:60", None),
    ],
)
def test_times_as_they_are_typed(typed: str, hour: str | None) -> None:
    """With am or pm, or on the 24-hour clock; a bare number is neither morning nor evening."""
    assert time_of(typed) == hour


def test_numbers_as_they_are_typed() -> None:
    """Whole ones, with a comma for thousands."""
    assert [number_of(text) for text in ("20", " 1,000 ", "-1", "1.5", "twenty", "1" * 20, "٢")] == [20, 1000, -1, None, None, None, None]
