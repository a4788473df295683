"""What documents told, compared with what the archive has of it: the part of an examination that every service shares.

A document's messages are numbered; the archive has most of them; whatever is done about a message is done by its id.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.messaging.findings import DOUBLED, LOST, Finding

Row = dict[str, Any]
Place = tuple[str, int, int]  # topic, partition, offset


@dataclass(frozen=True)
class Told:
    """What one document told, as its archive has it.

    `rows`: archived ones, by sequence. `pending`: entries still in it. `missing`: sequences below its base that the archive has
    not: lost, or of a kind that is never archived. `repeated`: sequences that two messages have. `beyond`: ids of messages that
    are in the archive and, by the document, not yet published.
    """

    rows: Sequence[Row]
    pending: Sequence[Row]
    missing: Sequence[int]
    repeated: Sequence[int]
    beyond: Sequence[str]

    @property
    def entries(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """(id, type, data) of each message once: archived and not cleared yet is one."""
        found = {row["_id"]: (row["_id"], row["type"], row["data"]) for row in self.rows}
        return list((found | {entry["id"]: (entry["id"], entry["type"], entry["data"]) for entry in self.pending}).values())

    def count(self, type_: str) -> int:
        return sum(1 for _, kind, _ in self.entries if kind == type_)


def told(document: Row, rows: Iterable[Row]) -> Told:
    """`rows`: the archive's, of this document as their subject, read after the document."""
    base, pending = document.get("outbox_base") or 0, document.get("outbox") or []
    waiting = {entry["id"] for entry in pending}
    published: list[Row] = []
    beyond: list[str] = []
    for row in sorted(rows, key=lambda row: row.get("sequence") or 0):
        if (row.get("sequence") or 0) < base or row["_id"] in waiting:
            published.append(row)
        else:
            beyond.append(row["_id"])
    places = [row.get("sequence") or 0 for row in published]
    return Told(
        rows=published,
        pending=[entry for entry in pending if entry["subject"] == document["_id"]],
        missing=sorted(set(range(base)) - set(places)),
        repeated=sorted({place for place in places if places.count(place) > 1}),
        beyond=beyond,
    )


def repeated_or_beyond(what: str, about: str, found: Told) -> Iterator[Finding]:
    """What no document may have told, whatever it is about."""
    if found.repeated:
        words = f"{what} {about} told two things at once: its messages {_numbers(found.repeated)} are there twice, under different ids"
        yield Finding(DOUBLED, "sequence-repeated", about, words, "the later one is not its own: look at both in the archive")
    if found.beyond:
        words = f"the archive holds {', '.join(found.beyond)} of {what} {about}, which it has not told by its own account"
        yield Finding(DOUBLED, "told-beyond", about, words, "the document was put back to an older state, or the message is not its own")


def missing_from_archive(what: str, about: str, numbers: Sequence[int]) -> Finding:
    words = (
        f"{what} {about} published its messages {_numbers(numbers)}, and the archive has not got them: republish could not bring them back"
    )
    return Finding(LOST, "archive-row-missing", about, words, "if Kafka still has them, copy them from the log; else note what they said")


def by_subject(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["subject"], []).append(row)
    return found


def passed_over(published: Mapping[str, Row], done: Collection[str], suspects: Iterable[str]) -> set[str]:
    """Those suspects that nothing will handle by itself: a later message of the same partition is done, and they are not.

    `published`: the archive's rows by id. After a log was lost, and before republish has noted the new places, old places say
    nothing: who needs to be certain looks at the group's offset on the log too.
    """
    last: dict[tuple[str, int], int] = {}
    for id_ in done:
        if id_ in published and (place := place_of(published[id_])):
            last[place[:2]] = max(place[2], last.get(place[:2], -1))
    return {id_ for id_ in suspects if (place := place_of(published[id_])) and place[2] < last.get(place[:2], -1)}


def place_of(row: Row) -> Place | None:
    """Topic, partition and offset; None for a row that lacks them."""
    if "partition" not in row or "offset" not in row:
        return None
    return row["topic"], row["partition"], row["offset"]


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown
