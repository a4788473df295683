"""How long something has waited, short enough for a list: 50 min, 26 h, 3 days."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

HOURS_UNTIL_DAYS = 72


def age(since: datetime, now: datetime) -> str:
    minutes = max(int((now - since).total_seconds() // 60), 1)  # "0 min" reads like a mistake
    if minutes < 60:
        return str(_("%(number)s min", number=minutes))
    hours = minutes // 60
    if hours < HOURS_UNTIL_DAYS:
        return str(_("%(number)s h", number=hours))
    return str(ngettext("%(num)s day", "%(num)s days", hours // 24))
