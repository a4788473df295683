"""The way of each of the last pledges through the system, from the marks that every process writes into its own store.

A row is a pledge made through the front door in the last 24 hours: of older ones, and of the demo's, no exact time is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.laptop.outage import Window
from shared.laptop.stores import Store
from shared.laptop.tally import Place, Tally, first_marks
from shared.messaging import watch
from shared.runtime.clock import as_milliseconds

OFFERED, CONFIRM = "contact.offered.v1", "confirm"
SHOWN, TIMED = 20, 200
A_DAY = timedelta(days=1)

Row = dict[str, Any]
Marks = Mapping[tuple[str, str], Row]


@dataclass(frozen=True)
class Mail:
    """ms since the nudge form was sent; None: not yet. `ended`: the ledger's state and reason, where it was never handed over."""

    planned: int | None
    handed_over: int | None
    ended: tuple[str, str] | None


@dataclass(frozen=True)
class Way:
    """ms since the tap; None: not yet. `mail`: None where none was asked for. `number`: 1 is the first pledge of all."""

    number: int
    action: str
    tapped: datetime
    stored: int | None
    published: int | None
    place: Place | None
    counted: int | None
    mail: Mail | None


@dataclass(frozen=True)
class Timing:
    """Of `pledges` pledges, half were counted within `half` ms and 99 in 100 within `most`."""

    pledges: int
    half: int
    most: int


@dataclass(frozen=True)
class Trail:
    ways: Sequence[Way]
    timing: Timing | None


def follow(pledge: Store, notify: Store, tally: Tally, now: datetime, still: Sequence[Window]) -> Trail:
    """The last pledges, newest first. `still`: when Kafka was made to stand still; what was on its way then is not timed."""
    tapped = sorted(_tapped(tally, now), key=lambda row: row["made_at"], reverse=True)
    shown = tapped[:SHOWN]
    timed = [row for row in tapped if not _overlap(as_milliseconds(row["made_at"]), as_milliseconds(row["made_at"]), still)][:TIMED]
    if not shown:
        return Trail([], None)
    since = as_milliseconds(min(row["made_at"] for row in (*shown, *timed)))
    rows = list(pledge[watch.COLLECTION].find({"ms": {"$gte": since}}))
    marks = first_marks(rows)
    mails = _mails(notify, _offers(rows, {row["_id"] for row in shown}), shown)
    return Trail(
        ways=[_way(tally, row, tally.accepted - place, marks, mails.get(row["_id"])) for place, row in enumerate(shown)],
        timing=_timing(tally, timed, marks, still),
    )


def last_counted(pledge: Store, tally: Tally, ids: Iterable[str], since: int) -> int:
    """When the last of these pledges was counted, in ms since 1970; `since` if none was counted later."""
    messages = {message_id for id_ in ids for message_id in tally.messages[id_]}
    rows = pledge[watch.COLLECTION].find({"ms": {"$gte": since}})
    marks = first_marks(row for row in rows if row["stage"] == watch.COUNTED)
    return max((row["ms"] for (message_id, _), row in marks.items() if message_id in messages), default=since)


def _tapped(tally: Tally, now: datetime) -> list[Row]:
    return [row for row in tally.pledges.values() if row.get("made_at") and row["made_at"] > now - A_DAY]


def _overlap(start: int, end: int, still: Sequence[Window]) -> bool:
    return any(start <= went_on and began <= end for began, went_on in still)


def _way(tally: Tally, row: Row, number: int, marks: Marks, mail: Mail | None) -> Way:
    tap = as_milliseconds(row["made_at"])
    published = _of(tally, row, marks, watch.PUBLISHED)
    on_kafka, counted = _since(tap, published), _since(tap, _of(tally, row, marks, watch.COUNTED))
    if on_kafka is not None and counted is not None:
        on_kafka = min(on_kafka, counted)  # the relay may hear of it later than the consumer reads it
    return Way(
        number=number,
        action=row["action"],
        tapped=row["made_at"],
        stored=_since(tap, _of(tally, row, marks, watch.STORED)),
        published=on_kafka,
        place=(published["partition"], published["offset"]) if published else None,
        counted=counted,
        mail=mail,
    )


def _of(tally: Tally, row: Row, marks: Marks, stage: str) -> Row | None:
    """The first mark of this stage among the pledge's messages."""
    found = [marks[id_, stage] for id_ in tally.messages[row["_id"]] if (id_, stage) in marks]
    return min(found, key=lambda mark: int(mark["ms"]), default=None)


def _since(start: int, mark: Row | None) -> int | None:
    return max(0, mark["ms"] - start) if mark else None


def _timing(tally: Tally, timed: Sequence[Row], marks: Marks, still: Sequence[Window]) -> Timing | None:
    """By nearest rank: each figure is one that a pledge really took."""
    counted = ((as_milliseconds(row["made_at"]), _of(tally, row, marks, watch.COUNTED)) for row in timed)
    took = sorted(mark["ms"] - tap for tap, mark in counted if mark and not _overlap(tap, mark["ms"], still))
    if not took:
        return None
    return Timing(len(took), took[-(-len(took) * 50 // 100) - 1], took[-(-len(took) * 99 // 100) - 1])


# Mails: another service's store, joined by the id of the message that carried the address


def _offers(rows: Iterable[Row], pledges: set[str]) -> dict[str, Row]:
    """Pledge → the mark of its newest offer: a corrected address is offered anew."""
    found: dict[str, Row] = {}
    for row in rows:
        if row["stage"] == watch.STORED and row.get("type") == OFFERED and row["pledge"] in pledges:
            found[row["pledge"]] = max(row, found.get(row["pledge"], row), key=lambda mark: int(mark["ms"]))
    return found


def _mails(notify: Store, offers: Mapping[str, Row], shown: Sequence[Row]) -> dict[str, Mail]:
    if not offers:
        return {}
    marks = first_marks(notify[watch.COLLECTION].find({"ms": {"$gte": min(offer["ms"] for offer in offers.values())}}))
    refs = [row["ref"] for row in shown if row.get("ref") and row["_id"] in offers]
    ledger = {row["cause"]: row for row in notify["notifications"].find({"ref": {"$in": refs}, "template": CONFIRM})}
    return {id_: _mail(offer, marks, ledger.get(offer["message_id"])) for id_, offer in offers.items()}


def _mail(offer: Row, marks: Marks, row: Row | None) -> Mail:
    cause, start = offer["message_id"], offer["ms"]
    over = row is not None and row["state"] not in ("planned", "claimed", "sent")
    return Mail(
        planned=_since(start, marks.get((cause, watch.PLANNED))),
        handed_over=_since(start, marks.get((cause, watch.HANDED_OVER))),
        ended=(row["state"], row.get("reason", "")) if row and over else None,
    )
