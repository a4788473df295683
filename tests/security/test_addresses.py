"""E-mail addresses: what an ordinary mail can reach, in one spelling; nothing that could slip into a header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.security.addresses import LONGEST, read_address, same_address


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada.Quill+nudge@Example.ORG", "Ada.Quill+nudge@example.org"),
        ("o'hara@example.org", "o'hara@example.org"),
        ("a@sub.example.co.uk", "a@sub.example.co.uk"),
    ],
)
def test_ordinary_addresses_are_read(typed: str, read: str) -> None:
    """The domain in lower case, the rest as it was typed."""
    assert read_address(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@@example.org",
        "ada@example..org",
        ".ada@example.org",
        "ada quill@example.org",
        '"a\r\nb"@example.org',
        '"ada"@example.org',
        "ada@example.org\r\nBcc: bob@example.org",
        "ada@example.org\n",
        "ada\x00@example.org",
        "ada@example.org\x00",
        "ädä@example.org",
        "ada@exämple.org",
        "ada@[127.0.0.1]",
        "Ada <ada@example.org>",
        "ada@example.org,bob@example.org",
        "ada@localhost",
        "a" * 65 + "@example.org",
        "a" * 5000 + "@example.org",
        "ada@" + "a" * 64 + ".org",
        "ada\ud800@example.org",
    ],
)
def test_others_are_not(typed: str) -> None:
    """Header tricks, quoted local parts, foreign scripts, lists, no domain, too long: no address, and no error."""
    assert read_address(typed) is None


@given(st.text(max_size=300))
def test_whatever_is_typed_does_no_harm(typed: str) -> None:
    """An address that is read is short ASCII with one @ and no line break."""
    found = read_address(typed)
    if found is not None:
        assert found.isascii()
        assert found.isprintable()
        assert found.count("@") == 1
        assert len(found) <= LONGEST
        assert same_address(found) == same_address(typed)


def test_two_ways_of_typing_one_address_are_the_same() -> None:
    """Case and surrounding space aside."""
    assert same_address(" Ada@Example.org ") == same_address("ada@example.ORG")
