"""Each figure of the campaign team's and what it told: recorded once, voided once if it is, and followed by what takes its place."""

from collections.abc import Iterator
from datetime import timedelta

from services.pledge.operations.examine.reading import Reading
from services.pledge.rules.campaign import REACH, adds, takes_away
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding
from shared.messaging.told import Row, Told, missing_from_archive, repeated_or_beyond

RECORDED, VOIDED = ("reach.recorded.v1", "tally.recorded.v1"), "entry.voided.v1"
FOLLOWS_WITHIN = timedelta(minutes=1)


def compare_figures(read: Reading) -> Iterator[Finding]:
    for id_, row in read.figures.items():
        if not read.is_old(row["week"]):
            yield from _telling(id_, row, read.told[id_])
        yield from _following(read, id_, row)


def _telling(id_: str, row: Row, told: Told) -> Iterator[Finding]:
    yield from repeated_or_beyond("figure", id_, told)
    if told.missing:
        yield missing_from_archive("figure", id_, told.missing)
        return
    expected = {RECORDED[0 if row["kind"] == REACH else 1]: (1, adds(row["kind"], row["number"]))}
    expected[VOIDED] = (int(bool(row.get("void"))), takes_away(row["kind"], row["number"]))
    for type_, (times, deltas) in expected.items():
        said = [data["deltas"] for _, kind, data in told.entries if kind == type_]
        if len(said) != times:
            effect = DOUBLED if len(said) > times else LOST
            words = f"figure {id_} told {type_} {len(said)} times, not {times}"
            yield Finding(effect, "told-otherwise", id_, words, "look at its messages in the archive: one is missing, or not its own")
        elif any(one != deltas for one in said):
            words = f"figure {id_} is {row['kind']} {row['number']}, and {type_} adds {said[0]}"
            yield Finding(AMISS, "told-otherwise", id_, words, "a figure is never changed: somebody changed it by hand, or its message")


def _following(read: Reading, id_: str, row: Row) -> Iterator[Finding]:
    """A correction is whole once both figures name each other."""
    new = row.get("corrected_by")
    if row.get("next_since"):
        if read.now - row["next_since"] > FOLLOWS_WITHIN:
            words = f"figure {id_} was voided, and what is to take its place is not there yet"
            yield Finding(AMISS, "correction-late", id_, words, "see that pledge's worker runs: it makes it")
    elif new and read.figures.get(new, {}).get("corrects") != id_:
        words = f"figure {id_} was corrected, and figure {new}, which took its place, is gone"
        yield Finding(LOST, "correction-gone", id_, words, "restore it from a backup, or type it again")
