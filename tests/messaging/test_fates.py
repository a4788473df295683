"""The one table: an error's class → what becomes of the message."""

from collections.abc import Iterator

import pytest
from bson.errors import InvalidBSON
from pymongo import errors

from shared.messaging.envelope import UnknownType
from shared.messaging.fates import FATES, Fate, fate_of, reason_of
from shared.runtime.errors import Conflict, InvalidInput, NotFound, Poison, Unavailable


def _all_below(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _all_below(below)


@pytest.mark.parametrize("kind", sorted(_all_below(errors.ConnectionFailure), key=str))
def test_a_store_that_does_not_answer_is_transient(kind: type[Exception]) -> None:
    """Every way in which the driver says that it lost the store: try again, in place."""
    assert fate_of(kind("away")) is Fate.TRANSIENT


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (errors.ExecutionTimeout("slow"), Fate.TRANSIENT),
        (errors.WTimeoutError("slow"), Fate.TRANSIENT),
        (Unavailable("the broker"), Fate.TRANSIENT),
        (Poison("bad"), Fate.POISON),
        (InvalidBSON("bad"), Fate.POISON),
        (UnknownType("pledge.framed.v1"), Fate.PARKED),
        (errors.DuplicateKeyError("twice"), Fate.UNKNOWN),
        (errors.OperationFailure("internal"), Fate.UNKNOWN),
        (NotFound(), Fate.UNKNOWN),
        (Conflict(), Fate.UNKNOWN),
        (InvalidInput({}), Fate.UNKNOWN),
        (KeyError("x"), Fate.UNKNOWN),
    ],
)
def test_each_class_has_its_fate(error: Exception, fate: Fate) -> None:
    """What is in no row is tried a few times and then set aside."""
    assert fate_of(error) is fate


def test_no_row_is_hidden_by_another() -> None:
    """A subclass never changes its parent's fate by standing in the table: the table says one thing of each class."""
    for kind in FATES:
        others = {FATES[other] for other in kind.__mro__ if other in FATES}
        assert len(others) == 1


def test_a_reason_never_quotes_a_library() -> None:
    """Our own words for poison; else the class alone, since a library may quote the document."""
    assert reason_of(Poison("the body is null")) == "the body is null"
    assert reason_of(errors.OperationFailure("E11000 { email: 'ada@example.org' }")) == "OperationFailure"
