"""What a post looks like from outside: its slots, what the lists ask for, and what its messages say. No writing, no reading."""

import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.events.rules import times
from services.events.rules.posts import EVENT
from services.events.settings import Settings
from services.events.store import Group, Post, SignUp
from shared.messaging.work import Work
from shared.reference.areas import area_name
from shared.reference.choices import choice_name
from shared.security.sealing import seal

Content = Mapping[str, Any]


def slots_of(content: Content, former: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """The slots of an event's content, with times in UTC; a slot that was there keeps its id, whatever its time now is."""
    id_ = former[0]["id"] if former else str(uuid.uuid4())
    starts, ends = times.span(content["date"], content["starts"], content["ends"])
    slot = {"id": id_, "starts": starts, "ends": ends}
    return [slot | ({"capacity": content["capacity"]} if content["joining"] == "book" else {})]


def listed(post: Post, content: Content, slots: Sequence[Mapping[str, Any]], group: Group, now: datetime) -> dict[str, Any]:
    """What the public lists filter and sort by."""
    areas = [content["area"]] if post.kind == EVENT else list(content.get("areas") or ())
    shared = {
        "areas": areas,
        "free": content["cost"] == "free",
        "access": list(content.get("access") or ()),
        "words": search_words(content, group, areas),
    }
    if post.kind != EVENT:
        return {**shared, "since": (post.listed or {}).get("since") or now}
    return {**shared, "starts": slots[0]["starts"], "ends": slots[-1]["ends"], "theme": content["theme"], "alone": bool(content["alone"])}


def search_words(content: Content, group: Group, areas: Sequence[str]) -> str:
    """Everything that somebody may look for, in lower case without accents."""
    said = (content.get("title"), content.get("summary"), content.get("description"), (group.approved or {}).get("name"))
    codes = (choice_name("event-kinds", content["kind"]) if content.get("kind") else "", *map(area_name, areas))
    return plain(" ".join(text for text in (*said, *codes) if text))


def plain(text: str) -> str:
    """Lower case, without accents and doubled spaces: how words are compared."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


def slug_of(title: str, id_: str) -> str:
    """An address that people can read, with six signs of the id so that two walks are two pages."""
    words = re.sub(r"[^a-z0-9]+", "-", plain(title)).strip("-")[:50].strip("-")
    return f"{words}-{id_[:6]}" if words else id_[:12]


def told(work: Work[Settings], post: Post, content: Content, group: Group, changed: Sequence[str]) -> dict[str, Any]:
    """The payload of event.published and event.changed, of initiative.published and initiative.changed."""
    approved = group.approved or {}
    shared = {
        "id": post.id,
        "group": group.id,
        "group_name": approved["name"],
        "group_slug": group.slug,
        "refs": list(group.organisers),
        "slug": post.slug,
        "title": content["title"],
        "cost": content["cost"],
        "access": list(content.get("access") or ()),
        "edition": post.edition,
        "changed": list(changed),
        **({"summary": content["summary"]} if content.get("summary") else {}),
    }
    return shared | (_event(work, post, content) if post.kind == EVENT else _initiative(post, content))


def told_of_end(post: Post, group: Group, reason: str) -> dict[str, Any]:
    """The payload of event.closing, event.cancelled and the taken-downs."""
    slots = [slot | {"starts": slot["starts"].isoformat(), "ends": slot["ends"].isoformat()} for slot in post.slots or ()]
    told = {"id": post.id, "kind": post.kind, "group": group.id, "refs": list(group.organisers), "reason": reason}
    return told | ({"slots": slots} if slots else {})


def told_of_sign_up(sign_up: SignUp, deltas: Mapping[str, int], *, position: int | None = None, with_ref: bool = True) -> dict[str, Any]:
    """The payload of every sign-up message: what it is counted under, what it changes in the counters, and never a person."""
    known = {"ref": sign_up.ref if with_ref else None, "position": position, "reason": sign_up.reason}
    return {
        "id": sign_up.id,
        "event": sign_up.event,
        "slot": sign_up.slot,
        "theme": sign_up.theme,
        "area": sign_up.area,
        "week": sign_up.week,
        "channel": sign_up.channel,
        "deltas": dict(deltas),
        **{name: value for name, value in known.items() if value},
    }


def told_back(post: Post) -> dict[str, Any]:
    """The payload of post.submitted where nobody has to read any more what waited until now."""
    return {"kind": post.kind, "id": post.id, "areas": areas_of(post.kind, post.waiting or {}), "taken_back": True}


def areas_of(kind: str, content: Content) -> list[str]:
    """The areas of a content, as messages name them; a draft may have none yet."""
    if kind == EVENT:
        return [content["area"]] if content.get("area") else []
    return list(content.get("areas") or ())


def _event(work: Work[Settings], post: Post, content: Content) -> dict[str, Any]:
    place = {"place": content["place"]}
    if content["place_shown_to"] != "everyone":
        place = {"sealed_place": seal(work.settings.notify_public_key, place)}
    return {
        "calendar_name": content["calendar_name"],
        "event_kind": content["kind"],
        "area": content["area"],
        "theme": content["theme"],
        "slots": [slot | {"starts": slot["starts"].isoformat(), "ends": slot["ends"].isoformat()} for slot in post.slots],
        "joining": content["joining"],
        "who_for": content["who_for"],
        "alone": bool(content["alone"]),
        **place,
    }


def _initiative(post: Post, content: Content) -> dict[str, Any]:
    days = {"days": content["days"]} if content.get("days") else {}
    return {
        "areas": list(content.get("areas") or ()),
        "has_room": content["has_room"],
        "last_checked": post.last_checked.isoformat(),
        **days,
    }
