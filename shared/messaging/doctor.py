"""What a doctor looks at in any service's own store. What is the service's own to examine stands in its operations. Reads only.

Each look reads a message's stations in the order of its way (documents, archive, effects), so that one that moves meanwhile is
seen at least once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.collection import Collection as Documents
from pymongo.database import Database

from shared.messaging import archive, dead_letters, watch
from shared.messaging.findings import AMISS, LOST, Finding, note, spell
from shared.messaging.handover import AGAIN_AFTER
from shared.messaging.told import Row
from shared.messaging.work import WORKER_LEASE, Work
from shared.store import indexes, lease

PENDING_LONG = timedelta(minutes=1)
OFFER_LONG = timedelta(minutes=10)
PARKED_LONG = timedelta(days=1)

Store = Database[Row]


def look_at_common(
    work: Work[Any], declared: Sequence[indexes.Index], outboxes: Sequence[Documents[Row]], now: datetime
) -> Iterator[Finding]:
    """`declared`: the service's own indexes; `outboxes`: its collections whose documents speak."""
    yield from glance(work, declared, outboxes, now)
    for documents in outboxes:
        yield from _unseen(documents)
    yield from _archive(work.db)
    yield from _watch(work)


def glance(work: Work[Any], declared: Sequence[indexes.Index], outboxes: Sequence[Documents[Row]], now: datetime) -> Iterator[Finding]:
    """The part that indexes answer, so that a page may ask for it."""
    with_offers = {index.collection for index in declared if index.fields[0][0] == "offer.due"}
    for documents in outboxes:
        yield from _outbox(documents, now)
        if documents.name in with_offers:
            yield from _offers(documents, now)
    yield from _lease(work.db, now)
    yield from _dead_letters(work.db, now)
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


def _unseen(documents: Documents[Row]) -> Iterator[Finding]:
    """An outbox and its mark that do not fit; every document is looked at."""
    for row in documents.find({"outbox.0": {"$exists": True}, "pending_since": {"$exists": False}}, {"_id": 1}):
        words = f"{documents.name} {row['_id']} holds messages that no relay will find: its pending_since is missing"
        yield Finding(LOST, "pending-unseen", str(row["_id"]), words, "set pending_since on it; the relay then publishes them")
    for row in documents.find({"pending_since": {"$exists": True}, "outbox.0": {"$exists": False}}, {"_id": 1}):
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
