"""The mails as data: each template's promise, its shelf life, its subject. Their words are in `templates/`, filled by `writing`.

A `resend` template is sent, or recorded with its reason; a crash in the one window between the server's yes and our record
may double it, under the same Message-ID. A `once` template is never sent twice; such a crash shows it as unknown.
"""

from dataclasses import dataclass
from datetime import timedelta

from services.notify import rules
from shared.reference import consents

CONFIRM, JOIN, NUDGE = "confirm", "join", "nudge"
SIGN_IN, INVITATION = "sign-in", "invitation"
FIRST_MAILS = {rules.PLEDGE: CONFIRM, rules.ORGANISER: JOIN}  # what an address is asked, by what it was given for
PUBLISHED, CHANGES, TAKEN_DOWN, PAUSED = "published", "changes-asked", "taken-down", "group-paused"
STILL_ON, CARE_REPLY = "still-on", "care-reply"
PLACED, QUEUED, REPEAT, PROMOTED, CHANGED = "placed", "queued", "repeat", "promoted", "changed"
CANCELLED, GONE, NO_PLACE, CANCEL_NOTE = "cancelled", "place-gone", "no-place", "cancel-note"
ABOUT_PLACES = (PLACED, QUEUED, REPEAT, PROMOTED, CHANGED, CANCELLED, GONE, NO_PLACE, CANCEL_NOTE)
EVE, EVENING = "eve", "evening"  # to those who run an event; to those who have a place
TO_ORGANISERS = (PUBLISHED, CHANGES, TAKEN_DOWN, PAUSED, STILL_ON, CARE_REPLY, EVE)
NOTES = (STILL_ON, CARE_REPLY, CANCEL_NOTE)  # what a note may ask for
HELD, TO_CHECK = "held", "to-check"
MY_DATA = "my-data"
STAFF = "staff"
REMINDERS, EVENING_BEFORE = PURPOSES = (consents.REMINDERS, consents.EVENING_BEFORE)  # what somebody can say yes to, and stop


@dataclass(frozen=True)
class Template:
    """`shelf_life`: from the message's time, or for a clock's mail from its due time; past it the mail expires unsent.

    `purpose`: the consent it rests on, and what its stop link stops; None for a first mail, which nobody has agreed to yet,
    and for staff and organisers, whose mails go with what they do here. `to_contact`: its row's ref is a contact.
    """

    name: str
    subject: str
    resend: bool
    shelf_life: timedelta
    purpose: str | None
    to_contact: bool = True


def _mail(name: str, subject: str, *, days: float, to_contact: bool = True) -> Template:
    """One that is sent, or recorded with its reason, and that no stop link stops."""
    return Template(name, subject, resend=True, shelf_life=timedelta(days=days), purpose=None, to_contact=to_contact)


AN_HOUR = 1 / 24
TEMPLATES = {
    template.name: template
    for template in (
        _mail(CONFIRM, "Your pledge", days=7),
        _mail(JOIN, "Your invitation", days=7),
        _mail(SIGN_IN, "Your link to sign in", days=AN_HOUR, to_contact=False),
        _mail(INVITATION, "Your invitation", days=7, to_contact=False),
        _mail(MY_DATA, "Your link", days=1, to_contact=False),
        _mail(PUBLISHED, "Your post", days=3),
        _mail(CHANGES, "Your post", days=7),
        _mail(TAKEN_DOWN, "Your post", days=7),
        _mail(PAUSED, "Your group", days=7),
        _mail(STILL_ON, "Your post", days=7),
        _mail(CARE_REPLY, "A note to you", days=7),
        _mail(HELD, "Something to read", days=7, to_contact=False),
        _mail(TO_CHECK, "What waits", days=0.5, to_contact=False),
        *(_mail(name, "Your place", days=7) for name in ABOUT_PLACES),  # sooner where its slot begins, or is over
        _mail(EVE, "Tomorrow", days=0.5),
        Template(NUDGE, "Your pledge", resend=False, shelf_life=timedelta(hours=36), purpose=REMINDERS),
        # Until the day of the event is over, also on the longest; sooner where its slot begins.
        Template(EVENING, "Your place", resend=False, shelf_life=timedelta(hours=32), purpose=EVENING_BEFORE),
    )
}


def first_mail(kind: str) -> str:
    """The template that asks the owner of an address for a yes."""
    return FIRST_MAILS.get(kind, CONFIRM)
