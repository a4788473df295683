"""Every kind of record that no retry can help, at the head of one partition with a good one behind each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from shared.messaging import dead_letters
from shared.messaging.broker import Subscription
from shared.messaging.records import Partition, Record
from tests.support.benches import bench
from tests.support.builders import a_record, on, with_header, without_header
from tests.support.engines import Broker, Store
from tests.support.listening import Heard, drain, listen
from tests.support.settings import MovableClock
from tests.support.wire import committed, header, write

HERE = Partition("pledges.v1", 2)

pytestmark = pytest.mark.xdist_group("joined")  # in one process, which joins its group once
POISON: dict[str, tuple[Callable[[Record], Record], str]] = {
    "bytes that are no text": (lambda r: replace(r, value=b"\xff\xfe\x00"), "not a JSON object"),
    "half a JSON object": (lambda r: replace(r, value=b'{"action": '), "not a JSON object"),
    "a null body": (lambda r: replace(r, value=None), "the body is null"),
    "an empty body": (lambda r: replace(r, value=b""), "cannot be decoded|not a JSON object"),
    "a JSON list": (lambda r: replace(r, value=b"[1, 2]"), "not a JSON object"),
    "another content type": (with_header("content-type", b"text/plain"), "not a JSON object"),
    "no id": (without_header("ce_id"), "headers are missing: ce_id"),
    "no type": (without_header("ce_type"), "headers are missing: ce_type"),
    "no time": (without_header("ce_time"), "headers are missing: ce_time"),
    "no source": (without_header("ce_source"), "headers are missing: ce_source"),
    "no subject": (without_header("ce_subject"), "headers are missing: ce_subject"),
    "no header at all": (lambda r: replace(r, headers=()), "headers are missing"),
    "an empty subject": (with_header("ce_subject", b""), "cannot be decoded|empty"),
    "a time that is none": (with_header("ce_time", b"yesterday"), "cannot be decoded"),
    "a time without a zone": (with_header("ce_time", b"2026-06-10T14:00:00"), "cannot be decoded"),
    "a header that is no text": (with_header("ce_source", b"\xff\xfe"), "cannot be decoded"),
    "a key that is no text": (lambda r: replace(r, key=b"\xff\xfe"), "cannot be decoded"),
    "a sequence that is no number": (with_header("ce_sequence", b"first"), "sequence is not a number"),
    "a field of the wrong type": (lambda r: replace(r, value=b'{"action": {"$ne": 1}}'), "wrong fields: action"),
    "a lone surrogate": (lambda r: replace(r, value=(r.value or b"").replace(b"check-in", rb"\ud800")), "wrong fields: action"),
    "a NUL in a code": (lambda r: replace(r, value=(r.value or b"").replace(b"check-in", rb"check\u0000in")), "wrong fields: action"),
    "a type of another topic": (with_header("ce_type", b"contact.offered.v1"), "does not belong on pledges.v1"),
}


@dataclass
class Outcome:
    """What was written, what was set aside by offset, what was handled, and where the group goes on."""

    written: dict[str, tuple[Record, Record]]
    letters: dict[int, dict[str, Any]]
    handled: list[str]
    goes_on_at: int


@pytest.fixture(scope="module")
def outcome(store: Store, broker: Broker, joined: Subscription) -> Outcome:
    """All kinds, each with a good message behind it, through one consumer."""
    drain(joined, broker)
    heard = Heard()
    with store.fresh_database() as database, bench("pledge", store, database, MovableClock()) as work:
        listening = listen(work, joined, {"pledge.made.v1": heard})
        pairs = [on(HERE, record) for spoil, _ in POISON.values() for record in (spoil(a_record()), a_record())]
        written = write(broker, pairs)
        listening.until(lambda: len(heard.done) == len(POISON), "every good one is handled")
        letters = {letter["offset"]: letter for letter in dead_letters.letters(work.db)}
    by_kind = dict(zip(POISON, zip(written[::2], written[1::2], strict=True), strict=True))
    return Outcome(by_kind, letters, heard.done, committed(broker, "pledge")[HERE])


@pytest.mark.parametrize("kind", POISON)
def test_it_is_set_aside_with_its_bytes_and_a_reason(kind: str, outcome: Outcome) -> None:
    """Exactly what lay on the log is kept, and why, in words of our own."""
    bad, _ = outcome.written[kind]
    letter = outcome.letters[bad.offset]
    kept = dead_letters.as_record(letter)
    assert letter["state"] == dead_letters.POISON
    assert any(part in letter["reason"] for part in POISON[kind][1].split("|")), letter["reason"]
    assert (kept.key, kept.value, kept.headers) == (bad.key, bad.value, bad.headers)
    assert (kept.at, kept.offset) == (HERE, bad.offset)


def test_what_follows_goes_on(outcome: Outcome) -> None:
    """Each message behind a poisonous one is handled once, in order, and nothing else is set aside."""
    assert outcome.handled == [header(good, "ce_id") for _, good in outcome.written.values()]
    assert len(outcome.letters) == len(POISON)
    assert outcome.goes_on_at == max(good.offset for _, good in outcome.written.values()) + 1
