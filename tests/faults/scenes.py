"""Which process dies where, and what that may cost.

Several die in each run, one of pledge's and one of notify's, and some of events' while groups post and somebody reads: they share
no store and no process, so a finding says by its names whose it is; and several at once are harder to survive than one. events'
never die beside a sender that is to die over a mail of its own kind: groups are mailed too, and it might die over theirs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

RESEND, ONCE = "resend", "once"
# The one window: between the server's yes and our record of it a first mail may be sent again, under the same Message-ID.
THE_WINDOW = ("sender.after-accepted", "sender.between-records")


@dataclass(frozen=True)
class Scene:
    """`program`: whose death it is. `mail`: which kind of mail the sender is to die over, where that matters."""

    point: str
    program: str
    mail: str = ""

    @property
    def service(self) -> str:
        return self.program.partition("-")[0]

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.program, self.point, self.mail)))

    @property
    def may_double_a_mail(self) -> bool:
        return self.point in THE_WINDOW and self.mail == RESEND

    @property
    def may_leave_unknown(self) -> bool:
        """A nudge is left alone once nobody can say whether it went; a first mail, if by then it is no use any more."""
        return self.mail == ONCE or self.point in ("sender.after-claim", *THE_WINDOW)

    @property
    def is_of_an_evening(self) -> bool:
        """It is reached where groups post and people sign up: events dies, or notify plans the mail of the evening before."""
        return self.service == "events" or self.point.startswith("evening.")

    @property
    def minds_nudges(self) -> bool:
        """One that is left over from a run would be the mail that the next run's sender dies over."""
        return bool(self.mail) or self.point.startswith("nudge.")


Together = Sequence[Scene]


def of_events(together: Together) -> bool:
    """Whether it is organisers and a moderator whom somebody dies under."""
    return any(scene.is_of_an_evening for scene in together)


def of_people(together: Together) -> bool:
    """Whether it is people who pledge whom somebody dies under."""
    return any(not scene.is_of_an_evening for scene in together)


SCENES: Sequence[Together] = (
    (Scene("accept.before-insert", "pledge-api"), Scene("sender.before-claim", "notify-sender", RESEND)),
    (Scene("accept.after-insert", "pledge-api"), Scene("sender.after-claim", "notify-sender", RESEND)),
    (Scene("change.after-update", "pledge-api"), Scene("sender.after-accepted", "notify-sender", RESEND)),
    (Scene("relay.after-send", "pledge-worker"), Scene("sender.between-records", "notify-sender", RESEND)),
    (Scene("relay.after-ack", "pledge-worker"), Scene("sender.after-record", "notify-sender", RESEND)),
    (Scene("fold.between-totals", "pledge-worker"), Scene("sender.after-claim", "notify-sender", ONCE)),
    (Scene("fold.after-totals", "pledge-worker"), Scene("sender.after-accepted", "notify-sender", ONCE)),
    (
        Scene("relay.after-archive", "pledge-worker"),
        Scene("confirm.after-update", "notify-api"),
        Scene("send.after-group", "events-api"),
        Scene("review.after-group", "events-worker"),
    ),
    (
        Scene("relay.after-clear", "pledge-worker"),
        Scene("nudge.after-plan", "notify-worker"),
        Scene("send.after-update", "events-api"),
    ),
    (
        Scene("fold.after-stamp", "pledge-worker"),
        Scene("relay.after-ack", "notify-worker"),
        Scene("review.after-log", "events-api"),
        Scene("publish.after-update", "events-worker"),
    ),
    (
        Scene("consumer.before-effect", "pledge-consumer"),
        Scene("offer.after-insert", "notify-consumer"),
        Scene("still-on.after-update", "events-api"),
    ),
    (
        Scene("consumer.between-effects", "pledge-consumer"),
        Scene("consumer.after-effect", "notify-consumer"),
        Scene("cancel.after-update", "events-api"),
    ),
    (
        Scene("consumer.after-effect", "pledge-consumer"),
        Scene("consumer.before-effect", "notify-consumer"),
        Scene("pause.after-group", "events-api"),
    ),
    (Scene("pause.between-posts", "events-api"), Scene("relay.after-ack", "events-worker")),
    (Scene("take-down.after-update", "events-api"),),
    (Scene("sign-up.after-insert", "events-api"), Scene("settle.after-sign-ups", "events-worker")),
    (Scene("places.after-decision", "events-api"),),
    (Scene("leave.after-update", "events-api"),),
    (Scene("leave.after-roster", "events-api"), Scene("evening.after-plan", "notify-worker")),
    (Scene("erase.after-mark", "notify-api"), Scene("erasure.after-heard", "pledge-consumer")),
    (Scene("erase.between-contacts", "notify-api"), Scene("erasure.after-blank", "pledge-worker")),
    (Scene("erasure.after-erased", "pledge-worker"),),
)

# For `make test`, two minutes: each kind of process dies once, where it costs most.
SELECTION: Sequence[Together] = (
    (Scene("accept.after-insert", "pledge-api"), Scene("sender.after-accepted", "notify-sender", RESEND)),
    (Scene("relay.after-ack", "pledge-worker"), Scene("confirm.after-update", "notify-api")),
    (Scene("fold.between-totals", "pledge-worker"), Scene("sender.after-claim", "notify-sender", ONCE)),
    (Scene("relay.after-archive", "pledge-worker"), Scene("nudge.after-plan", "notify-worker")),
    (Scene("consumer.after-effect", "pledge-consumer"), Scene("offer.after-insert", "notify-consumer")),
    (Scene("sign-up.after-insert", "events-api"), Scene("publish.after-update", "events-worker")),  # the worker last: its clock is kept
)


def chosen(words: Iterable[str]) -> list[Together]:
    """Those whose name holds one of the words, without those that would die beside them; all, without words."""
    wanted = list(words)
    found = [tuple(scene for scene in together if not wanted or any(word in scene.name for word in wanted)) for together in SCENES]
    return [together for together in found if together]
