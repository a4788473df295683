"""The hours in which nobody is mailed who can wait: from nine at night to eight in the morning, in London."""

from datetime import datetime, time, timedelta

from shared.runtime.clock import LONDON, in_london

QUIET_FROM, QUIET_TO = time(21), time(8)


def is_quiet(now: datetime) -> bool:
    local = in_london(now).time()
    return local >= QUIET_FROM or local < QUIET_TO


def quiet_ends(now: datetime) -> datetime:
    """The next eight in the morning in London."""
    local = in_london(now)
    day = local.date() if local.time() < QUIET_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_TO, LONDON)


def before_quiet(moment: datetime) -> datetime:
    """`moment`, or the nine at night before it where it lies in the quiet hours."""
    if not is_quiet(moment):
        return moment
    local = in_london(moment)
    day = local.date() if local.time() >= QUIET_FROM else local.date() - timedelta(days=1)
    return datetime.combine(day, QUIET_FROM, LONDON)
