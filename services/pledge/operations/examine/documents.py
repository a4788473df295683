"""Each pledge and what it has told, by its state, its answer, and the places of its messages."""

from collections.abc import Iterator

from services.pledge import rules
from services.pledge.operations.counting import DIMENSIONS, row_of
from services.pledge.operations.examine.reading import Reading
from shared.messaging.catalogue import CATALOGUE
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding
from shared.messaging.told import Row, Told, missing_from_archive, repeated_or_beyond

MADE, CONFIRMED, LAPSED, WITHDRAWN = "pledge.made.v1", "pledge.confirmed.v1", "pledge.lapsed.v1", "pledge.withdrawn.v1"
KEPT, POSTPONED, VOIDED = "pledge.kept.v1", "pledge.postponed.v1", "pledge.voided.v1"


def compare_documents(read: Reading) -> Iterator[Finding]:
    for id_, row in read.documents.items():
        yield from _tie(id_, row)
        if not read.is_old(row["week"]):
            yield from _telling(id_, row, read.told[id_])


def find_homeless(read: Reading) -> Iterator[Finding]:
    """What was told by a pledge that is not there."""
    gone: dict[str, list[str]] = {}
    for row in read.archived.values():
        apart = row["type"] not in CATALOGUE or CATALOGUE[row["type"]].apart
        owned = row["topic"] in ("pledges.v1", "campaign.v1") and not apart
        if owned and row["subject"] not in read.documents and row["subject"] not in read.speaking:
            gone.setdefault(row["subject"], []).append(row["type"])
    for id_, types in gone.items():
        what = "pledge" if types[0].startswith("pledge.") else "figure"
        words = f"{what} {id_} told {', '.join(sorted(types))}, and its document is gone"
        yield Finding(LOST, "document-gone", id_, words, "restore it from a backup; it stays counted")


def _telling(id_: str, row: Row, told: Told) -> Iterator[Finding]:
    yield from repeated_or_beyond("pledge", id_, told)
    if unexplained := [number for number in told.missing if not _may_be_unarchived(number, row, told)]:
        yield missing_from_archive("pledge", id_, unexplained)
    elif differences := [*_differences(row, told)]:
        effect = DOUBLED if all(more for more, _ in differences) else LOST
        state = f"{row['state']}, answered {row['answer']}" if row.get("answer") else row["state"]
        words = f"pledge {id_} is {state}, and {'; '.join(words for _, words in differences)}"
        yield Finding(effect, "told-otherwise", id_, words, "look at its messages in the archive: one is missing, or not its own")


def _may_be_unarchived(number: int, row: Row, told: Told) -> bool:
    """A poster's tally names no pledge, an address on its way is never archived: both take a place in the sequence.

    What hides behind such a place is noticed by its type, or by what it should have added.
    """
    had_address = row.get("ref") or any(type_ in (CONFIRMED, LAPSED) or "ref" in data for _, type_, data in told.entries)
    return number == 1 or (number > 1 and bool(had_address))


def _differences(row: Row, told: Told) -> Iterator[tuple[bool, str]]:
    """How what it told differs from what it is: whether it told too much, and in words."""
    for type_, (least, most) in _expected(row).items():
        number = told.count(type_)
        if not least <= number <= most:
            yield number > most, f"told {type_} {_times(number)}, not {_times(least if number < least else most)}"
    answers = [data.get("answer") for _, type_, data in told.entries if type_ == KEPT]
    if row.get("answer") != (answers[-1] if answers else None):
        yield not row.get("answer"), f"the last answer it told was {answers[-1] if answers else 'none'}"
    added, standing = _added(told), rules.stands_for(row["state"], row.get("answer"))
    for name in sorted({*added, *standing}):
        if added.get(name, 0) != standing.get(name, 0):
            more = added.get(name, 0) > standing.get(name, 0)
            yield more, f"its messages add {added.get(name, 0)} to {name}, not {standing.get(name, 0)}"
    if any(row_of(data).get(kind) != str(row[kind]) for _, _, data in told.entries for kind in DIMENSIONS):
        yield False, "its messages name another theme, area, week or channel"


def _expected(row: Row) -> dict[str, tuple[int, int]]:
    """How often it told each type, at least and at most."""
    state, postponed = row["state"], row.get("postponements") or 0
    withdrawn, confirmed, voided = (int(state == one) for one in (rules.WITHDRAWN, rules.CONFIRMED, rules.VOIDED))
    may_have_been = int(state in (rules.CONFIRMED, rules.WITHDRAWN, rules.VOIDED))
    return {
        MADE: (1, 1),
        CONFIRMED: (confirmed, may_have_been),
        WITHDRAWN: (withdrawn, max(withdrawn, voided)),
        VOIDED: (voided, voided),
        POSTPONED: (postponed, postponed),
    }


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _added(told: Told) -> dict[str, int]:
    sums: dict[str, int] = {}
    for _, _, data in told.entries:
        for name, value in row_of(data)["deltas"].items():
            sums[name] = sums.get(name, 0) + value
    return sums


def _tie(id_: str, row: Row) -> Iterator[Finding]:
    """A ref and an offer are there exactly while there is an address."""
    ref, offer, state = row.get("ref"), row.get("offer"), row["state"]
    if state == rules.UNCONFIRMED and not ref:
        words = f"pledge {id_} waits for its address to be confirmed, and has no ref"
        yield Finding(LOST, "tie-missing", id_, words, "nobody can confirm it: set it to anonymous")
    if state == rules.ANONYMOUS and ref:
        words = f"pledge {id_} is anonymous, and still holds a ref"
        yield Finding(AMISS, "tie-kept", id_, words, "unset its ref and withdraw_hash: nothing may lead to a person any more")
    if offer and (state != rules.UNCONFIRMED or offer["message"]["subject"] != ref):
        words = f"pledge {id_} ({state}) still holds a sealed address that nobody needs"
        yield Finding(AMISS, "offer-kept", id_, words, "unset its offer")
