"""Is what people see what somebody has read, and was all of it told? Each post, group and held text against its messages, by name.

documents ↔ archive, posts ↔ groups, posts ↔ the log of decisions, rosters ↔ sign-ups. Reads only; nothing that is locked is opened.
"""

from collections import Counter
from datetime import datetime

from services.events.operations import erasing
from services.events.operations.examine.groups import compare_groups, compare_held
from services.events.operations.examine.places import compare_places, notes_of_places
from services.events.operations.examine.posts import compare_posts, overdue
from services.events.operations.examine.reading import Reading, read_all
from services.events.settings import Settings
from shared.messaging.findings import Finding, note
from shared.messaging.work import Work

__all__ = ["examine", "overdue"]


def examine(work: Work[Settings], now: datetime) -> list[Finding]:
    """One look at everything."""
    read = read_all(work.db, now)
    found = [*compare_posts(read), *compare_groups(read), *compare_held(read), *compare_places(read), *erasing.examine(work, now)]
    return [*found, *_notes(read), *notes_of_places(read)]


def _notes(read: Reading) -> list[Finding]:
    states = Counter(row["state"] for row in read.posts.values())
    parts = ", ".join(f"{state} {count}" for state, count in sorted(states.items()))
    paused = sum(1 for row in read.groups.values() if row.get("paused_at"))
    groups = f"{len(read.groups)} groups" + (f", {paused} paused" if paused else "")
    return [note("posts", f"{len(read.posts)} posts" + (f": {parts}" if parts else "")), note("groups", groups)]
