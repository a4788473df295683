import re
from dataclasses import replace
from datetime import date

from shared.reference.crisis import crisis_lines, unverified, vcards


def test_the_block_has_its_six_lines_in_order() -> None:
    """The lines must be these, with these links, in this order: people find help by where it stands."""
    assert [(line.plain, line.href) for line in crisis_lines()] == [
        ("Life at risk: call 999 or go to A&E", "tel:999"),
        ("Urgent mental health help: NHS 111, option 2", "tel:111"),
        ("Someone to talk to, day or night: Samaritans 116 123", "tel:116123"),
        ("Rather text? Send SHOUT to 85258", "sms:85258?body=SHOUT"),
        ("Under 19: Childline 0800 1111", "tel:08001111"),
        ("Under 35: Papyrus 0800 068 4141", "tel:08000684141"),
    ]


def test_mails_carry_the_first_four() -> None:
    """A mail must carry the four lines that are for everybody."""
    assert [line.id for line in crisis_lines() if line.in_mails] == ["emergency", "nhs-111", "samaritans", "shout"]


def test_a_link_calls_the_number_that_is_shown() -> None:
    """What is read and what is dialled must be the same number, wherever it is shown."""
    for line in crisis_lines():
        assert re.sub(r"\D", "", line.label) == line.number
    assert replace(crisis_lines()[3], href="sms:85258?body=SHOUT%202").number == "85258"


def test_nothing_is_verified_until_a_person_says_so() -> None:
    """A line must count as unverified until it has a name, a day and a next day; the shipped ones have none."""
    assert unverified() == crisis_lines()
    line = replace(crisis_lines()[0], verified_by="Ada Example", verified_on=date(2026, 12, 1), review_by=date(2027, 6, 1))
    assert line.verified
    assert not replace(line, review_by=None).verified
    assert not replace(line, verified_by=None).verified
    assert not line.overdue(date(2027, 6, 1))
    assert line.overdue(date(2027, 6, 2))
    assert not crisis_lines()[0].overdue(date(2100, 1, 1))


def test_each_number_says_where_it_was_found() -> None:
    """Whoever checks a number must be told where it came from, without a link that a page could follow."""
    assert all(line.source and "://" not in line.source for line in crisis_lines())


def test_the_numbers_go_into_an_address_book() -> None:
    """The .vcf must be vCard 3.0: a card a line with FN, N and TEL, CRLF at each end, no line over 75 bytes."""
    text = vcards()
    assert "\n" not in text.replace("\r\n", "")
    cards = [card.split("\r\n") for card in text.split("END:VCARD\r\n")]
    assert cards.pop() == [""]
    assert len(cards) == len(crisis_lines())
    for card, line in zip(cards, crisis_lines(), strict=True):
        assert card[:2] == ["BEGIN:VCARD", "VERSION:3.0"]
        properties = dict(row.split(":", 1) for row in card[2:] if row)
        assert properties["FN"] == line.contact
        assert properties["N"] == f"{line.contact};;;;"
        assert properties["TEL;TYPE=CELL,MSG" if line.id == "shout" else "TEL;TYPE=VOICE"] == line.number
        assert all(len(row.encode()) <= 75 for row in card)
    assert "NOTE:Someone to talk to\\, day or night. Free" in text
