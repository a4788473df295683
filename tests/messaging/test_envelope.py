"""The envelope: what is written is what is read, what cannot be read says why, and no payload lets personal data through."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.envelope import UnknownType, from_record, to_record
from shared.messaging.outbox import first_messages, message, pending
from shared.messaging.records import Record
from shared.runtime import logs
from shared.runtime.clock import cut_to_hour
from shared.runtime.errors import Poison
from tests.support.builders import a_record, an_envelope, an_id, counted, with_header
from tests.support.settings import A_MOMENT

HEADER_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


@given(correlation=st.none() | HEADER_TEXT, sequence=st.none() | st.integers(0, 10**9), source=HEADER_TEXT)
def test_what_is_written_is_what_is_read(correlation: str | None, sequence: int | None, source: str) -> None:
    """Every attribute survives the form on the wire, absent ones stay absent."""
    envelope = an_envelope(correlation_id=correlation, sequence=sequence, source=source, time=A_MOMENT)
    assert from_record(to_record(envelope)) == envelope


def test_unknown_fields_are_ignored() -> None:
    """A newer release may add optional ones; nested too."""
    newer = counted(weather="rain", deltas={"pledge": 1, "joy": 1})
    record = a_record()
    written = replace(record, value=a_record(data=newer).value)
    assert from_record(written).data == counted(deltas={"pledge": 1})


def test_a_type_that_nobody_knows_is_not_poison() -> None:
    """It is told apart, by its name alone: its payload is for its own release to judge."""
    with pytest.raises(UnknownType, match=r"pledge\.framed\.v1"):
        from_record(with_header("ce_type", b"pledge.framed.v1")(a_record(data={})))


def test_a_reason_names_fields_and_quotes_nothing() -> None:
    """A dead letter's reason is shown to operators: a value that should not be there must not come along."""
    data = {**counted(), "area": "ada@example.org", "week": "last week"}
    with pytest.raises(Poison) as caught:
        from_record(a_record(data=data))
    assert caught.value.message == "pledge.made.v1 has wrong fields: area, week"


@given(st.binary(max_size=80), st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=20)), max_size=6))
def test_no_bytes_break_the_reader(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    """Whatever a stranger writes is poison or an unknown type, never another error."""
    plain = a_record()
    for record in (
        replace(plain, value=value),
        Record(plain.topic, value, value, tuple(headers), plain.time),
        replace(plain, headers=(*plain.headers, *headers)),
    ):
        try:
            from_record(record)
        except (Poison, UnknownType):
            continue


def test_an_entry_on_pledges_has_its_hour_from_the_beginning() -> None:
    """The exact time is not even in the outbox; where a shelf life counts from it, it stays."""
    on_pledges = message("pledge.made.v1", an_id(), counted(), now=A_MOMENT)
    elsewhere = message("contact.again.v1", an_id(), {"ref": an_id()}, now=A_MOMENT)
    assert on_pledges["time"] == cut_to_hour(A_MOMENT) == A_MOMENT.replace(minute=0, second=0, microsecond=0)
    assert elsewhere["time"] == A_MOMENT


def test_a_message_takes_its_request_along() -> None:
    """The correlation id is the request's; what is said apart from its document has none."""
    used = {"code": "OLD-ST-3", "week": "2026-W24", "deltas": {"poster": 1}}
    with logs.correlation("corr-9"):
        assert message("pledge.made.v1", an_id(), counted(), now=A_MOMENT)["correlation"] == "corr-9"
        assert message("poster.used.v1", "OLD-ST-3", used, now=A_MOMENT)["correlation"] is None
    assert message("pledge.made.v1", an_id(), counted(), now=A_MOMENT)["correlation"] is None


def test_nothing_to_say_marks_nothing() -> None:
    """A document without messages gets no `pending_since`, which is what the sparse index lives by."""
    assert pending([], A_MOMENT) == {}
    assert first_messages([], A_MOMENT) == {}


def test_ids_are_new_each_time() -> None:
    """Two messages of one moment differ."""
    made: list[Any] = [message("pledge.made.v1", an_id(), counted(), now=A_MOMENT + timedelta(0))["id"] for _ in range(50)]
    assert len(set(made)) == 50
