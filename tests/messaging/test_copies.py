"""Copies of what another service owns: in whatever order the messages come, and however often, the newest stays."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messaging.copies import keep_newer
from shared.messaging.work import Work
from tests.support.builders import an_id
from tests.support.engines import Store

ARRIVALS = st.lists(st.integers(0, 8), min_size=1, max_size=12)


def test_the_newer_wins_and_says_so(no_log: Work[Any]) -> None:
    """A first, a newer, an older, a repeated one: the first two are written, the others change nothing."""
    copies = no_log.db["listings"]
    assert keep_newer(copies, "a", 3, {"name": "three"})
    assert keep_newer(copies, "a", 5, {"name": "five"})
    assert not keep_newer(copies, "a", 4, {"name": "four"})
    assert not keep_newer(copies, "a", 5, {"name": "five again"})
    assert copies.find_one({"_id": "a"}) == {"_id": "a", "sequence": 5, "name": "five"}


def test_any_order_ends_with_the_newest(no_log: Work[Any], store: Store) -> None:
    """Drawn at random, with repeats: the copy is that of the greatest sequence, whole."""
    copies = no_log.db["listings"]

    @settings(max_examples=40)
    @given(ARRIVALS)
    def ends_with_the_newest(sequences: list[int]) -> None:
        id_ = an_id()
        for sequence in sequences:
            keep_newer(copies, id_, sequence, {"name": f"number {sequence}"})
        assert copies.find_one({"_id": id_}) == {"_id": id_, "sequence": max(sequences), "name": f"number {max(sequences)}"}

    ends_with_the_newest()
