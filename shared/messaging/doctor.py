"""What a doctor looks at in any service's own store, and what a service's own examination is made of. Reads only.

Each look reads a message's stations in the order of its way (documents, archive, effects), so that one that moves meanwhile is
seen at least once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.collection import Collection as Documents
from pymongo.database import Database

from shared.messaging import archive, dead_letters, watch
from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding, note, spell
from shared.messaging.handover import AGAIN_AFTER
from shared.messaging.work import WORKER_LEASE, Work
from shared.store import indexes, lease

PENDING_LONG = timedelta(minutes=1)
OFFER_LONG = timedelta(minutes=10)
PARKED_LONG = timedelta(days=1)

Row = dict[str, Any]
Store = Database[Row]
Place = tuple[str, int, int]  # topic, partition, offset


def look_at_common(
    work: Work[Any], declared: Sequence[indexes.Index], outboxes: Sequence[Documents[Row]], now: datetime
) -> Iterator[Finding]:
    """`declared`: the service's own indexes; `outboxes`: its collections whose documents speak."""
    for documents in outboxes:
        yield from _outbox(documents, now)
        yield from _offers(documents, now)
    yield from _lease(work.db, now)
    yield from _dead_letters(work.db, now)
    yield from _archive(work.db)
    yield from _watch(work)
    everything = [*archive.INDEXES, *dead_letters.INDEXES, *watch.INDEXES, *declared]
    for index in indexes.missing(work.db, everything):
        yield Finding(AMISS, "index-missing", str(index), f"the index {index} is not there", "run prepare")


def _outbox(documents: Documents[Row], now: datetime) -> Iterator[Finding]:
    waiting = {"pending_since": {"$exists": True}}
    if oldest := documents.find_one(waiting, {"pending_since": 1}, sort=[("pending_since", 1)]):
        count, age = documents.count_documents(waiting), now - oldest["pending_since"]
        words = f"{documents.name} with messages to publish: {count}, the oldest for {spell(age)}"
        advice = "see that a worker runs and reaches Kafka; nothing is lost meanwhile"
        yield Finding(AMISS, "pending-too-long", documents.name, words, advice) if age > PENDING_LONG else note("pending", words)
    for row in documents.find({"outbox.0": {"$exists": True}, "pending_since": {"$exists": False}}, {"_id": 1}):
        words = f"{documents.name} {row['_id']} holds messages that no relay will find: its pending_since is missing"
        yield Finding(LOST, "pending-unseen", str(row["_id"]), words, "set pending_since on it; the relay then publishes them")
    for row in documents.find({**waiting, "outbox.0": {"$exists": False}}, {"_id": 1}):
        words = f"{documents.name} {row['_id']} is marked as pending and holds nothing"
        yield Finding(AMISS, "pending-empty", str(row["_id"]), words, "a running worker puts this right: see that one runs")


def _offers(documents: Documents[Row], now: datetime) -> Iterator[Finding]:
    """`offer.due` says when it is offered again: that is a day after it was last offered."""
    still = list(documents.find({"offer.due": {"$exists": True}}, {"offer.message.time": 1, "offer.due": 1}))
    if not still:
        return
    age = now - min(row["offer"]["message"]["time"] for row in still)
    last = now - max(row["offer"]["due"] - AGAIN_AFTER for row in still)
    words = f"addresses offered, and not yet said to be held by notify: {len(still)}, the oldest for {spell(age)}"
    advice = f"see that notify's consumer and worker run; each is offered again daily, and by republish (last {spell(last)} ago)"
    yield Finding(AMISS, "offer-open-too-long", documents.name, words, advice) if age > OFFER_LONG else note("offers", words)


def _lease(db: Store, now: datetime) -> Iterator[Finding]:
    held = db[lease.COLLECTION].find_one({"_id": WORKER_LEASE}, {"until": 1})
    if held is None or held["until"] < now:
        since = f", the last one ended {spell(now - held['until'])} ago" if held else ""
        yield Finding(AMISS, "no-worker", WORKER_LEASE, f"no worker is at work{since}", "start it; what is pending waits for it")


def _dead_letters(db: Store, now: datetime) -> Iterator[Finding]:
    parked = []
    for letter in dead_letters.letters(db):
        words = f"a message was set aside as {letter['state']} {spell(now - letter['at'])} ago: {letter['reason']}"
        if letter["state"] == dead_letters.PARKED and now - letter["at"] <= PARKED_LONG:
            parked.append(letter)
            continue
        yield Finding(AMISS, "dead-letter", letter["_id"], words, "dead-letters show, then retry or discard")
    if parked:
        yield note("parked", f"messages that wait for a release that knows their type: {len(parked)}; a consumer's start tries them again")
    for partition in sorted(map(str, dead_letters.paused(db))):
        words = f"{partition} is paused after much poison in a row: nothing on it is read"
        yield Finding(AMISS, "partition-paused", partition, words, f"mend or discard its letters, then dead-letters resume {partition}")


def _archive(db: Store) -> Iterator[Finding]:
    nowhere = {"$or": [{"partition": {"$exists": False}}, {"offset": {"$exists": False}}]}
    for row in db[archive.COLLECTION].find(nowhere, {"type": 1, "subject": 1}):
        words = f"the archive holds {row.get('type')} {row['_id']} of {row.get('subject')} without its place in the log"
        yield Finding(AMISS, "archive-without-place", str(row["_id"]), words, "run republish: it notes every place anew")


def _watch(work: Work[Any]) -> Iterator[Finding]:
    if not work.settings.watch and work.db[watch.COLLECTION].find_one({}, {"_id": 1}):
        words = "exact times of messages are kept, which is for a laptop alone"
        yield Finding(AMISS, "watch-kept", watch.COLLECTION, words, f"drop the collection {watch.COLLECTION}")


# For a service's own examination


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
