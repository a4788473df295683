"""/groups/<slug>: what one group posts, for those who post it. The next event first."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext as _

from services.events.rules import posts as rules
from services.events.rules.posts import EVENT
from services.events.rules.reading import day_of
from services.events.store import Post, posts
from services.events.web.current import my_group, organisers
from services.events.web.organisers_words import asked_words, has_unsent, note_to_group, promise, short_day, standing, waits
from services.events.web.reading import new_key
from services.events.web.wording import named, slot_words
from shared.runtime.clock import in_london
from shared.web.factory import now
from shared.web.i18n import page_locale
from shared.web.words import clock

pages = Blueprint("organiser", __name__, template_folder="templates")

PAST_SHOWN = 20


@pages.get("/groups/<slug>")
@organisers
def show(slug: str) -> str:
    group, moment = my_group(slug), now()
    found = posts.of_group(group.id)
    live = sorted((post for post in found if post.state == rules.PUBLISHED), key=_by_time)
    first = next((post for post in live if post.kind == EVENT and post.slots[-1]["ends"] > moment), None)
    return render_template(
        "events/organiser.html",
        section="groups",
        group=group,
        group_asked=asked_words((group.asked or {}).get("reasons", ())),
        group_waits=waits(group.submitted_at, moment) if group.submitted_at else "",
        next=_next(first, moment) if first else None,
        parts=_parts(found, live, first, moment),
        any_posts=bool(found),
        new_key=new_key(),
        other_key=new_key(),
        promise=promise(),
    )


def _parts(found: list[Post], live: list[Post], first: Post | None, moment: datetime) -> list[tuple[str, list[dict[str, Any]]]]:
    def rows(*states: str) -> list[Post]:
        return [post for post in found if post.state in states]

    over = sorted(rows(rules.PAST, rules.CANCELLED, rules.CLOSING, rules.TAKEN_DOWN), key=_by_time, reverse=True)
    return [
        (heading, [_row(post, moment) for post in group])
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


def _row(post: Post, moment: datetime) -> dict[str, Any]:
    content, stands = post.live or post.waiting or post.draft or {}, standing(post, moment)
    return {
        "id": post.id,
        "title": content.get("title") or (_("Event without a title") if post.kind == EVENT else _("Without a title")),
        "when": _when(post),
        "pill": stands.pill,
        "words": stands.words,
        "asked": asked_words((post.asked or {}).get("reasons", ())),
        "note": note_to_group(post),
        "again": post.kind == EVENT and post.state in rules.OVER,
        "key": new_key(),
    }


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
    booked = live["joining"] == "book"
    row = _row(post, moment)
    return row | {
        "slot": slot_words(post.slots[0]),
        "place": live["place"],
        "joining": _("%(number)s places", number=live["capacity"]) if booked else named("joining", live["joining"]),
        "words": row["words"] if post.submitted_at or has_unsent(post) else "",
        "address": f"/event/{post.slug}" if post.listed else "",
    }
