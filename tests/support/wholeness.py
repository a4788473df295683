"""Is everything that was accepted stored, published, in order, and counted once? By the doctors that operators have."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from services.notify import store as notify_store
from services.notify.operations.examine import examine as examine_notify
from services.pledge import store as pledge_store
from services.pledge.operations.counting import STALE_AFTER
from services.pledge.operations.examine import examine as examine_pledge
from shared.messaging.doctor import look_at_common
from shared.messaging.findings import NOTE, Finding, diagnose
from shared.messaging.records import Record
from shared.messaging.work import Work
from shared.runtime.clock import utc_now
from tests.support.benches import bench
from tests.support.fleet import SERVICES, Fleet
from tests.support.wire import header, read_log

# A fold that a fault cut off is taken up when it is stale, and not before.
PATIENCE = STALE_AFTER.total_seconds() + 25.0


def findings(fleet: Fleet, service: str, patience: float = 15.0) -> list[Finding]:
    """What a service's doctor finds wrong; what was on its way has arrived by then."""
    given: dict[str, Any] = fleet.environment(service)
    with bench(service, fleet.store, service, utc_now, fleet.broker, **given) as work:
        return [one for one in diagnose(lambda: _look(work), patience) if one.effect != NOTE]


def _look(work: Work[Any]) -> list[Finding]:
    now: datetime = work.clock()
    if work.settings.service == "pledge":
        return [*look_at_common(work, pledge_store.indexes(), [pledge_store.pledges()], now), *examine_pledge(work, now)]
    outboxes = [notify_store.rows_of(notify_store.Contact)]
    return [*look_at_common(work, notify_store.indexes(), outboxes, now), *examine_notify(work, now)]


def on_its_way(fleet: Fleet) -> list[str]:
    """What is pending in either service, and what was archived and is not yet counted and folded; nothing once all has arrived."""
    found = [
        f"{name}: {row['_id']} pending since {row['pending_since']}"
        for name, rows in (("pledge", "pledges"), ("notify", "contacts"))
        for row in fleet.database(name)[rows].find({"pending_since": {"$exists": True}}, {"pending_since": 1}).limit(5)
    ]
    pledge = fleet.database("pledge")
    archived = pledge.archive.count_documents({"topic": "pledges.v1", "data.deltas": {"$ne": {}}})
    counted = pledge.counted.count_documents({"arrived": {"$exists": False}, "batch": {"$exists": False}})
    return found if archived == counted else [*found, f"pledge: {archived} archived, {counted} counted and folded"]


def settled(fleet: Fleet, seconds: float = PATIENCE) -> None:
    """Wait until nothing is on its way; fail with what still is."""
    deadline = time.monotonic() + seconds
    while left := on_its_way(fleet):
        assert time.monotonic() < deadline, f"not arrived within {seconds:.0f} s: {left}"
        time.sleep(0.05)


def whole(fleet: Fleet, made: Iterable[Mapping[str, Any]], forgiven: Collection[str] = ()) -> None:
    """Each pledge that was said to be made is stored, published and counted once, and both doctors find nothing wrong.

    `forgiven`: findings by name that a test has made itself.
    """
    ids = {str(pledge["id"]) for pledge in made}
    pledge = fleet.database("pledge")
    assert ids <= {row["_id"] for row in pledge.pledges.find({}, {"_id": 1})}, "stored"
    told = {row["_id"]: row["subject"] for row in pledge.archive.find({"type": "pledge.made.v1"}, {"subject": 1})}
    assert ids <= set(told.values()), "published"
    counted = {row["_id"] for row in pledge.counted.find({}, {"_id": 1})}
    assert ids <= {subject for message, subject in told.items() if message in counted}, "counted"
    for service in SERVICES:
        wrong = [one for one in findings(fleet, service) if one.name not in forgiven]
        assert not wrong, wrong


def in_order(records: Iterable[Record]) -> bool:
    """Of each document the first occurrences are on the log as they happened, numbered without a gap."""
    firsts: dict[bytes | None, list[str]] = defaultdict(list)
    for record in records:
        number = header(record, "ce_sequence")
        if number is not None and number not in firsts[record.key]:
            firsts[record.key].append(number)
    return all(found == [str(number) for number in range(len(found))] for found in firsts.values())


def order_kept(fleet: Fleet, topic: str = "pledges.v1", at_least: int = 0) -> bool:
    return in_order(read_log(fleet.broker, topic, at_least))
