"""What staff see on every staff page, whichever service made it: one navigation, drawn by role; and the roles' names.

Data only. A new staff page is one line in STAFF_MENU; a page that this release has not is in no line.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.security.sessions import CAMPAIGN, MODERATOR, OPERATOR, ROLES, SAFEGUARDING
from shared.web.i18n import N_


@dataclass(frozen=True)
class StaffLink:
    """`roles`: who is shown it; the page itself asks again."""

    href: str
    words: str
    roles: tuple[str, ...]


STAFF_MENU = (
    StaffLink("/staff", N_("You"), ROLES),
    StaffLink("/staff/review", N_("To check"), (MODERATOR,)),
    StaffLink("/staff/held", N_("Set apart"), (SAFEGUARDING,)),
    StaffLink("/staff/reports", N_("Reports"), (MODERATOR, SAFEGUARDING)),
    StaffLink("/staff/groups", N_("Groups"), (MODERATOR,)),
    StaffLink("/staff/campaign", N_("Numbers"), (CAMPAIGN,)),
    StaffLink("/staff/posters", N_("Posters"), (CAMPAIGN,)),
    StaffLink("/staff/people", N_("Staff"), (OPERATOR, CAMPAIGN)),
    StaffLink("/staff/status/pledge", N_("Pledges’ health"), (OPERATOR,)),
    StaffLink("/staff/status/events", N_("Events’ health"), (OPERATOR,)),
    StaffLink("/staff/status/notify", N_("Mails’ health"), (OPERATOR,)),
)
ROLE_WORDS: Mapping[str, str] = {
    MODERATOR: N_("Moderator"),
    SAFEGUARDING: N_("Safeguarding"),
    CAMPAIGN: N_("Campaign"),
    OPERATOR: N_("Operator"),
}
ROLE_MEANS: Mapping[str, str] = {
    MODERATOR: N_("reads what groups post, and publishes it"),
    SAFEGUARDING: N_("reads hard words that were set apart"),
    CAMPAIGN: N_("looks after figures and posters, invites staff"),
    OPERATOR: N_("sees whether everything runs, invites staff in any role"),
}


def links_for(roles: Collection[str]) -> tuple[StaffLink, ...]:
    """The part of the menu that is for somebody with these roles."""
    return tuple(link for link in STAFF_MENU if set(link.roles) & set(roles))
