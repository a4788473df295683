"""What the page of a post shows, by its state, its group and the time: one table for pages, feeds and JSON."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.events.rules import posts

SHOWN, CLOSED, CANCELLED, OVER, GONE = "shown", "closed", "cancelled", "over", "gone"

STALE_AFTER = timedelta(days=60)  # since a group last said that its initiative runs


@dataclass(frozen=True)
class Standing:
    """`listed`: people can find it. `paused`: nothing of its group is shown. `ends_at`: of an event's last slot.

    `called_off`: its group has cancelled it, whether or not that has been carried out.
    """

    state: str
    listed: bool
    paused: bool
    ends_at: datetime | None = None
    called_off: bool = False


def how_shown(post: Standing, now: datetime) -> str | None:
    """None: it has never been there, as far as anybody may know."""
    if post.paused or post.state == posts.TAKEN_DOWN:
        return GONE
    if post.state == posts.CANCELLED or (post.state == posts.CLOSING and post.called_off):
        return CANCELLED
    if post.state == posts.PAST:
        return OVER
    if post.state not in (posts.PUBLISHED, posts.CLOSING):
        return None
    if post.ends_at is not None and post.ends_at <= now:
        return OVER
    if post.state == posts.CLOSING:
        return CLOSED
    return SHOWN if post.listed else GONE


def is_stale(last_checked: datetime | None, now: datetime) -> bool:
    """Whether an initiative may be out of date: nobody has said for 60 days that it still runs."""
    return last_checked is None or now - last_checked > STALE_AFTER
