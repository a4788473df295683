"""The mails as data: each template's promise, its shelf life, its subject. Their words are in `templates/`, filled by `writing`.

A `resend` template is sent, or recorded with its reason; a crash in the one window between the server's yes and our record
may double it, under the same Message-ID. A `once` template is never sent twice; such a crash shows it as unknown.
"""

from dataclasses import dataclass
from datetime import timedelta

CONFIRM, NUDGE = "confirm", "nudge"
SIGN_IN, INVITATION = "sign-in", "invitation"
TO_STAFF = (SIGN_IN, INVITATION)
REMINDERS = "reminders"


@dataclass(frozen=True)
class Template:
    """`shelf_life`: from the message's time, or for a clock's mail from its due time; past it the mail expires unsent.

    `purpose`: the consent it rests on, and what its stop link stops; None for a first mail, which nobody has agreed to yet,
    and for staff, who ask for each.
    """

    name: str
    subject: str
    resend: bool
    shelf_life: timedelta
    purpose: str | None


TEMPLATES = {
    template.name: template
    for template in (
        Template(CONFIRM, "Your pledge", resend=True, shelf_life=timedelta(days=7), purpose=None),
        Template(SIGN_IN, "Your link to sign in", resend=True, shelf_life=timedelta(hours=1), purpose=None),
        Template(INVITATION, "Your invitation", resend=True, shelf_life=timedelta(days=7), purpose=None),
        Template(NUDGE, "Your pledge", resend=False, shelf_life=timedelta(hours=36), purpose=REMINDERS),
    )
}
