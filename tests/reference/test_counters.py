from shared.reference.counters import DELTAS, counter, counters


def test_there_are_five_counters() -> None:
    """The five counters must be these, in the order in which the campaign page shows them."""
    assert [(entry.id, entry.name) for entry in counters()] == [
        ("pledge", "Pledges"),
        ("interaction", "Interactions"),
        ("reach", "Estimated reach"),
        ("participant", "Participants"),
        ("kept", "Kept"),
    ]


def test_every_counter_and_part_is_a_delta() -> None:
    """What is shown must be what a counted message can add to; only posters have a tally of their own."""
    shown = {entry.id for entry in counters()} | {entry.part for entry in counters() if entry.part}
    assert set(DELTAS) == shown | {"poster"}
    assert len(DELTAS) == len(set(DELTAS)) == 8
    assert {entry.id: entry.part for entry in counters() if entry.part} == {"pledge": "confirmed", "kept": "partly"}


def test_targets_are_the_campaigns() -> None:
    """Only reach and interactions have a target, and it must be the brief's."""
    assert {entry.id: entry.target for entry in counters() if entry.target} == {"reach": 2_000_000, "interaction": 100_000}


def test_what_begins_with_its_first_figure() -> None:
    """Reach and participants are figures that somebody gives: until the first one they must be told apart from a counter at 0."""
    assert [entry.id for entry in counters() if not entry.from_start] == ["reach", "participant"]
    assert counter("reach") is not None
    assert counter("happiness") is None


def test_each_counter_is_defined_in_plain_words() -> None:
    """A definition must be one sentence under 20 words, and so must each detail."""
    for entry in counters():
        for sentence in (entry.definition, *entry.details):
            assert sentence.endswith(".")
            assert sentence.count(". ") == 0
            assert len(sentence.split()) < 20
