"""/groups/<slug>: what one group posts, for those who post it. The next event first."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext as _

from services.events.operations import attendance, roster
from services.events.operations.roster import Standing
from services.events.rules import posts as rules
from services.events.rules.posts import EVENT
from services.events.rules.reading import day_of
from services.events.store import Post, posts
from services.events.web.current import my_group, organisers
from services.events.web.organisers_words import asked_words, has_unsent, note_to_group, promise, short_day, standing, waits
from services.events.web.places_words import places_words, who_comes
from services.events.web.reading import new_key
from services.events.web.wording import named, slot_words
from shared.runtime.clock import in_london
from shared.web.factory import now
from shared.web.i18n import page_locale
from shared.web.words import clock, day, number

pages = Blueprint("organiser", __name__, template_folder="templates")

PAST_SHOWN = 20


@pages.get("/groups/<slug>")
@organisers
def show(slug: str) -> str:
    group, moment = my_group(slug), now()
    found = posts.of_group(group.id)
    live = sorted((post for post in found if post.state == rules.PUBLISHED), key=_by_time)
    first = next((post for post in live if post.kind == EVENT and post.slots[-1]["ends"] > moment), None)
    places = roster.standings(live)
    return render_template(
        "events/organiser.html",
        section="groups",
        group=group,
        group_asked=asked_words((group.asked or {}).get("reasons", ())),
        group_waits=waits(group.submitted_at, moment) if group.submitted_at else "",
        next=_next(first, moment) if first else None,
        parts=_parts(found, live, first, moment, places),
        tally=_to_count(found, moment),
        any_posts=bool(found),
        new_key=new_key(),
        other_key=new_key(),
        promise=promise(),
    )


def _to_count(found: list[Post], moment: datetime) -> dict[str, Any] | None:
    """The last event that took place and of which nobody has said how many came."""
    open_ = [post for post in found if attendance.may_count(post, moment) and not post.attendance]
    if not open_:
        return None
    last = max(open_, key=_by_time)
    return {
        "id": last.id,
        "title": last.live["title"],
        "day": day(last.slots[0]["starts"], page_locale()),
        "booth": attendance.is_booth(last),
    }


def _parts(
    found: list[Post], live: list[Post], first: Post | None, moment: datetime, places: Mapping[str, Standing]
) -> list[tuple[str, list[dict[str, Any]]]]:
    def rows(*states: str) -> list[Post]:
        return [post for post in found if post.state in states]

    over = sorted(rows(rules.PAST, rules.CANCELLED, rules.CLOSING, rules.TAKEN_DOWN), key=_by_time, reverse=True)
    return [
        (heading, [_row(post, moment, places) for post in group])
        for heading, group in (
            (_("Please change"), sorted(rows(rules.CHANGES_ASKED), key=_by_saved)),
            (_("Coming up"), [post for post in live if post is not first]),
            (_("Being checked"), sorted(rows(rules.SUBMITTED), key=_by_saved)),
            (_("Drafts"), sorted(rows(rules.DRAFT), key=_by_saved, reverse=True)),
            (_("Over"), over[:PAST_SHOWN]),
        )
    ]


def _by_time(post: Post) -> tuple[float, str]:
    """What is always on comes after what has a day."""
    starts = post.slots[0]["starts"].timestamp() if post.slots else float("inf")
    return starts, post.id


def _by_saved(post: Post) -> tuple[datetime, str]:
    return post.saved_at or post.made_at, post.id


def _row(post: Post, moment: datetime, places: Mapping[str, Standing] = MappingProxyType({})) -> dict[str, Any]:
    content, stands = post.live or post.waiting or post.draft or {}, standing(post, moment)
    return {
        "id": post.id,
        "title": content.get("title") or (_("Event without a title") if post.kind == EVENT else _("Without a title")),
        "when": _when(post),
        "pill": stands.pill,
        "words": " · ".join(part for part in (_places(post, places), stands.words) if part),
        "asked": asked_words((post.asked or {}).get("reasons", ())),
        "note": note_to_group(post),
        "again": post.kind == EVENT and post.state in rules.OVER,
        "came": _came(post) if attendance.may_count(post, moment) else "",
        "key": new_key(),
    }


def _places(post: Post, places: Mapping[str, Standing]) -> str:
    return places_words(places[post.id]) if post.id in places else ""


def _came(post: Post) -> str:
    """What the link to the count says."""
    if not post.attendance:
        return str(_("How many came?"))
    people = number(post.attendance["people"], page_locale())
    return str(_("%(people)s came. Change the count", people=people))


def _when(post: Post) -> str:
    if post.kind != EVENT:
        over = post.state == rules.PAST and post.ended
        return str(_("Until %(day)s", day=short_day(in_london(post.ended["at"])))) if over else str(_("Always on"))
    if post.slots:
        starts = post.slots[0]["starts"]
        return f"{short_day(starts)}, {clock(starts, page_locale())}"
    return _draft_day((post.waiting or post.draft or {}).get("date"))


def _draft_day(date_: str | None) -> str:
    found = day_of(date_) if date_ else None
    return short_day(date.fromisoformat(found)) if found else str(_("No date yet"))


def _next(post: Post, moment: datetime) -> dict[str, Any]:
    live = post.live
    found = who_comes(post, moment) if live["joining"] == "book" else None
    row = _row(post, moment)
    return row | {
        "slot": slot_words(post.slots[0]),
        "place": live["place"],
        "day": found,
        "joining": "" if found else named("joining", live["joining"]),
        "words": row["words"] if post.submitted_at or has_unsent(post) else "",
        "address": f"/event/{post.slug}" if post.listed else "",
    }
