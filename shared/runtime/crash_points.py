"""Named places where a process can be told to die, so that tests see what survives it.

From the environment only: `CRASH_AT=relay.after-ack` names the place and `CRASH_MARK` a file. The process that reaches the
place makes the file and is gone by SIGKILL, with no goodbye; one that finds the file there passes by, so that a supervisor's
fresh process goes on, and whoever takes the file away has the next one die. Settings refuse both in production.
"""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

# Each at the moment that its sentence says, and at no other. docs/guarantees.md says what each may cost.
POINTS: Mapping[str, str] = {
    "accept.before-insert": "the api has read a pledge and stored nothing",
    "accept.after-insert": "the pledge is stored, its person has no answer",
    "change.after-update": "a pledge has moved on, with what it tells, and its person has no answer",
    "send.after-group": "a group waits to be read, its first post is still a draft",
    "send.after-update": "a post waits to be read, its organiser has no answer",
    "publish.after-update": "a post is shown, with what it tells, and nobody knows yet",
    "cancel.after-update": "an event takes nobody any more, its organiser has no answer",
    "confirm.after-update": "the address is confirmed, its person sees no page",
    "review.after-group": "a group is approved, the first post that was read with it is not yet shown",
    "pause.after-group": "a group is paused or shown again, its posts are not yet hidden or found",
    "review.after-log": "a reviewer's choice is in the log, and not yet in the post",
    "take-down.after-update": "nobody can find it any more, whoever took it down has no answer",
    "pause.between-posts": "of a group that was paused or is shown again, one post has followed and the others have not",
    "still-on.after-update": "people see that it still runs, whoever said so has no answer",
    "sign-up.after-insert": "somebody has asked for a place, and nobody has decided",
    "places.after-decision": "the roster has decided, its person has no answer",
    "leave.after-update": "a place is given back, the roster does not know",
    "leave.after-roster": "its seat is free, its person has no answer",
    "settle.after-sign-ups": "sign-ups have heard what was decided, the roster still notes that they have not",
    "erase.after-mark": "notify knows that everything of an address is to go, and has forgotten nothing yet",
    "erase.between-contacts": "one of an address's contacts is forgotten, the others are not",
    "erasure.after-heard": "a service knows that something is to be erased, its offset is not stored",
    "erasure.after-blank": "a pledge is nobody’s any more, and its last messages are not out",
    "erasure.after-erased": "nothing is left under a ref, and nobody has said so",
    "relay.after-send": "records were given to the producer, and nobody knows whether the broker has them",
    "relay.after-ack": "the broker has the records, the archive has not",
    "relay.after-archive": "archived, and still pending in their documents",
    "relay.after-clear": "cleared, and the next batch not begun",
    "consumer.before-effect": "records are read, nothing is done",
    "consumer.between-effects": "a part of the batch is done",
    "consumer.after-effect": "all is done, the offset is not stored",
    "fold.after-stamp": "rows belong to a batch that is in no total",
    "fold.between-totals": "the batch is in some totals and not in others",
    "fold.after-totals": "the batch is in, its rows still say that it is not",
    "offer.after-insert": "notify holds the address, its mail is not planned",
    "nudge.after-plan": "the nudge is planned, its due time still stands",
    "evening.after-plan": "mails of the evening before are planned, their due time still stands",
    "sender.before-claim": "a mail is written, and nobody has claimed it",
    "sender.after-claim": "the mail is claimed, the server has not been asked",
    "sender.after-accepted": "the server said yes, nothing of that is recorded",
    "sender.between-records": "the week to confirm has begun, the ledger does not know that the mail went",
    "sender.after-record": "recorded as sent, and the next mail not begun",
}

_armed: tuple[str, Path] | None = None


def arm(point: str, mark: str) -> None:
    """Called once at a process's start; the settings have checked both. Empty: nothing here will happen."""
    global _armed  # a process dies in one place, and passing it through every call would hide the calls
    _armed = (point, Path(mark)) if point and mark else None


def reach(point: str) -> None:
    """The process is at `point`; it dies here if it was told to and nobody did before."""
    if _armed is None or _armed[0] != point:
        return
    try:
        os.close(os.open(_armed[1], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
