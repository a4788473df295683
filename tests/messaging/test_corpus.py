"""What earlier releases wrote is read by this one, and what this one writes was agreed: the frozen corpus and the graph."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from shared.messaging.catalogue import CATALOGUE
from shared.messaging.envelope import from_record
from shared.messaging.records import Record
from shared.messaging.work import Work
from shared.runtime.processes import SERVICES
from tests.support import corpus
from tests.support.benches import bench
from tests.support.engines import Store
from tests.support.message_graph import graph
from tests.support.settings import MovableClock

TYPES = sorted(CATALOGUE)
FROZEN = sorted(corpus.frozen_types())
GRAPH = Path(__file__).with_name("graph.txt")


def test_every_type_has_its_sample() -> None:
    """A new type is frozen with the release that brings it; a released one stays readable for as long as archives hold it."""
    assert set(TYPES) - set(FROZEN) == set(), "run `python -m tests.support.corpus`, look at the new file and commit it"
    assert set(FROZEN) - set(TYPES) == set(), "a released type has left the catalogue: archives and dead letters may still hold it"


@pytest.mark.parametrize("type_", FROZEN)
def test_what_was_written_is_read(type_: str) -> None:
    """Each record of each release so far, its least and its fullest payload, field by field."""
    for record in corpus.load(type_).records:
        envelope = from_record(record)
        assert (envelope.type, envelope.subject, envelope.time) == (type_, (record.key or b"").decode(), record.time)
        assert json.loads(json.dumps(envelope.data)) == json.loads(record.value or b"")


@pytest.mark.parametrize("type_", FROZEN)
def test_only_optional_fields_come_and_go(type_: str) -> None:
    """Then two releases can run side by side: nothing required is added or dropped, and nothing changes its kind."""
    frozen, schema = corpus.load(type_), CATALOGUE[type_].schema()
    assert corpus.shape(schema, required=True) == frozen.required
    now = corpus.shape(schema, required=False)
    assert {name: now[name] for name in now.keys() & frozen.optional.keys()} == {
        name: kind for name, kind in frozen.optional.items() if name in now
    }


@pytest.mark.parametrize("type_", TYPES)
def test_what_is_written_today_is_what_was_agreed(type_: str) -> None:
    """Headers and body to the byte, a sealed box aside, which is new each time: whoever reads the log can rely on the form."""
    frozen, today = corpus.load(type_).records, corpus.golden(type_)
    for before, now in zip(frozen, today, strict=True):
        assert set(now.headers) == set(before.headers)
        assert (now.topic, now.key, now.time) == (before.topic, before.key, before.time)
        assert _open(now) == _open(before) if b"sealed" in (before.value or b"") else now.value == before.value


def _open(record: Record) -> dict[str, Any]:
    return {name: value for name, value in json.loads(record.value or b"").items() if not name.startswith("sealed")}


@contextmanager
def hearer(service: str, store: Store) -> Iterator[Work[Any]]:
    changes = {"NOTIFY_SECRET_KEY": corpus.SECRET_KEY, "NOTIFY_PUBLIC_KEY": corpus.PUBLIC_KEY}
    with store.fresh_database() as database, bench(service, store, database, MovableClock(), None, **changes) as work:
        yield work


@pytest.mark.parametrize("service", [name for name in SERVICES if any(name in entry.hearers for entry in CATALOGUE.values())])
def test_every_hearer_takes_what_was_written(service: str, store: Store) -> None:
    """Its handlers, on an empty store, in one batch and again one by one: no error, and the second time changes nothing."""
    handlers = import_module(f"services.{service}.consumers").HANDLERS
    with hearer(service, store) as work:
        for type_, handler in handlers.items():
            envelopes = [from_record(record) for record in corpus.load(type_).records]
            handler(work, envelopes)
            before = everything(work)
            for envelope in envelopes:
                handler(work, [envelope])
            assert everything(work) == before, type_


def everything(work: Work[Any]) -> dict[str, list[dict[str, Any]]]:
    """Every document, but for what it has yet to say: an answer to an offer is given each time the offer comes."""
    return {name: [_quiet(row) for row in work.db[name].find().sort("_id", 1)] for name in sorted(work.db.list_collection_names())}


def _quiet(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("outbox", "pending_since")}


def test_the_graph_is_the_agreed_one() -> None:
    """Who says what to whom changes on purpose only: print it, read the difference, and accept it."""
    assert graph() == GRAPH.read_text(), "run `python -m tests.support.message_graph > tests/messaging/graph.txt` and read the difference"
