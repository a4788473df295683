"""A pledge's reference: easy to copy, and it says when it was mistyped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.security.references import SIGNS, check_sign, new_reference, read_reference

BODIES = st.text(SIGNS, min_size=7, max_size=7)


def reference(body: str) -> str:
    signs = body + check_sign(body)
    return f"CL-{signs[:4]}-{signs[4:]}"


def test_new_ones_are_readable_and_differ() -> None:
    """Each is of the announced shape, has no look-alikes, and reads as itself."""
    made = {new_reference() for _ in range(2000)}
    assert len(made) == 2000
    for one in made:
        assert read_reference(one) == one
        assert one.startswith("CL-")
        assert not set(one.replace("CL-", "", 1)) & set("01ILOU")


@given(BODIES)
def test_any_way_of_typing_it_is_read(body: str) -> None:
    """Lower case, without hyphens, with spaces, without the prefix: the same reference."""
    written = reference(body)
    bare = written.replace("-", "")
    for typed in (written, written.lower(), bare, bare[2:], f"  {bare[2:6].lower()} {bare[6:]} ", written.replace("-", " – ")):
        assert read_reference(typed) == written


@given(BODIES, st.integers(0, 7), st.sampled_from(SIGNS))
def test_every_single_wrong_sign_is_noticed(body: str, place: int, other: str) -> None:
    """Nobody else's pledge is found by one slip."""
    signs = body + check_sign(body)
    if signs[place] != other:
        assert read_reference(signs[:place] + other + signs[place + 1 :]) is None


def test_nearly_every_swap_of_neighbours_is_noticed() -> None:
    """At a pair of places, all pairs of signs but one (the first with the last)."""
    missed = 0
    for first in SIGNS:
        for second in SIGNS:
            if first < second:
                signs = f"{first}{second}23456"
                swapped = f"{second}{first}23456"
                missed += check_sign(signs) == check_sign(swapped)
    assert missed <= 1


@pytest.mark.parametrize("typed", ["", "CL", "CL-", "2345678", "234567899", "CL-7K3M-9QX0", "CL-7K3M-9QXÀ", "\x00" * 8, "9" * 5000, "ＣＬ"])
def test_what_is_none_is_none(typed: str) -> None:
    """Too short, too long, foreign signs, NUL: no error, no reference."""
    assert read_reference(typed) is None
