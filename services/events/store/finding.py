"""What people find: every query of the public lists, pages and feeds.

Rows are read as they lie, with only those fields that are shown: a list of a week is some fifty of them. Lists ask for
`listed.*`, which is there exactly while people can find the post; and always within some days, since the store reads the whole range.
No query here holds `$and` or `$or`: for those the laptop's store reads everything.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.events.store.groups import Group, groups
from services.events.store.posts import posts

Query = dict[str, Any]

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_OF_A_POST = ("kind", "group", "state", "slug", "slots", "edition", "published_at", "changed_at", "ends_at", "ended", "last_checked")
_OF_A_LIST = (
    "title",
    "summary",
    "kind",
    "theme",
    "calendar_name",
    "area",
    "areas",
    "days",
    "joining",
    "capacity",
    "cost",
    "cost_note",
    "access",
    "alone",
)
_LISTED = ("areas", "starts", "ends", "since")
_ROW = {**dict.fromkeys(_OF_A_POST, 1), **{f"live.{name}": 1 for name in (*_OF_A_LIST, "place", "has_room", "phone")}}
ROW: Mapping[str, Any] = {**_ROW, **{f"listed.{name}": 1 for name in _LISTED}}
WHOLE: Mapping[str, Any] = {**dict.fromkeys(_OF_A_POST, 1), "live": 1, **{f"listed.{name}": 1 for name in _LISTED}}
_GROUP = dict.fromkeys(("slug", "approved", "trusted", "approved_at", "paused_at"), 1)

_WITH_GROUP = {"$lookup": {"from": Group._meta["collection"], "localField": "group", "foreignField": "_id", "as": "runner"}}


@dataclass(frozen=True)
class Runner:
    """The group behind a post, with what people may see of it."""

    id: str
    slug: str
    approved: Mapping[str, Any]
    trusted: bool
    approved_at: datetime | None
    paused_at: datetime | None

    @property
    def name(self) -> str:
        return str(self.approved.get("name", ""))


@dataclass(frozen=True)
class Found:
    """A post as people see it. Of a list, `live` holds only what lists show."""

    id: str
    kind: str
    state: str
    slug: str
    live: Mapping[str, Any]
    group: Runner
    slots: Sequence[Mapping[str, Any]]
    edition: int
    listed: Mapping[str, Any] | None
    published_at: datetime
    changed_at: datetime
    ends_at: datetime | None
    ended: Mapping[str, Any] | None
    last_checked: datetime | None

    @property
    def starts(self) -> datetime:
        moment: datetime = self.slots[0]["starts"]
        return moment

    @property
    def ends(self) -> datetime:
        moment: datetime = self.slots[-1]["ends"]
        return moment

    @property
    def path(self) -> str:
        return f"/{self.kind}/{self.slug}"


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; a post must answer all of it. `areas`: any of these. `words`: each somewhere in its words."""

    areas: tuple[str, ...] = ()
    theme: int | None = None
    alone: bool = False
    free: bool = False
    access: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def events_in(since: datetime, until: datetime, now: datetime, wanted: Wanted, *, whole: bool = False) -> list[Found]:
    """The events that start in that time and are not over, in order."""
    asked = {"listed.starts": {"$gte": since, "$lt": until}, "listed.ends": {"$gt": now}}
    found = _posts(asked | _conditions(wanted), WHOLE if whole else ROW)
    return sorted(found, key=lambda one: (one.starts, one.id))


def initiatives_of(wanted: Wanted, *, whole: bool = False) -> list[Found]:
    """The initiatives that people can find, by title; one without boroughs is for all of London. Some hundreds at most."""
    asked: Query = {"listed.since": {"$gt": _LONG_AGO}, **_conditions(Wanted(free=wanted.free, access=wanted.access, words=wanted.words))}
    if wanted.areas:
        asked["listed.areas"] = {"$in": [*wanted.areas, []]}
    return sorted(_posts(asked, WHOLE if whole else ROW), key=lambda one: (str(one.live.get("title", "")).casefold(), one.id))


def called_off(now: datetime, areas: Sequence[str]) -> list[Found]:
    """The events that would not be over yet, had they not been cancelled; whatever became of them since."""
    asked: Query = {"called_off_until": {"$gt": now}}
    return _posts(asked | ({"live.area": {"$in": list(areas)}} if areas else {}), ROW)


def of_group(group_id: str, since: datetime, until: datetime) -> list[Found]:
    """What people can find of one group: its events that start in that time, then its initiatives."""
    events = _posts({"group": group_id, "listed.starts": {"$gte": since, "$lt": until}, "listed.ends": {"$gt": since}}, ROW)
    always = _posts({"group": group_id, "listed.since": {"$gt": _LONG_AGO}}, ROW)
    return [*sorted(events, key=lambda one: (one.starts, one.id)), *sorted(always, key=lambda one: str(one.live.get("title", "")))]


def by_address(kind: str, slug: str) -> Found | None:
    """Whatever its state, once it has been published: whoever shows it asks operations.finding.how_shown first."""
    return _one({"slug": slug}, kind)


def by_id(kind: str, post_id: str) -> Found | None:
    """The same, by its id."""
    return _one({"_id": post_id}, kind)


def runner(slug: str) -> Runner | None:
    """A group that has been approved, paused or not."""
    row = groups().find_one({"slug": slug}, _GROUP)
    return _runner(row) if row and row.get("approved") else None


def _one(asked: Query, kind: str) -> Found | None:
    """With its group in one question. By one field: asked about two, the laptop's store takes four times as long."""
    row = next(posts().aggregate([{"$match": asked}, {"$project": dict(WHOLE)}, _WITH_GROUP]), None)
    if row is None or row["kind"] != kind or not row.get("live"):
        return None
    group = next(iter(row["runner"]), None)
    return _found(row, _runner(group)) if group and group.get("approved") else None


def _posts(asked: Query, shown: Mapping[str, Any]) -> list[Found]:
    """With their groups; a group that was paused a moment ago is left out, even where its posts have not been reached yet."""
    rows = list(posts().find(asked, shown))
    runners = _runners({row["group"] for row in rows})
    return [_found(row, runners[row["group"]]) for row in rows if row["group"] in runners and not runners[row["group"]].paused_at]


def _runners(ids: Iterable[str]) -> dict[str, Runner]:
    wanted = sorted(ids)
    rows = list(groups().find({"_id": {"$in": wanted}}, _GROUP)) if wanted else []
    return {row["_id"]: _runner(row) for row in rows if row.get("approved")}


def _conditions(wanted: Wanted) -> Query:
    asked: Query = {}
    if wanted.areas:
        asked["listed.areas"] = {"$in": list(wanted.areas)}
    if wanted.theme is not None:
        asked["listed.theme"] = wanted.theme
    if wanted.alone:
        asked["listed.alone"] = True
    if wanted.free:
        asked["listed.free"] = True
    if wanted.access:
        asked["listed.access"] = {"$all": list(wanted.access)}
    if wanted.words:
        asked["listed.words"] = {"$regex": "^" + "".join(f"(?=.*{re.escape(word)})" for word in wanted.words)}
    return asked


def _runner(row: Mapping[str, Any]) -> Runner:
    approved_at, paused_at = row.get("approved_at"), row.get("paused_at")
    return Runner(row["_id"], row["slug"], row["approved"], bool(row.get("trusted")), approved_at, paused_at)


def _found(row: Mapping[str, Any], group: Runner) -> Found:
    return Found(
        id=row["_id"],
        kind=row["kind"],
        state=row["state"],
        slug=row["slug"],
        live=row["live"],
        group=group,
        slots=row.get("slots") or (),
        edition=row.get("edition") or 1,
        listed=row.get("listed"),
        published_at=row["published_at"],
        changed_at=row["changed_at"],
        ends_at=row.get("ends_at"),
        ended=row.get("ended"),
        last_checked=row.get("last_checked"),
    )
