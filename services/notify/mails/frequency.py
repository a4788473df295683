"""One cap for all kinds of mail: whose day each counts in, whether it is held to that day's share, and if not, why not.

Nobody is mailed more than so many times in 24 hours (`rules.A_DAYS_SHARE`) by what they did not ask for this very minute. What is held to
it waits for the next day, or is dropped with its reason where it has no use by then. What is not held to it still counts, so that a day
with a called-off walk is not one for a nudge as well. A person's own mails and those that come with a task here have a share each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.notify import mails
from services.notify.rules import AT_WORK, TO_A_PERSON

FIRST = "first"  # a stranger can cause it by typing an address; such mails have a limit of their own, three a day


@dataclass(frozen=True)
class Share:
    """`day`: in whose it counts. `held`: it waits where that is full. `because`: why it does, or doesn't."""

    day: str
    held: bool
    because: str


_ASKED = Share(FIRST, False, "somebody asks for it this very minute, and waits for it")
_TRUE_NOW = Share(TO_A_PERSON, False, "without it they stand at a locked door, or lose a place: safety and truth first")
_CAN_WAIT = Share(TO_A_PERSON, True, "a day later it is as good, or it has had its time")
_WORK_NOW = Share(AT_WORK, False, "what they posted is not as they think it is, or tomorrow has come")
_WORK_CAN_WAIT = Share(AT_WORK, True, "good to know, and nobody waits for it")

FREQUENCY: Mapping[str, Share] = {
    mails.SIGN_IN: _ASKED,
    mails.CONFIRM: _ASKED,
    mails.JOIN: _ASKED,
    mails.INVITATION: _ASKED,
    mails.MY_DATA: _ASKED,
    mails.PLACED: _ASKED,
    mails.QUEUED: _ASKED,
    mails.REPEAT: _ASKED,
    mails.PROMOTED: _TRUE_NOW,
    mails.CHANGED: _TRUE_NOW,
    mails.CANCELLED: _TRUE_NOW,
    mails.GONE: _TRUE_NOW,
    mails.NO_PLACE: _TRUE_NOW,
    mails.CANCEL_NOTE: _TRUE_NOW,
    mails.NUDGE: _CAN_WAIT,
    mails.EVENING: _CAN_WAIT,
    mails.CARE_REPLY: Share(TO_A_PERSON, False, "a person noticed, and answers"),
    mails.CHANGES: _WORK_NOW,
    mails.TAKEN_DOWN: _WORK_NOW,
    mails.PAUSED: _WORK_NOW,
    mails.EVE: _WORK_NOW,
    mails.TO_CHECK: Share(AT_WORK, False, "it comes once a day as it is, and says it all"),
    mails.PUBLISHED: _WORK_CAN_WAIT,
    mails.STILL_ON: _WORK_CAN_WAIT,
    mails.HELD: Share(AT_WORK, True, "one mail tells of all that were set apart since the last"),
}
