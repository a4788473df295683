"""What was told and what was counted; what was counted and the totals; the totals and the pledges themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.pledge import rules
from services.pledge.operations.counting import ALL, DIMENSIONS, TOLD_BY, Cell, Sums, row_of, sum_up
from services.pledge.operations.examine.reading import Reading
from services.pledge.rules.campaign import adds
from shared.messaging.catalogue import CATALOGUE
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding
from shared.messaging.told import Row, passed_over

OF_DOCUMENTS = ("pledge", "confirmed", "interaction", "kept", "partly", "participant", "reach")  # what documents can be asked for
REBUILD = "run rebuild, which sums the counted rows again"


def compare_counted(read: Reading) -> Iterator[Finding]:
    yield from _uncounted(read)
    pending = {entry["id"] for rows in (read.documents, read.speaking) for row in rows.values() for entry in row.get("outbox") or ()}
    for id_, row in read.counted.items():
        if id_ in read.archived:
            yield from _counted_otherwise(id_, row, read.archived[id_])
        elif id_ not in pending and TOLD_BY not in row and not read.is_old(row.get("week")):
            words = f"a row {id_} is counted ({_said(row)}), and the archive has no such message"
            yield Finding(
                DOUBLED, "counted-for-nobody", id_, words, f"if Kafka has no such message either, delete the row, then {REBUILD}", id_
            )


def _uncounted(read: Reading) -> Iterator[Finding]:
    open_ = {
        id_: row
        for id_, row in read.archived.items()
        if id_ not in read.counted
        and id_ not in read.set_aside
        and row_of(row["data"])["deltas"]
        and not read.is_old(row["data"].get("week"))
    }
    passed = passed_over(read.archived, read.counted, open_)
    for id_, row in open_.items():
        effect, more, advice = AMISS, "", "see that the consumer runs"
        if id_ in passed:
            effect, more = LOST, ", and later ones of its partition are"
            advice = "republish brings it again, and what was counted stays counted once"
        words = f"{row['type']} of {row['subject']} (message {id_}) was published and is not counted{more}"
        yield Finding(effect, "not-counted", owner(row), words, advice, id_)


def _counted_otherwise(id_: str, row: Row, published: Row) -> Iterator[Finding]:
    right = row_of(published["data"])
    found = {name: value for name, value in row.items() if name not in ("_id", "arrived", "batch", "batched_at")}
    if found != right:
        more = any(found["deltas"].get(name, 0) > right["deltas"].get(name, 0) for name in {*found["deltas"], *right["deltas"]})
        words = f"message {id_} of {published['subject']} is counted as {_said(found)}, and says {_said(right)}"
        yield Finding(DOUBLED if more else LOST, "counted-otherwise", owner(published), words, f"put the row right, then {REBUILD}", id_)


def owner(row: Row) -> str:
    """A message's pledge; of a poster's tally, which must not be tied to one, the message itself."""
    apart = row["type"] in CATALOGUE and CATALOGUE[row["type"]].apart
    return str(row["_id"] if apart else row["subject"])


def _said(row: Mapping[str, Any]) -> str:
    deltas = ", ".join(f"{name} {value:+d}" for name, value in sorted(row["deltas"].items()))
    return f"{deltas or 'nothing'}; {' '.join(str(row[kind]) for kind in (*DIMENSIONS, 'poster') if kind in row)}"


# Totals


def compare_totals(read: Reading) -> Iterator[Finding]:
    """Each total lies between what certainly is in it and what may be, for rows that were being folded while we read."""
    certain = sum_up(read.counted.values(), lambda row, cell: _is_in(read, row, cell))
    doubtful = [row for row in read.counted.values() if _is_doubtful(read, row)]
    less, more = _part(doubtful, -1), _part(doubtful, 1)
    for cell in sorted({*certain, *read.totals}):
        there = read.totals.get(cell, {}).get("counters", {})
        for name in sorted({*there, *certain.get(cell, {})}):
            value, sure = there.get(name, 0), certain.get(cell, {}).get(name, 0)
            low, high = sure + less.get(cell, {}).get(name, 0), sure + more.get(cell, {}).get(name, 0)
            if not low <= value <= high:
                words = f"the total of {name} for {_cell(cell)} is {value}, and the counted rows add up to {low if value < low else high}"
                yield Finding(LOST if value < low else DOUBLED, "total-differs", "totals", words, REBUILD, ":".join((*cell, name)))


def _is_in(read: Reading, row: Row, cell: Cell) -> bool:
    """Whether a row certainly was in this cell's total when that was read."""
    if "arrived" in row or _is_doubtful(read, row):
        return False
    batch = row.get("batch") or read.before.get(row["_id"], {}).get("batch")
    return not batch or batch in read.totals.get(cell, {}).get("batches", ())


def _is_doubtful(read: Reading, row: Row) -> bool:
    """Its batch has come and gone between our two looks at it, with the totals read in between."""
    then = read.before.get(row["_id"])
    return "arrived" not in row and "batch" not in row and (then is None or "arrived" in then)


def _part(rows: list[Row], sign: int) -> Sums:
    """What these rows may have added (1) or taken away (-1)."""
    return sum_up({**row, "deltas": {name: value for name, value in row["deltas"].items() if value * sign > 0}} for row in rows)


def compare_documents_and_totals(read: Reading) -> Iterator[Finding]:
    """The sum that everything else should come to, with what other services told; only while nothing is on its way."""
    pledges = ({**{kind: str(row[kind]) for kind in DIMENSIONS}, "deltas": _standing(row)} for row in read.documents.values())
    figures = (row_of({**row, "deltas": adds(row["kind"], row["number"])}) for row in read.figures.values() if not row.get("void"))
    told_by_others = (row for row in read.counted.values() if TOLD_BY in row)
    standing = sum_up([*pledges, *figures, *told_by_others])
    for cell in sorted({*standing, *read.totals}):
        for name in OF_DOCUMENTS if cell[0] in (ALL, *DIMENSIONS) else ():
            value, right = read.totals.get(cell, {}).get("counters", {}).get(name, 0), standing.get(cell, {}).get(name, 0)
            if value != right:
                words = f"the total of {name} for {_cell(cell)} is {value}, and pledges and figures, with what others told, come to {right}"
                advice = "every message is there and counted once, so a document was changed by another hand"
                yield Finding(LOST if value < right else DOUBLED, "documents-differ", "totals", words, advice, ":".join((*cell, name)))


def _standing(row: Row) -> dict[str, int]:
    return rules.stands_for(row["state"], row.get("answer"))


def _cell(cell: Cell) -> str:
    return "London" if cell[0] == ALL else " ".join(cell)
