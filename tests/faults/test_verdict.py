"""What somebody was answered, beside the pledge itself, is compared with what is so."""

from typing import Any

import pytest

from tests.faults.evenings import Guest, otherwise, place_otherwise
from tests.faults.load import CHANGED_MY_MIND, PARTLY, YES, Person
from tests.faults.verdict import changes_missing

WHOLE: dict[str, Any] = {"state": "confirmed", "answer": PARTLY, "ref": "r"}


def somebody(*told: str, address: str = "person@example.org") -> Person:
    return Person(("json", ""), addresses=[address] if address else [], told=list(told))


def test_what_was_told_and_is_so_is_no_finding() -> None:
    """The last answer counts, a confirmed pledge has its nudge; a nudge that is unknown is accounted for elsewhere."""
    for state in ("sent", "unknown"):
        assert list(changes_missing(somebody(YES, PARTLY, "confirm"), WHOLE, {"r": state})) == []
    assert list(changes_missing(somebody(CHANGED_MY_MIND, address=""), {"state": "withdrawn"}, {})) == []


@pytest.mark.parametrize(
    ("told", "document", "nudges", "words"),
    [
        ((YES,), WHOLE, {"r": "sent"}, "the answer yes was taken, and it has partly"),
        ((YES,), {"state": "unconfirmed"}, {}, "the answer yes was taken, and it has None"),
        ((CHANGED_MY_MIND,), WHOLE, {"r": "sent"}, "it was taken back, and is confirmed"),
        ((), {"state": "anonymous"}, {}, "an address was taken, and it is anonymous"),
        (("confirm",), {"state": "unconfirmed", "ref": "r"}, {"r": "sent"}, "it was confirmed, and is unconfirmed"),
        (("confirm",), WHOLE, {"r": "suppressed"}, "it was confirmed, and its nudge is suppressed"),
        (("confirm",), WHOLE, {}, "it was confirmed, and its nudge is None"),
    ],
)
def test_what_was_told_and_is_not_so_is_named(told: tuple[str, ...], document: dict[str, Any], nudges: dict[str, str], words: str) -> None:
    """Each change by itself."""
    assert list(changes_missing(somebody(*told), document, nudges)) == [words]


def test_what_became_of_a_post_is_compared_with_what_was_told() -> None:
    """The state and the facts that were answered; a post that is gone is all of them."""
    row = {"state": "published", "live": {"starts": "18:00", "has_room": "yes"}}
    assert otherwise({"state": "published", "has_room": "yes"}, row) == ""
    assert otherwise({"state": "taken-down", "starts": "19:00"}, row) == "state published, not taken-down, starts 18:00, not 19:00"
    assert otherwise({"state": "cancelled"}, {}) == "state None, not cancelled"


WAITS = {"state": "queued", "position": 1}


@pytest.mark.parametrize(
    ("guest", "row", "words"),
    [
        (Guest("a", "k", status="placed"), {"state": "placed", "given": {"state": "placed"}}, ""),
        (Guest("a", "k", status="queued", position=1), {"state": "refused", "given": {"state": "queued", "position": 1}}, ""),
        (
            Guest("a", "k", status="queued", position=1),
            {"state": "left", "given": {"state": "queued", "position": 1}},
            "it is left, not placed or refused",
        ),
        (Guest("a", "k", status="placed", left=True), {"state": "placed", "given": {"state": "placed"}}, "it is placed, not left"),
        (Guest("a", "k", status="placed"), {}, "placed at None was answered, and nothing is kept"),
    ],
)
def test_what_became_of_a_place_is_compared_with_what_was_told(guest: Guest, row: dict[str, Any], words: str) -> None:
    """The answer that was given, and where the place then went."""
    assert place_otherwise(guest, row) == words
