"""What groups post, as pledge shows it beside its own: copied from messages, greater sequence first, and read in short windows.

Live seats are events' alone, so a card says how to join and never how many places are left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.pledge import rules
from services.pledge.settings import Settings
from services.pledge.store.listings import LISTINGS, PAUSED_GROUPS, always_on, ended_before, starting, to_forget
from shared.messaging.copies import keep_newer
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.privacy import retention
from shared.reference.neighbours import nearby, neighbours

READ_EVERY = timedelta(seconds=1)
WEEK = (timedelta(hours=12), timedelta(days=1), timedelta(days=2), timedelta(days=7))
MONTH = (timedelta(days=2), timedelta(days=7), timedelta(days=28))
MOST_OF_A_WEEK, MOST_COMPANY = 3, 2
MOST_EVENTS, MOST_INITIATIVES = 5, 4  # of an area's page, which is printed on one side of A4

AT_MOST = 500

OF_EVERY_POST = ("group", "group_name", "slug", "title")
OF_AN_EVENT = ("area", "joining", "cost", "access", "alone")
SHOWN = (*OF_EVERY_POST, *OF_AN_EVENT, "areas", "days", "near", "starts", "ends")


@dataclass(frozen=True)
class Listing:
    """An event on a card. `group`: its name; empty in a copy that was made before names were kept."""

    slug: str
    title: str
    group: str
    area: str
    starts: datetime
    joining: str
    cost: str
    access: tuple[str, ...]
    alone: bool

    @property
    def path(self) -> str:
        return f"/event/{self.slug}"


@dataclass(frozen=True)
class AlwaysOn:
    """An initiative on a card. `days`: when, in its group's words, or empty."""

    slug: str
    title: str
    group: str
    days: str

    @property
    def path(self) -> str:
        return f"/initiative/{self.slug}"


# What is heard


def event_posted(work: Work[Settings], envelope: Envelope) -> None:
    """It can be found, as this message says."""
    data = envelope.data
    facts = {name: data[name] for name in (*OF_EVERY_POST, *OF_AN_EVENT)}
    starts, ends = (datetime.fromisoformat(text) for text in (data["slots"][0]["starts"], data["slots"][-1]["ends"]))
    times = {"starts": starts, "ends": ends, "near": list(nearby(data["area"]))}
    _show(work, envelope, {**facts, **times, "kind": "event"})


def initiative_posted(work: Work[Settings], envelope: Envelope) -> None:
    """The same of an initiative, which has no time and no one place."""
    data = envelope.data
    facts = {name: data[name] for name in OF_EVERY_POST}
    _show(work, envelope, {**facts, "areas": list(data["areas"]), "days": data.get("days", ""), "kind": "initiative"})


def post_ended(work: Work[Settings], envelope: Envelope) -> None:
    """Called off or taken down: nothing of it is left but that it has ended."""
    fields = {"kind": envelope.data["kind"], "forget_at": work.clock() + retention.LISTING_MARK.lasts}
    keep_newer(work.db[LISTINGS], envelope.subject, envelope.sequence or 0, fields, SHOWN)


def group_paused(work: Work[Settings], envelope: Envelope) -> None:
    """Nothing of a group is shown, or it is again; its posts stay as they are."""
    paused = envelope.data["paused"]
    fields = {"paused_since": envelope.time} if paused else {"forget_at": work.clock() + retention.LISTING_MARK.lasts}
    forget = ("forget_at",) if paused else ("paused_since",)
    keep_newer(work.db[PAUSED_GROUPS], envelope.subject, envelope.sequence or 0, fields, forget)


def _show(work: Work[Settings], envelope: Envelope, fields: dict[str, Any]) -> None:
    keep_newer(work.db[LISTINGS], envelope.subject, envelope.sequence or 0, fields, ("forget_at",))


# What is shown


class ThisWeek:
    """A few events of the next seven days, in different boroughs where possible. Read at most once a second, whoever asks."""

    def __init__(self, work: Work[Settings]) -> None:
        self._work = work
        self._last: tuple[datetime, tuple[Listing, ...]] | None = None

    def at(self, now: datetime) -> tuple[Listing, ...]:
        last = self._last
        if last is None or not timedelta(0) <= now - last[0] < READ_EVERY:
            self._last = last = now, self._read(now)
        return last[1]

    def _read(self, now: datetime) -> tuple[Listing, ...]:
        found: list[Listing] = []
        for more in _windows(self._work, now, WEEK):
            found += more
            if len({one.area for one in found}) >= MOST_OF_A_WEEK:
                break
        return tuple(rules.spread(found, lambda one: one.area, MOST_OF_A_WEEK))


def company(work: Work[Settings], area: str, now: datetime) -> list[Listing]:
    """The soonest events in this borough and next door; where there is none, or no borough was said, the soonest anywhere."""
    near = _soonest(work, now, MOST_COMPANY, near=area) if neighbours(area) else []
    return near or _soonest(work, now, MOST_COMPANY)


def at_home(work: Work[Settings], area: str, now: datetime) -> Listing | None:
    """The soonest event in this very borough; None where none is near in time, or no borough was said."""
    return next(iter(_soonest(work, now, 1, area=area)), None) if neighbours(area) else None


def on_in(work: Work[Settings], area: str, now: datetime) -> list[Listing]:
    """The soonest events of four weeks in this very borough."""
    return _soonest(work, now, MOST_EVENTS, area=area)


def always_on_in(work: Work[Settings], area: str) -> list[AlwaysOn]:
    """A few of the initiatives that name this borough."""
    rows = always_on(work.db, area)[:MOST_INITIATIVES]
    return [AlwaysOn(row["slug"], row["title"], row.get("group_name", ""), row.get("days", "")) for row in rows]


def _soonest(work: Work[Settings], now: datetime, most: int, **where: str) -> list[Listing]:
    found: list[Listing] = []
    for more in _windows(work, now, MONTH, **where):
        found += more
        if len(found) >= most:
            break
    return found[:most]


def _windows(work: Work[Settings], now: datetime, ends: tuple[timedelta, ...], **where: str) -> Iterator[list[Listing]]:
    """What starts in each window, read when it is asked for."""
    since = now
    for end in ends:
        yield [_listing(row) for row in starting(work.db, since, now + end, **where)]
        since = now + end


def _listing(row: dict[str, Any]) -> Listing:
    facts = {name: row[name] for name in ("slug", "title", "area", "starts", "joining", "cost")}
    return Listing(**facts, group=row.get("group_name", ""), access=tuple(row["access"]), alone=row["alone"])


# What is forgotten


def forget(work: Work[Settings], now: datetime) -> int:
    """Due: events that have long been over leave a bare mark, and marks that have had their time go. How many."""
    over = ended_before(work.db, now - retention.LISTING.lasts, AT_MOST)
    bare = {"$unset": dict.fromkeys(SHOWN, 1), "$set": {"forget_at": now + retention.LISTING_MARK.lasts}}
    gone = (
        work.db[LISTINGS].update_many({"_id": {"$in": over}, "ends": {"$lt": now - retention.LISTING.lasts}}, bare).modified_count
        if over
        else 0
    )
    for name in (LISTINGS, PAUSED_GROUPS):
        ids = to_forget(work.db, name, now, AT_MOST)
        gone += work.db[name].delete_many({"_id": {"$in": ids}, "forget_at": {"$lt": now}}).deleted_count if ids else 0
    return gone
