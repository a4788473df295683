"""Whether an initiative still runs: when its group is asked, how long the link in that mail is good, when the page may be out of date."""

from datetime import datetime, timedelta

from services.events.rules.seen import STALE_AFTER

ASK_EVERY = timedelta(days=30)
LINK_LASTS = timedelta(days=35)
LOOK_AGAIN = timedelta(days=1)  # where nobody can find it just now


def checked(now: datetime) -> dict[str, datetime]:
    """What follows from its group saying that it runs: when to ask next, and when it is out of date if nobody answers."""
    return {"last_checked": now, "check_due": now + ASK_EVERY, "ageing_due": now + STALE_AFTER}


def is_answered(last_checked: datetime, asked_at: datetime) -> bool:
    return last_checked >= asked_at
