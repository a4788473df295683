"""Documents of two releases side by side, and the indexes that `prepare` alone makes."""

from typing import Any

import pytest

from services.pledge.operations import pledges
from services.pledge.store import Pledge, by_id
from services.pledge.store import pledges as rows
from shared.messaging.work import Work
from tests.support.benches import bench
from tests.support.builders import a_promise
from tests.support.engines import Store
from tests.support.settings import A_MOMENT, MovableClock


@pytest.fixture
def work(store: Store, database: str, clock: MovableClock) -> Any:
    with bench("pledge", store, database, clock) as found:
        yield found


def test_a_field_of_a_newer_release_is_read_over(work: Work[Any]) -> None:
    """A document that holds what this class lacks is still read and changed, and keeps it."""
    made = pledges.make(work, a_promise(), now=A_MOMENT)
    rows().update_one({"_id": made.id}, {"$set": {"of_a_newer_release": {"x": 1}}})
    found = by_id(made.id)
    assert found is not None
    assert found.state == "anonymous"
    pledges.answer(work, made.reference, "yes", now=A_MOMENT)
    kept = rows().find_one({"_id": made.id})
    assert kept is not None
    assert kept["of_a_newer_release"] == {"x": 1}


def test_reading_and_writing_makes_no_index(store: Store) -> None:
    """Indexes are made by `prepare`, never by the first request after a deployment."""
    with store.fresh_database() as database, bench("pledge", store, database, MovableClock()) as work:
        rows().drop()
        pledges.make(work, a_promise(), now=A_MOMENT)
        assert Pledge.objects(key="x").first() is None
        assert list(rows().index_information()) == ["_id_"]


def test_what_is_pending_has_a_sparse_index(work: Work[Any]) -> None:
    """It comes with the base of every document that speaks, beside the document's own."""
    made = {tuple(name for name, _ in found["key"]): found for found in rows().index_information().values()}
    assert made[("pending_since",)]["sparse"] is True
    assert made[("key",)]["unique"] is True
    assert made[("key",)]["sparse"] is True
    assert made[("reference",)]["unique"] is True


def test_an_empty_field_is_not_stored(work: Work[Any]) -> None:
    """Sparse and unique indexes live by absence: a null would collide with the next null."""
    one, two = (pledges.make(work, a_promise(), now=A_MOMENT) for _ in range(2))
    for made in (one, two):
        stored = rows().find_one({"_id": made.id})
        assert stored is not None
        assert None not in stored.values()
